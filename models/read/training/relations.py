"""Fits how probable it is that two signs of handwriting belong together: ``python -m models.read.training.relations OUT.safetensors``.

Pairs come from the annotations of MUSCIMA++: all objects that stand near enough to each other on pages of the part *train*,
related or not, as they are and with their boxes moved a little, as a detector sets them. The weights are non-commercial.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.read.meaning.signs import RelationKind
from models.read.relating.features import FEATURES, Floats, Outline, features
from models.read.training.muscima import page_files
from models.read.training.related import ENDS, Thing, Truth, truth_of

_NEAR: dict[RelationKind, tuple[float, float]] = {
    "head-stem": (1.6, 3.2),
    "stem-beam": (1.6, 2.0),
    "stem-flag": (1.6, 2.0),
    "head-dot": (2.6, 1.6),
    "head-accidental": (3.6, 1.6),
}
"""Staff spaces across and down between the boxes of a pair that is looked at."""

_MOVED = 0.1  # staff spaces by which a detector's boxes differ from annotated ones
_HIDDEN = 8
_STEPS = 400
_DECAY = 1e-4


@dataclass(frozen=True)
class Pairs:
    """Measures of pairs of a kind (n, measures), and whether each is related (n,)."""

    measures: Floats
    related: NDArray[np.bool_]


def pairs_of(
    truth: Truth, kind: RelationKind, rng: np.random.Generator | None = None
) -> Pairs:
    """The pairs of a page; with `rng` their boxes are moved a little."""
    first, second = ENDS[kind]
    across, down = _NEAR[kind]
    ones = [t for t in truth.things.values() if t.group == first]
    others = [t for t in truth.things.values() if t.group == second]
    measures, related = [], []
    if ones and others:
        boxes = np.array([t.box for t in others], np.float64) / truth.space
    for one in ones:
        if not others:
            break
        x0, y0, x1, y1 = (v / truth.space for v in one.box)
        near = (np.maximum(boxes[:, 0] - x1, x0 - boxes[:, 2]) < across) & (
            np.maximum(boxes[:, 1] - y1, y0 - boxes[:, 3]) < down
        )
        for n in np.flatnonzero(near):
            a, b = (_outline(t, truth.space, rng) for t in (one, others[n]))
            measures.append(features(kind, a, b))
            related.append((kind, one.number, others[n].number) in truth.relations)
    width = len(FEATURES[kind](Outline(0, 0, 1, 1), Outline(0, 0, 1, 1)))
    return Pairs(np.array(measures, np.float64).reshape(-1, width), np.array(related, np.bool_))


def _outline(thing: Thing, space: float, rng: np.random.Generator | None) -> Outline:
    moved = np.zeros(4) if rng is None else rng.normal(0.0, _MOVED, 4)
    x0, y0, x1, y1 = (float(v / space + m) for v, m in zip(thing.box, moved, strict=True))
    left, right = (float(v / space + 0.5 * moved[1]) for v in thing.ends)
    return Outline(x0, y0, max(x1, x0), max(y1, y0), left, right)


def joined(every: Iterable[Pairs]) -> Pairs:
    """The pairs of several pages together."""
    pages = list(every)
    return Pairs(np.concatenate([p.measures for p in pages]), np.concatenate([p.related for p in pages]))


def fitted(pairs: Pairs, seed: int = 1, steps: int = _STEPS) -> dict[str, NDArray[np.float32]]:
    """The numbers of a kind's network, as `models.read.relating.model` reads them."""
    torch.manual_seed(seed)
    mean = pairs.measures.mean(0)
    scale = np.maximum(pairs.measures.std(0), 0.05)
    x = torch.tensor((pairs.measures - mean) / scale, dtype=torch.float32)
    y = torch.tensor(pairs.related, dtype=torch.float32)
    first, last = torch.nn.Linear(x.shape[1], _HIDDEN), torch.nn.Linear(_HIDDEN, 1)
    parameters = [*first.parameters(), *last.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=0.05, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        optimiser.zero_grad()
        told = last(torch.tanh(first(x)))[:, 0]
        torch.nn.functional.binary_cross_entropy_with_logits(told, y).backward()
        optimiser.step()
        schedule.step()
    return {
        "mean": mean.astype(np.float32),
        "scale": scale.astype(np.float32),
        "weights": first.weight.detach().numpy().T.copy(),
        "bias": first.bias.detach().numpy().copy(),
        "last": last.weight.detach().numpy()[0].copy(),
        "last_bias": last.bias.detach().numpy().copy(),
    }


def fitted_kinds(truths: Sequence[Truth], seed: int = 1, steps: int = _STEPS) -> dict[str, NDArray[np.float32]]:
    """The numbers of every kind of relation that the pages show, by ``kind.part``."""
    out: dict[str, NDArray[np.float32]] = {}
    for kind in ENDS:
        rng = np.random.default_rng(seed)
        pairs = joined(pairs_of(t, kind, r) for t in truths for r in (None, rng))
        if pairs.related.any():
            out |= {f"{kind}.{part}": values for part, values in fitted(pairs, seed, steps).items()}
    return out


def main() -> None:
    """Fits the model and writes it."""
    from safetensors.numpy import save_file

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--muscima", type=Path, required=True, help="the data set's folder")
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    files = page_files(args.muscima, part="train", most=args.pages)
    numbers = fitted_kinds([truth_of(args.muscima, f.stem) for f in files], args.seed)
    save_file(numbers, args.out, metadata={"pages": ",".join(f.stem for f in files)})
    print(f"{sum(v.size for v in numbers.values())} numbers from {len(files)} pages")


if __name__ == "__main__":
    main()
