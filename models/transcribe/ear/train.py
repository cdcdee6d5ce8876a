"""Trains the ear: ``python -m models.transcribe.ear.train DATASET [DATASET ...] OUT.safetensors --minutes 30``.

DATASET are folders of `models.transcribe.dataset`, or of exports of the collection (``python -m scoreweb export``), whose
single notes are cut out first. ``--init`` begins with other weights. ``--without PIANO`` leaves pianos or families out, so that the network can be
tested on them. It resumes from ``OUT.ckpt``, logs a line a block of steps, draws the curve, and stops itself.
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
from torch import nn

from models.accelerator import Choice, pick_device
from models.exported import is_export
from models.training import Checkpoint, Line, add_arguments, average_into, draw_curve
from models.transcribe.dataset.contributed import cut_out
from models.transcribe.ear.network import EarNetwork, EarSize, parameter_count
from models.transcribe.ear.spectrogram import LogSpectrogram
from models.transcribe.ear.takes import UNTOLD, Takes, usable


@dataclass(frozen=True)
class EarRecipe:
    """What decides the result besides data and minutes."""

    seed: int = 1
    batch: int = 32
    rate: float = 3e-3
    decay: float = 1e-2
    smoothing: float = 0.02
    kind_weight: float = 0.3
    average: float = 0.998
    size: EarSize = field(default_factory=EarSize)
    workers: int = 1


@dataclass
class Progress:
    """What a checkpoint holds beside the weights: seconds used, steps, rows of (step, minutes, loss, keys right)."""

    used: float = 0.0
    step: int = 0
    curve: list[list[float]] = field(default_factory=list)


def train(
    folders: Sequence[Path],
    out: Path,
    *,
    minutes: float,
    device: Choice,
    recipe: EarRecipe,
    without: Sequence[str] = (),
    init: Path | None = None,
    block: int = 50,
    steps: int | None = None,
) -> dict[str, float]:
    """Trains until ``minutes`` are used over all resumptions, or ``steps``; writes the averaged weights and the curve."""
    where = pick_device(device)
    torch.manual_seed(recipe.seed)
    network, averaged = EarNetwork(recipe.size).to(where), EarNetwork(recipe.size).to(where)
    if init is not None:
        network.load_state_dict({k: v.float() for k, v in load_file(init).items()}, strict=False)
    averaged.load_state_dict(network.state_dict())
    spectrogram = LogSpectrogram().to(where)
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    checkpoint, run = Checkpoint(out, network=network, averaged=averaged, optimiser=optimiser), Progress()
    if state := checkpoint.restore(where):
        run = Progress(state["used"], state["step"], state["curve"])
    sets = [cut_out(f, out.with_suffix(f".notes{n}")) if is_export(f) else f for n, f in enumerate(folders)]
    takes = Takes(usable(sets, without), recipe.batch, recipe.seed + run.step)
    loader: torch.utils.data.DataLoader[object] = torch.utils.data.DataLoader(
        takes,
        batch_size=None,
        num_workers=recipe.workers,
        prefetch_factor=8 if recipe.workers else None,
    )
    print(f"{parameter_count(network)} parameters on {where}, from step {run.step}", flush=True)
    began, loss_sum, right = time.monotonic(), 0.0, 0.0
    for sound, *labels in loader:
        spent = run.used + time.monotonic() - began
        share = spent / (60 * minutes)
        if share >= 1 or (steps is not None and run.step >= steps):
            break
        for group in optimiser.param_groups:
            warm = min(1.0, (run.step + 1) / 100)
            group["lr"] = warm * recipe.rate * (0.5 + 0.5 * math.cos(math.pi * share)) + 1e-6
        keys, kinds = network(spectrogram(sound.to(where)))
        key, kind = (label.to(where) for label in labels)
        named, told = key >= 0, kind != UNTOLD
        loss = nn.functional.cross_entropy(keys[named], key[named], label_smoothing=recipe.smoothing)
        loss = loss + recipe.kind_weight * nn.functional.cross_entropy(kinds[told], kind[told])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        run.step += 1
        average_into(averaged, network, min(recipe.average, run.step / (run.step + 20)))
        loss_sum += float(loss.detach())
        right += float((keys[named].argmax(1) == key[named]).float().mean())
        if run.step % block == 0:
            run.curve.append([run.step, spent / 60, loss_sum / block, right / block])
            print(
                f"step {run.step} min {spent / 60:.1f} loss {loss_sum / block:.3f} right {right / block:.4f}",
                flush=True,
            )
            loss_sum = right = 0.0
            checkpoint.save(used=spent, step=run.step, curve=run.curve)
    spent = run.used + time.monotonic() - began
    checkpoint.save(used=spent, step=run.step, curve=run.curve)
    write_weights(averaged, out, run.step)
    losses = ("training loss", [Line(2, "training loss")])
    draw_curve(
        run.curve,
        out.with_suffix(".png"),
        losses,
        ("keys named right in training", [Line(3, "keys named right")]),
    )
    return {"steps": run.step, "right": run.curve[-1][3] if run.curve else 0.0}


def write_weights(network: EarNetwork, out: Path, steps: int, temperature: float = 1.0) -> None:
    """The network as a weight file; ``temperature`` divides the logits of the keys when it listens."""
    arrays = {k: v.contiguous().cpu() for k, v in network.state_dict().items() if v.is_floating_point()}
    save_file(
        arrays,
        out,
        {
            "network": "ear",
            "size": network.size.as_json(),
            "steps": str(steps),
            "temperature": f"{temperature:.3f}",
        },
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", metavar="DATASET")
    parser.add_argument("out", type=Path)
    add_arguments(parser, minutes=30)
    parser.add_argument("--init", type=Path, help="weights to begin as")
    parser.add_argument("--without", action="append", default=[], metavar="PIANO")
    args = parser.parse_args()
    result = train(
        args.folders,
        args.out,
        minutes=args.minutes,
        device=args.device,
        recipe=EarRecipe(seed=args.seed),
        without=args.without,
        init=args.init,
    )
    print(json.dumps(result))
