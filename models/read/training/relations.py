"""Fits how probable it is that two signs of handwriting belong together: ``python -m models.read.training.relations OUT.safetensors``.

Pairs are the primitives that stand near enough to each other on pages of MUSCIMA++ of the part *train*, found as when reading;
the annotation tells which objects they are and whether those are related. The weights are non-commercial.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.read.meaning.signs import RelationKind
from models.read.page_primitives import PagePrimitives
from models.read.primitives import Primitive
from models.read.reader import Reader
from models.read.relating.features import Floats, features, outline_of
from models.read.tokens import tokens_of
from models.read.training.muscima import page_files
from models.read.training.related import ENDS, GROUPS, Truth, membership, things_of, truth_of
from models.sheet import open_pages

_NEAR: dict[RelationKind, tuple[float, float]] = {
    "head-stem": (1.6, 2.8),
    "stem-beam": (1.6, 2.0),
    "stem-flag": (1.6, 2.0),
    "head-dot": (2.6, 1.6),
    "head-accidental": (3.6, 1.6),
}
"""Staff spaces across and down between the boxes of a pair that is looked at."""

_LEAST = 0.2  # membership from which on a primitive is taken as one of its group
_HIDDEN = 8
_STEPS = 400
_DECAY = 1e-3
_ALSO_FALSE = ("flag", "dot", "accidental")
_COPIES = 3  # of each pair with other measures,
_SCALED, _MOVED = (
    0.15,
    0.1,
)  # larger or smaller as hands differ (as a logarithm), and moved by so many staff spaces


@dataclass(frozen=True)
class Pairs:
    """Measures of pairs of a kind (n, measures), and whether each is related (n,)."""

    measures: Floats
    related: NDArray[np.bool_]


NO_PAIRS = Pairs(np.zeros((0, 1)), np.zeros(0, np.bool_))


def pairs_of(
    primitives: Sequence[Primitive], things: Mapping[tuple[str, str], int], truth: Truth, kind: RelationKind
) -> Pairs:
    """The pairs of a staff that stand near each other; `things` tells which annotated object each primitive is.

    Flags, dots and accidentals that are none, such as a staccato dot, belong to nothing. Other pairs of which an end is no
    annotated object are left out: what is no notehead, stem or beam is not for this model to tell.
    """
    ends = []
    for group in ENDS[kind]:
        own = [
            (p, things.get((p.id, group)))
            for p in primitives
            if membership(p, group) >= _LEAST
            and ((p.id, group) in things or (group in _ALSO_FALSE and p.label in GROUPS[group]))
        ]
        tokens = tokens_of([p for p, _ in own])
        ends.append([(outline_of(t.attributes, t.box), n) for t, (_, n) in zip(tokens, own, strict=True)])
    across, down = _NEAR[kind]
    measures, related = [], []
    for a, first in ends[0]:
        for b, second in ends[1]:
            (ax0, ay0, ax1, ay1), (bx0, by0, bx1, by1) = a.drawn, b.drawn
            if max(bx0 - ax1, ax0 - bx1) < across and max(by0 - ay1, ay0 - by1) < down:
                measures.append(features(kind, a, b))
                related.append((kind, first, second) in truth.relations)
    if not measures:
        return NO_PAIRS
    return Pairs(np.array(measures, np.float64), np.array(related, np.bool_))


def pairs_on(found: PagePrimitives, truth: Truth) -> dict[RelationKind, Pairs]:
    """The pairs of every kind on a page."""
    space = found.page.upload_space or truth.space
    staves = [
        (own, things_of(staff, own, truth.things, space))
        for system, by_staff in zip(found.systems, found.primitives, strict=True)
        for staff, own in zip(system.staves, by_staff, strict=True)
    ]
    return {kind: joined(pairs_of(own, things, truth, kind) for own, things in staves) for kind in ENDS}


def joined(every: Iterable[Pairs]) -> Pairs:
    """The pairs of several pages or staves together."""
    pages = [p for p in every if len(p.related)]
    if not pages:
        return NO_PAIRS
    return Pairs(np.concatenate([p.measures for p in pages]), np.concatenate([p.related for p in pages]))


def varied(pairs: Pairs, rng: np.random.Generator) -> Pairs:
    """The pairs, and copies of them with measures as other hands would have them."""
    measures = [pairs.measures]
    for _ in range(_COPIES):
        scale = np.exp(rng.normal(0.0, _SCALED, (len(pairs.related), 1)))
        measures.append(pairs.measures * scale + rng.normal(0.0, _MOVED, pairs.measures.shape))
    return Pairs(np.concatenate(measures), np.tile(pairs.related, len(measures)))


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
        loss = torch.nn.functional.binary_cross_entropy_with_logits(told, y)
        loss.backward()  # type: ignore[no-untyped-call]
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


def fitted_kinds(
    pages: Sequence[Mapping[RelationKind, Pairs]], seed: int = 1, steps: int = _STEPS
) -> dict[str, NDArray[np.float32]]:
    """The numbers of every kind of relation that the pages show, by ``kind.part``."""
    out: dict[str, NDArray[np.float32]] = {}
    for kind in ENDS:
        pairs = joined(page[kind] for page in pages)
        if pairs.related.any():
            numbers = fitted(varied(pairs, np.random.default_rng(seed)), seed, steps)
            out |= {f"{kind}.{part}": values for part, values in numbers.items()}
    return out


def main() -> None:
    """Fits the model and writes it."""
    from safetensors.numpy import save_file

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--muscima", type=Path, default=Path("../shared/data/muscima"))
    parser.add_argument("--pages", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    reader = Reader(recogniser=None)
    pages, names = [], []
    for file in page_files(args.muscima, part="train", most=args.pages):
        pages.append(
            pairs_on(
                reader.primitives(open_pages(file)[0].grey, "handwritten"), truth_of(args.muscima, file.stem)
            )
        )
        names.append(file.stem)
        print(file.stem, {kind: len(pairs.related) for kind, pairs in pages[-1].items()}, flush=True)
    numbers = fitted_kinds(pages, args.seed)
    save_file(numbers, args.out, metadata={"pages": ",".join(names)})
    print(f"{sum(v.size for v in numbers.values())} numbers from {len(names)} pages")


if __name__ == "__main__":
    main()
