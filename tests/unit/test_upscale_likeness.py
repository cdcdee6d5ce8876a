"""PSNR, SSIM and the measures of ink, on pictures whose answer is known."""

import math

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity

from benchmarks.upscale import reduced
from benchmarks.upscale_ink import binary_fidelity, continuity, invented
from benchmarks.upscale_seams import step_at_borders
from models.upscale.metrics import psnr, ssim
from scoreweb.widgets.examples import a4_at_75_dpi


def staff(height=120, width=200):
    page = np.full((height, width), 255, np.uint8)
    for y in range(20, 100, 16):
        page[y : y + 2, 10:190] = 0
    return page


def test_psnr_of_a_known_error():
    truth = np.zeros((700, 10), np.uint8)
    other = truth.copy()
    other[650, 3] = 255
    assert psnr(truth, other) == pytest.approx(10 * math.log10(7000))
    assert psnr(truth, truth) == math.inf


def test_ssim_in_bands_is_ssim_of_the_whole():
    truth = np.vstack([a4_at_75_dpi()] * 2)[:1200, :300]
    small = Image.fromarray(truth).resize((150, 600))
    other = np.asarray(small.resize((300, 1200)))
    whole = structural_similarity(
        truth, other, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert ssim(truth, other) == pytest.approx(whole, abs=1e-9)
    assert ssim(truth, truth) == pytest.approx(1)


def test_the_same_ink_is_perfect_and_other_ink_is_not():
    page = staff()
    assert binary_fidelity(page, page) == (pytest.approx(100), pytest.approx(0))
    fidelity, distortion = binary_fidelity(page, np.roll(page, 1, axis=0))
    assert fidelity < 60
    assert distortion > 1


def test_a_gap_in_a_line_is_found_but_a_shift_of_a_pixel_is_none():
    page = staff()
    assert continuity(page, np.roll(page, 1, axis=0)) == 1
    gap = page.copy()
    gap[15:25, 50:68] = 255  # one line of five loses 18 of its 180 columns
    assert continuity(page, gap) == pytest.approx(1 - 18 / 900)
    assert continuity(np.full_like(page, 255), page) is None


def test_ink_where_none_came_in_is_told():
    page = staff()
    low = reduced(page, "bicubic")
    assert invented(low, page) == 0
    more = page.copy()
    more[108:112, 100:104] = 0
    assert invented(low, more) == 16


def test_a_step_at_borders_is_a_seam():
    truth = staff(256, 512)
    assert step_at_borders(truth, truth, 32) == 0
    seam = truth.astype(int)
    seam[:, 128:] -= 9
    assert step_at_borders(truth, np.clip(seam, 0, 255).astype(np.uint8), 32) > 1
