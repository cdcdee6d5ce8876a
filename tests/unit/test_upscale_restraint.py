"""No ink is left where none came in, and none is taken where some did."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.upscale_ink import invented
from models.upscale.hallucination import REACH, restrained
from models.upscale.runtime import open_runtime, receptive_radius
from models.upscale.tiling import run_tiles
from models.weights import load
from scoreweb.widgets.examples import a4_at_75_dpi


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 600), st.integers(1, 40))
def test_no_black_is_left_far_from_what_came_in(seed, height, width):
    rng = np.random.default_rng(seed)
    low = np.where(rng.random((height, width)) < 0.02, 0, 255).astype(np.uint8)
    large = rng.integers(0, 256, (4 * height, 4 * width)).astype(np.uint8)
    before = large.copy()
    assert invented(low, restrained(low, large), reach=REACH + 0.5) == 0
    changed = large != before
    assert (before[changed] < 128).all()
    beneath = np.kron(low == 0, np.ones((4, 4), bool))
    assert not (changed & beneath).any()


def test_ink_beside_a_stroke_stays():
    low = np.full((300, 9), 255, np.uint8)
    low[150, 4] = 100
    large = np.zeros((1200, 36), np.uint8)
    kept = restrained(low, large) == 0
    assert kept[600:604, 16:20].all()
    assert kept[600 - REACH, 17]
    assert not kept[600 - REACH - 1, 17]
    assert kept.sum() < 70


def test_a_networks_true_strokes_are_not_touched():
    page, held = a4_at_75_dpi()[:200], load("upscale-fast")
    large = run_tiles(page, open_runtime(held, "cpu", 1), radius=receptive_radius(held))
    assert (large < 128).any()
    assert np.array_equal(restrained(page, large.copy()), large)
