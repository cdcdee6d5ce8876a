"""The reading service behind the engine's door, with a stand-in for the reader; and the reader itself on a drawn page."""

import gc
import threading
import weakref
from dataclasses import replace

import numpy as np
import pytest

from models.contracts.read import PRIMITIVES, ReadAnswer, ReadRequest
from models.engine import BadRequest, Cancelled, DeadlinePassed, Job, LocalEngine
from models.engine.wire import MAX_HEADER, check, dumps, loads
from models.notation.score import Score
from models.read.meaning.evidence import SeenMark
from models.read.meaning.signs import OctaveSign
from models.read.service import ReadService, lean
from tests.doubtful_readings import StandIn, doubtful_tune, stepped
from tests.pages import staves
from tests.readings import reading_of, tune

PAGE = staves()


@pytest.fixture
def engine():
    with LocalEngine([ReadService(open_reader=lambda enlarge: StandIn(enlarge=enlarge))]) as engine:
        yield engine


def test_a_page_becomes_ranked_readings(engine):
    answer = engine.run("read", ReadRequest((PAGE,)))
    assert answer.reading.found_music
    assert [w.rank for w in answer.reading.interpretations] == [1, 2, 3, 4, 5]
    assert answer.model == PRIMITIVES[0]
    assert answer.seconds >= 0


def test_what_is_asked_reaches_the_reader():
    reader = StandIn()
    with LocalEngine([ReadService(open_reader=lambda _: reader)]) as engine:
        engine.run("read", ReadRequest((PAGE, PAGE), "printed", 2, bar_milliseconds=5.0))
        answer = engine.run("read", ReadRequest((PAGE,), top=1))
    assert reader.asked[0] == {
        "style": "printed",
        "top": 2,
        "primitives": PRIMITIVES[0],
        "pages": 2,
        "bar_milliseconds": 5.0,
    }
    assert "bar_milliseconds" not in reader.asked[1], "the reader's own budget holds"
    assert len(answer.reading.interpretations) == 1


def test_a_page_without_music_is_no_error(engine):
    answer = engine.run("read", ReadRequest((np.full((200, 300), 255, np.uint8),)))
    assert not answer.reading.found_music
    assert answer.reading.pages[0].notes


@pytest.mark.parametrize(
    "request_",
    [
        ReadRequest(()),
        ReadRequest((np.zeros((5, 5, 3), np.uint8),)),
        ReadRequest((np.zeros((5, 5)),)),
        ReadRequest((np.zeros((0, 5), np.uint8),)),
        ReadRequest((PAGE,), style="opera"),
        ReadRequest((PAGE,), primitives="nonsense"),
        ReadRequest((PAGE,), primitives="imagined"),
        ReadRequest((PAGE,), top=0),
        ReadRequest((PAGE,), top=1000),
        ReadRequest((PAGE,), bar_milliseconds=0.0),
        ReadRequest((np.zeros((1, 1), np.uint8),) * 501),
    ],
)
def test_wrong_requests_are_refused_with_a_sentence(engine, request_):
    with pytest.raises(BadRequest, match=r"\.$"):
        engine.run("read", request_)
    with pytest.raises(BadRequest):
        engine.estimate("read", request_)


def test_progress_tells_the_stages_in_order_and_never_falls(engine):
    told = []
    engine.run("read", ReadRequest((PAGE,)), on_progress=told.append)
    notes = list(dict.fromkeys(p.note for p in told if p.note))
    assert notes == ["opening", "straightening", "finding staves", "reading bars", "joining bars"]
    shares = [p.fraction for p in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_a_job_is_cancelled_between_stages_and_ended_by_its_deadline():
    reached, go_on = threading.Event(), threading.Event()

    class Slow(StandIn):
        def read(self, pages, *, progress=None, **more):
            progress("first", 0.1)
            reached.set()
            assert go_on.wait(30)
            progress("second", 0.5)
            raise AssertionError("nobody wants this any more")

    with LocalEngine([ReadService(open_reader=lambda _: Slow())]) as engine:
        ticket = engine.submit("read", ReadRequest((PAGE,)))
        assert reached.wait(30)
        ticket.cancel()
        go_on.set()
        with pytest.raises(Cancelled):
            ticket.result()
    late = Job(ReadRequest((PAGE,)), deadline=1.0, clock=lambda: 2.0)
    (answer,) = ReadService(open_reader=lambda _: Slow()).run([late])
    assert isinstance(answer, DeadlinePassed)


def test_one_broken_piece_does_not_take_its_neighbour():
    class Fragile(StandIn):
        def read(self, pages, **more):
            if pages[0].shape == (1, 1):
                raise RuntimeError("broken")
            return super().read(pages, **more)

    service = ReadService(open_reader=lambda _: Fragile())
    one, other = service.run([Job(ReadRequest((np.zeros((1, 1), np.uint8),))), Job(ReadRequest((PAGE,)))])
    assert isinstance(one, RuntimeError)
    assert isinstance(other, ReadAnswer)


def test_a_small_page_is_enlarged_as_long_as_the_job_is_wanted():
    seen = []

    def enlarge(grey, wanted):
        seen.append(grey.shape)
        wanted()
        return np.kron(grey, np.ones((4, 4), np.uint8))

    small = staves(120, 200, space=4.0, thickness=0.8, top=20.0)
    service = ReadService(enlarge=enlarge, open_reader=lambda e: StandIn(enlarge=e))
    (answer,) = service.run([Job(ReadRequest((small,)))])
    assert isinstance(answer, ReadAnswer), answer
    assert seen == [(120, 200)]
    unwanted = Job(ReadRequest((small,)))
    unwanted.interrupt(Cancelled())
    (answer,) = service.run([unwanted])
    assert isinstance(answer, Cancelled)


def test_a_job_that_is_done_is_let_go():
    """Its pages are up to 50 MB each, and the next job may be hours away."""
    service = ReadService(open_reader=lambda e: StandIn())
    job = Job(ReadRequest((PAGE,)))
    held = weakref.ref(job)
    (answer,) = service.run([job])
    assert isinstance(answer, ReadAnswer), answer
    del job
    gc.collect()
    assert held() is None


def test_requests_and_answers_travel(engine):
    check(ReadRequest)
    check(ReadAnswer)
    request = ReadRequest((PAGE, PAGE), "printed", 3, bar_milliseconds=20.0)
    again = loads(dumps(request), ReadRequest)
    assert replace(again, pages=()) == replace(request, pages=())
    assert all(np.array_equal(a, b) for a, b in zip(again.pages, request.pages, strict=True))
    answer = engine.run("read", request)
    there = loads(dumps(answer), ReadAnswer)
    assert there.reading == answer.reading
    assert there.reading.score(there.reading.interpretations[1]) == answer.reading.score(
        answer.reading.interpretations[1]
    )


def test_a_long_piece_with_many_doubts_still_travels():
    """Forty pages of forty bars, two staves each, most bars in doubt."""
    score = tune()
    bars = score.parts[0].bars
    count = 240
    long = tuple(
        replace(bars[n % 6], number=n + 1, **({} if n == 0 else {"clefs": (), "key": None, "metre": None}))
        for n in range(count)
    )
    also = {(n, 0): [stepped(0, k, 0.5) for k in range(1, 5)] for n in range(0, count, 2) if long[n].events}
    reading = reading_of(Score((replace(score.parts[0], bars=long),)), also=also)
    size = len(dumps(ReadAnswer(lean(reading), "classical", 1.0)))
    assert size * (1600 / count) < MAX_HEADER


def test_estimates_grow_with_the_pages(engine):
    small, large = (
        engine.estimate("read", ReadRequest((np.full((side, side), 255, np.uint8),))) for side in (100, 3000)
    )
    assert large.seconds > small.seconds > 0
    assert large.peak_bytes > small.peak_bytes


def test_lean_readings_keep_what_their_pitches_hang_on():
    reading = reading_of(tune())
    line = OctaveSign(0.0, 100.0, 1)
    bar = reading.bars[0].readings[0]
    raised_staves = tuple(replace(s, signs=replace(s.signs, octaves=(line,))) for s in bar.staves)
    raised = replace(
        reading,
        bars=(replace(reading.bars[0], readings=(replace(bar, staves=raised_staves),)), *reading.bars[1:]),
    )
    small = lean(raised)
    assert small.score(small.interpretations[0]) == raised.score(raised.interpretations[0])
    assert small.score(small.interpretations[0]) != reading.score(reading.interpretations[0])


def test_lean_readings_give_the_same_scores():
    _, _, reading = doubtful_tune()
    small = lean(reading)
    assert [small.score(w) for w in small.interpretations] == [
        reading.score(w) for w in reading.interpretations
    ]
    assert len(dumps(small)) < 0.7 * len(dumps(reading))


def test_a_lean_reading_leaves_the_marks_that_were_weighed_behind():
    reading = reading_of(tune())
    seen = (SeenMark(4.0, 3.0, (("solid_head", 0.4),)),)
    marked = replace(
        reading,
        systems=tuple(
            tuple(tuple(replace(bar, seen=seen) for bar in staff) for staff in system)
            for system in reading.systems
        ),
    )
    assert lean(marked) == lean(reading)
    assert all(not bar.seen for system in lean(marked).systems for staff in system for bar in staff)
