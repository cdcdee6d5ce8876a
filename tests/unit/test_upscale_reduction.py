"""How a page was made small is seen, and the network that knows it best enlarges it."""

import cv2
import numpy as np
import pytest
from PIL import Image

from models import weights
from models.contracts.upscale import UpscaleRequest, weights_name
from models.engine import Job
from models.upscale.downscaling_kernel import _busiest, looks_bicubic
from models.upscale.methods import BICUBIC, OTHERWISE, open_method
from models.upscale.metrics import psnr
from models.upscale.runtime import open_runtime
from models.upscale.service import UpscaleService
from scoreweb.widgets.examples import EXAMPLES
from tests.pages import staves

SONG = next(p for p in EXAMPLES if p.name == "song-75dpi.png")


@pytest.fixture(scope="module")
def network():
    return open_runtime(weights.load("upscale-fast"), "cpu", 1)


@pytest.fixture(scope="module")
def otherwise():
    return open_runtime(weights.load(OTHERWISE), "cpu", 1)


@pytest.fixture(scope="module")
def large():
    """A page in full size, engraved by a program: lines thinner than the LR pixels to come, and stems and heads."""
    return open_method("fast", "cpu", 2).enlarge(np.asarray(Image.open(SONG).convert("L"))[:400]).grey


def bicubic(grey):
    return np.asarray(
        Image.fromarray(grey).resize((grey.shape[1] // 4, grey.shape[0] // 4), Image.Resampling.BICUBIC)
    )


def area(grey):
    return cv2.resize(grey, (grey.shape[1] // 4, grey.shape[0] // 4), interpolation=cv2.INTER_AREA)


def hamming(grey):
    size = grey.shape[1] // 4, grey.shape[0] // 4
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.HAMMING))


def test_a_bicubic_page_is_known_from_those_by_other_filters(network, otherwise, large):
    assert looks_bicubic(bicubic(large), network, otherwise)
    assert not looks_bicubic(area(large), network, otherwise)
    assert not looks_bicubic(hamming(large[:800, :800]), network, otherwise)


@pytest.mark.parametrize(
    "grey", [np.full((40, 30), 255, np.uint8), np.zeros((1, 1), np.uint8), staves(50, 300)]
)
def test_any_page_gives_an_answer(network, otherwise, grey):
    assert looks_bicubic(grey, network, otherwise) in (True, False)


@pytest.mark.parametrize("model", BICUBIC)
def test_each_page_is_enlarged_by_the_network_that_knows_it(large, model):
    whole = large[:512, :512]
    service = UpscaleService(threads=2)
    for reduce, name in ((bicubic, weights_name(model)), (area, OTHERWISE)):
        (answer,) = service.run([Job(UpscaleRequest(reduce(whole), model))])
        assert answer.weights == weights.load(name).sha256
        assert answer.model == model


def test_the_network_for_other_pages_is_worth_having(large):
    low = area(large)
    fast = open_method("fast", "cpu", 2)
    chosen = fast.enlarge(low).grey
    fast._otherwise = None
    assert psnr(large, chosen) > psnr(large, fast.enlarge(low).grey) + 1


def test_the_busiest_window_is_looked_at():
    grey = np.full((300, 250), 255, np.uint8)
    grey[150:200, 120:140] = 0
    window = _busiest(grey)
    assert window.shape == (96, 96)
    assert (window == 0).sum() == 50 * 20
    assert _busiest(grey[:40, :30]).shape == (40, 30)
