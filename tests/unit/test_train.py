"""The recipe in miniature: the same command that trains the shipped weights, for seconds, on a pack made here."""

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from models.upscale.networks import FastSize
from models.upscale.pack import CROP, read_pack, side_of
from models.upscale.train import MANY_KERNELS, Recipe, batches, leaky_clamp, mean_psnr, train

TINY = Recipe(batch=2, lr_side=16, size=FastSize(channels=8, blocks=1))


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    path = tmp_path_factory.mktemp("pack") / "pack.zip"
    rng = np.random.default_rng(0)
    rows = []
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(12):
            grey = np.full((CROP, CROP), 255, np.uint8)
            for y in range(20, CROP - 20, int(rng.integers(14, 20))):
                grey[y : y + 2] = 0
            for x in rng.integers(0, CROP - 20, 30):
                grey[int(x) : int(x) + 12, int(rng.integers(0, CROP - 20)) :][:, :16] = 0
            buffer = io.BytesIO()
            Image.fromarray(grey).save(buffer, "PNG")
            archive.writestr(f"{number:06d}.png", buffer.getvalue())
            rows.append({"work": str(number), "side": "val" if number % 4 == 0 else "train"})
        archive.writestr("manifest.json", json.dumps(rows))
    return path


def test_a_short_run_learns_and_can_be_resumed(pack, tmp_path):
    out = tmp_path / "net.safetensors"
    first = train([pack], out, minutes=0.04, device="cpu", recipe=TINY, block=20)
    assert out.exists()
    assert out.with_suffix(".png").exists()
    again = train([pack], out, minutes=0.1, device="cpu", recipe=TINY, block=20)
    assert again["steps"] > first["steps"]
    assert again["val_psnr"] > 8  # an untrained tail gives noise; even seconds of training give grey music


def test_lr_is_pillows_bicubic_of_the_same_window(pack):
    low, high = next(batches(read_pack(pack, "train"), TINY, seed=3))
    assert low.shape == (2, 1, 16, 16)
    assert high.shape == (2, 1, 64, 64)
    grey = Image.fromarray((255 - high[0, 0].numpy() * 255).round().astype(np.uint8))
    expected = np.asarray(grey.resize((16, 16), Image.Resampling.BICUBIC)).astype(float)
    assert np.abs(255 - low[0, 0].numpy() * 255 - expected).max() < 0.01


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
