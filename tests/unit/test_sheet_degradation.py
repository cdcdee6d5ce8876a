"""Clean pages made poor: the same for the same seed, of the promised size, still the same music."""

import numpy as np
import pytest

from models.sheet import measure_staff_space
from models.sheet.degradation import degraded
from tests.sheets import music

RECIPES = ("print", "camera", "low-scan")
PAGE = music(20, height=36, staves=3)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_seed_decides_every_pixel(recipe):
    before = PAGE.copy()
    first, again, other = (degraded(PAGE, np.random.default_rng(seed), recipe) for seed in (4, 4, 5))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(PAGE, before)
    assert first.dtype == np.uint8


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("seed", range(6))
def test_the_staves_can_still_be_measured(recipe, seed):
    poor = degraded(PAGE, np.random.default_rng(seed), recipe)
    share = 4 if recipe == "low-scan" else 1
    assert poor.shape == tuple(side // share for side in PAGE.shape)
    space = measure_staff_space(poor)
    assert space is not None
    assert space.pixels == pytest.approx(20.0 / share, rel=0.03)


def test_a_low_scan_has_grey_ink_on_uneven_paper():
    poor = degraded(np.full((800, 800), 255, np.uint8), np.random.default_rng(1), "low-scan").astype(float)
    assert poor[:20, :20].mean() == pytest.approx(237, abs=2)
    assert poor[:40, -40:].mean() < 230
