import numpy as np
import pytest

from models.upscale.runtime import OnnxRuntime, TorchRuntime, open_runtime, receptive_radius
from models.upscale.tiling import plan_tiles, run_tiles, to_grey, to_ink
from models.weights import load
from tests.upscale_networks import music_like, random_weights


@pytest.fixture(scope="module")
def weights():
    return random_weights()


@pytest.fixture(
    scope="module", params=[OnnxRuntime, lambda w, t: TorchRuntime(w, "cpu", t)], ids=["onnx", "torch"]
)
def network(request, weights):
    return request.param(weights, 1)


def test_tiled_page_equals_the_untiled_one(network, weights):
    grey = music_like(150, 190)
    whole = to_grey(network(to_ink(grey)))
    tiled = run_tiles(grey, network, radius=receptive_radius(weights), largest=40)
    assert np.abs(tiled.astype(int) - whole).max() <= 1


def test_a_halo_that_is_too_small_is_seen(weights):
    """The equality above is the halo's doing: with half of it the result differs."""
    network = OnnxRuntime(weights, 1)
    grey = np.random.default_rng(0).integers(0, 255, (96, 96)).astype(np.uint8)
    whole = to_grey(network(to_ink(grey)))
    tiled = run_tiles(grey, network, radius=receptive_radius(weights) // 2, largest=40)
    assert np.abs(tiled.astype(int) - whole).max() > 1


def test_both_runtimes_agree(weights):
    ink = to_ink(music_like(60, 50))
    assert np.abs(OnnxRuntime(weights, 1)(ink) - TorchRuntime(weights, "cpu", 1)(ink)).max() < 1e-4


def test_blank_paper_never_reaches_the_network_but_looks_as_if_it_had(weights):
    network = OnnxRuntime(weights, 1)
    seen = []

    def counting(ink):
        seen.append(ink.size)
        return network(ink)

    radius = receptive_radius(weights)
    grey = np.full((300, 200), 255, np.uint8)
    grey[150:152, 90:110] = 0
    tiled = run_tiles(grey, counting, radius=radius, largest=64)
    whole = to_grey(network(to_ink(grey)))
    assert np.abs(tiled.astype(int) - whole).max() <= 1
    assert sum(seen) < grey.size


def test_tiles_cover_all_ink_and_do_not_overlap():
    grey = music_like(200, 140, seed=3)
    covered = np.zeros(grey.shape, int)
    for tile in plan_tiles(grey, radius=7, largest=50):
        covered[tile.top : tile.bottom, tile.left : tile.right] += 1
        assert tile.bottom - tile.top <= 50
        assert tile.right - tile.left <= 50
    assert covered.max() == 1
    assert covered[grey != 255].min() == 1


@pytest.mark.parametrize("shipped", ["upscale-fast", "upscale-fast-area", "upscale-scan", "upscale-best"])
def test_a_white_page_needs_no_tile_and_progress_still_completes(shipped):
    steps = []
    held = load(shipped)
    grey = np.full((40, 30), 255, np.uint8)
    large = run_tiles(
        grey,
        open_runtime(held, "cpu", 1),
        radius=receptive_radius(held),
        on_tile=lambda done, total: steps.append((done, total)),
    )
    assert steps == [(0, 0)]
    assert large.min() == 255


def test_what_on_tile_raises_stops_the_work(weights):
    calls = []

    def stop(done, total):
        calls.append((done, total))
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_tiles(music_like(200, 200), OnnxRuntime(weights, 1), radius=9, largest=32, on_tile=stop)
    assert len(calls) == 2
    assert calls[0][1] > 2
