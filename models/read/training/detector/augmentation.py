"""Crops of packed pages as scanners, cameras and old prints might deliver them, at about the detector's staff space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Grey
from models.read.primitives.learned.classes import CLASSES, SPACE
from models.read.training.detector.pack import Rows

Ink = NDArray[np.float32]
_Picture = NDArray[Any]

_CUT = frozenset(
    CLASSES.index(n)
    for n in ("stem", "bar_line", "brace", "bracket", "arpeggio", "beam", "slur", "tie", "hairpin", "tuplet_bracket", "volta", "text", "ledger")
)  # fmt: skip
"""Classes of which a part is still one of them."""

_BENT = 0.7
_SEEN = 0.7  # of another sign that must be in the picture


@dataclass(frozen=True)
class Crop:
    """A picture, float32 (H, W), 0 paper to 1 ink, and its signs as rows of a pack in its pixels."""

    ink: Ink
    rows: Rows


def crop_of(
    grey: Grey,
    space: float,
    rows: Rows,
    centre: tuple[float, float],
    shape: tuple[int, int],
    rng: np.random.Generator,
    *,
    written: bool = False,
) -> Crop:
    """The surroundings of a point of a page, turned and scaled a little, aged as chance will have it.

    ``written``: bent as well, and scaled and leant by more, since no two hands write alike.
    """
    height, width = shape
    most, steep = (0.22, 0.05) if written else (0.14, 0.012)
    scale = SPACE / space * float(np.exp(rng.uniform(-most, most)))
    angle = np.deg2rad(rng.normal(0, 0.4)) if rng.random() < 0.6 else 0.0
    lean = rng.normal(0, steep) if rng.random() < 0.4 else 0.0
    matrix = scale * np.array([[np.cos(angle), -np.sin(angle) + lean], [np.sin(angle), np.cos(angle)]])
    x = width / 2 + rng.uniform(-0.42, 0.42) * width
    y = height / 2 + rng.uniform(-0.36, 0.36) * height
    shift = np.array([x, y]) - matrix @ np.array(centre)
    whole = np.concatenate([matrix, shift[:, None]], axis=1)
    taken = cv2.warpAffine(
        255 - grey,
        whole,
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    moved = _moved(rows, matrix, shift, scale)
    if written and rng.random() < _BENT:
        taken, moved = _bent(np.asarray(taken), moved, rng)
    top, bottom = 0, height
    if rng.random() < 0.25:  # a neighbouring staff is left blank on a strip
        top = int(rng.integers(0, 60)) if rng.random() < 0.6 else 0
        bottom = height - int(rng.integers(0, 60)) if rng.random() < 0.6 else height
        taken[:top] = 0
        taken[bottom:] = 0
    ink = aged(np.asarray(taken, np.float32) / 255.0, rng)
    ink[:top] = 0
    ink[bottom:] = 0
    return Crop(ink, _cut(moved, (top, bottom, width)))


def _bent(picture: _Picture, rows: Rows, rng: np.random.Generator) -> tuple[_Picture, Rows]:
    """The picture pulled this way and that by a fraction of a staff space, as hands differ; boxes follow."""
    height, width = picture.shape
    wave = float(rng.uniform(2.0, 6.0)) * SPACE
    grid = (int(height / wave) + 3, int(width / wave) + 3)
    most = float(rng.uniform(0.06, 0.2)) * SPACE
    across, down = (
        cv2.resize(
            (most * rng.standard_normal(grid)).astype(np.float32),
            (width, height),
            interpolation=cv2.INTER_CUBIC,
        )
        for _ in range(2)
    )
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    bent = cv2.remap(
        picture, x + across, y + down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0
    )

    def pulled(field: _Picture, px: NDArray[Any], py: NDArray[Any]) -> NDArray[np.float32]:
        at = (np.clip(py, 0, height - 1).astype(int), np.clip(px, 0, width - 1).astype(int))
        return np.asarray(field[at], np.float32)

    out = rows.copy()
    mx, my = (rows[:, 1] + rows[:, 3]) / 2, (rows[:, 2] + rows[:, 4]) / 2
    out[:, 1] -= pulled(across, rows[:, 1], my)
    out[:, 3] -= pulled(across, rows[:, 3], my)
    out[:, 2] -= pulled(down, mx, rows[:, 2])
    out[:, 4] -= pulled(down, mx, rows[:, 4])
    return bent, out


def _moved(
    rows: Rows,
    matrix: NDArray[np.float64],
    shift: NDArray[np.float64],
    scale: float,
) -> Rows:
    middle = np.stack([(rows[:, 1] + rows[:, 3]) / 2, (rows[:, 2] + rows[:, 4]) / 2], 1) @ matrix.T + shift
    # a turned box is as wide as its corners reach
    wide = np.abs(rows[:, 3] - rows[:, 1]) * scale
    high = np.abs(rows[:, 4] - rows[:, 2]) * scale
    slope = abs(matrix[1, 0] / matrix[0, 0])
    lean = abs(matrix[0, 1] / matrix[1, 1])
    full_w, full_h = wide + lean * high, high + slope * wide
    out = rows.copy()
    out[:, 1], out[:, 3] = middle[:, 0] - full_w / 2, middle[:, 0] + full_w / 2
    out[:, 2], out[:, 4] = middle[:, 1] - full_h / 2, middle[:, 1] + full_h / 2
    return np.asarray(out, np.float32)


def _cut(rows: Rows, seen: tuple[int, int, int]) -> Rows:
    """The signs of which enough is seen, their boxes cut off where the picture is."""
    top, bottom, width = seen
    out = rows.copy()
    area = np.maximum((out[:, 3] - out[:, 1]) * (out[:, 4] - out[:, 2]), 1e-6)
    out[:, [1, 3]] = np.clip(out[:, [1, 3]], 0, width)
    out[:, [2, 4]] = np.clip(out[:, [2, 4]], top, bottom)
    w, h = out[:, 3] - out[:, 1], out[:, 4] - out[:, 2]
    share = w * h / area
    part = np.isin(out[:, 0].astype(int), tuple(_CUT))
    kept = (share > _SEEN) | (part & (np.maximum(w, h) > 0.8 * SPACE) & (w > 0) & (h > 0))
    return np.asarray(out[kept], np.float32)


def aged(ink: Ink, rng: np.random.Generator) -> Ink:
    """The picture worn: thinner or thicker, broken, blurred, in low resolution, noisy, unevenly lit, through JPEG or two tones."""
    x: _Picture = ink
    if rng.random() < 0.08:  # as drawn
        return np.asarray(x, np.float32)
    if rng.random() < 0.35:  # low resolution
        small = float(rng.uniform(0.45, 0.9))
        size = (max(8, int(x.shape[1] * small)), max(8, int(x.shape[0] * small)))
        kinds = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST)
        x = cv2.resize(
            cv2.resize(x, size, interpolation=cv2.INTER_AREA),
            (x.shape[1], x.shape[0]),
            interpolation=int(rng.choice(kinds[:2])),
        )
    if rng.random() < 0.12:  # ink that did not take
        holes = cv2.GaussianBlur(
            rng.standard_normal(x.shape).astype(np.float32), (0, 0), float(rng.uniform(0.6, 1.6))
        )
        x = x * (holes < np.quantile(holes[::4, ::4], rng.uniform(0.85, 0.98)))
    if rng.random() < 0.65:
        x = cv2.GaussianBlur(x, (0, 0), float(rng.uniform(0.25, 1.0)))
    if rng.random() < 0.5:  # thinner or thicker
        x = (x - 0.5 + rng.uniform(-0.22, 0.22)) * rng.uniform(1.0, 3.5) + 0.5
    if rng.random() < 0.1:  # the other side of the sheet
        x = np.maximum(x, rng.uniform(0.05, 0.25) * x[::-1, ::-1])
    x = np.clip(x, 0, 1) * rng.uniform(0.75, 1.1)
    if rng.random() < 0.3:  # light
        slope = np.linspace(-1, 1, x.shape[1])[None] * rng.normal(0, 0.06) + np.linspace(-1, 1, x.shape[0])[
            :, None
        ] * rng.normal(0, 0.06)
        x = x + slope
    if rng.random() < 0.6:
        x = x + rng.normal(0, rng.uniform(0, 0.09), x.shape)
    if rng.random() < 0.15:
        x = x + cv2.GaussianBlur(rng.standard_normal(x.shape).astype(np.float32), (0, 0), 1.5) * rng.uniform(
            0.05, 0.3
        )
    if rng.random() < 0.25:
        _, packed = cv2.imencode(
            ".jpg",
            np.clip(255 - x * 255, 0, 255).astype(np.uint8),
            [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 85))],
        )
        x = 1.0 - np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.float32) / 255.0
    if rng.random() < 0.25:
        x = x > rng.uniform(0.3, 0.62)
        if rng.random() < 0.5:
            x = cv2.GaussianBlur(x.astype(np.float32), (0, 0), float(rng.uniform(0.3, 0.7)))
    x = np.asarray(x, np.float32) + rng.uniform(-0.04, 0.12)
    return np.asarray(np.clip(x, 0, 1), np.float32)
