"""Noteheads proposed by matched filters: templates of solid and hollow heads correlated with a staff's strip."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from models.read.page.staves import SPACE
from models.read.primitives.primitive import CLEFS, Primitive

Vector = NDArray[np.float32]

WINDOW = 26
"""Half the side, in pixels, of what is looked at around a proposed head."""

_ZONES = 13
_LEAST = 0.42  # correlation that is worth a look
_MOST = 900
_SURELY = 0.9  # membership of a clef in whose box there are no heads
_APART = 0.42  # staff spaces between two proposals


@dataclass(frozen=True)
class Proposal:
    """A place where a head may be: its centre in pixels of the strip, and how well a template fits, 0..1."""

    x: int
    y: int
    score: float
    hollow: bool


@cache
def templates() -> tuple[tuple[NDArray[np.float32], bool], ...]:
    """Heads as float32 pictures with paper around them: solid, small and large; hollow with stem, and whole."""
    made = []
    for wide, high, tilt, hole, hollow in (
        (0.62, 0.46, 20.0, 0.0, False),
        (0.52, 0.44, 25.0, 0.0, False),
        (0.62, 0.47, 20.0, 0.6, True),
        (0.52, 0.5, 15.0, 0.62, True),
        (0.84, 0.48, 0.0, 0.5, True),
    ):
        half_w, half_h = round((wide + 0.18) * SPACE), round((high + 0.14) * SPACE)
        fine = 4
        size = ((2 * half_w + 1) * fine, (2 * half_h + 1) * fine)
        picture = np.zeros((size[1], size[0]), np.uint8)
        centre = (size[0] // 2, size[1] // 2)
        axes = (round(wide * SPACE * fine), round(high * SPACE * fine))
        cv2.ellipse(picture, centre, axes, -tilt, 0, 360, 255, -1)
        if hole:
            inner = (round(axes[0] * (hole + 0.14)), round(axes[1] * (hole - 0.08)))
            cv2.ellipse(picture, centre, inner, -tilt - 12, 0, 360, 0, -1)
        small = cv2.resize(picture, (2 * half_w + 1, 2 * half_h + 1), interpolation=cv2.INTER_AREA)
        made.append((small.astype(np.float32), hollow))
    return tuple(made)


def proposals(symbols: NDArray[np.uint8], whole: NDArray[np.uint8]) -> list[Proposal]:
    """Where heads may be on a strip: `symbols` its ink without staff lines, `whole` with them, uint8 (H, W)."""
    height, width = symbols.shape
    best = np.full((height, width), -1.0, np.float32)
    hollow = np.zeros((height, width), np.bool_)
    soft = cv2.GaussianBlur(symbols, (0, 0), 1.0).astype(np.float32)
    soft_whole = cv2.GaussianBlur(whole, (0, 0), 1.0).astype(np.float32)
    for picture, is_hollow in templates():
        th, tw = picture.shape
        if th > height or tw > width:
            continue
        score = cv2.matchTemplate(soft, picture, cv2.TM_CCOEFF_NORMED)
        if is_hollow:  # a ring that lost its top to a line is whole where the line is still there
            score = np.maximum(score, cv2.matchTemplate(soft_whole, picture, cv2.TM_CCOEFF_NORMED))
        here = (slice(th // 2, th // 2 + score.shape[0]), slice(tw // 2, tw // 2 + score.shape[1]))
        better = score > best[here]
        best[here] = np.where(better, score, best[here])
        hollow[here] = np.where(better, is_hollow, hollow[here])
    best[~np.isfinite(best)] = -1.0
    reach = round(_APART * SPACE)
    peak = cv2.dilate(best, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)))
    ys, xs = np.nonzero((best >= peak) & (best > _LEAST))
    order = np.argsort(-best[ys, xs], kind="stable")[: _MOST + width // 4]
    return [
        Proposal(int(xs[n]), int(ys[n]), float(best[ys[n], xs[n]]), bool(hollow[ys[n], xs[n]])) for n in order
    ]


def head_features(symbols: NDArray[np.uint8], whole: NDArray[np.uint8], found: list[Proposal]) -> Vector:
    """What lies around each proposal, float32 (n, 342): zones with and without staff lines, its place in the staff."""
    pad = WINDOW + 1
    pictures = [np.pad(p, pad) for p in (symbols, whole)]
    rows = []
    for p in found:
        zones = [
            cv2.resize(
                picture[p.y + pad - WINDOW : p.y + pad + WINDOW, p.x + pad - WINDOW : p.x + pad + WINDOW],
                (_ZONES, _ZONES),
                interpolation=cv2.INTER_AREA,
            ).ravel()
            / 255.0
            for picture in pictures
        ]
        off = (p.y % SPACE) / SPACE * 2 * np.pi
        rows.append(np.concatenate([*zones, [np.cos(off), np.sin(off), p.score, float(p.hollow)]]))
    return np.asarray(rows, np.float32).reshape(len(found), 2 * _ZONES * _ZONES + 4)


def outside_clefs(heads: list[Primitive], signs: list[Primitive]) -> list[Primitive]:
    """The heads without those inside a clef that is all but surely one: the ball of a bass clef is no grace note."""
    clefs = [p.box for p in signs if p.label in CLEFS and p.certainty >= _SURELY]
    return [
        h
        for h in heads
        if not any(x0 < h.x * SPACE < x1 and y0 < (h.box[1] + h.box[3]) / 2 < y1 for x0, y0, x1, y1 in clefs)
    ]
