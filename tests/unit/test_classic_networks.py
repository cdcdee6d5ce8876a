"""The dissertation's networks: their losses, shapes, training in turns, and that they can learn at all."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file
from torch.nn import functional as F

from models.transcribe.classic import train
from models.transcribe.classic.images import all_images
from models.transcribe.classic.losses import LOSSES, mse, psnr, smooth_l1, ssim, ssim_map
from models.transcribe.classic.networks import ClassicNetwork, ClassicSize, UpsampledConv2d
from models.transcribe.classic.pairs import Cached, ink

SMALL = ClassicSize("3x3", (4, 4, 8, 15), 4, (8, 4, 4))


def ink_of(*keys):
    return torch.stack([ink(all_images()[key - 21]) for key in keys])


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_nought_for_equal_images_and_grows_with_the_error(name):
    a, b = ink_of(21, 60), ink_of(60, 108)
    assert float(LOSSES[name](a, a)) == pytest.approx(0, abs=1e-5)
    near = float(LOSSES[name](a + 0.2 * (b - a), a))
    assert 0 < near < float(LOSSES[name](b, a))


@pytest.mark.parametrize("name", LOSSES)
def test_a_step_against_the_gradient_lowers_the_loss(name):
    truth = ink_of(45)
    image = (0.5 * truth + 0.1).requires_grad_()
    loss = LOSSES[name](image, truth)
    (slope,) = torch.autograd.grad(loss, image)
    assert torch.isfinite(slope).all()
    assert float(LOSSES[name](image.detach() - 0.01 * slope / slope.norm(), truth)) < float(loss.detach())


def test_ssim_of_equal_images_is_one_everywhere():
    page = 1 - ink_of(64)
    assert torch.allclose(ssim_map(page, page), torch.ones(1, 1, 152, 290), atol=1e-4)


def test_ssim_is_the_formula_of_its_paper_in_one_window():
    """Wang and others (2004), equation 13, with the window's weights written out."""
    a, b = np.random.default_rng(0).random((2, 11, 11))
    taps = np.exp(-((np.arange(11) - 5) ** 2) / (2 * 1.5**2))
    window = np.outer(taps, taps) / np.outer(taps, taps).sum()
    ma, mb = (window * a).sum(), (window * b).sum()
    va, vb, co = ((window * x).sum() - m for x, m in ((a * a, ma**2), (b * b, mb**2), (a * b, ma * mb)))
    wanted = (2 * ma * mb + 1e-4) * (2 * co + 9e-4) / ((ma**2 + mb**2 + 1e-4) * (va + vb + 9e-4))
    found = ssim_map(*(torch.from_numpy(x).float()[None, None] for x in (a, b)))
    assert float(found) == pytest.approx(wanted, abs=1e-5)
    light = [1 - torch.from_numpy(x).float()[None, None] for x in (a, b)]
    assert float(ssim(*light)) == pytest.approx(1 - wanted, abs=1e-5)


def test_smooth_l1_is_half_the_square_near_and_straight_far():
    nothing = torch.zeros(1, 1, 4, 4)
    assert float(smooth_l1(nothing + 0.9, nothing)) == pytest.approx(float(mse(nothing + 0.9, nothing)) / 2)
    far = [float(smooth_l1(nothing + x, nothing)) for x in (2.0, 2.5, 3.0)]
    assert far[2] - far[1] == pytest.approx(far[1] - far[0]) == pytest.approx(0.5)


@given(st.floats(0.01, 0.9))
@settings(max_examples=15, deadline=None)
def test_psnr_is_that_of_the_grey_levels_of_a_file(error):
    white = torch.zeros(1, 1, 8, 8)
    levels = round(255 * error)
    assert float(psnr(white + error, white)) == pytest.approx(20 * np.log10(255 / levels), abs=0.2)
    assert float(psnr(white - 1, white)) == 60  # whiter than white is white


@pytest.mark.parametrize("kernels", ["3x3", "5x5", "mixed"])
def test_every_kernel_makes_162x300_of_64x96(kernels):
    network = ClassicNetwork(ClassicSize(kernels)).eval()
    assert network(torch.zeros(2, 1, 64, 96)).shape == (2, 1, 162, 300)
    sides = [m.kernel_size[0] for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
    sides += [m.weight.shape[-1] for m in network.modules() if isinstance(m, UpsampledConv2d)]
    assert len(sides) == 8
    assert set(sides) == {"3x3": {3}, "5x5": {5}, "mixed": {3, 5}}[kernels]


def test_a_latent_that_does_not_fill_its_shape_is_refused():
    with pytest.raises(ValueError, match="latent"):
        ClassicNetwork(ClassicSize("5x5", encoder=(8, 16, 32, 61)))


@pytest.mark.parametrize(("side", "factors"), [(3, (2, 2)), (5, (2, 2)), (5, (3, 5)), (3, (3, 3))])
def test_the_short_way_of_upsampling_is_upsampling_and_convolution(side, factors):
    torch.manual_seed(4)
    layer = UpsampledConv2d(3, 2, side, factors)
    x = torch.randn(2, 3, 6, 7)
    plain = F.conv2d(F.interpolate(x, scale_factor=factors), layer.weight, layer.bias, padding=side // 2)
    assert torch.allclose(layer(x), plain, atol=1e-5)


def made_up(count, seed=0):
    """Spectrograms that tell the key by a bright row, with keys of a few kinds."""
    rng = np.random.default_rng(seed)
    midi = rng.choice([21, 50, 76, 108], count)
    spectrograms = torch.from_numpy(rng.normal(-0.8, 0.1, (count, 1, 64, 96)).astype(np.float32))
    for sheet, key in zip(spectrograms, midi, strict=True):
        sheet[0, (key - 21) // 2 : (key - 21) // 2 + 4] += 1.5
    return Cached(spectrograms, midi, ("made up",) * count, np.zeros(count, bool))


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(train, "ClassicSize", lambda kernels: SMALL)


def in_turns(out, epochs, names=("smoothl1-3x3", "mse-5x5"), minutes=9):
    recipes = [
        train.Recipe(r.loss, r.kernels, epochs, batch=8) for n, r in train.RECIPES.items() if n in names
    ]
    made = train.train_in_turns(recipes, made_up(20), made_up(8, 1), out, minutes=minutes, device="cpu")
    return {m["network"]: m for m in made}


def test_training_that_was_broken_off_goes_on_as_if_it_had_not_been(small, tmp_path):
    whole = in_turns(tmp_path / "whole", 2, ["mse-5x5"])
    in_turns(tmp_path / "parts", 1, ["mse-5x5"])
    parts = in_turns(tmp_path / "parts", 2, ["mse-5x5"])
    assert parts["mse-5x5"]["curve"] == whole["mse-5x5"]["curve"]
    held = [load_file(tmp_path / side / "mse-5x5.safetensors") for side in ("whole", "parts")]
    assert all(np.array_equal(held[1][name], array) for name, array in held[0].items())
    told = json.loads((tmp_path / "whole" / "mse-5x5.json").read_text())
    assert told["epochs"] == 2
    assert set(told["psnr_by_key"]) <= {"21", "50", "76", "108"}
    assert (tmp_path / "whole" / "mse-5x5.png").stat().st_size > 1000


def test_when_time_is_up_all_networks_have_the_same_epochs(small, tmp_path):
    made = in_turns(tmp_path, 50, minutes=1e-6)
    assert {m["epochs"] for m in made.values()} == {1}


def test_a_network_learns_one_batch_by_heart():
    """Two sounds and two blocky pictures; a network that hears nothing could do no better than 0.25."""
    torch.manual_seed(0)
    truth = torch.zeros(2, 1, 162, 300)
    truth[0, :, :, :150] = 1
    truth[1, :, :81] = 1
    batch = made_up(2, 4).spectrograms, truth
    network = ClassicNetwork(SMALL)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    recipe = train.Recipe("mse", "3x3", batch=2)
    for _ in range(60):
        loss = train.train_one_epoch(network, optimiser, iter([batch]), recipe)
    assert loss < 0.02
