"""Trains the networks ``fast``, ``best`` and (with ``--real``) ``scan`` on packs: one command, any machine.

``python -m models.upscale.train PACK [PACK ...] OUT.safetensors --minutes 60`` picks the device, resumes from
``OUT.ckpt`` where there is one, logs a line per block of steps, writes ``OUT.png`` (the curve) and stops
itself. Validation uses works that training never sees. A PACK may also be the folder of an export of the collection
(``python -m scoreweb export``): pages that people found right after enlarging; ``--grow-from`` the shipped weights goes on
from them.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from models.accelerator import Choice, pick_device
from models.training import Checkpoint, Line, add_arguments, average_into, draw_curve
from models.upscale.augmentation import (
    AREA_KERNELS,
    BICUBIC,
    MANY_KERNELS,
    Windows,
    ahead,
    batches,
    validation_set,
)
from models.upscale.networks import FastNetwork, FastSize, parameter_count
from models.upscale.pack import read_pack


@dataclass(frozen=True)
class Recipe(Windows):
    """Everything that decides the result besides the pack and the minutes."""

    seed: int = 1
    rate: float = 2e-3
    size: FastSize = field(default_factory=FastSize)
    average: float = 0.999
    leak: float = 0.02
    squared_from: float = 0.6
    mirrored: bool = False
    """The served network shall answer with the mean over the picture and its mirror image."""
    grow_from: Path | None = None
    """Weights of a network as deep or shallower that the new one begins as, if any; see `grown`."""


def leaky_clamp(ink: Tensor, leak: float) -> Tensor:
    """Ink held to 0..1 but for a small slope outside: overshoot costs little yet is still corrected.

    The served network clamps, so that a pixel beyond black is as good as black; plain L1 would spend the
    network's capacity on hitting 0 and 1 exactly.
    """
    held = ink.clamp(0, 1)
    return held + leak * (ink - held)


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
    packs: Sequence[Path],
    out: Path,
    *,
    minutes: float,
    device: Choice,
    recipe: Recipe,
    block: int = 200,
    steps: int | None = None,
) -> dict[str, float]:
    """Trains until ``minutes`` of this recipe are used (over all resumptions), or ``steps``; writes the averaged weights."""
    where = pick_device(device)
    torch.manual_seed(recipe.seed)
    network = FastNetwork(recipe.size)
    if recipe.grow_from:
        grown(network, recipe.grow_from)
    network = network.to(where)
    averaged = FastNetwork(recipe.size).to(where)
    averaged.load_state_dict(network.state_dict())
    optimiser = torch.optim.Adam(network.parameters(), lr=recipe.rate, betas=(0.9, 0.999))
    checkpoint = Checkpoint(out, network=network, averaged=averaged, optimiser=optimiser)
    used, step, curve = 0.0, 0, []
    if state := checkpoint.restore(where):
        used, step, curve = state["used"], state["step"], state["curve"]
    source = ahead(
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
        share = (used + time.monotonic() - began) / (60 * minutes) if steps is None else step / steps
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
        average_into(averaged, network, keep)
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
            checkpoint.save(used=used + time.monotonic() - began, step=step, curve=curve)
    with torch.no_grad():
        reached = [mean_psnr(averaged(low), high_val) for low in low_val]
    checkpoint.save(used=used + time.monotonic() - began, step=step, curve=curve)
    state_dict = {k: v.contiguous().half() for k, v in averaged.state_dict().items()}
    views = {"views": "mirrored"} if recipe.mirrored else {}
    save_file(state_dict, out, {"network": "fast", "size": json.dumps(recipe.size.as_dict()), **views})
    draw_psnr(curve, out.with_suffix(".png"))
    return {"steps": step, "val_psnr": reached[0], "val_psnr_area": reached[1]}


def draw_psnr(curve: list[list[float]], path: Path) -> None:
    """The curve of validation PSNR over steps as a picture; a row is (step, minutes, loss, PSNR[, PSNR by area])."""
    draw_curve(curve, path, ("validation PSNR (dB)", [Line(3, "bicubic LR"), Line(4, "area LR")]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packs", type=Path, nargs="+", metavar="PACK")
    parser.add_argument("out", type=Path)
    add_arguments(parser, minutes=60)
    parser.add_argument("--channels", type=int, default=48)
    parser.add_argument("--blocks", type=int, default=7)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--leak", type=float, default=0.02)
    parser.add_argument("--rate", type=float, default=Recipe.rate)
    parser.add_argument("--grow-from", type=Path, help="weights to begin as: as deep or shallower")
    parser.add_argument("--mirrored", action="store_true", help="serve the mean over both mirror images")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument(
        "--real", action="store_true", help="many filters and scans: the network for real pictures"
    )
    kinds.add_argument(
        "--area", action="store_true", help="mostly area averaging: for what no bicubic filter reduced"
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
            kernels=MANY_KERNELS if args.real else AREA_KERNELS if args.area else BICUBIC,
        ),
    )
    print(json.dumps(result))
