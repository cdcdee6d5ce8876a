"""The classical extractor: lines are found and taken away, what remains are blobs, each graded by what it is like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Mask
from models.read.page.staves import SPACE, Strip
from models.read.primitives.arcs import joined_arcs
from models.read.primitives.crosses import crossed_heads
from models.read.primitives.heads import Proposal, head_features, outside_clefs, proposals
from models.read.primitives.linework import (
    Linework,
    curve_of,
    curve_primitives,
    hook_primitives,
    ledger_primitives,
    linework,
)
from models.read.primitives.metres import parted_metres
from models.read.primitives.numbering import numbered
from models.read.primitives.orientation import upside_down
from models.read.primitives.percussion import both_strokes, percussion_clef
from models.read.primitives.primitive import (
    CLEFS,
    DIGITS,
    FLAGS,
    HEADS,
    PERCUSSION_CLEF,
    Primitive,
    Style,
    position_at,
)
from models.read.primitives.prototypes import Prototypes
from models.read.primitives.regions import Region, regions, symbol_ink
from models.read.primitives.shapes import blob_shape, features, is_disc, octave_figure
from models.read.primitives.shipped import load_prototypes
from models.read.primitives.sizes import sized
from models.read.primitives.style import style_of
from models.read.primitives.whole_signs import whole_signs

_OWN = 0.5  # membership with which a whole region is taken for the sign it is like
_WORTH = 0.12  # memberships below are left out
_HEAD = 0.3
_MAY_BE_CLEF = 0.3
_RING = 0.6
_CLEF = 0.95  # membership of two such strokes in percussion clefs
_DISC = 0.85  # membership in dots that a small disc has, whatever letters' full stops are like it
_ARC_TALL = 0.9  # staff spaces of ink in one column
_GRACE = 0.68  # of a head's width and height that a grace note's head has
_SMALL = 0.74  # square staff spaces of ink: solid heads have 0.8 to 1.1, those of grace notes 0.5 to 0.7
_APART = 0.62  # staff spaces between two heads,
_BESIDE = 0.75  # or across, for the second of a cluster
_OUTSIDE = ("text", "dynamic", "tuplet_digit", "fermata", "ornament")
_INSIDE = (*CLEFS, *DIGITS, "common_time", "cut_time")
PARTS = ("composite", "noise", "text")


class ClassicalExtractor:
    """Primitives by staff-line removal, thinning, matched filters and the nearest of shipped prototypes.

    An `Extractor`. WeightsError where the files of the prototypes are missing or damaged.
    """

    def __init__(self, *, device: str = "cpu") -> None:
        """``device`` is taken as by every extractor; there is no network here that could run on it."""

    def extract(self, strip: Strip, *, style: Style = "printed") -> list[Primitive]:
        """The primitives of a staff's strip, from left to right, numbered in that order.

        `style` picks the prototypes of print or of handwriting.
        """
        if strip.ink.shape[1] < SPACE or not strip.binary.any():
            return []
        signs, heads = load_prototypes(style)
        ink = symbol_ink(strip)
        blobs, rest = _own_signs(ink, strip.binary, signs, _heads(ink, ink, strip, heads, style), style)
        lines = linework(rest, strip, thin_beams=style == "handwritten")
        noteheads = outside_clefs(_heads(rest, ink, strip, heads, style), blobs)
        found = [*blobs, *(_against_heads(p, noteheads) for p in lines.primitives), *noteheads]
        found += _remaining(rest, lines, noteheads, signs, style)
        found += ledger_primitives(strip, lines)
        return numbered(crossed_heads(joined_arcs(found)) if style == "printed" else found, strip)

    def style_of(self, strips: Sequence[Strip]) -> Style:
        """The style whose prototypes the heads of the first few staves are nearer to."""
        return style_of(strips)

    def upside_down(self, strips: Sequence[Strip]) -> bool:
        """Whether the clefs of the first few staves stand plainly at the right end, on their heads."""
        return upside_down(strips)


def _own_signs(
    ink: Mask, binary: Mask, signs: Prototypes, heads: list[Primitive], style: Style
) -> tuple[list[Primitive], Mask]:
    """The signs that stand by themselves, and the ink of all the others.

    A region that plainly holds a head is a note, whatever else it is like, unless it is all but surely a sign.
    """
    held = np.array(
        [(p.x * SPACE, (p.box[1] + p.box[3] - 1) / 2, p.membership("solid_head")) for p in heads]
    ).reshape(-1, 3)
    rest = ink.copy()
    found = []
    whole = regions(ink)
    strokes = percussion_clef(whole) if style == "printed" else None
    if strokes:
        whole = [r for r in whole if all(r is not stroke for stroke in strokes)]
        found.append(_blob(both_strokes(*strokes), {PERCUSSION_CLEF: _CLEF}))
        for x0, y0, x1, y1 in (stroke.box for stroke in strokes):
            rest[y0:y1, x0:x1] = False

    def classify(some: list[Region]) -> list[dict[str, float]]:
        return _classified(some, signs, style)

    whole = parted_metres(whole, classify)
    if style == "printed":
        whole = whole_signs(whole, ink, binary, classify)
    kinds = _classified(whole, signs, style)
    for region, kind in zip(whole, kinds, strict=True):
        best = max(kind, key=lambda k: kind[k])
        if best in PARTS or best in FLAGS or kind[best] < _OWN:
            continue
        if best != "whole_head" and any(_is_of_ring(region, head) for head in heads):
            continue
        if best == "slur" and int(region.mask.sum(axis=0).max()) > _ARC_TALL * SPACE:
            continue  # a stem or a bar line goes through it
        x0, y0, x1, y1 = region.box
        inside = (held[:, 0] >= x0) & (held[:, 0] < x1) & (held[:, 1] >= y0) & (held[:, 1] < y1)
        if (
            best not in (*HEADS, "treble_clef", "bass_clef")
            and kind[best] < _OWN + 0.5 * float(held[inside, 2].max(initial=0.0)) - 0.1
        ):
            continue
        found.append(_sign(region, kind))
        x0, y0, x1, y1 = region.box
        rest[y0:y1, x0:x1] &= ~region.mask
    return found, rest


def _is_of_ring(region: Region, head: Primitive) -> bool:
    """Whether a region is a piece of a hollow head that was cut, whatever it looks like by itself."""
    if max(head.membership("hollow_head"), head.membership("whole_head")) < _RING:
        return False
    x0, y0, x1, y1 = region.box
    a0, b0, a1, b1 = head.box
    shared = max(0.0, min(x1, a1) - max(x0, a0)) * max(0.0, min(y1, b1) - max(y0, b0))
    return shared > 0.6 * (x1 - x0) * (y1 - y0)


def _classified(found: list[Region], signs: Prototypes, style: Style) -> list[dict[str, float]]:
    if not found:
        return []
    members = signs.memberships(np.stack([features(r.mask, r.box) for r in found]))
    for row, region in zip(members, found, strict=True):
        _fit(row, region, signs.labels, style)
    return [
        {label: float(m) for label, m in zip(signs.labels, row, strict=True) if m >= _WORTH} or {"noise": 0.5}
        for row in members
    ]


def _fit(members: NDArray[np.float32], region: Region, labels: tuple[str, ...], style: Style) -> None:
    """Takes from `members` what cannot stand where the region stands or have its size, and gives the rest its share."""
    middle = position_at((region.box[1] + region.box[3] - 1) / 2)
    barred = _OUTSIDE if 0.5 < middle < 7.5 else _INSIDE if middle < -1.5 or middle > 9.5 else ()
    at = [n for n, label in enumerate(labels) if label in barred]
    total = float(members.sum())
    members[at] = 0.0
    if style == "printed":
        members *= np.array([sized(label, region) for label in labels], np.float32)
    left = float(members.sum())
    if style == "printed" and is_disc(region.mask):
        dot = labels.index("dot")
        others = left - float(members[dot])
        members *= min(1.0, (1.0 - _DISC) / max(others, 1e-6))
        members[dot] = max(float(members[dot]), _DISC)
        return
    if left > 1e-6:
        members *= min(total, 0.9 * left + 0.1 * total if left < 0.2 * total else total) / left


def _sign(region: Region, kind: dict[str, float]) -> Primitive:
    """A region as what it is like: a slur or tie is a curve with two ends, all else a blob."""
    if max(kind, key=lambda k: kind[k]) == "slur":
        return curve_of(region, kind)
    return _blob(region, kind)


def _blob(region: Region, kind: dict[str, float]) -> Primitive:
    x0, y0, x1, y1 = region.box
    memberships = {"text" if k == "text" else "noise" if k == "composite" else k: v for k, v in kind.items()}
    return Primitive(
        id="",
        kind="blob",
        box=(float(x0), float(y0), float(x1), float(y1)),
        x=(x0 + x1) / 2 / SPACE,
        position=position_at((y0 + y1 - 1) / 2),
        memberships=memberships,
        blob=blob_shape(region.mask),
        octave_below=octave_figure(region.mask, y1)
        if memberships.get("treble_clef", 0.0) > _MAY_BE_CLEF
        else 0.0,
    )


def _heads(rest: Mask, ink: Mask, strip: Strip, heads: Prototypes, style: Style) -> list[Primitive]:
    """The noteheads that matched filters propose and prototypes confirm."""
    symbols = np.where(rest, strip.ink, 0).astype(np.uint8)
    whole = np.where(ink & ~rest, 0, strip.ink).astype(np.uint8)
    proposed = proposals(symbols, whole)
    members = heads.memberships(head_features(symbols, whole, proposed))
    none = heads.labels.index("noise")
    sure = 1.0 - members[:, none]
    sure = np.minimum(sure, members.sum(axis=1) - members[:, none])
    kept: list[tuple[Proposal, dict[str, float]]] = []
    for n in np.argsort(-sure, kind="stable"):
        if sure[n] < _HEAD:
            break
        p = proposed[n]
        if any(
            (abs(p.x - q.x) < _BESIDE * SPACE and abs(p.y - q.y) < 0.38 * SPACE)
            or (
                np.hypot(p.x - q.x, p.y - q.y) < _APART * SPACE
                and abs(p.x - q.x) < 0.5 * SPACE
                and abs(p.y - q.y) < 0.4 * SPACE
            )
            for q, _ in kept
        ):
            continue
        kept.append(
            (
                p,
                {
                    label: float(m)
                    for label, m in zip(heads.labels, members[n], strict=True)
                    if m >= _WORTH and label != "noise"
                },
            )
        )
    found = [_head(p, kind, rest) for p, kind in kept]
    return [_small(head) for head in found] if style == "printed" else found


def _against_heads(line: Primitive, heads: list[Primitive]) -> Primitive:
    """An upright stroke in the light of the heads beside it: a stroke that holds a head at one end is a stem."""
    if "stem" not in line.memberships and "bar_line" not in line.memberships:
        return line
    x0, y0, x1, y1 = line.box
    support = 0.0
    for head in heads:
        a0, b0, a1, b1 = head.box
        beside = (
            min(abs(x0 - a1), abs(a0 - x1), abs((x0 + x1) / 2 - a0), abs((x0 + x1) / 2 - a1)) < 0.3 * SPACE
        )
        middle = (b0 + b1) / 2
        at_end = min(abs(middle - y0), abs(middle - y1)) < 0.9 * SPACE
        if beside and y0 - 0.6 * SPACE < middle < y1 + 0.6 * SPACE:
            support = max(support, head.certainty * (1.0 if at_end else 0.7))
    bar = line.membership("bar_line") * (1.0 - 0.9 * min(1.0, 1.2 * support))
    stem = max(line.membership("stem"), support)
    if support < 0.2 and line.line is not None and line.line.length < 2.4:
        stem *= 0.6
    memberships = {k: v for k, v in (("stem", stem), ("bar_line", bar)) if v > 0.05}
    return replace(line, memberships=memberships or {"noise": 0.5})


def _head(p: Proposal, kind: dict[str, float], ink: Mask) -> Primitive:
    half_w, half_h = (
        (0.85 if "whole_head" in kind and kind["whole_head"] > 0.5 else 0.62) * SPACE,
        0.5 * SPACE,
    )
    x0, y0 = max(0, round(p.x - half_w)), max(0, round(p.y - half_h))
    x1, y1 = min(ink.shape[1], round(p.x + half_w) + 1), min(ink.shape[0], round(p.y + half_h) + 1)
    mask = ink[y0:y1, x0:x1]
    return Primitive(
        id="",
        kind="blob",
        box=(float(x0), float(y0), float(x1), float(y1)),
        x=p.x / SPACE,
        position=position_at(p.y),
        memberships=kind or {"solid_head": 0.2},
        blob=blob_shape(mask if mask.any() else np.ones_like(mask)),
    )


def _small(head: Primitive) -> Primitive:
    """A solid head of as little ink as a grace note's, labelled and sized as one: in print theirs is two thirds as wide."""
    little = head.blob is not None and head.blob.area <= _SMALL and head.label == "solid_head"
    if not little and head.label != "grace_head":
        return head
    memberships = {k: v for k, v in head.memberships.items() if k not in ("solid_head", "grace_head")}
    both = head.membership("solid_head") + head.membership("grace_head")
    x0, y0, x1, y1 = head.box
    dx, dy = 0.5 * _GRACE * (x1 - x0), 0.5 * _GRACE * (y1 - y0)
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return replace(
        head,
        box=(x - dx, y - dy, x + dx, y + dy),
        memberships={**memberships, "grace_head": min(1.0, both)},
    )


def _remaining(
    rest: Mask, lines: Linework, heads: list[Primitive], signs: Prototypes, style: Style
) -> list[Primitive]:
    """What is left when lines and heads are gone: flags, dots, accidentals that touch a stem, slurs."""
    left = (rest & ~lines.ink).astype(np.uint8)
    for head in heads:
        if head.certainty > 0.45:
            x, y = head.x * SPACE, (head.box[1] + head.box[3] - 1) / 2
            axes = (round((head.box[2] - head.box[0]) / 2 + 1), round(0.58 * SPACE))
            cv2.ellipse(left, (round(x), round(y)), axes, -12, 0, 360, 0, -1)
    pieces = regions(left > 0)
    hooks, pieces = hook_primitives(pieces, lines)
    curves, blobs = curve_primitives(pieces)
    kinds = [_flag_counted(r, k) for r, k in zip(blobs, _classified(blobs, signs, style), strict=True)]
    return [*hooks, *curves, *(_sign(r, k) for r, k in zip(blobs, kinds, strict=True))]


def _flag_counted(region: Region, kind: dict[str, float]) -> dict[str, float]:
    """A flag's memberships in the light of its strokes, counted down the half that is nearer to its stem."""
    total = sum(v for k, v in kind.items() if k in FLAGS)
    if total < 0.3:
        return kind
    width = region.mask.shape[1]
    near = region.mask[:, int(0.12 * width) : max(int(0.45 * width), int(0.12 * width) + 1)]
    runs = (np.diff(np.pad(near, ((1, 1), (0, 0))).astype(np.int8), axis=0) == 1).sum(axis=0)
    strokes = int(np.clip(np.percentile(runs, 60), 1, 3))
    up = sum(v for k, v in kind.items() if k.startswith("flag_up"))
    memberships = {k: 0.3 * v if k in FLAGS else v for k, v in kind.items()}
    for direction, share in (("flag_up", up), ("flag_down", total - up)):
        label = direction + ("", "_16", "_32")[strokes - 1]
        if share > 0.05:
            memberships[label] = min(1.0, memberships.get(label, 0.0) + 0.7 * share)
    return memberships
