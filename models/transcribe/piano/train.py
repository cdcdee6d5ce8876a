"""Trains the piano network: ``python -m models.transcribe.piano.train PACK OUT.safetensors --minutes M``.

PACK is the folder of `models.transcribe.piano.pack`. Works and pianos are parted by `models.transcribe.split`. It goes on from ``OUT.ckpt`` where
there is one, logs a line a block of steps, draws ``OUT.png``, lists in
``OUT.json`` what it learns from, and stops itself after M minutes (of the
processor, where there is no GPU), all runs together. The weights
written are averages over the steps.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from models.accelerator import Choice, pick_device
from models.training import Checkpoint, Line, add_arguments, average_into, draw_curve
from models.transcribe import split
from models.transcribe.melody import bank
from models.transcribe.melody.bank import RATE, Piano
from models.transcribe.piano import mixing
from models.transcribe.piano.augmentation import recorded
from models.transcribe.piano.network import PianoNetwork, PianoSize
from models.transcribe.piano.pack import read_performances
from models.transcribe.piano.performances import Performance
from models.transcribe.piano.spectra import HOP
from models.transcribe.piano.targets import Shares, losses, targets

FEWEST_NOTES = 20
"""Notes that a performance must have to be learned from."""


@dataclass(frozen=True)
class PianoRecipe:
    """What decides the result besides data and minutes."""

    seed: int = 1
    batch: int = 6
    seconds: float = 4.0
    rate: float = 2e-3
    decay: float = 1e-3
    average: float = 0.998
    warm: int = 100
    falling: float = 0.5
    performed: float = 0.66
    tunes: float = 0.12
    chords: float = 0.08
    ends: float = 0.05
    absent: float = 0.03
    size: PianoSize = field(default_factory=PianoSize)
    shares: Shares = field(default_factory=Shares)


@dataclass
class Progress:
    """What a checkpoint holds beside the weights: seconds used, steps, rows of (step, minutes, trained, unheard)."""

    used: float = 0.0
    step: int = 0
    curve: list[list[float]] = field(default_factory=list)


class Clips:
    """Batches of clips with what the network should say of them."""

    def __init__(
        self, pianos: Sequence[Piano], played: Sequence[Performance], recipe: PianoRecipe, seed: int
    ) -> None:
        self._pianos, self._recipe = pianos, recipe
        self._played = [p for p in played if len(p.notes) >= FEWEST_NOTES]
        self._rng = np.random.default_rng(seed)
        # presets of one font share their recordings, and so their weight; a recorded piano counts as much as a font
        family = [p.name.split("-")[0] for p in pianos]
        odds = np.array([1 / math.sqrt(family.count(f)) for f in family])
        self._odds = odds / odds.sum()
        roots = [split.work_root(p.work) for p in self._played]
        works = np.array([1 / math.sqrt(roots.count(r)) for r in roots])
        self._works = works / max(works.sum(), 1e-9)

    def batch(self) -> tuple[Tensor, Tensor, Tensor]:
        """Samples (n, S), targets (n, 4, frames, 88), pedal (n, frames)."""
        made = [self._clip() for _ in range(self._recipe.batch)]
        frames = int(self._recipe.seconds * RATE) // HOP + 1
        wanted = [targets(clip, frames) for clip in made]
        samples = np.stack([recorded(self._rng, clip.samples) for clip in made])
        return (
            torch.from_numpy(samples),
            torch.stack([w for w, _ in wanted]),
            torch.stack([p for _, p in wanted]),
        )

    def listed(self) -> str:
        """What is learned from, as JSON: the names of the works and of the pianos."""
        works = sorted({p.work for p in self._played})
        return json.dumps({"works": works, "pianos": sorted(p.name for p in self._pianos)}, indent=1)

    def _clip(self) -> mixing.Clip:
        rng, recipe = self._rng, self._recipe
        piano = self._pianos[int(rng.choice(len(self._pianos), p=self._odds))]
        shares = (recipe.performed, recipe.tunes, recipe.chords, recipe.ends, recipe.absent)
        kind = int(np.searchsorted(np.cumsum(shares), rng.random(), side="right"))
        if kind == 0 and self._played:
            performance = self._played[int(rng.choice(len(self._played), p=self._works))]
            played = mixing.passage(rng, performance, recipe.seconds)
        elif kind in {0, 1, 2}:
            played = mixing.invented(rng, piano, recipe.seconds, kind == 2)
        elif kind == 3:
            played = mixing.ends(rng, piano, recipe.seconds)
        elif kind == 4:
            return mixing.absent(rng, recipe.seconds)
        else:
            played = mixing.held(rng, piano, recipe.seconds)
        return mixing.mixed(rng, piano, played, recipe.seconds)


def train(
    pack: Path,
    out: Path,
    *,
    minutes: float,
    device: Choice,
    recipe: PianoRecipe,
    block: int = 25,
    steps: int | None = None,
) -> Progress:
    """Trains and writes `out`, its checkpoint and its curve; ends after `minutes` in all, or `steps`."""
    where = pick_device(device)
    torch.manual_seed(recipe.seed)
    network = PianoNetwork(recipe.size).to(where, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    average = copy.deepcopy(network).eval()
    checkpoint = Checkpoint(out, network=network, optimizer=optimizer, average=average)
    progress = Progress(**checkpoint.restore(where))
    pianos = [bank.read(path) for path in sorted((pack / "pianos").glob("*.npz"))]
    played = read_performances(pack / "performances.npz")
    learned = Clips(
        [p for p in pianos if split.piano_side(p.name) == split.TRAIN],
        [p for p in played if split.work_side(p.work) == split.TRAIN],
        recipe,
        recipe.seed + progress.step,
    )
    out.with_suffix(".json").write_text(learned.listed(), encoding="utf-8")
    unheard = Clips(
        [p for p in pianos if split.piano_side(p.name) == split.DEVELOP] or pianos,
        [p for p in played if split.work_side(p.work) == split.DEVELOP] or played,
        recipe,
        99,
    )
    watched = [unheard.batch() for _ in range(3)]
    del unheard
    count = sum(p.numel() for p in network.parameters())
    print(f"{count} parameters, {len(pianos)} pianos, on {where}, from step {progress.step}", flush=True)
    # on a CPU shared with others the process's own time counts, so that equal minutes give about equal steps
    clock = time.monotonic if where.type == "cuda" else time.process_time
    began, before = clock(), progress.used
    sums: dict[str, float] = {}
    while progress.used < minutes * 60 and (steps is None or progress.step < steps):
        part = progress.used / (minutes * 60) if steps is None else progress.step / steps
        rate = recipe.rate * min(1.0, (progress.step + 1) / recipe.warm) * _fall(part, recipe.falling)
        for group in optimizer.param_groups:
            group["lr"] = rate
        network.train()
        samples, wanted, down = (t.to(where) for t in learned.batch())
        answers, pedal = network(samples)
        parts = losses(answers, pedal, wanted, down, recipe.shares)
        optimizer.zero_grad(set_to_none=True)
        parts["all"].backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 3.0)
        optimizer.step()
        progress.step += 1
        average_into(average, network, min(recipe.average, (progress.step + 1) / (progress.step + 10)))
        progress.used = before + clock() - began
        for name, value in parts.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach())
        if progress.step % block == 0:
            told = " ".join(f"{k} {v / block:.3f}" for k, v in sums.items())
            print(f"step {progress.step} minutes {progress.used / 60:.1f} rate {rate:.5f} {told}", flush=True)
            mean, sums = sums["all"] / block, {}
            if progress.step % (4 * block) == 0:
                apart = _watched(recipe, average, watched, where)
                progress.curve.append([progress.step, progress.used / 60, mean, apart])
                print(f"unheard piano and works: {apart:.3f}", flush=True)
                _save(out, checkpoint, average, progress, recipe)
    _save(out, checkpoint, average, progress, recipe)
    return progress


def _fall(part: float, falling: float) -> float:
    """1 at first; over the last `falling` of the schedule down to a hundredth, as a cosine."""
    if part < 1 - falling:
        return 1.0
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, (part - 1 + falling) / falling)))


@torch.no_grad()
def _watched(
    recipe: PianoRecipe,
    average: PianoNetwork,
    watched: list[tuple[Tensor, Tensor, Tensor]],
    where: torch.device,
) -> float:
    """The loss on clips that are never learned from."""
    found = []
    for samples, wanted, down in watched:
        answers, pedal = average(samples.to(where))
        parts = losses(answers, pedal, wanted.to(where), down.to(where), recipe.shares)
        found.append(float(parts["all"]))
    return float(np.mean(found))


def _save(
    out: Path, checkpoint: Checkpoint, average: PianoNetwork, progress: Progress, recipe: PianoRecipe
) -> None:
    state = average.state_dict()
    kept = {k: v.half().contiguous().cpu() for k, v in state.items() if v.is_floating_point()}
    told = {
        "size": json.dumps(asdict(recipe.size)),
        "recipe": json.dumps(asdict(recipe)),
        "steps": str(progress.step),
        "minutes": f"{progress.used / 60:.0f}",
    }
    save_file(kept, out, metadata=told)
    checkpoint.save(used=progress.used, step=progress.step, curve=progress.curve)
    lines = [Line(2, "pianos and works learned from"), Line(3, "an unheard piano, unheard works")]
    draw_curve(
        progress.curve, out.with_suffix(".png"), ("loss a frame, summed over keys", lines), logarithmic=True
    )


def main() -> None:
    """Runs the recipe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pack", type=Path)
    parser.add_argument("out", type=Path)
    add_arguments(parser, minutes=150)
    args = parser.parse_args()
    train(args.pack, args.out, minutes=args.minutes, device=args.device, recipe=PianoRecipe(seed=args.seed))


if __name__ == "__main__":
    main()
