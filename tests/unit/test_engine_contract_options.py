"""What every engine tells about its services: options, estimates, health."""

from __future__ import annotations

import json

import pytest

from models.engine import (
    BadRequest,
    EngineClosed,
    Estimate,
    ServiceFailed,
    Signature,
    UnknownService,
)
from tests.engine_contract import Opener, queued
from tests.engine_services import (
    Busy,
    Echo,
    Failing,
    Gated,
    Mute,
    Question,
    Reply,
    Stepping,
    Terse,
    eventually,
)


def test_an_estimate_comes_from_the_service(open_engine: Opener) -> None:
    engine = open_engine(Echo(), Failing())
    assert engine.estimate("echo", Question(steps=3)) == Estimate(3.0, 3000)
    assert engine.estimate("failing", Question()) is None
    with pytest.raises(BadRequest, match=r"^Please send another text\.$"):
        engine.estimate("echo", Question("refused"))
    with pytest.raises(ServiceFailed) as failed:
        engine.estimate("echo", Question("broken"))
    assert "private" not in str(failed.value)


def test_an_engine_knows_its_services(open_engine: Opener) -> None:
    engine = open_engine(Stepping(), Echo())
    assert engine.services() == ("stepping", "echo")
    assert engine.signature("echo") == Signature("echo", Question, Reply)


def test_health_is_json_with_the_services_own_words(open_engine: Opener) -> None:
    health = open_engine(Echo(), Gated()).health()
    assert health["ok"] is True
    assert health["services"]["echo"]["about"] == {"version": "echo-1"}
    assert health["services"]["gated"]["healthy"] is True
    assert json.loads(json.dumps(health)) == health


def test_options_are_handed_on_as_the_service_describes_them(open_engine: Opener) -> None:
    engine = open_engine(Echo())
    expected = {"voices": [{"name": "high"}, {"name": "low ♯"}], "most": 7}
    assert engine.options("echo") == expected
    assert engine.options("echo") == expected, "asking changes nothing"


def test_a_service_that_describes_no_options_has_none(open_engine: Opener) -> None:
    engine = open_engine(Stepping(), Terse())
    assert engine.options("stepping") == engine.options("terse") == {}


def test_options_of_a_service_that_breaks_over_them_or_is_not_there(open_engine: Opener) -> None:
    engine = open_engine(Mute(), Echo())
    with pytest.raises(ServiceFailed) as failed:
        engine.options("mute")
    assert "/srv" not in str(failed.value)
    with pytest.raises(UnknownService):
        engine.options("nobody")
    assert engine.options("echo"), "a neighbour is not concerned"


@queued
def test_options_can_be_asked_for_while_the_service_is_at_work(open_engine: Opener) -> None:
    service = Busy()
    engine = open_engine(service)
    ticket = engine.submit(service.name, Question("work"))
    eventually(lambda: service.entered)
    assert engine.options(service.name) == {"most": 1}
    service.gate.set()
    ticket.result()


@pytest.mark.parametrize("open_engine", ["remote"], indirect=True)
def test_a_closed_engine_elsewhere_is_asked_for_nothing(open_engine: Opener) -> None:
    engine = open_engine(Echo())
    engine.close()
    with pytest.raises(EngineClosed):
        engine.options("echo")
