"""What the detector tells apart, and which label of the grammar each of its classes has."""

from __future__ import annotations

from models.read.primitives.primitive import ACCIDENTALS, DIGITS, FLAGS, HEADS, RESTS

CLASSES = (
    *HEADS, "grace_head", "other_head", *RESTS, *ACCIDENTALS, "treble_clef", "bass_clef", "alto_clef", "other_clef",
    *FLAGS, *DIGITS, "common_time", "cut_time", "augmentation_dot", "staccato_dot", "repeat_dot", "fermata", "dynamic",
    "ornament", "articulation", "arpeggio", "tuplet_digit", "octave_sign", "pedal", "tremolo", "text",
    "stem", "bar_line", "brace", "bracket", "beam", "ledger", "slur", "tie", "hairpin", "tuplet_bracket", "volta",
)  # fmt: skip
"""The classes of the heat map, in its order: an index is a channel. New ones are added at the end."""

INDEX = {name: n for n, name in enumerate(CLASSES)}

_GROUPS: tuple[tuple[str, ...], ...] = (
    ("stem", "bar_line", "brace", "bracket", "arpeggio"),
    ("beam", "tuplet_bracket", "volta"),
    ("slur", "tie", "hairpin"),
    ("ledger", "text", "dynamic"),
)
GROUPS = len(_GROUPS) + 1
"""Sizes and offsets are told once for each group of classes: what may share a centre is in different groups."""

GROUP_OF = tuple(next((g + 1 for g, names in enumerate(_GROUPS) if name in names), 0) for name in CLASSES)
"""The group of each class; 0 holds heads and all other signs."""

LABEL_OF = {
    name: {
        "augmentation_dot": "dot", "staccato_dot": "dot", "repeat_dot": "dot", "articulation": "ornament",
        "arpeggio": "noise", "octave_sign": "text", "pedal": "text", "tremolo": "noise", "other_head": "noise",
        "other_clef": "noise", "bracket": "brace", "tie": "slur", "hairpin": "noise", "tuplet_bracket": "noise",
        "volta": "noise",
    }.get(name, name)
    for name in CLASSES
}  # fmt: skip
"""The grammar's label for each class: noise for what it has no production for."""

POSITIONED = frozenset((*HEADS, "grace_head", "other_head", *RESTS, *ACCIDENTALS))
"""Classes whose staff position is told as a distribution."""

LOWEST, HIGHEST = -14, 24
POSITIONS = HIGHEST - LOWEST + 1
"""Staff positions that are told apart, in half spaces above the lowest line."""

STEMS = ("none", "up", "down")
"""What a head's stem may be like."""

SPACE = 10.6
"""Staff space in pixels of what the detector looks at."""

STRIDE = 4
"""Pixels from one cell of its maps to the next."""
