"""What the network should answer for a picture with signs, and how far its answers are from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models.read.primitives.learned.classes import CLASSES, GROUP_OF, LOWEST, POSITIONS, STRIDE
from models.read.primitives.learned.network import Answers
from models.read.training.detector.pack import Rows

_ALONG = 0.09  # of a sign's size: the spread of its centre
_LEAST, _MOST = 0.55, 2.2  # cells
_SIZE_WEIGHT, _POSITION_WEIGHT, _STEM_WEIGHT = 0.6, 0.15, 0.1


@dataclass(frozen=True)
class Target:
    """The answer wanted for one picture.

    `heat` float32 (classes, h, w): 1 at centres and less around them. `cells` int64 (n, 3): group, row and column of
    each sign's cell; `places` float32 (n, 4): what `Answers.places` should tell there. `positions` float32 (n, 39),
    rows of zeros where there is none, and `stems` int64 (n,), -1 for what is no head.
    """

    heat: NDArray[np.float32]
    cells: NDArray[np.int64]
    places: NDArray[np.float32]
    positions: NDArray[np.float32]
    stems: NDArray[np.int64]


def target_of(rows: Rows, shape: tuple[int, int]) -> Target:
    """The target for signs (n, 7) in a picture of `shape` (H, W) pixels."""
    height, width = shape[0] // STRIDE, shape[1] // STRIDE
    heat = np.zeros((len(CLASSES), height, width), np.float32)
    cells, places, positions, stems = [], [], [], []
    for kind, x0, y0, x1, y1, position, stem in rows:
        c = int(kind)
        x, y = (x0 + x1) / 2 / STRIDE, (y0 + y1) / 2 / STRIDE
        column, row = int(x), int(y)
        if not (0 <= column < width and 0 <= row < height):
            continue
        wide, high = max(float(x1 - x0) / STRIDE, 0.1), max(float(y1 - y0) / STRIDE, 0.1)
        _spread(heat[c], row, column, x - 0.5, y - 0.5, wide, high)
        cells.append((GROUP_OF[c], row, column))
        places.append((x - column - 0.5, y - row - 0.5, np.log(wide), np.log(high)))
        positions.append(_position(float(position)))
        is_head = CLASSES[c].endswith("_head")
        stems.append(int(stem) if is_head and position > -100 else -1)
    return Target(
        heat,
        np.array(cells, np.int64).reshape(-1, 3),
        np.array(places, np.float32).reshape(-1, 4),
        np.array(positions, np.float32).reshape(-1, POSITIONS),
        np.array(stems, np.int64),
    )


def _spread(
    heat: NDArray[np.float32], row: int, column: int, x: float, y: float, wide: float, high: float
) -> None:
    sx, sy = (float(np.clip(_ALONG * v, _LEAST, _MOST)) for v in (wide, high))
    rx, ry = int(3 * sx) + 1, int(3 * sy) + 1
    height, width = heat.shape
    top, bottom = max(0, row - ry), min(height, row + ry + 1)
    left, right = max(0, column - rx), min(width, column + rx + 1)
    gy = np.exp(-((np.arange(top, bottom) - y) ** 2) / (2 * sy * sy))
    gx = np.exp(-((np.arange(left, right) - x) ** 2) / (2 * sx * sx))
    part = heat[top:bottom, left:right]
    np.maximum(part, (0.95 * gy[:, None] * gx[None, :]).astype(np.float32), out=part)
    heat[row, column] = 1.0


def _position(position: float) -> NDArray[np.float32]:
    told = np.zeros(POSITIONS, np.float32)
    place = position - LOWEST
    if -0.5 < place < POSITIONS - 0.5:
        low = int(np.clip(np.floor(place), 0, POSITIONS - 1))
        part = float(np.clip(place - low, 0.0, 1.0))
        told[low] += 1 - part
        told[min(low + 1, POSITIONS - 1)] += part
    return told


def losses(answers: Answers, targets: Sequence[Target]) -> dict[str, Tensor]:
    """The parts of the loss and, under ``all``, their weighted sum, averaged over the signs of a batch."""
    device = answers.heat.device
    wanted = torch.from_numpy(np.stack([t.heat for t in targets])).to(device)
    heat = _focal(answers.heat, wanted)
    batch = torch.from_numpy(np.concatenate([np.full(len(t.cells), n) for n, t in enumerate(targets)])).long()
    cells = torch.from_numpy(np.concatenate([t.cells for t in targets]))
    places = torch.from_numpy(np.concatenate([t.places for t in targets])).to(device)
    positions = torch.from_numpy(np.concatenate([t.positions for t in targets])).to(device)
    stems = torch.from_numpy(np.concatenate([t.stems for t in targets])).to(device)
    group, row, column = cells.unbind(1)
    told = answers.places[batch, group, :, row, column]
    size = functional.smooth_l1_loss(told, places, reduction="none", beta=0.05)
    parts = {"heat": heat, "size": size.sum(1).mean() if len(places) else heat * 0}
    at = positions.sum(1) > 0
    logits = answers.positions[batch, :, row, column]
    parts["position"] = (
        -(functional.log_softmax(logits[at], 1) * positions[at]).sum(1).mean() if bool(at.any()) else heat * 0
    )
    held = stems >= 0
    directions = answers.stems[batch, :, row, column]
    parts["stem"] = functional.cross_entropy(directions[held], stems[held]) if bool(held.any()) else heat * 0
    parts["all"] = (
        heat
        + _SIZE_WEIGHT * parts["size"]
        + _POSITION_WEIGHT * parts["position"]
        + _STEM_WEIGHT * parts["stem"]
    )
    return parts


def _focal(logits: Tensor, wanted: Tensor) -> Tensor:
    """Penalty-reduced focal loss (Law and Deng 2018, CornerNet, equation 1; alpha 2, beta 4) a sign."""
    chance = torch.sigmoid(logits)
    centre = wanted >= 1.0
    missed = (functional.softplus(-logits) * (1 - chance) ** 2)[centre].sum()
    false = (functional.softplus(logits) * chance**2 * (1 - wanted) ** 4)[~centre].sum()
    return (missed + false) / centre.sum().clamp(min=1)
