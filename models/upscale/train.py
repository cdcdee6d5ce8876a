"""Trains the networks ``fast`` and (with ``--real``) ``scan`` on packs: one command, any machine.

``python -m models.upscale.train PACK [PACK ...] OUT.safetensors --minutes 60`` picks the device, resumes from
``OUT.ckpt`` where there is one, logs a line per block of steps, writes ``OUT.png`` (the curve) and stops
itself. Validation uses works that training never sees.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue

import numpy as np
import torch
from PIL import Image, ImageFilter
from safetensors.torch import load_file, save_file
from torch import Tensor

from models.accelerator import Choice, pick_device
from models.upscale.networks import SCALE, FastNetwork, FastSize, parameter_count
from models.upscale.pack import read_pack

DIGITAL_KERNELS = (
    (Image.Resampling.BICUBIC, 0.42),
    (Image.Resampling.BOX, 0.42),
    (Image.Resampling.BILINEAR, 0.05),
    (Image.Resampling.LANCZOS, 0.06),
    (Image.Resampling.HAMMING, 0.05),
)
"""How LR windows are made for ``fast`` and ``best``, and how often, so that none is tuned to one filter: a picture
shows by its edges how it was reduced. The box filter is OpenCV's area averaging."""

MANY_KERNELS = (
    (Image.Resampling.BICUBIC, 0.6),
    (Image.Resampling.BOX, 0.16),
    (Image.Resampling.BILINEAR, 0.08),
    (Image.Resampling.LANCZOS, 0.08),
    (Image.Resampling.HAMMING, 0.08),
)
"""How LR windows are made for ``scan``, and how often: visitors' pictures were not all reduced by one filter."""


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result besides the pack and the minutes."""

    seed: int = 1
    batch: int = 16
    lr_side: int = 32
    rate: float = 2e-3
    size: FastSize = field(default_factory=FastSize)
    average: float = 0.999
    leak: float = 0.02
    squared_from: float = 0.6
    scans: float = 0.0
    mirrored: bool = False
    """The served network shall answer with the mean over the picture and its mirror image."""
    grow_from: Path | None = None
    """Weights of a network as deep or shallower that the new one begins as, if any; see `grown`."""
    kernels: tuple[tuple[Image.Resampling, float], ...] = DIGITAL_KERNELS


def leaky_clamp(ink: Tensor, leak: float) -> Tensor:
    """Ink held to 0..1 but for a small slope outside: overshoot costs little yet is still corrected.

    The served network clamps, so that a pixel beyond black is as good as black; plain L1 would spend the
    network's capacity on hitting 0 and 1 exactly.
    """
    held = ink.clamp(0, 1)
    return held + leak * (ink - held)


def batches(crops: list[np.ndarray], recipe: Recipe, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless (LR, HR) ink batches: random windows, flips and turns; LR by Pillow, of the window itself."""
    rng = np.random.default_rng(seed)
    side = recipe.lr_side * SCALE
    while True:
        low: list[np.ndarray] = []
        high: list[np.ndarray] = []
        while len(low) < recipe.batch:
            crop = crops[int(rng.integers(len(crops)))]
            y, x = (int(rng.integers(0, s - side + 1)) for s in crop.shape)
            window = crop[y : y + side, x : x + side]
            if window.min() > 128 and rng.random() < 0.9:  # mostly blank windows teach little
                continue
            if rng.random() < 0.5:
                window = window[:, ::-1]
            if rng.random() < 0.15:  # staves stand upright: few turns, so that capacity serves them
                window = np.rot90(window, int(rng.integers(1, 4)))
            small = reduced(window, recipe, rng)
            low.append(small)
            high.append(window)
        yield _ink(np.stack(low)), _ink(np.stack(high))


def reduced(window: np.ndarray, recipe: Recipe, rng: np.random.Generator) -> np.ndarray:
    """The LR picture of a clean HR window, uint8: reduced by one of the filters, sometimes as a scanner sees it.

    A scan (``recipe.scans`` of the windows) is blurred a little, its ink is grey and its paper not white, it carries
    noise and JPEG's traces. What is asked for stays the clean window.
    """
    kernels, shares = zip(*recipe.kernels, strict=True)
    kernel = kernels[int(rng.choice(len(kernels), p=shares))]
    size = (recipe.lr_side, recipe.lr_side)
    picture = Image.fromarray(np.ascontiguousarray(window))
    if rng.random() >= recipe.scans:
        return np.asarray(picture.resize(size, kernel))
    if rng.random() < 0.6:
        picture = picture.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.4, 2.6))))
    grey = np.asarray(picture.resize(size, kernel), np.float32)
    black, white = rng.uniform(0, 90), rng.uniform(225, 262)
    grey = grey * ((white - black) / 255) + black
    grey += rng.normal(0, rng.uniform(0, 6), grey.shape).astype(np.float32)
    scanned = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        buffer = io.BytesIO()
        Image.fromarray(scanned).save(buffer, "JPEG", quality=int(rng.integers(45, 96)))
        scanned = np.asarray(Image.open(buffer))
    return scanned


def _ink(grey: np.ndarray) -> Tensor:
    return (255 - torch.from_numpy(np.ascontiguousarray(grey)).float()).div_(255).unsqueeze(1)


def _ahead(source: Iterator[tuple[Tensor, Tensor]], depth: int = 8) -> Iterator[tuple[Tensor, Tensor]]:
    """The same batches, made in a thread of their own (PIL releases the lock while it resizes)."""
    ready: Queue[tuple[Tensor, Tensor]] = Queue(depth)

    def fill() -> None:
        for item in source:
            ready.put(item)

    threading.Thread(target=fill, daemon=True).start()
    while True:
        yield ready.get()


def validation_set(crops: list[np.ndarray], count: int = 96) -> tuple[Tensor, Tensor, Tensor]:
    """Fixed 256-pixel windows of validation works, as ink: LR by the bicubic filter, by area averaging, and HR."""
    high = np.stack([c[64:320, 64:320] for c in crops[:: max(1, len(crops) // count)][:count]])
    bicubic, area = (
        _ink(np.stack([np.asarray(Image.fromarray(h).resize((64, 64), kernel)) for h in high]))
        for kernel in (Image.Resampling.BICUBIC, Image.Resampling.BOX)
    )
    return bicubic, area, _ink(high)


def grown(network: FastNetwork, source: Path) -> None:
    """The network begins with the trained layers of one of the same width, as deep or shallower.

    Blocks that the other has not begin as the identity, so that the deeper network starts with exactly the
    shallower one's answers instead of from nothing.
    """
    missing, unexpected = network.load_state_dict(
        {name: array.float() for name, array in load_file(source).items()}, strict=False
    )
    if unexpected or any(not name.startswith("body.") for name in missing):
        raise SystemExit(
            f"{source.name} is no network of the same width, as deep or shallower, and first kernel."
        )


def mean_psnr(output: Tensor, truth: Tensor) -> float:
    """The mean over patches of PSNR in dB on 8-bit values, blank patches left out."""
    a, b = (t.clamp(0, 1).mul(255).round() for t in (output, truth))
    mse = (a - b).square().mean((1, 2, 3))
    keep = b.amax((1, 2, 3)) > 64
    return float((10 * torch.log10(255**2 / mse[keep].clamp_min(1e-3))).mean())


def train(
    packs: Sequence[Path], out: Path, *, minutes: float, device: Choice, recipe: Recipe, block: int = 200
) -> dict[str, float]:
    """Trains until ``minutes`` of this recipe are used (over all resumptions) and writes the averaged weights."""
    where = pick_device(device)
    torch.manual_seed(recipe.seed)
    network = FastNetwork(recipe.size)
    if recipe.grow_from:
        grown(network, recipe.grow_from)
    network = network.to(where)
    averaged = FastNetwork(recipe.size).to(where)
    averaged.load_state_dict(network.state_dict())
    optimiser = torch.optim.Adam(network.parameters(), lr=recipe.rate, betas=(0.9, 0.999))
    checkpoint = out.with_suffix(".ckpt")
    used, step, curve = 0.0, 0, []
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        averaged.load_state_dict(state["averaged"])
        optimiser.load_state_dict(state["optimiser"])
        used, step, curve = state["used"], state["step"], state["curve"]
    source = _ahead(
        batches([crop for pack in packs for crop in read_pack(pack, "train")], recipe, recipe.seed + step)
    )
    *low_val, high_val = (
        t.to(where) for t in validation_set([crop for pack in packs for crop in read_pack(pack, "val")])
    )
    print(
        f"{parameter_count(network)} parameters on {where}, resuming at step {step}, {used / 60:.1f} min used"
    )
    began, loss_sum = time.monotonic(), 0.0
    while True:
        share = (used + time.monotonic() - began) / (60 * minutes)
        if share >= 1:
            break
        warm = min(1.0, (step + 1) / 100)
        for group in optimiser.param_groups:
            group["lr"] = warm * recipe.rate * (0.5 + 0.5 * math.cos(math.pi * share)) + 1e-6
        low, high = (t.to(where, memory_format=torch.channels_last) for t in next(source))
        difference = leaky_clamp(network(low), recipe.leak) - high
        # L1 first, as the paper has it; the squared error at the end is what PSNR measures.
        loss = difference.abs().mean()
        if share > recipe.squared_from:
            loss = 0.3 * loss + 4 * difference.square().mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 0.5)
        optimiser.step()
        step += 1
        keep = min(recipe.average, step / (step + 10))
        with torch.no_grad():
            for mean, value in zip(averaged.parameters(), network.parameters(), strict=True):
                mean.lerp_(value, 1 - keep)
        loss_sum += float(loss.detach())
        if step % block == 0:
            with torch.no_grad():
                reached = [mean_psnr(averaged(low), high_val) for low in low_val]
            curve.append([step, (used + time.monotonic() - began) / 60, loss_sum / block, *reached])
            print(
                f"step {step} min {curve[-1][1]:.1f} loss {loss_sum / block:.5f} "
                f"val PSNR {reached[0]:.2f} dB, by area {reached[1]:.2f} dB",
                flush=True,
            )
            loss_sum = 0.0
            _save(checkpoint, network, averaged, optimiser, used + time.monotonic() - began, step, curve)
    with torch.no_grad():
        reached = [mean_psnr(averaged(low), high_val) for low in low_val]
    _save(checkpoint, network, averaged, optimiser, used + time.monotonic() - began, step, curve)
    state_dict = {k: v.contiguous().half() for k, v in averaged.state_dict().items()}
    views = {"views": "mirrored"} if recipe.mirrored else {}
    save_file(state_dict, out, {"network": "fast", "size": json.dumps(recipe.size.as_dict()), **views})
    draw_curve(curve, out.with_suffix(".png"))
    return {"steps": step, "val_psnr": reached[0], "val_psnr_area": reached[1]}


def _save(
    path: Path,
    network: FastNetwork,
    averaged: FastNetwork,
    optimiser: torch.optim.Adam,
    used: float,
    step: int,
    curve: list[list[float]],
) -> None:
    partial = path.with_suffix(".partial")
    torch.save(
        {
            "network": network.state_dict(),
            "averaged": averaged.state_dict(),
            "optimiser": optimiser.state_dict(),
            "used": used,
            "step": step,
            "curve": curve,
        },
        partial,
    )
    partial.replace(path)


def draw_curve(curve: list[list[float]], path: Path) -> None:
    """The curve of validation PSNR over steps as a picture; a row is (step, minutes, loss, PSNR[, PSNR by area])."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(7, 4))
    axis.plot([c[0] for c in curve], [c[3] for c in curve], label="bicubic LR")
    by_area = [c for c in curve if len(c) > 4]
    if by_area:
        axis.plot([c[0] for c in by_area], [c[4] for c in by_area], label="area LR")
        axis.legend()
    axis.set_xlabel("step")
    axis.set_ylabel("validation PSNR (dB)")
    axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=100)
    plt.close(figure)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packs", type=Path, nargs="+", metavar="PACK")
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--channels", type=int, default=48)
    parser.add_argument("--blocks", type=int, default=7)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--leak", type=float, default=0.02)
    parser.add_argument("--rate", type=float, default=Recipe.rate)
    parser.add_argument("--grow-from", type=Path, help="weights to begin as: as deep or shallower")
    parser.add_argument("--mirrored", action="store_true", help="serve the mean over both mirror images")
    parser.add_argument(
        "--real", action="store_true", help="many kernels and scans: the network for real pictures"
    )
    args = parser.parse_args()
    result = train(
        args.packs,
        args.out,
        minutes=args.minutes,
        device=args.device,
        recipe=Recipe(
            seed=args.seed,
            batch=args.batch,
            leak=args.leak,
            rate=args.rate,
            grow_from=args.grow_from,
            mirrored=args.mirrored,
            size=FastSize(args.channels, args.blocks),
            scans=0.25 if args.real else 0.0,
            kernels=MANY_KERNELS if args.real else Recipe.kernels,
        ),
    )
    print(json.dumps(result))
