import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.upscale.runtime import OnnxRuntime, receptive_radius
from models.upscale.tiling import run_tiles, to_grey, to_ink
from tests.upscale_networks import music_like, random_weights

WEIGHTS = random_weights(seed=5)
NETWORK = OnnxRuntime(WEIGHTS, 1)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 120), st.integers(1, 120), st.integers(8, 130), st.integers(0, 10**6), st.booleans())
def test_any_page_in_any_tiles_equals_the_untiled_page(height, width, largest, seed, noisy):
    grey = music_like(height, width, seed)
    if noisy:
        grey = np.random.default_rng(seed).integers(0, 255, grey.shape).astype(np.uint8)
    radius = receptive_radius(WEIGHTS)
    tiled = run_tiles(grey, NETWORK, radius=radius, largest=largest)
    assert tiled.shape == (4 * height, 4 * width)
    assert tiled.dtype == np.uint8
    whole = to_grey(NETWORK(to_ink(grey))).astype(int)
    assert np.abs(tiled - whole).max() <= 1
