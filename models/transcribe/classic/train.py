"""Trains the dissertation's networks: ``python -m models.transcribe.classic.train DATA OUT --network smoothl1-5x5``.

DATA holds ``train.csv``, ``test.csv`` and the sounds that they name, or is a folder of the data maker. The networks
take turns epoch by epoch and so all get the same number; the run resumes from ``OUT/<name>.ckpt``, stops itself at
``--minutes``, prints a line per epoch, and writes ``OUT/<name>.safetensors`` (fp16), ``OUT/<name>.png`` (loss of train
and test) and ``OUT/<name>.json`` (PSNR by key). Without ``--network`` all five of tables 1 and 2 are trained.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from models.accelerator import Choice, pick_device
from models.training import Checkpoint
from models.transcribe.classic.images import all_images
from models.transcribe.classic.keys import LOWEST
from models.transcribe.classic.losses import LOSSES, Loss, psnr
from models.transcribe.classic.networks import ClassicNetwork, ClassicSize, Kernels, parameter_count
from models.transcribe.classic.pairs import Cached, NotePairs, cached, ink


@dataclass(frozen=True)
class Recipe:
    """One network of the tables. Batch, optimiser and rate are the dissertation's (section 2.4)."""

    loss: Loss
    kernels: Kernels
    epochs: int = 28
    batch: int = 32
    rate: float = 1e-3
    seed: int = 1

    @property
    def name(self) -> str:
        """Such as ``smoothl1-5x5``."""
        return f"{self.loss}-{self.kernels}"


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("smoothl1", "5x5"),
        Recipe("mse", "5x5"),
        Recipe("smoothl1", "3x3"),
        Recipe("smoothl1", "mixed"),
        Recipe("ssim", "5x5"),
    )
}


def truths() -> Tensor:
    """The ink of all 88 sheet images, (88, 1, 162, 300): every batch's truth is a choice of these."""
    return torch.stack([ink(image) for image in all_images()])


def train_one_epoch(
    network: ClassicNetwork,
    optimiser: torch.optim.Optimizer,
    batches: Iterator[tuple[Tensor, Tensor]],
    recipe: Recipe,
) -> float:
    """The mean loss over the batches, each of which has changed the parameters once."""
    network.train()
    losses = []
    for spectrogram, truth in batches:
        loss = LOSSES[recipe.loss](network(spectrogram), truth)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(float(loss.detach()))
    return float(np.mean(losses))


@torch.inference_mode()
def test_one_epoch(
    network: ClassicNetwork, data: Cached, images: Tensor, recipe: Recipe
) -> tuple[float, Tensor]:
    """The mean loss over unseen data and the PSNR in dB of each of its samples; nothing is learnt."""
    network.eval()
    losses, reached = [], []
    for spectrogram, truth in in_order(data, images, recipe.batch):
        output = network(spectrogram)
        losses.append(float(LOSSES[recipe.loss](output, truth)))
        reached.append(psnr(output, truth).cpu())
    return float(np.mean(losses)), torch.cat(reached)


def shuffled(data: Cached, images: Tensor, recipe: Recipe, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of one epoch in an order that the seed and the epoch decide; the last may be small but not 1."""
    order = np.random.default_rng((recipe.seed, epoch)).permutation(len(data))
    for start in range(0, len(order), recipe.batch):
        chosen = order[start : start + recipe.batch]
        if len(chosen) > 1:  # batch normalisation needs company
            yield _batch(data, images, chosen)


def in_order(data: Cached, images: Tensor, batch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of a data set from the first to the last sample."""
    for start in range(0, len(data), batch):
        yield _batch(data, images, np.arange(start, min(len(data), start + batch)))


def _batch(data: Cached, images: Tensor, chosen: np.ndarray) -> tuple[Tensor, Tensor]:
    return data.spectrograms[chosen].to(images.device), images[data.midi[chosen] - LOWEST]


class Run:
    """One network under training: its parameters, its optimiser and its curve, kept in ``OUT/<name>.ckpt``.

    ``curve`` holds [loss of train, loss of test, mean PSNR of test in dB] by epoch, ``used`` the seconds so far.
    """

    def __init__(self, recipe: Recipe, out: Path, device: Choice = "auto") -> None:
        where = pick_device(device)
        torch.manual_seed(recipe.seed)
        self.recipe, self.out = recipe, out
        self.size = ClassicSize(recipe.kernels)
        self.network = ClassicNetwork(self.size).to(where, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=recipe.rate)
        self.images = truths().to(where)
        self.checkpoint = Checkpoint(
            out / f"{recipe.name}.safetensors", network=self.network, optimiser=self.optimiser
        )
        self.used = 0.0
        self.curve: list[list[float]] = []
        out.mkdir(parents=True, exist_ok=True)
        if state := self.checkpoint.restore(where):
            self.used, self.curve = state["used"], state["curve"]

    def one_epoch(self, learn: Cached, unseen: Cached) -> None:
        """One more epoch learnt, tested and kept."""
        began = time.monotonic()
        batches = shuffled(learn, self.images, self.recipe, len(self.curve))
        seen = train_one_epoch(self.network, self.optimiser, batches, self.recipe)
        lost, reached = test_one_epoch(self.network, unseen, self.images, self.recipe)
        self.used += time.monotonic() - began
        self.curve.append([seen, lost, float(reached.mean())])
        print(
            f"{self.recipe.name} epoch {len(self.curve)} min {self.used / 60:.1f} loss {seen:.5f} test {lost:.5f} PSNR {self.curve[-1][2]:.2f} dB",
            flush=True,
        )
        self.checkpoint.save(used=self.used, curve=self.curve)

    def ship(self, unseen: Cached) -> dict[str, object]:
        """Writes what the module says; the numbers are measured as the file holds them, in half precision."""
        name = self.recipe.name
        held = {
            k: v.contiguous().half() for k, v in self.network.state_dict().items() if v.is_floating_point()
        }
        self.network.load_state_dict({k: v.float() for k, v in held.items()}, strict=False)
        _, reached = test_one_epoch(self.network, unseen, self.images, self.recipe)
        described = {"recipe": asdict(self.recipe), "size": asdict(self.size), "curve": self.curve}
        save_file(held, self.out / f"{name}.safetensors", {k: json.dumps(v) for k, v in described.items()})
        result: dict[str, object] = {
            "network": name,
            "parameters": parameter_count(self.network),
            "epochs": len(self.curve),
            "minutes": round(self.used / 60, 1),
            "psnr": float(reached.mean()),
            "psnr_by_key": by_key(unseen.midi, reached),
            "curve": self.curve,
        }
        (self.out / f"{name}.json").write_text(json.dumps(result) + "\n", encoding="utf-8")
        from models.transcribe.classic.curves import loss_plot

        loss_plot(self.curve, name, self.out / f"{name}.png")
        return result


def train_in_turns(
    recipes: Sequence[Recipe], learn: Cached, unseen: Cached, out: Path, *, minutes: float, device: Choice
) -> Iterator[dict[str, object]]:
    """What each network reached. All take turns, an epoch each, so that the time left cannot favour one of them.

    They stop at the recipe's epochs, or after the round in which ``minutes``, of all together and over all
    resumptions, are used up.
    """
    runs = [Run(recipe, out, device) for recipe in recipes]
    while sum(run.used for run in runs) < 60 * minutes:
        done = min(len(run.curve) for run in runs)
        behind = [run for run in runs if len(run.curve) == done < run.recipe.epochs]
        if not behind:
            break
        for run in behind:
            run.one_epoch(learn, unseen)
    for run in runs:
        yield run.ship(unseen)


def by_key(midi: np.ndarray, reached: Tensor) -> dict[int, float]:
    """The mean PSNR of every key that occurs."""
    values = reached.numpy()
    return {int(key): float(values[midi == key].mean()) for key in np.unique(midi)}


def open_data(data: Path, out: Path) -> tuple[Cached, Cached]:
    """The spectrograms of the training and the test side, as `open_side` gives them."""
    return open_side("train", data, out), open_side("test", data, out)


def open_side(side: str, data: Path, out: Path) -> Cached:
    """The spectrograms of one side, ``train`` or ``test``, kept in ``out`` for the next time.

    ``data`` holds ``train.csv`` and ``test.csv``, or the data maker's ``annotations.csv`` with its column ``split``.
    """
    out.mkdir(parents=True, exist_ok=True)
    table = data / f"{side}.csv"
    if not table.exists() and (data / "annotations.csv").exists():
        table = out / f"{side}.csv"
        _write_side(data / "annotations.csv", side, table)
    return cached(NotePairs(table, data), out / f"{side}-spectrograms.npz")


def _write_side(annotations: Path, side: str, path: Path) -> None:
    with annotations.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(row for row in rows if row["split"] == side)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--network", choices=list(RECIPES), action="append")
    parser.add_argument("--minutes", type=float, default=90, help="for all together")
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    args = parser.parse_args()
    sets = open_data(args.data, args.out)
    wanted = [
        Recipe(r.loss, r.kernels, args.epochs) for n, r in RECIPES.items() if n in (args.network or RECIPES)
    ]
    for made in train_in_turns(wanted, *sets, args.out, minutes=args.minutes, device=args.device):
        print(json.dumps({k: v for k, v in made.items() if k in {"network", "epochs", "minutes", "psnr"}}))
