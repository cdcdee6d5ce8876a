"""Detections on a picture: the network run, its peaks taken, and readings of one sign joined."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from models.read.primitives.learned.classes import CLASSES, GROUP_OF, LOWEST, POSITIONED, STRIDE
from models.weights import Weights

Box = tuple[float, float, float, float]
Floats = NDArray[np.float32]

LEAST = 0.05
"""Detections of a lower probability are not told."""

_SAME = 0.45  # overlap over union from which two detections are one thing
_FINE = 32  # the network's deepest stride


@dataclass(frozen=True)
class Maps:
    """What the network tells of a picture, float32: `chance` (classes, h, w), 0..1; `places` (groups, 4, h, w);
    `positions` (39, h, w) and `stems` (3, h, w), logits.
    """  # fmt: skip

    chance: Floats
    places: Floats
    positions: Floats
    stems: Floats


@dataclass(frozen=True)
class Detection:
    """Something seen in a picture.

    `memberships` give each class that it may be its probability, 0..1, which need not add up to one. `box` is x0, y0,
    x1, y1 in pixels. `positions` is the distribution over staff positions from `LOWEST` up, float32 (39,), None for
    what has none; `stem` the probabilities of no stem, one upward, one downward.
    """

    memberships: dict[str, float]
    box: Box
    positions: Floats | None = None
    stem: tuple[float, float, float] = (1.0, 0.0, 0.0)

    @property
    def name(self) -> str:
        """The likeliest class."""
        return max(self.memberships, key=lambda k: self.memberships[k])

    @property
    def certainty(self) -> float:
        """The probability of the likeliest class."""
        return max(self.memberships.values())

    @property
    def position(self) -> float | None:
        """The likeliest staff position, between half spaces where two are near; None for what has none."""
        if self.positions is None:
            return None
        top = int(self.positions.argmax())
        low, high = max(0, top - 1), min(len(self.positions), top + 2)
        part = self.positions[low:high]
        return float((part * np.arange(low, high)).sum() / part.sum() + LOWEST)


class DetectorRuntime:
    """The network made ready to run with torch: batch normalisation folded into the convolutions."""

    def __init__(self, weights: Weights, device: str = "cpu") -> None:
        import torch
        from torch import nn
        from torch.nn.utils.fusion import fuse_conv_bn_eval

        from models.read.primitives.learned.network import Detector

        network = Detector()
        names = weights.metadata["classes"].split(",")
        state = network.state_dict()
        for key, value in weights.arrays.items():
            state[key] = torch.from_numpy(value)
        for key in ("heat.weight", "heat.bias"):  # classes added since the file was made are never seen
            full = torch.zeros_like(network.state_dict()[key])
            if key == "heat.bias":
                full -= 12.0
            for n, name in enumerate(names):
                full[CLASSES.index(name)] = torch.from_numpy(weights.arrays[key])[n]
            state[key] = full
        network.load_state_dict(state)
        network.eval()
        for module in list(network.modules()):
            if isinstance(module, nn.Sequential):
                for n in range(len(module) - 1):
                    first, second = module[n], module[n + 1]
                    if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                        module[n], module[n + 1] = fuse_conv_bn_eval(first, second), nn.Identity()
        self._network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._device = device
        told = json.loads(weights.metadata.get("calibration", "{}"))
        scale, shift = told.get("scale", {}), told.get("shift", {})
        self._scale = np.array([scale.get(c, 1.0) for c in CLASSES], np.float32)[:, None, None]
        self._shift = np.array([shift.get(c, 0.0) for c in CLASSES], np.float32)[:, None, None]

    def __call__(self, ink: Floats) -> Maps:
        """The maps of a picture, float32 (H, W), 0 paper to 1 ink, at the detector's staff space."""
        import torch

        height, width = ink.shape
        padded = np.pad(ink, ((0, -height % _FINE), (0, -width % _FINE)))
        with torch.inference_mode():
            picture = torch.from_numpy(padded)[None, None].to(self._device)
            heat, places, positions, stems = (a[0].float().cpu().numpy() for a in self._network(picture))
        chance = expit(heat * self._scale + self._shift)
        return Maps(chance, places, positions, stems)


def decoded(maps: Maps, *, least: float = LEAST) -> list[Detection]:
    """The detections in the maps of a picture, likeliest first: two readings of one sign are memberships of one."""
    found: list[Detection] = []
    group_of = np.array(GROUP_OF)
    for group in range(maps.places.shape[0]):
        classes = np.flatnonzero(group_of == group)
        found += _seen(maps, classes, group, least)
    return sorted(found, key=lambda d: -d.certainty)


def _seen(maps: Maps, classes: NDArray[np.intp], group: int, least: float) -> list[Detection]:
    """The detections of a group's classes: peaks, those that lie on a likelier one joined to it."""
    places = maps.places[group]
    index, chances, boxes, cells = [], [], [], []
    for c in classes:
        plane = maps.chance[c]
        if plane.max() < least:
            continue
        high = cv2.dilate(plane, np.ones((3, 3), np.uint8))
        rows, columns = np.nonzero((plane >= high) & (plane >= least))
        dx, dy, wide, tall = places[:, rows, columns]
        x, y = (columns + 0.5 + dx) * STRIDE, (rows + 0.5 + dy) * STRIDE
        w, h = (np.exp(np.clip(v, -3, 6)) * STRIDE / 2 for v in (wide, tall))
        index.append(np.full(len(rows), c))
        chances.append(plane[rows, columns])
        boxes.append(np.stack([x - w, y - h, x + w, y + h], 1))
        cells.append(np.stack([rows, columns], 1))
    if not index:
        return []
    kind, chance = np.concatenate(index), np.concatenate(chances)
    box, cell = np.concatenate(boxes).astype(np.float64), np.concatenate(cells)
    order = np.argsort(-chance, kind="stable")
    thick = _thick(box)
    kept: list[int] = []
    told: list[dict[str, float]] = []
    for n in order:
        same = np.flatnonzero(_overlaps(thick[n], thick[np.array(kept, np.intp)]) > _SAME)
        if len(same):
            told[int(same[0])].setdefault(CLASSES[kind[n]], float(chance[n]))
        else:
            kept.append(int(n))
            told.append({CLASSES[kind[n]]: float(chance[n])})
    return [_detection(maps, box[n], cell[n], names) for n, names in zip(kept, told, strict=True)]


def _detection(
    maps: Maps, box: NDArray[np.float64], cell: NDArray[np.intp], memberships: dict[str, float]
) -> Detection:
    row, column = int(cell[0]), int(cell[1])
    positions, stem = None, (1.0, 0.0, 0.0)
    if any(name in POSITIONED for name in memberships):
        positions = _softmax(maps.positions[:, row, column])
        up = _softmax(maps.stems[:, row, column])
        stem = (float(up[0]), float(up[1]), float(up[2]))
    x0, y0, x1, y1 = (float(v) for v in box)
    return Detection(memberships, (x0, y0, x1, y1), positions, stem)


def _thick(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Boxes (n, 4), those of thin strokes made as wide as a cell, so that a pixel aside is still the same stroke."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = np.maximum(boxes[:, 2:] - boxes[:, :2], STRIDE) / 2
    return np.concatenate([middle - half, middle + half], 1)


def _overlaps(one: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """The overlap over union of a box (4,) with boxes (n, 4)."""
    size = np.clip(np.minimum(one[2:], others[:, 2:]) - np.maximum(one[:2], others[:, :2]), 0, None)
    both = size.prod(1)
    areas = (others[:, 2:] - others[:, :2]).prod(1)
    return np.asarray(both / ((one[2:] - one[:2]).prod() + areas - both), np.float64)


def _softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max())
    return np.asarray(raised / raised.sum(), np.float32)


def overlap(a: Box, b: Box) -> float:
    """The overlap of two boxes over their union, 0..1."""
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    both = w * h
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def weights_in(path: Path) -> Weights:
    """The weights in a file that is not shipped: one in training."""
    from safetensors import safe_open

    with safe_open(path, "numpy") as held:
        arrays = {key: held.get_tensor(key).astype(np.float32) for key in held.keys()}  # noqa: SIM118 - not a dict
        return Weights(path.stem, "", dict(held.metadata() or {}), arrays)
