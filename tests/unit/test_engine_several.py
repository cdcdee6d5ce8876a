"""Several engines as one: the shortest queue is chosen, and one that is down or unwell is left out until it is well again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from models.engine import BadRequest, EngineBusy, EngineClosed, EngineUnreachable, LocalEngine
from models.engine.several import SeveralEngines
from scoreweb.host import open_engine
from scoreweb.settings import Settings
from tests.engine_services import Echo, Fake, Gated, Question, Reply, eventually


class Switched(LocalEngine):
    """An engine that can be out of reach."""

    is_there = True
    asked = 0

    def submit(self, *arguments: Any, **named: Any) -> Any:
        self.asked += 1
        if not self.is_there:
            raise EngineUnreachable
        return super().submit(*arguments, **named)

    def health(self) -> dict[str, Any]:
        if not self.is_there:
            return {"ok": False, "services": {}, "error": str(EngineUnreachable())}
        return super().health()


class Two:
    """Two engines, and one in front of both."""

    def __init__(self, *services: Fake, queue_size: int = 4) -> None:
        self.members = [Switched([service], queue_size=queue_size) for service in services]
        self.engine = SeveralEngines(self.members, check_s=0.01)

    def counts_as_well(self) -> list[bool]:
        name = self.engine.services()[0]
        return [member.is_well(name) for member in self.engine._members]


@pytest.fixture
def gated() -> Iterator[tuple[Two, Gated, Gated]]:
    first, other = Gated(), Gated()
    two = Two(first, other, queue_size=1)
    yield two, first, other
    first.gate.set()
    other.gate.set()
    two.engine.close()


def test_requests_are_spread_over_the_shortest_queues(gated: tuple[Two, Gated, Gated]) -> None:
    two, first, other = gated
    tickets = []
    for number in range(4):  # one runs and one waits at each
        tickets.append(two.engine.submit("gated", Question(str(number))))
        eventually(lambda n=number: len(first.entered) + len(other.entered) == min(n + 1, 2))
    assert [member.asked for member in two.members] == [2, 2]
    with pytest.raises(EngineBusy):
        two.engine.submit("gated", Question("one too many"))
    health = two.engine.health()
    assert (health["services"]["gated"]["running"], health["services"]["gated"]["waiting"]) == (2, 2)
    assert [report["ok"] for report in health["engines"]] == [True, True]
    first.gate.set()
    other.gate.set()
    assert [ticket.result() for ticket in tickets] == [Reply(str(number)) for number in range(4)]


def test_whoever_others_keep_busy_is_left_alone(gated: tuple[Two, Gated, Gated]) -> None:
    two, first, other = gated
    foreign = two.members[0].submit("gated", Question("of another page"))
    eventually(lambda: two.engine._members[0].queue("gated") == 1)
    mine = two.engine.submit("gated", Question("mine"))
    eventually(lambda: other.entered == ["mine"])
    first.gate.set()
    other.gate.set()
    assert (foreign.result().text, mine.result().text) == ("of another page", "mine")


def test_one_that_is_down_is_left_out_until_it_is_back() -> None:
    two = Two(Echo(), Echo())
    with two.engine as engine:
        two.members[0].is_there = False
        eventually(lambda: two.counts_as_well() == [False, True])
        asked = two.members[0].asked
        assert [engine.run("echo", Question(str(n))).text for n in range(4)] == ["0", "1", "2", "3"]
        assert two.members[0].asked == asked
        assert engine.health()["ok"] is True
        assert [report["ok"] for report in engine.health()["engines"]] == [False, True]
        two.members[0].is_there = True
        eventually(lambda: two.counts_as_well() == [True, True])
        for n in range(4):
            engine.run("echo", Question(str(n)))
        assert two.members[0].asked > asked


def test_one_that_is_lost_between_two_checks_costs_nobody_a_request() -> None:
    members = [Switched([Echo()]), Switched([Echo()])]
    with SeveralEngines(members, check_s=600) as engine:
        eventually(lambda: all(member._services for member in engine._members))
        members[0].is_there = False
        assert [engine.run("echo", Question(str(n))).text for n in range(3)] == ["0", "1", "2"]
        assert members[0].asked == 1, "asked once, and then no more"


def test_where_none_answers_that_is_told_and_the_first_that_is_back_serves() -> None:
    members = [Switched([Echo()]), Switched([Echo()])]
    with SeveralEngines(members, check_s=600) as engine:
        for member in members:
            member.is_there = False
        for _ in range(2):
            with pytest.raises(EngineUnreachable):
                engine.submit("echo", Question())
        assert engine.health()["ok"] is False
        members[1].is_there = True
        assert engine.run("echo", Question("back")) == Reply("back")


def test_a_service_that_is_unwell_at_one_is_asked_of_the_other() -> None:
    class Unwell(Switched):
        def health(self) -> dict[str, Any]:
            report = super().health()
            report["services"]["echo"]["healthy"] = False
            return {**report, "ok": False}

    members = [Unwell([Echo(), Gated()]), Switched([Echo(), Gated()])]
    with SeveralEngines(members, check_s=0.01) as engine:
        eventually(lambda: not engine._members[0].is_well("echo"))
        engine.run("echo", Question())
        assert members[0].asked == 0
        assert engine._members[0].is_well("gated")
        assert engine.health()["ok"] is True


def test_a_refusal_is_the_visitors_and_no_other_engine_is_asked() -> None:
    two = Two(Echo(), Echo())
    with two.engine as engine, pytest.raises(BadRequest):
        engine.submit("echo", Reply("not a question"))
    assert sum(member.asked for member in two.members) == 1


def test_closed_engines_are_closed() -> None:
    two = Two(Echo(), Echo())
    two.engine.close()
    with pytest.raises(EngineClosed):
        two.engine.submit("echo", Question())
    assert all(not member.health()["ok"] for member in two.members)


def test_addresses_with_commas_between_are_several_engines() -> None:
    with open_engine(Settings(engine_url="http://127.0.0.1:1, http://127.0.0.1:2,")) as engine:
        assert isinstance(engine, SeveralEngines)
        assert "upscale" in engine.services()
        report = engine.health()
        assert (report["ok"], len(report["engines"])) == (False, 2)
        with pytest.raises(EngineUnreachable):
            engine.options("upscale")
