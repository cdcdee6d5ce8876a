"""What is run within limits: answers and refusals come through, and whatever goes wrong costs one sentence."""

import signal

import numpy as np
import pytest

from models import limited as module
from models.limited import NoneFree, TooMuch, limited
from tests.fatal import computes_for_ever, crashes, eats_memory


class RefusalError(Exception):
    pass


def doubled(numbers, times=2):
    return numbers * times


def refuses():
    raise RefusalError("No score.")


def breaks():
    raise KeyError("a mistake of ours")


def waits_for_ever():
    signal.pause()


@pytest.fixture(autouse=True)
def nothing_runs_on():
    yield
    module.close()


def test_answers_and_refusals_come_through_and_one_process_does_it_all():
    assert np.array_equal(limited(doubled, (), np.arange(3)), [0, 2, 4])
    assert limited(doubled, (), 2, times=5) == 10
    with pytest.raises(RefusalError, match=r"^No score\.$"):
        limited(refuses, (RefusalError,))
    assert len(module.running()) == 1


def test_a_mistake_of_ours_is_told_with_its_place_and_the_process_goes_on():
    with pytest.raises(RuntimeError, match="in breaks"):
        limited(breaks, (RefusalError,))
    assert len(module.running()) == 1


@pytest.mark.parametrize("fatal", [computes_for_ever, eats_memory, crashes])
def test_what_takes_too_much_or_crashes_is_ended_and_the_next_is_served(monkeypatch, fatal):
    # a new process imports this module within the same seconds
    monkeypatch.setattr(module, "COMPUTING_S", 5.0)
    with pytest.raises(TooMuch):
        limited(fatal, ())
    assert limited(doubled, (), 1) == 2


def test_what_waits_for_ever_is_ended(monkeypatch):
    limited(doubled, (), 1)
    waiting = module.running()
    monkeypatch.setattr(module, "WAITING_S", 0.5)
    with pytest.raises(TooMuch):
        limited(waits_for_ever, ())
    assert not set(waiting) & set(module.running())


def test_whoever_finds_all_processes_busy_is_told(monkeypatch):
    monkeypatch.setattr(module, "WAITING_S", 0.05)
    places = module._places()
    taken = [places.get() for _ in range(module.PROCESSES)]
    try:
        with pytest.raises(NoneFree):
            limited(doubled, (), 1)
    finally:
        for place in taken:
            places.put(place)


def test_a_process_that_holds_much_is_replaced(monkeypatch):
    limited(doubled, (), 1)
    before = module.running()
    limited(holds_much, ())
    assert not set(before) & set(module.running())


def holds_much(_held=[]):  # noqa: B006 - it is to stay
    _held.append(np.ones(module.WELL_USED_BYTES // 8))


def test_what_started_it_counts_for_nothing():
    held = np.ones(65_000_000)
    limited(doubled, (), 1)
    first = module.running()
    limited(doubled, (), 1)
    assert module.running() == first
    assert held.sum() > 0


def test_programs_that_it_starts_have_the_limits_too(monkeypatch):
    # a new process imports this module within the same seconds
    monkeypatch.setattr(module, "COMPUTING_S", 5.0)
    assert limited(starts_a_program_without_end, ()) != 0


def starts_a_program_without_end():
    import subprocess
    import sys

    return subprocess.run([sys.executable, "-c", "while True: pass"], check=False).returncode
