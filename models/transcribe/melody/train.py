"""Trains the onset network on random tunes: ``python -m models.transcribe.melody.train PIANOS OUT.safetensors``.

PIANOS is the folder that `bank` wrote. Pianos named by ``--without`` are not trained on but validated on. It picks the
device, resumes from ``OUT.ckpt``, logs a line per block of steps, writes ``OUT.png`` (the curve) and stops itself.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from models.training import Checkpoint, Line, draw_curve
from models.transcribe.melody import bank, tunes
from models.transcribe.melody.network import OnsetNetwork, OnsetSize
from models.transcribe.melody.spectra import HOP, KEYS, LOWEST, RATE

SECONDS = 3.0
FRAMES = int(SECONDS * RATE) // HOP + 1


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result besides the pianos and the minutes."""

    seed: int = 1
    batch: int = 6
    rate: float = 3e-3
    struck_weight: float = 4.0
    sounding_share: float = 0.3
    polyphony: float = 0.25
    average: float = 0.998


def targets(notes: tuple[tunes.Struck, ...]) -> Tensor:
    """What the network should say of a tune, (2, frames, 88): a bump of four frames at each onset; sounding or not."""
    wanted = torch.zeros(2, FRAMES, KEYS)
    frames = torch.arange(FRAMES, dtype=torch.float32)
    for note in notes:
        key, start = note.midi - LOWEST, note.onset * RATE / HOP
        bump = (1.0 - (frames - start).abs() / 2.0).clamp(min=0.0)
        wanted[0, :, key] = torch.maximum(wanted[0, :, key], (1.5 * bump).clamp(max=1.0))
        wanted[1, round(start) : max(round(start) + 1, round(note.offset * RATE / HOP)), key] = 1.0
    return wanted


class Tunes(torch.utils.data.IterableDataset[tuple[Tensor, Tensor]]):
    """Endless pairs of samples and targets."""

    def __init__(self, pianos: list[bank.Piano], recipe: Recipe, seed: int) -> None:
        self._pianos, self._recipe, self._seed = pianos, recipe, seed

    def __iter__(self) -> Any:  # noqa: ANN401 - an iterator of pairs
        info = torch.utils.data.get_worker_info()
        rng = np.random.default_rng([self._seed, info.id if info else 0])
        # families of one sample set share their weight: real pianos count as much as fonts with many presets
        family = [p.name.split("-")[0] for p in self._pianos]
        odds = np.array([1 / math.sqrt(family.count(f)) for f in family])
        while True:
            piano = self._pianos[int(rng.choice(len(self._pianos), p=odds / odds.sum()))]
            made = tunes.tune(rng, piano, SECONDS, polyphony=self._recipe.polyphony)
            yield torch.from_numpy(made.samples), targets(made.notes)


def loss(logits: Tensor, wanted: Tensor, recipe: Recipe) -> Tensor:
    """Cross-entropy of onsets (struck frames weigh more) plus a share of that of sounding frames; summed over keys."""
    weight = 1.0 + (recipe.struck_weight - 1.0) * wanted[:, 0]
    struck = nn.functional.binary_cross_entropy_with_logits(logits[:, 0], wanted[:, 0], weight)
    sounding = nn.functional.binary_cross_entropy_with_logits(logits[:, 1], wanted[:, 1])
    return KEYS * (struck + recipe.sounding_share * sounding)


def train(
    pianos: list[bank.Piano], unheard: list[bank.Piano], out: Path, minutes: float, recipe: Recipe
) -> None:
    """Writes OUT.safetensors, OUT.png and OUT.json (the log)."""
    torch.manual_seed(recipe.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = OnsetNetwork().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    averaged = torch.optim.swa_utils.AveragedModel(
        network,
        multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(recipe.average),  # type: ignore[no-untyped-call]
        use_buffers=True,
    )
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=1e-3)
    checkpoint = Checkpoint(out, network=network, averaged=averaged, optimiser=optimiser)
    step, spent, log = 0, 0.0, []
    if held := checkpoint.restore(device):
        step, spent, log = held["step"], held["spent"], held["log"]
    data = torch.utils.data.DataLoader(
        Tunes(pianos, recipe, recipe.seed + step), recipe.batch, num_workers=1, multiprocessing_context="fork"
    )
    held_out = [
        batch
        for batch, _ in zip(
            torch.utils.data.DataLoader(Tunes(unheard, recipe, 99), 10), range(3), strict=False
        )
    ]
    # on a CPU shared with others the process's own time counts, so that equal minutes give about equal steps
    clock = time.monotonic if device.type == "cuda" else time.process_time
    began, block = clock() - spent, []
    limit = minutes * 60
    for samples, wanted in data:
        share = (clock() - began) / limit
        if share >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = (
                recipe.rate
                * min(1.0, (step + 1) / 100)
                * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * share)))
            )
        network.train()
        value = loss(network(samples.to(device)), wanted.to(device), recipe)
        optimiser.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        averaged.update_parameters(network)
        step += 1
        block.append(float(value.detach()))
        if step % 100 == 0:
            averaged.eval()
            with torch.no_grad():
                unseen = np.mean(
                    [float(loss(averaged.module(s.to(device)), w.to(device), recipe)) for s, w in held_out]
                )
            log.append(
                {
                    "step": step,
                    "minutes": (clock() - began) / 60,
                    "train": float(np.mean(block)),
                    "unheard": float(unseen),
                }
            )
            print(json.dumps(log[-1]), flush=True)
            block = []
            checkpoint.save(step=step, spent=clock() - began, log=log)
            save(averaged.module, out, step, recipe)
    save(averaged.module, out, step, recipe)
    out.with_suffix(".json").write_text(json.dumps(log, indent=1))
    lines = [Line(1, "train pianos"), Line(2, "unheard pianos")]
    draw_curve(
        [(row["step"], row["train"], row["unheard"]) for row in log],
        out.with_suffix(".png"),
        ("loss a frame, summed over keys", lines),
        logarithmic=True,
    )


def save(network: nn.Module, out: Path, step: int, recipe: Recipe) -> None:
    """The weights, 16 bits, with what made them."""
    size: OnsetSize = network.size  # type: ignore[assignment]
    arrays = {
        k: v.to(torch.float16 if v.dtype.is_floating_point else v.dtype).contiguous()
        for k, v in network.state_dict().items()
    }
    meta = {"size": json.dumps(asdict(size)), "steps": str(step), "recipe": json.dumps(asdict(recipe))}
    save_file({k: v for k, v in arrays.items() if "num_batches" not in k}, out, meta)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pianos", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--without", nargs="*", default=["salamander_yamaha_c5"])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    read = [bank.read(path) for path in sorted(options.pianos.glob("*.npz"))]
    multiprocessing.set_start_method("fork", force=True)
    train(
        [p for p in read if p.name not in options.without],
        [p for p in read if p.name in options.without] or read,
        options.out,
        options.minutes,
        Recipe(seed=options.seed),
    )


if __name__ == "__main__":
    main()
