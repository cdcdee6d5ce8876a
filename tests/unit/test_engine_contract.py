"""What every engine promises about answers, progress and failures."""

from __future__ import annotations

import numpy as np
import pytest

from models.engine import (
    BadRequest,
    LocalEngine,
    Progress,
    ServiceFailed,
    UnknownService,
)
from tests.engine_contract import Opener, queued
from tests.engine_services import (
    Echo,
    Failing,
    Nonsense,
    Poisoned,
    Question,
    Reply,
    Stepping,
    eventually,
)


def test_the_answer_comes_back_as_it_was_given(open_engine: Opener) -> None:
    numbers = np.arange(6, dtype=np.float32).reshape(2, 3)
    answer = open_engine(Echo()).run("echo", Question("sharp ♯", numbers))
    assert isinstance(answer, Reply)
    assert answer.text == "sharp ♯"
    assert answer.numbers is not None
    assert answer.numbers.dtype == np.float32
    np.testing.assert_array_equal(answer.numbers, numbers)


def test_many_requests_each_get_their_own_answer(open_engine: Opener) -> None:
    engine = open_engine(Echo(), queue_size=20)
    tickets = [engine.submit("echo", Question(str(number))) for number in range(20)]
    assert [ticket.result().text for ticket in tickets] == [str(number) for number in range(20)]


def test_progress_never_falls_and_is_complete_before_the_answer(open_engine: Opener) -> None:
    heard: list[Progress] = []
    ticket = open_engine(Stepping()).submit("stepping", Question(steps=7), on_progress=heard.append)
    ticket.result()
    shares = [progress.fraction for progress in heard]
    assert shares == sorted(shares)
    assert (heard[-1].done, heard[-1].total) == (7, 7)
    assert ticket.progress == heard[-1]
    assert heard[-1].note.startswith("step")


def test_a_service_that_reports_nothing_is_complete_all_the_same(open_engine: Opener) -> None:
    heard: list[Progress] = []
    open_engine(Echo()).run("echo", Question(), on_progress=heard.append)
    assert [(progress.done, progress.total) for progress in heard] == [(1, 1)]


def test_a_listener_that_breaks_does_no_harm(open_engine: Opener) -> None:
    calls: list[Progress] = []

    def broken(progress: Progress) -> None:
        calls.append(progress)
        raise RuntimeError("the tab was closed")

    engine = open_engine(Stepping())
    assert engine.run("stepping", Question("a", steps=5), on_progress=broken) == Reply("a")
    assert len(calls) == 1
    assert engine.run("stepping", Question("b", steps=5)) == Reply("b")


@pytest.mark.parametrize("how", ["raise", "return"])
def test_a_failure_tells_the_visitor_nothing_of_the_host(open_engine: Opener, how: str) -> None:
    engine = open_engine(Failing())
    ticket = engine.submit("failing", Question(how))
    with pytest.raises(ServiceFailed) as failed:
        ticket.result()
    assert "private" not in str(failed.value)
    assert "please" in str(failed.value)
    if isinstance(engine, LocalEngine):
        assert isinstance(failed.value.__cause__, OSError)


def test_a_refusal_reaches_the_visitor_word_for_word(open_engine: Opener) -> None:
    engine = open_engine(Failing())
    with pytest.raises(
        BadRequest, match=r"^The staff lines are too close; please scan at 150 dpi or more\.$"
    ):
        engine.run("failing", Question("refuse"))


def test_a_service_that_exits_fails_and_serves_on(open_engine: Opener) -> None:
    engine = open_engine(Failing())
    if isinstance(engine, LocalEngine) and getattr(open_engine, "kind", "") == "inline":
        with pytest.raises(SystemExit):  # it is the caller's thread, so the caller must learn of it
            engine.submit("failing", Question("exit"))
    else:
        with pytest.raises(ServiceFailed):
            engine.run("failing", Question("exit"))
    with pytest.raises(BadRequest):
        engine.run("failing", Question("refuse"))


def test_an_unknown_service_is_refused(open_engine: Opener) -> None:
    engine = open_engine(Echo())
    for ask in (engine.submit, engine.estimate):
        with pytest.raises(UnknownService):
            ask("sing", Question())
    with pytest.raises(UnknownService):
        engine.signature("sing")


def test_a_request_of_another_type_is_refused(open_engine: Opener) -> None:
    engine = open_engine(Echo())
    for ask in (engine.submit, engine.estimate):
        with pytest.raises(BadRequest):
            ask("echo", Reply("not a question"))


@pytest.mark.parametrize("deadline_s", [float("nan"), float("inf")])
def test_a_deadline_that_is_no_moment_is_refused(open_engine: Opener, deadline_s: float) -> None:
    with pytest.raises(BadRequest, match="deadline"):
        open_engine(Echo()).submit("echo", Question(), deadline_s=deadline_s)


@pytest.mark.parametrize("kind", ["type", "count", "none", "text"])
def test_a_nonsense_answer_is_a_failure(open_engine: Opener, kind: str) -> None:
    with pytest.raises(ServiceFailed):
        open_engine(Nonsense()).run("nonsense", Question(kind))


@queued
def test_one_poisoned_request_does_not_fail_its_batch(open_engine: Opener) -> None:
    service = Poisoned()
    engine = open_engine(service)
    texts = ["a", "poison", "b", "c"]  # as many as a batch holds
    if on_ray := open_engine.kind == "ray":  # type: ignore[attr-defined]
        tickets = [
            engine.submit("poisoned", Question(text)) for text in texts
        ]  # they wait for each other there
    else:
        first = engine.submit("poisoned", Question("first"))
        eventually(lambda: service.batches == [["first"]])
        tickets = [engine.submit("poisoned", Question(text)) for text in texts]
    service.gate.set()
    assert [ticket.result() for ticket in (tickets[0], *tickets[2:])] == [Reply("a"), Reply("b"), Reply("c")]
    with pytest.raises(ServiceFailed):
        tickets[1].result()
    each = [["a"], ["poison"], ["b"], ["c"]]
    if on_ray:  # each travels by itself, and comes when it comes
        together, *alone = service.batches
        assert (sorted(together), sorted(alone)) == (sorted(texts), sorted(each))
    else:
        assert first.result() == Reply("first")
        assert service.batches == [["first"], texts, *each]
