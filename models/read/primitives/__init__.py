"""Primitives: lines and blobs found on a staff's strip, each with fuzzy memberships."""

from models.read.primitives.primitive import (
    ACCIDENTALS,
    CLEFS,
    DIGITS,
    FLAGS,
    HEADS,
    LABELS,
    LINES,
    RESTS,
    STYLES,
    BlobShape,
    Extractor,
    LineShape,
    Primitive,
    Style,
    position_at,
    row_at,
)

__all__ = [
    "ACCIDENTALS",
    "CLEFS",
    "DIGITS",
    "FLAGS",
    "HEADS",
    "LABELS",
    "LINES",
    "RESTS",
    "STYLES",
    "BlobShape",
    "Extractor",
    "LineShape",
    "Primitive",
    "Style",
    "position_at",
    "row_at",
]
