"""Primitives: lines and blobs found on a staff's strip, each with fuzzy memberships."""

from models.read.primitives.classical import ClassicalExtractor, extract
from models.read.primitives.overlay import draw_overlay
from models.read.primitives.primitive import (
    ACCIDENTALS,
    CLEFS,
    DIGITS,
    FLAGS,
    HEADS,
    LABELS,
    LINES,
    RESTS,
    BlobShape,
    Extractor,
    LineShape,
    Primitive,
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
    "BlobShape",
    "ClassicalExtractor",
    "Extractor",
    "LineShape",
    "Primitive",
    "draw_overlay",
    "extract",
    "position_at",
    "row_at",
]
