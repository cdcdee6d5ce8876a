"""Progress, jobs and errors, on their own."""

from __future__ import annotations

import pytest

from models.engine import (
    BadRequest,
    Cancelled,
    DeadlinePassed,
    EngineClosed,
    EngineError,
    Job,
    Progress,
    ServiceFailed,
)
from models.engine.errors import BY_NAME, as_engine_error, from_name, name_of
from models.engine.schema import HTTP_STATUS, TooLarge, error_document, error_in, status_of


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_rest_is_expected_to_run_like_the_beginning() -> None:
    assert Progress(0, 8, seconds_elapsed=3.0).eta_s is None
    assert Progress(2, 8, seconds_elapsed=3.0).eta_s == pytest.approx(9.0)
    assert Progress(8, 8, seconds_elapsed=3.0).eta_s == 0.0
    assert Progress(2, 8).fraction == 0.25


def test_a_job_made_by_hand_needs_no_engine() -> None:
    job = Job("request")
    job.check()
    job.report(1, 4, "tiles")
    assert job.request == "request"
    assert job.seconds_left is None
    assert job.progress is not None
    assert (job.progress.done, job.progress.total, job.progress.note) == (1, 4, "tiles")


def test_elapsed_seconds_count_from_the_start_of_the_run() -> None:
    clock = Clock()
    heard: list[Progress] = []
    job = Job("request", on_progress=heard.append, clock=clock)
    clock.now += 60  # in the queue
    job.begin()
    clock.now += 5
    job.report(1, 2)
    assert heard == [Progress(1, 2, "", 5.0)]


@pytest.mark.parametrize(
    ("reports", "shown"),
    [
        ([(1, 4), (3, 4), (2, 4), (4, 4)], [(1, 4), (3, 4), (3, 4), (4, 4)]),
        ([(1, 2), (1, 4), (3, 4)], [(1, 2), (1, 2), (3, 4)]),  # more units were found on the way
        ([(9, 4)], [(4, 4)]),
        ([(-1, 4)], [(0, 4)]),
        ([(0, 0)], [(0, 1)]),
    ],
)
def test_the_bar_never_runs_backwards_nor_out_of_range(
    reports: list[tuple[int, int]], shown: list[tuple[int, int]]
) -> None:
    heard: list[Progress] = []
    job = Job("request", on_progress=heard.append)
    for done, total in reports:
        job.report(done, total)
    assert [(progress.done, progress.total) for progress in heard] == shown


def test_completing_fills_the_bar_once() -> None:
    heard: list[Progress] = []
    job = Job("request", on_progress=heard.append)
    job.report(1, 3, "bars")
    job.complete()
    job.complete()
    assert [(progress.done, progress.total, progress.note) for progress in heard] == [
        (1, 3, "bars"),
        (3, 3, "bars"),
    ]


def test_check_raises_when_the_deadline_is_reached() -> None:
    clock = Clock()
    job = Job("request", deadline=110.0, clock=clock)
    job.check()
    assert job.seconds_left == 10.0
    clock.now = 110.0
    with pytest.raises(DeadlinePassed):
        job.check()


@pytest.mark.parametrize("error", [Cancelled(), EngineClosed("Closed for the night; come back tomorrow.")])
def test_an_interrupted_job_is_told_why_and_heard_no_more(error: EngineError) -> None:
    heard: list[Progress] = []
    job = Job("request", on_progress=heard.append)
    job.interrupt(error)
    job.report(1, 2)
    assert heard == []
    with pytest.raises(type(error), match=str(error)) as raised:
        job.check()
    assert raised.value is not error


@pytest.mark.parametrize("kind", BY_NAME.values())
def test_every_error_is_one_sentence_and_travels(kind: type[EngineError]) -> None:
    error = kind()
    sentence = str(error)
    assert sentence.endswith(".")
    assert sentence.count(".") == 1
    assert ";" in sentence  # what happened; what to do
    arrived = error_in(error_document(error))
    assert type(arrived) is kind
    assert str(arrived) == sentence
    assert 400 <= HTTP_STATUS[kind] < 600


def test_a_services_own_error_travels_under_its_ancestors_name() -> None:
    class TooNarrow(BadRequest):
        """The page is too narrow."""

    error = TooNarrow("The page is too narrow; please scan it whole.")
    assert name_of(error) == "BadRequest"
    assert status_of(error) == 400
    assert status_of(TooLarge()) == 413


def test_a_strange_cause_stays_out_of_the_message() -> None:
    cause = OSError("/srv/private")
    failed = as_engine_error(cause)
    assert isinstance(failed, ServiceFailed)
    assert failed.__cause__ is cause
    assert "private" not in str(failed)
    refused = BadRequest("No.")
    assert as_engine_error(refused) is refused


def test_a_message_from_afar_is_made_short_and_printable() -> None:
    error = from_name("BadRequest", "line\nbreak\x1b[31m" + "x" * 1000)
    assert str(error).startswith("line break [31mxxx")
    assert len(str(error)) == 300
    assert from_name("KeyError", "x") is None
    assert from_name("BadRequest", "") is not None


@pytest.mark.parametrize("document", [None, [], {}, {"error": 1, "message": "x"}, {"error": "EngineBusy"}])
def test_what_is_no_error_document_is_no_error(document: object) -> None:
    assert error_in(document) is None
