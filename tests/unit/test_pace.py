"""What visitors are told of the time follows what jobs took lately, and who is at work before them."""

import pytest

from models.engine import Estimate, LocalEngine
from models.upscale.service import UpscaleAnswer, UpscaleRequest, UpscaleService
from scoreweb.metering import Limits, Meter
from scoreweb.pace import Pace
from tests.pages import staves


def test_a_host_that_is_slower_than_estimated_says_so_after_a_few_jobs():
    pace = Pace()
    assert pace.expected("read", 10) == 10
    for _ in range(4):
        pace.ended("read", pace.began("read", 10), 40)
    assert 40 / 1.5 < pace.expected("read", 10) < 40 * 1.5
    assert pace.expected("upscale", 10) == 10
    for _ in range(5):
        pace.ended("read", pace.began("read", 10), 10)
    assert 10 / 1.5 < pace.expected("read", 10) < 10 * 1.5


def test_who_is_before_you_counts():
    pace = Pace()
    first = pace.began("read", 30)
    pace.began("read", 20)
    assert pace.expected("read", 10) == 60
    pace.ended("read", first, None)
    assert pace.expected("read", 10) == 30


def test_the_time_until_a_turn_is_that_of_those_before():
    pace = Pace()
    jobs = [pace.began("read", seconds) for seconds in (30, 20, 10)]
    assert [pace.until_turn("read", job, place) for place, job in enumerate(jobs[1:], start=1)] == [30, 50]
    pace.ended("read", jobs[0], None)
    assert pace.until_turn("read", jobs[2], 1) == 20


def test_those_who_are_at_work_side_by_side_count_for_less():
    pace = Pace()
    *_, last = [pace.began("read", 20) for _ in range(9)]
    assert pace.until_turn("read", last, 5) == 40, "eight are before, of whom four are at work"
    assert pace.expected("read", 20) == 20 + 9 * 20 / 4


@pytest.mark.parametrize(("estimated", "took"), [(0.0, 5.0), (10.0, 0.1), (10.0, None)])
def test_what_tells_nothing_changes_nothing(estimated, took):
    pace = Pace()
    pace.ended("read", pace.began("read", estimated), took)
    assert pace.expected("read", 10) == 10


def test_one_odd_job_does_not_spoil_it():
    pace = Pace()
    pace.ended("read", pace.began("read", 1), 10_000)
    assert pace.expected("read", 1) < 3


class Slow(UpscaleService):
    """Says two seconds and takes eight."""

    def estimate(self, request):
        return Estimate(2.0, 1000)

    def run(self, jobs):
        return [UpscaleAnswer(jobs[0].request.grey, "fast", "", "test", 8.0)]


def test_a_meter_tells_the_pace_of_the_jobs_it_had():
    with LocalEngine([Slow()]) as engine:
        meter = Meter(engine, Limits(), pace=Pace())
        request = UpscaleRequest(staves())
        assert meter.estimate("upscale", request).seconds == 2
        for _ in range(4):
            meter.call("upscale", request)
        assert 8 / 1.5 < meter.estimate("upscale", request).seconds < 8 * 1.5
