import numpy as np
import pytest
from PIL import Image

from models.contracts.choice import names
from models.contracts.upscale import UpscaleAnswer, UpscaleCatalogue, UpscaleRequest
from models.engine import BadRequest, Cancelled, LocalEngine
from models.upscale.service import UpscaleService
from scoreweb.widgets.examples import a4_at_75_dpi


@pytest.fixture(scope="module")
def engine():
    with LocalEngine([UpscaleService(threads=2)], queue_size=4) as engine:
        yield engine


@pytest.mark.parametrize("model", names(UpscaleCatalogue.shipped().models))
def test_every_model_answers_exactly_four_times_larger(engine, model):
    grey = a4_at_75_dpi()[100:260, 50:270]
    answer = engine.run("upscale", UpscaleRequest(grey, model))
    assert isinstance(answer, UpscaleAnswer)
    assert answer.grey.shape == (640, 880)
    assert answer.grey.dtype == np.uint8
    assert answer.model == model
    assert bool(answer.weights) == (model != "bicubic")


@pytest.mark.parametrize("model", ["fast", "scan"])
def test_white_on_black_is_enlarged_as_well_as_black_on_white(engine, model):
    grey = a4_at_75_dpi()[100:180, 50:170]
    upright = engine.run("upscale", UpscaleRequest(grey, model)).grey
    inverted = engine.run("upscale", UpscaleRequest(255 - grey, model)).grey
    assert np.array_equal(inverted, 255 - upright), "white stays white, and every edge is as clean"


def test_bicubic_is_pillows(engine):
    grey = a4_at_75_dpi()[:100, :120]
    expected = np.asarray(Image.fromarray(grey).resize((480, 400), Image.Resampling.BICUBIC))
    assert np.array_equal(engine.run("upscale", UpscaleRequest(grey, "bicubic")).grey, expected)


def test_progress_counts_tiles_to_the_last(engine):
    steps = []
    engine.run("upscale", UpscaleRequest(a4_at_75_dpi()), on_progress=steps.append)
    assert steps[-1].done == steps[-1].total > 3
    assert [s.done for s in steps] == sorted(s.done for s in steps)


def test_a_running_page_can_be_cancelled(engine):
    page = np.tile(a4_at_75_dpi(), (3, 3))
    ticket = engine.submit("upscale", UpscaleRequest(page))
    ticket.cancel()
    with pytest.raises(Cancelled):
        ticket.result(60)


def test_estimate_grows_with_the_ink_not_with_blank_paper(engine):
    page = a4_at_75_dpi()
    blank = np.full_like(page, 255)
    full = engine.estimate("upscale", UpscaleRequest(page))
    assert engine.estimate("upscale", UpscaleRequest(blank)).seconds < full.seconds / 10
    taller = engine.estimate("upscale", UpscaleRequest(np.vstack([page, page, page])))
    assert 2.5 < taller.seconds / full.seconds < 3.5


def test_estimated_memory_covers_the_result(engine):
    page = a4_at_75_dpi()
    assert engine.estimate("upscale", UpscaleRequest(page)).peak_bytes > 17 * page.size


@pytest.mark.parametrize(
    "request_",
    [
        UpscaleRequest(np.zeros((4, 4, 3), np.uint8)),
        UpscaleRequest(np.zeros((4, 4), np.float32)),
        UpscaleRequest(np.zeros((0, 4), np.uint8)),
        UpscaleRequest(np.zeros((4, 4), np.uint8), "../../etc/passwd"),
    ],
    ids=["colour", "floats", "empty", "model"],
)
def test_a_wrong_request_is_told_so(engine, request_):
    with pytest.raises(BadRequest):
        engine.run("upscale", request_)


def test_health_says_what_is_loaded_without_paths(engine):
    engine.run("upscale", UpscaleRequest(a4_at_75_dpi()[:40, :40]))
    text = str(engine.health())
    assert "fast" in text
    assert "/" not in text.replace("n/a", "")
