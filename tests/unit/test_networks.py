import numpy as np
import torch

from models.upscale.networks import FastNetwork, FastSize, parameter_count
from models.upscale.runtime import OnnxRuntime, open_runtime
from models.upscale.tiling import to_ink
from tests.upscale_networks import music_like, random_weights


def test_four_times_larger_whatever_the_size():
    network = FastNetwork(FastSize(channels=8, blocks=1))
    for height, width in [(1, 1), (5, 9), (33, 16)]:
        assert network(torch.zeros(2, 1, height, width)).shape == (2, 1, 4 * height, 4 * width)


def test_default_network_is_within_its_budget():
    assert 150_000 <= parameter_count(FastNetwork()) <= 350_000


def test_radius_is_exactly_how_far_a_pixel_reaches():
    size = FastSize(channels=6, blocks=2)
    torch.manual_seed(1)
    network = FastNetwork(size)
    for parameter in network.parameters():
        torch.nn.init.uniform_(parameter, 0.01, 0.2)  # positive, so that no path is cut by a ReLU
    side = 4 * size.radius + 1
    ink = torch.zeros(1, 1, side, side)
    before = network(ink)
    ink[0, 0, side // 2, side // 2] = 1
    changed = (network(ink) - before).abs().detach().numpy()[0, 0] > 1e-7
    rows = np.flatnonzero(changed.any(axis=1)) // 4
    assert rows.min() == side // 2 - size.radius
    assert rows.max() == side // 2 + size.radius


def test_an_untrained_network_is_nearest_neighbour_but_for_its_tail():
    network = FastNetwork(FastSize(channels=8, blocks=3))
    torch.nn.init.zeros_(network.tail.weight)
    torch.nn.init.zeros_(network.tail.bias)
    ink = torch.rand(1, 1, 6, 5)
    assert torch.equal(network(ink), ink.repeat_interleave(4, 2).repeat_interleave(4, 3))


def test_a_mirrored_network_answers_a_mirror_image_with_the_mirror_image():
    weights = random_weights()
    weights.metadata["views"] = "mirrored"
    runtime = open_runtime(weights, "cpu", 1)
    ink = to_ink(music_like(20, 31))
    answer, other = runtime(ink), runtime(np.ascontiguousarray(ink[:, ::-1]))
    assert np.allclose(other[:, ::-1], answer, atol=1e-6)
    plain = OnnxRuntime(weights, 1)(ink)
    assert not np.allclose(plain.clip(0, 1), answer, atol=1e-3)
