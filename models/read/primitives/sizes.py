"""How large printed signs are: what is far from its sign's size is something else, however alike its form."""

from __future__ import annotations

from models.read.primitives.primitive import DIGITS
from models.read.primitives.regions import Region

_DIGIT = (0.8, 2.2, 1.2, 2.7)
_BAR_REST = (0.8, 2.4, 0.3, 1.1)

PRINTED: dict[str, tuple[float, float, float, float]] = {
    "treble_clef": (1.5, 3.5, 4.2, 9.5),
    "bass_clef": (1.2, 3.0, 2.0, 4.2),
    "alto_clef": (1.5, 3.6, 2.6, 5.2),
    "whole_head": (1.0, 2.8, 0.75, 1.35),  # a double whole note, with its strokes, is the widest
    "whole_rest": _BAR_REST,
    "half_rest": _BAR_REST,
    "quarter_rest": (0.6, 1.6, 1.9, 3.6),
    # their bulbs may come off where the ink is thin
    "eighth_rest": (0.4, 1.5, 1.1, 2.5),
    "sixteenth_rest": (0.5, 1.9, 1.5, 3.3),
    "thirty_second_rest": (0.6, 2.1, 2.1, 4.3),
    "sharp": (0.6, 1.6, 1.7, 3.8),
    "flat": (0.5, 1.4, 1.3, 3.2),
    "natural": (0.4, 1.2, 1.7, 3.8),
    "double_sharp": (0.7, 1.6, 0.7, 1.6),
    # taller ones are grace notes with a stroke through their flag
    "double_flat": (1.1, 2.5, 1.4, 2.5),
    "flag_up": (0.4, 1.5, 1.1, 4.3),
    "flag_down": (0.4, 1.5, 1.0, 4.3),
    "dot": (0.12, 0.9, 0.12, 0.9),
    "tuplet_digit": (0.5, 1.7, 0.8, 2.2),
    "common_time": (1.1, 2.5, 1.4, 2.8),
    "cut_time": (1.1, 2.5, 1.9, 3.9),
    **dict.fromkeys(DIGITS, _DIGIT),
}
"""Width from, to, height from, to in staff spaces: around what was measured on development pages (Bravura, Leland, LilyPond,
scans), down to cue size. Time signatures of double height lie outside."""

_FADES = 0.15  # of the bound, beyond it


def sized(label: str, region: Region) -> float:
    """Membership of "as large as this sign in print", 0..1; 1 for labels that have no size of their own."""
    bounds = PRINTED.get(label)
    if bounds is None:
        return 1.0
    narrow, wide, low, high = bounds
    return min(_within(region.width, narrow, wide), _within(region.height, low, high))


def _within(value: float, least: float, most: float) -> float:
    beyond = max((least - value) / least, (value - most) / most, 0.0)
    return max(0.0, 1.0 - beyond / _FADES)
