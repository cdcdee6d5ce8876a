"""Scans and photographs made even: light, levels and tilt, and nothing else."""

import cv2
import numpy as np
import pytest

from models.contracts.upscale import UpscaleRequest
from models.engine import LocalEngine
from models.upscale.service import UpscaleService
from models.upscale.straightening import LEAST, evened, levelled, tilt_of
from scoreweb.widgets.examples import a4_at_75_dpi


def turned(grey, degrees):
    """The page turned clockwise by so many degrees."""
    height, width = grey.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    return cv2.warpAffine(grey, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=255)


def test_a_clean_page_stays_as_it_is():
    page = a4_at_75_dpi()
    assert np.array_equal(evened(page), page)
    assert levelled(page) is page


def test_a_shadow_goes_and_faded_ink_becomes_black():
    page = a4_at_75_dpi().astype(np.float32)
    shadow = np.linspace(0.45, 0.95, page.shape[1])[None]
    photo = ((90 + page * (165 / 255)) * shadow).astype(np.uint8)
    even = evened(photo)
    paper = even[page == 255]
    assert np.percentile(paper, 5) > 225
    assert np.median(even[page < 40]) < 40
    assert abs(float((even < 128).mean()) - float((page < 128).mean())) < 0.01


@pytest.mark.parametrize("degrees", [-6.5, -2.0, 1.5, 4.0])
def test_the_tilt_is_found_and_taken_back(degrees):
    askew = turned(a4_at_75_dpi(), degrees)
    assert tilt_of(askew) == pytest.approx(degrees, abs=0.11)
    level = levelled(askew)
    assert level.shape == askew.shape
    assert abs(tilt_of(level)) <= 0.11


def test_a_small_tilt_is_left_alone():
    askew = turned(a4_at_75_dpi(), LEAST - 0.4)
    assert levelled(askew) is askew


@pytest.mark.parametrize("page", [np.full((90, 70), 255, np.uint8), np.zeros((3, 40), np.uint8)])
def test_pages_without_staves_come_back(page):
    assert np.array_equal(levelled(evened(page)), page)


def test_only_who_asks_for_it_gets_a_level_page():
    askew = turned(a4_at_75_dpi()[:300], 3.0)
    with LocalEngine([UpscaleService(threads=1)]) as engine:
        kept, straight = (
            engine.run("upscale", UpscaleRequest(askew, "scan", level=level)).grey for level in (False, True)
        )
    assert kept.shape == straight.shape == (1200, 2480)
    assert tilt_of(kept) == pytest.approx(3.0, abs=0.2)
    assert abs(tilt_of(straight)) < 0.2
