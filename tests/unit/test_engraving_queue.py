"""One visitor's huge score stops nobody: drawings wait in order, are ended at a limit or when unwanted, and small ones go first."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from models.notation.engraving.engrave import LARGE_MUSICXML, engrave
from models.notation.engraving.lane import Lane
from models.notation.engraving.pages import Engraving, Look
from models.notation.engraving.process import DrawingProcess, unwatched
from models.notation.errors import EngravingFailed
from models.notation.musicxml import write_musicxml
from scripts.draw_examples import piece
from tests.scores import small_song

DRAWN = Engraving((), {}, ())
SMALL = write_musicxml(small_song()).decode()
HUGE = piece("Huge", bars=4000, seed=1, piano=True, fifths=0)


class GivenUp(Exception):  # noqa: N818 - named for what happened
    pass


class Held:
    """Stands for a process: draws when the test lets it, and says in which order it was asked."""

    def __init__(self, asked):
        self.asked, self.go, self.is_stopped = asked, threading.Semaphore(0), False

    def draw(self, text, look, seconds, watch):
        self.asked.put(text)
        while not self.go.acquire(timeout=0.02):
            watch(None)
        return DRAWN

    def stop(self):
        self.is_stopped = True


@pytest.fixture
def asked():
    import queue

    return queue.Queue()


def waiting_in(lane, text, events):
    """Draws in another thread; returns once it stands in the queue."""
    stands = threading.Event()

    def watch(progress):
        if progress is not None and progress.ahead:
            events.append((text, progress.ahead))
            stands.set()

    drawn = ThreadPoolExecutor(1).submit(lane.draw, text, Look(), 0.0, watch)
    assert stands.wait(60)
    return drawn


def test_the_first_to_come_is_the_first_to_be_drawn_and_each_is_told_its_place(asked):
    held, events = Held(asked), []
    lane = Lane(1, lambda: held)
    first = ThreadPoolExecutor(1).submit(lane.draw, "first", Look(), 0.0, unwatched)
    assert asked.get(timeout=60) == "first"
    later = [waiting_in(lane, name, events) for name in ("second", "third", "fourth")]
    assert {("second", 1), ("third", 2), ("fourth", 3)} <= set(events)
    held.go.release(4)
    assert first.result(60) is DRAWN
    # Their own seconds were 0: time in the queue does not count
    assert [drawn.result(60) for drawn in later] == [DRAWN] * 3
    assert [asked.get(timeout=60) for _ in later] == ["second", "third", "fourth"]


def test_who_gives_up_in_the_queue_lets_the_next_one_through(asked):
    held = Held(asked)
    lane = Lane(1, lambda: held)
    first = ThreadPoolExecutor(1).submit(lane.draw, "first", Look(), 0.0, unwatched)
    assert asked.get(timeout=60) == "first"

    def give_up(progress):
        raise GivenUp

    with pytest.raises(GivenUp):
        lane.draw("second", Look(), 0.0, give_up)
    third = waiting_in(lane, "third", [])
    held.go.release(2)
    assert first.result(60) is third.result(60) is DRAWN
    assert asked.get(timeout=60) == "third"


def test_what_was_stopped_is_started_again(asked):
    made = []

    def start():
        made.append(Held(asked))
        made[-1].go.release(9)
        return made[-1]

    lane = Lane(1, start)
    lane.draw("one", Look(), 0.0, unwatched)
    lane.draw("two", Look(), 0.0, unwatched)
    assert len(made) == 1
    made[0].stop()
    lane.draw("three", Look(), 0.0, unwatched)  # meets the stopped one, as after a crash
    lane.draw("four", Look(), 0.0, unwatched)
    assert len(made) == 2


def test_a_drawing_is_ended_at_its_limit_and_the_process_with_it():
    process = DrawingProcess()
    with pytest.raises(EngravingFailed, match="too long"):
        process.draw(HUGE, Look(), 0.0, unwatched)
    assert process.is_stopped


def test_a_process_that_dies_gives_a_sentence():
    process = DrawingProcess()
    process.draw(SMALL, Look(), 60.0, unwatched)

    def die(progress):
        os.kill(process.number, signal.SIGKILL)

    with pytest.raises(EngravingFailed, match="cannot be drawn"):
        process.draw(HUGE, Look(), 600.0, die)
    assert process.is_stopped


def test_a_small_score_is_drawn_while_a_huge_one_is_and_the_huge_one_can_be_ended():
    assert len(HUGE) > LARGE_MUSICXML > len(SMALL)
    begun, served = threading.Event(), threading.Event()

    def watch(progress):
        begun.set()
        if served.is_set():
            raise GivenUp

    with ThreadPoolExecutor(1) as other:
        huge = other.submit(engrave, HUGE.encode(), seconds=3600, watch=watch)
        assert begun.wait(120)
        assert engrave(small_song()).pages
        assert not huge.done()
        served.set()
        with pytest.raises(GivenUp):
            huge.result(120)
    assert engrave(small_song()).pages
