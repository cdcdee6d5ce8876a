"""Trains the detector: ``python -m models.read.training.detector.train PACK [PACK ...] OUT.safetensors --minutes 60``.

PACK are files of `models.read.training.detector.pack`, or folders of exports of the collection. It goes on from ``OUT.ckpt`` where there is one, ``--init``
begins with other weights, ``--written`` is for handwriting, it logs a line a block of steps, draws ``OUT.png`` and stops itself. The weights written are
averages over the steps. ``--minutes`` is the length of the whole schedule, all runs together.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from models.accelerator import Choice, pick_device
from models.arrays import Grey
from models.read.primitives.learned.classes import CLASSES
from models.read.primitives.learned.network import Detector, parameter_count
from models.read.training.detector.augmentation import crop_of
from models.read.training.detector.pack import PackedPage, read_pack
from models.read.training.detector.targets import Target, losses, target_of
from models.training import Checkpoint, Line, add_arguments, average_into, draw_curve


@dataclass(frozen=True)
class DetectorRecipe:
    """What decides the result besides data and minutes."""

    seed: int = 1
    batch: int = 4
    crop: tuple[int, int] = (192, 320)
    rate: float = 2.5e-3
    decay: float = 1e-2
    average: float = 0.996
    warm: int = 200
    falling: float = 0.5
    rare: float = 0.35
    written: bool = False
    held: int = 40


@dataclass
class Progress:
    """What a checkpoint holds beside the weights: seconds used, steps, rows of (step, minutes, loss and its parts)."""

    used: float = 0.0
    step: int = 0
    curve: list[list[float]] = field(default_factory=list)


class Crops:
    """Crops of pages at random, a few pages decoded at a time; places with rare signs come oftener."""

    def __init__(self, pages: Sequence[PackedPage], recipe: DetectorRecipe, seed: int) -> None:
        self._pages = [p for p in pages if len(p.rows)]
        self._recipe = recipe
        self._rng = np.random.default_rng(seed)
        kinds = np.concatenate([p.rows[:, 0] for p in self._pages]).astype(int)
        count = np.bincount(kinds, minlength=len(CLASSES)).clip(1)
        self._weight = 1.0 / np.sqrt(count)
        share = np.array([self._weight[p.rows[:, 0].astype(int)].sum() for p in self._pages])
        self._share = 0.5 * share / share.sum() + 0.5 / len(share)
        self._held: list[tuple[PackedPage, Grey]] = []

    def batch(self) -> tuple[torch.Tensor, list[Target]]:
        """Pictures (n, 1, H, W) and what is wanted of them."""
        pictures, targets = [], []
        for n in range(self._recipe.batch):
            if len(self._held) < self._recipe.held or n == 0:
                page = self._pages[int(self._rng.choice(len(self._pages), p=self._share))]
                self._held.append((page, page.grey))
                if len(self._held) > self._recipe.held:
                    del self._held[int(self._rng.integers(self._recipe.held))]
            page, grey = self._held[int(self._rng.integers(len(self._held)))]
            crop = crop_of(
                grey,
                page.space,
                page.rows,
                self._centre(page),
                self._recipe.crop,
                self._rng,
                written=self._recipe.written,
            )
            pictures.append(crop.ink)
            targets.append(target_of(crop.rows, self._recipe.crop))
        return torch.from_numpy(np.stack(pictures))[:, None], targets

    def _centre(self, page: PackedPage) -> tuple[float, float]:
        chance: NDArray[np.float64] | None = None
        if self._rng.random() < self._recipe.rare:
            chance = self._weight[page.rows[:, 0].astype(int)] ** 2
            chance = chance / chance.sum()
        row = page.rows[int(self._rng.choice(len(page.rows), p=chance))]
        return float(row[1] + row[3]) / 2, float(row[2] + row[4]) / 2


def train(
    packs: Sequence[Path],
    out: Path,
    *,
    minutes: float,
    device: Choice,
    recipe: DetectorRecipe,
    init: Path | None = None,
    block: int = 50,
    steps: int | None = None,
) -> Progress:
    """Trains and writes `out`, its checkpoint and its curve; ends after `minutes` in all, or `steps`."""
    where = pick_device(device)
    torch.manual_seed(recipe.seed)
    network = Detector().to(where, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if init is not None:
        network.load_state_dict({k: v.float() for k, v in load_file(init).items()}, strict=False)
    optimizer = torch.optim.AdamW(_decayed(network, recipe.decay), lr=recipe.rate)
    average = copy.deepcopy(network)
    progress = Progress()
    checkpoint = Checkpoint(out, network=network, optimizer=optimizer, average=average)
    if held := checkpoint.restore(where):
        progress = Progress(held["used"], held["step"], held["curve"])
    crops = Crops([p for pack in packs for p in read_pack(pack)], recipe, recipe.seed + progress.step)
    print(f"{parameter_count(network)} parameters, on {where}, from step {progress.step}", flush=True)
    began, before = time.monotonic(), progress.used
    sums: dict[str, float] = {}
    network.train()
    while progress.used < minutes * 60 and (steps is None or progress.step < steps):
        part = progress.used / (minutes * 60) if steps is None else progress.step / steps
        rate = recipe.rate * min(1.0, (progress.step + 1) / recipe.warm) * _fall(part, recipe.falling)
        for group in optimizer.param_groups:
            group["lr"] = rate
        pictures, targets = crops.batch()
        answers = network(pictures.to(where, memory_format=torch.channels_last))
        parts = losses(answers, targets)
        optimizer.zero_grad(set_to_none=True)
        parts["all"].backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        progress.step += 1
        average_into(average, network, min(recipe.average, (progress.step + 1) / (progress.step + 10)))
        progress.used = before + time.monotonic() - began
        for name, value in parts.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach())
        if progress.step % block == 0:
            mean = {k: v / block for k, v in sums.items()}
            sums = {}
            progress.curve.append(
                [progress.step, progress.used / 60, mean["all"], mean["heat"], mean["size"], mean["position"]]
            )
            told = " ".join(f"{k} {v:.3f}" for k, v in mean.items())
            print(f"step {progress.step} minutes {progress.used / 60:.1f} rate {rate:.5f} {told}", flush=True)
            if progress.step % (block * 2) == 0:
                _save(out, average, progress)
                checkpoint.save(**asdict(progress))
    _save(out, average, progress)
    checkpoint.save(**asdict(progress))
    return progress


def _fall(part: float, falling: float) -> float:
    """1 at first; over the last `falling` of the schedule down to a hundredth, as a cosine."""
    if part < 1 - falling:
        return 1.0
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, (part - 1 + falling) / falling)))


def _decayed(network: torch.nn.Module, decay: float) -> list[dict[str, object]]:
    weights = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": weights, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]


def _save(out: Path, average: torch.nn.Module, progress: Progress) -> None:
    kept = {k: v.half().contiguous().cpu() for k, v in average.state_dict().items() if v.is_floating_point()}
    save_file(
        kept,
        out,
        metadata={
            "classes": ",".join(CLASSES),
            "steps": str(progress.step),
            "minutes": f"{progress.used / 60:.1f}",
        },
    )
    lines = [Line(column, name) for column, name in ((2, "all"), (3, "heat"), (4, "size"), (5, "position"))]
    draw_curve(progress.curve, out.with_suffix(".png"), ("loss", lines), logarithmic=True)


def main() -> None:
    """Runs the recipe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packs", type=Path, nargs="+")
    parser.add_argument("out", type=Path)
    add_arguments(parser, minutes=60, seed=DetectorRecipe.seed)
    parser.add_argument("--init", type=Path, default=None)
    parser.add_argument("--written", action="store_true", help="crops bent as hands bend, for handwriting")
    args = parser.parse_args()
    train(
        args.packs,
        args.out,
        minutes=args.minutes,
        device=args.device,
        recipe=DetectorRecipe(seed=args.seed, written=args.written),
        init=args.init,
    )


if __name__ == "__main__":
    main()
