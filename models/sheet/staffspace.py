"""The staff space of a page: the distance between two lines of a staff, the yardstick of all that is printed on it.

Runs of comb matches (comb.py) are proved line by line (staves.py), the best ones first. What is proved then has
to convince as a page: a lone short piece, rows of letters of which a few look like lines, or a table whose text
floats between the rules are no music.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Box, Grey
from models.sheet.band import column_step
from models.sheet.candidates import candidates_of
from models.sheet.comb import Track
from models.sheet.ink import Floats
from models.sheet.staves import Staff

SMALLEST = 2.9  # pixels: below it lines and gaps no longer part
_MOST_STAVES = 40
_MOST_PROOFS = 150
_PATIENCE = 24  # failed proofs beyond the staves found, after which the rest is not looked at
_LONG = 15.0  # staff spaces of staff that are hardly found by chance
_SAME_SIZE = 0.07  # staves whose staff spaces differ by less are of one size
_OUTLIER = 0.06  # a block that strays further from the page's staff space is not averaged in


@dataclass(frozen=True)
class StaffSpace:
    """The staff space of a page.

    `pixels` is the distance between neighbouring staff lines, centre to centre; `line_thickness` the height of a
    line in pixels, as if printed in full black (0.4 for a line that only greys its row of pixels); `confidence`
    lies between 0 and 1; `staves` estimates how many staves of this size the page has.
    """

    pixels: float
    line_thickness: float
    confidence: float
    staves: int | None


def measure_staff_space(grey: Grey) -> StaffSpace | None:
    """The staff space of the page `grey`, uint8 (H, W), dark ink on lighter paper; None where no staff is found.

    Measures 2.9 to 96 pixels. Where staves of several sizes share a page, the size with the most staff wins.
    A page that lies on its side, or is tilted by more than some four degrees, counts as without staves. A page that was
    measured lately costs only the time to recognise it (`models.sheet.candidates`). ValueError for anything but a
    uint8 array of two dimensions.
    """
    if grey.ndim != 2 or grey.dtype != np.uint8:
        raise ValueError(f"a page is a uint8 array (H, W), not {grey.dtype} {grey.shape}")
    if min(grey.shape) < 8:
        return None
    staves, failed = _proved_staves(np.ascontiguousarray(grey))
    if not staves or not _is_music(staves, failed, grey.shape[1]):
        return None
    spaces = np.concatenate([s.spaces for s in staves])
    weights = np.concatenate([np.full(len(s.spaces), s.length / len(s.spaces)) for s in staves])
    middle = _weighted_median(spaces, weights)
    # lines thinner than a pixel show where they lie only to a pixel; the mean over many evens that out
    near = np.abs(spaces / middle - 1.0) < _OUTLIER
    pixels = float(np.average(spaces[near], weights=weights[near]))
    if pixels < SMALLEST:
        return None
    lengths = np.array([s.length for s in staves])
    unbroken = float(np.average([s.unbroken for s in staves], weights=lengths))
    agreeing = float(weights[near].sum() / weights.sum())
    return StaffSpace(
        pixels=pixels,
        line_thickness=_weighted_median(np.array([s.thickness for s in staves]), lengths),
        confidence=min(1.0, unbroken * agreeing * (1.0 - 0.5 ** (float(lengths.sum()) / pixels / 15.0))),
        staves=_count(staves),
    )


def staff_boxes(grey: Grey) -> list[Box]:
    """Where the staves of the page's leading size lie, in its pixels, the longest first; empty where none is found.

    Without ledger lines: from the first to the fifth line.
    """
    if min(grey.shape) < 8:
        return []
    staves, _ = _proved_staves(np.ascontiguousarray(grey))
    boxes: list[Box] = []
    for staff in sorted(staves, key=lambda one: one.length, reverse=True):
        half = 2 * staff.space + abs(staff.slope) * staff.length / 2
        boxes.append((staff.left, staff.middle - half, staff.right, staff.middle + half))
    return boxes


def _proved_staves(grey: Grey) -> tuple[list[Staff], list[Track]]:
    """The staves of the page's leading size, and the tracks of that size which were looked at and failed."""
    candidates = candidates_of(grey)
    found: list[Staff] = []
    failed: list[Track] = []
    for track in candidates.tracks[:_MOST_PROOFS]:
        if len(found) >= _MOST_STAVES or len(failed) > _PATIENCE + len(found):
            break
        here = [staff for staff in found if _distance(staff, track, 0.0) < 2.5]
        # on a short piece a staff of quite another size may still be found, and be the true one
        if any(s.length > _LONG * s.space or 0.7 < s.space / track.spacing < 1.4 for s in here):
            continue
        staff = candidates.proved(track, grey)
        if staff is not None:
            found.append(staff)
        elif not here:
            failed.append(track)
    if not found:
        return [], failed

    def of_size(size: float) -> list[Staff]:
        return [s for s in found if abs(s.space / size - 1.0) < _SAME_SIZE]

    leading = max((of_size(s.space) for s in found), key=lambda group: sum(s.length for s in group))
    space = leading[0].space
    return leading, [
        track
        for track in failed
        if abs(track.spacing / space - 1.0) < 0.1 and all(_distance(s, track, 3.0) > 7.0 for s in leading)
    ]


def _is_music(staves: list[Staff], failed: list[Track], width: int) -> bool:
    """Whether the staves found, against what looked like them and failed, make a page of music."""
    space = staves[0].space
    length = sum(s.length for s in staves)
    unbroken = sum(s.unbroken * s.length for s in staves) / length
    signs, touching = sum(s.signs for s in staves), sum(s.touching for s in staves)
    doubt = sum(t.length for t in failed) / length
    short = length < min(24.0 * space, 0.55 * width)
    return (
        length >= min(_LONG * space, 0.35 * width)
        and not (signs > 12 and touching < 0.3 * signs)  # the text of a table keeps clear of its rules
        and signs * column_step(space) < 1.3 * length  # more ink between lines than music has is a pattern
        and not (unbroken < 0.97 and doubt > 8.0)
        and not (unbroken < 0.95 and (doubt > 5.0 or short))
        and float(np.median([s.thickness for s in staves])) < 0.28 * space
    )


def _distance(staff: Staff, track: Track, beyond: float) -> float:
    """Staff spaces between a staff and a track, where the track lies mostly along it; else infinity.

    `beyond` lengthens the staff by so many staff spaces at both ends.
    """
    margin = beyond * staff.space
    along = (track.x >= staff.left - margin) & (track.x <= staff.right + margin)
    if along.mean() < 0.5:
        return float("inf")
    off = np.abs(track.y - staff.middle_at(track.x))[along]
    return float(np.median(off)) / staff.space


def _count(staves: list[Staff]) -> int:
    """How many staves there are when the pieces of one staff count once."""
    heads: list[Staff] = []
    for staff in sorted(staves, key=lambda s: s.left):
        for head in heads:
            between = np.array([(staff.left + head.right) / 2])
            if abs(float((head.middle_at(between) - staff.middle_at(between))[0])) < 1.5 * staff.space:
                break
        else:
            heads.append(staff)
    return len(heads)


def _weighted_median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
