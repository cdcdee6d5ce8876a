"""Trains the dissertation's networks: ``python -m models.transcribe.classic.train DATA OUT --network smoothl1-5x5``.

DATA holds ``train.csv``, ``test.csv`` and the sounds that they name. Each network gets the same number of epochs;
the run resumes from ``OUT/<name>.ckpt``, stops itself at ``--minutes``, prints a line per epoch, and writes
``OUT/<name>.safetensors`` (fp16), ``OUT/<name>.png`` (loss of train and test) and ``OUT/<name>.json`` (PSNR by key).
Without ``--network`` all five of tables 1 and 2 are trained, one after the other.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from models.accelerator import Choice, pick_device
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


def train(
    recipe: Recipe, learn: Cached, unseen: Cached, out: Path, *, minutes: float, device: Choice
) -> dict[str, object]:
    """Trains until the recipe's epochs or ``minutes`` are used up, over all resumptions, and writes what the module says."""
    where = pick_device(device)
    torch.manual_seed(recipe.seed)
    network = ClassicNetwork(ClassicSize(recipe.kernels)).to(where)
    optimiser = torch.optim.Adam(network.parameters(), lr=recipe.rate)
    images = truths().to(where)
    checkpoint = out / f"{recipe.name}.ckpt"
    out.mkdir(parents=True, exist_ok=True)
    used, curve = 0.0, []
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        used, curve = state["used"], state["curve"]
    print(
        f"{recipe.name}: {parameter_count(network)} parameters on {where}, {len(curve)} epochs done",
        flush=True,
    )
    while len(curve) < recipe.epochs and used < 60 * minutes:
        began = time.monotonic()
        seen = train_one_epoch(network, optimiser, shuffled(learn, images, recipe, len(curve)), recipe)
        lost, reached = test_one_epoch(network, unseen, images, recipe)
        used += time.monotonic() - began
        curve.append([seen, lost, float(reached.mean())])
        print(
            f"{recipe.name} epoch {len(curve)} min {used / 60:.1f} loss {seen:.5f} test {lost:.5f} PSNR {curve[-1][2]:.2f} dB",
            flush=True,
        )
        partial = checkpoint.with_suffix(".partial")
        torch.save(
            {
                "network": network.state_dict(),
                "optimiser": optimiser.state_dict(),
                "used": used,
                "curve": curve,
            },
            partial,
        )
        partial.replace(checkpoint)
    # What is shipped is what is measured: the numbers as the file holds them.
    state_dict = {k: v.contiguous().half() for k, v in network.state_dict().items() if v.is_floating_point()}
    network.load_state_dict({k: v.float() for k, v in state_dict.items()}, strict=False)
    _, reached = test_one_epoch(network, unseen, images, recipe)
    save_file(state_dict, out / f"{recipe.name}.safetensors", {"recipe": json.dumps(asdict(recipe))})
    result: dict[str, object] = {
        "network": recipe.name,
        "epochs": len(curve),
        "minutes": round(used / 60, 1),
        "psnr": float(reached.mean()),
        "psnr_by_key": by_key(unseen.midi, reached),
        "curve": curve,
    }
    (out / f"{recipe.name}.json").write_text(json.dumps(result) + "\n", encoding="utf-8")
    from models.transcribe.classic.curves import loss_plot

    loss_plot(curve, recipe.name, out / f"{recipe.name}.png")
    return result


def by_key(midi: np.ndarray, reached: Tensor) -> dict[int, float]:
    """The mean PSNR of every key that occurs."""
    values = reached.numpy()
    return {int(key): float(values[midi == key].mean()) for key in np.unique(midi)}


def open_data(data: Path, out: Path) -> tuple[Cached, Cached]:
    """The cached spectrograms of the training and the test side.

    ``data`` holds ``train.csv`` and ``test.csv``, or the data maker's ``annotations.csv`` with its column ``split``.
    """
    out.mkdir(parents=True, exist_ok=True)
    sides = {part: data / f"{part}.csv" for part in ("train", "test")}
    if not sides["train"].exists() and (data / "annotations.csv").exists():
        sides = _parted(data / "annotations.csv", out)
    learn, unseen = (
        cached(NotePairs(path, data), out / f"{part}-spectrograms.npz") for part, path in sides.items()
    )
    return learn, unseen


def _parted(annotations: Path, out: Path) -> dict[str, Path]:
    """One annotations file a side, in ``out``."""
    with annotations.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    sides = {}
    for part in ("train", "test"):
        sides[part] = out / f"{part}.csv"
        with sides[part].open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(row for row in rows if row["split"] == part)
    return sides


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--network", choices=list(RECIPES), action="append")
    parser.add_argument("--minutes", type=float, default=60, help="for each network")
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    args = parser.parse_args()
    sets = open_data(args.data, args.out)
    for name in args.network or RECIPES:
        chosen = Recipe(RECIPES[name].loss, RECIPES[name].kernels, args.epochs)
        made = train(chosen, *sets, args.out, minutes=args.minutes, device=args.device)
        print(json.dumps({k: v for k, v in made.items() if k in {"network", "epochs", "minutes", "psnr"}}))
