"""The recipe in miniature: the same command that trains the shipped weights, for seconds, on a pack made here."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from models.upscale.augmentation import AREA_KERNELS, MANY_KERNELS, batches, reduced
from models.upscale.networks import FastNetwork, FastSize
from models.upscale.pack import read_pack, side_of
from models.upscale.train import Recipe, grown, leaky_clamp, mean_psnr, train
from tests.packs import write_pack

TINY = Recipe(batch=2, lr_side=16, size=FastSize(channels=8, blocks=1))


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return write_pack(tmp_path_factory.mktemp("pack") / "pack.zip")


def test_a_short_run_learns_and_can_be_resumed(pack, tmp_path):
    out = tmp_path / "net.safetensors"
    first = train([pack], out, minutes=0.04, device="cpu", recipe=TINY, block=2)
    assert out.exists()
    assert out.with_suffix(".png").exists()
    again = train([pack], out, minutes=0.1, device="cpu", recipe=TINY, block=2)
    assert again["steps"] > first["steps"]
    assert again["val_psnr"] > 8  # an untrained tail gives noise; even seconds of training give grey music


@pytest.mark.parametrize("kernel", [Image.Resampling.BICUBIC, Image.Resampling.BOX])
def test_lr_is_pillows_of_the_same_window(pack, kernel):
    low, high = next(batches(read_pack(pack, "train"), replace(TINY, kernels=((kernel, 1.0),)), seed=3))
    assert low.shape == (2, 1, 16, 16)
    assert high.shape == (2, 1, 64, 64)
    grey = Image.fromarray((255 - high[0, 0].numpy() * 255).round().astype(np.uint8))
    expected = np.asarray(grey.resize((16, 16), kernel)).astype(float)
    assert np.abs(255 - low[0, 0].numpy() * 255 - expected).max() < 0.01


def test_the_box_filter_is_area_averaging():
    window = np.random.default_rng(1).integers(0, 256, (64, 64), np.uint8)
    area = cv2.resize(window, (16, 16), interpolation=cv2.INTER_AREA)
    box = np.asarray(Image.fromarray(window).resize((16, 16), Image.Resampling.BOX))
    assert np.abs(area.astype(int) - box).max() <= 1


@pytest.mark.parametrize("kernels", [AREA_KERNELS, MANY_KERNELS])
def test_windows_are_reduced_by_every_filter_of_their_kind(kernels):
    assert sum(share for _, share in kernels) == pytest.approx(1)
    window = np.random.default_rng(1).integers(0, 256, (64, 64), np.uint8)
    rng = np.random.default_rng(2)
    made = {reduced(window, replace(TINY, kernels=kernels), rng).tobytes() for _ in range(300)}
    ways = {np.asarray(Image.fromarray(window).resize((16, 16), kernel)).tobytes() for kernel, _ in kernels}
    assert made == ways


def test_a_scan_has_grey_ink_and_grey_paper_but_a_clean_target(pack):
    low, high = next(
        batches(read_pack(pack, "train"), replace(TINY, scans=1.0, kernels=MANY_KERNELS, batch=32), seed=3)
    )
    assert set(np.unique(high.numpy())) <= {0.0, 1.0}
    assert (low.amin((1, 2, 3)) > 0).any()
    assert (low.amax((1, 2, 3)) < 0.9).any()


def test_works_stand_on_one_side_only(pack):
    assert {side_of(f"work {n}") for n in range(200)} == {"train", "val"}
    assert side_of("a work") == side_of("a work")
    assert len(read_pack(pack, "val")) == 3
    assert len(read_pack(pack, "train")) == 9


def test_overshoot_costs_little_but_is_still_pulled_back():
    ink = torch.tensor([-0.5, 0.3, 1.5], requires_grad=True)
    held = leaky_clamp(ink, 0.02)
    assert torch.allclose(held, torch.tensor([-0.01, 0.3, 1.01]))
    held.sum().backward()
    assert torch.allclose(ink.grad, torch.tensor([0.02, 1.0, 0.02]))


def test_psnr_of_a_known_error():
    truth = torch.zeros(1, 1, 8, 8)
    truth[..., 0] = 1
    output = truth.clone()
    output[0, 0, 0, 4] = 1  # one pixel of 64 wrong by 255
    assert mean_psnr(output, truth) == pytest.approx(10 * np.log10(64), abs=1e-3)


def test_a_grown_network_begins_with_the_answers_of_the_shallow_one(tmp_path):
    torch.manual_seed(1)
    shallow = FastNetwork(FastSize(channels=8, blocks=1))
    torch.nn.init.normal_(shallow.body[0].second.weight, std=0.1)
    save_file(shallow.state_dict(), tmp_path / "shallow.safetensors")
    deep = FastNetwork(FastSize(channels=8, blocks=3))
    grown(deep, tmp_path / "shallow.safetensors")
    ink = torch.rand(1, 1, 12, 12)
    assert torch.allclose(deep(ink), shallow(ink))


def test_a_network_does_not_grow_from_a_wider_one(tmp_path):
    save_file(FastNetwork(FastSize(channels=8, blocks=3)).state_dict(), tmp_path / "deep.safetensors")
    with pytest.raises(SystemExit, match="no network of the same width"):
        grown(FastNetwork(FastSize(channels=8, blocks=1)), tmp_path / "deep.safetensors")
