"""Small pages go through the upscaling service for the reader, as long as somebody wants them."""

import threading

import numpy as np
import pytest

from models.contracts.upscale import UpscaleAnswer, UpscaleRequest
from models.engine import Cancelled, LocalEngine
from models.upscale.methods import bicubic
from scoreweb.enlarging import enlarger

PAGE = np.full((20, 30), 200, np.uint8)


class Upscaler:
    name = "upscale"
    request_type = UpscaleRequest
    answer_type = UpscaleAnswer
    max_batch = 1
    batch_wait_s = 0.0

    def __init__(self, wait=False):
        self.wait, self.asked, self.taken_back = wait, [], threading.Event()

    def run(self, jobs):
        return [self._page(job) for job in jobs]

    def _page(self, job):
        self.asked.append(job.request.model)
        while self.wait:
            try:
                job.check()
            except Cancelled:
                self.taken_back.set()
                raise
            threading.Event().wait(0.01)
        return UpscaleAnswer(bicubic(job.request.grey), job.request.model, "", "none", 0.0)


def test_a_page_comes_back_four_times_larger_from_the_network_for_scans():
    service = Upscaler()
    with LocalEngine([service]) as engine:
        large = enlarger(lambda: engine, most_pixels=1000)(PAGE, lambda: None)
    assert large.shape == (80, 120)
    assert service.asked == ["scan"]


def test_a_page_too_large_for_the_network_is_enlarged_plainly():
    service = Upscaler()
    with LocalEngine([service]) as engine:
        enlarger(lambda: engine, most_pixels=599)(PAGE, lambda: None)
    assert service.asked == ["bicubic"]


def test_work_that_nobody_wants_is_taken_back():
    service = Upscaler(wait=True)

    def wanted():
        raise Cancelled

    with LocalEngine([service]) as engine:
        with pytest.raises(Cancelled):
            enlarger(lambda: engine, most_pixels=1000)(PAGE, wanted)
        assert service.taken_back.wait(10)
