"""A page with what was detected on it: primitives in the colour of their certainty, bars in boxes."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageColor, ImageDraw, ImageFont

from models.arrays import Grey
from models.read.ranking.interpretations import Interpretation
from models.read.reading import Reading

CERTAIN, DOUBTFUL = 0.8, 0.5
"""Below the first a thing is doubtful, below the second very doubtful."""

_COLOURS = {"certain": "#1f7a5c", "doubtful": "#b36200", "very doubtful": "#b3261e"}
_PAPER = 0.45  # how far ink is faded, so that the marks stand out


def level_of(certainty: float) -> str:
    """The certainty of a detection in words: certain, doubtful or very doubtful."""
    return "certain" if certainty >= CERTAIN else "doubtful" if certainty >= DOUBTFUL else "very doubtful"


def bar_level(reading: Reading, way: Interpretation, bar: int) -> str:
    """How doubtful a bar is as an interpretation reads it, in the words of `level_of`.

    Very doubtful is a doubtful bar whose reading is less probable than all others together.
    """
    if not reading.is_doubtful(bar, way):
        return "certain"
    readings = reading.under(way).bars[bar].readings
    return "doubtful" if readings and readings[way.choice[bar]].certainty >= DOUBTFUL else "very doubtful"


def overlay(reading: Reading, page: int, grey: Grey) -> npt.NDArray[np.uint8]:
    """The page `grey` (H, W) as RGB uint8 (H, W, 3) with marks: the pixels are the upload's own.

    Boxes of primitives are green where certain, orange and red where doubtful; a bar's box has the colour of the
    reading that the best interpretation chose, is dashed where it does not sum, and bears its number.
    """
    faded = np.clip(255 - (255 - grey.astype(np.int16)) * (1 - _PAPER), 0, 255).astype(np.uint8)
    picture = Image.fromarray(faded).convert("RGB")
    pen = ImageDraw.Draw(picture, "RGBA")
    space = reading.pages[page].staff_space or 10.0
    thin = max(1, round(space / 12))
    for found in reading.pages[page].detections:
        colour = ImageColor.getrgb(_COLOURS[level_of(found.certainty)])
        pen.rectangle(_upright(found.box), fill=(*colour[:3], 70), outline=(*colour[:3], 255), width=thin)
    font = ImageFont.load_default(max(9.0, 1.2 * space))
    best = reading.interpretations[0] if reading.interpretations else None
    reading = reading.under(best) if best else reading
    for number, options in enumerate(reading.bars):
        at, box = reading.place(number)
        if at != page or best is None:
            continue
        read = options.readings[best.choice[number]] if options.readings else None
        colour = ImageColor.getrgb(_COLOURS[bar_level(reading, best, number)])
        left, top, right, bottom = _upright((box[0], box[1] - 0.6 * space, box[2], box[3] + 0.6 * space))
        if read is not None and read.sums:
            pen.rectangle((left, top, right, bottom), outline=(*colour[:3], 255), width=2 * thin)
        else:
            _dashed(pen, (left, top, right, bottom), (*colour[:3], 255), 2 * thin, 0.8 * space)
        pen.text(
            (left + 2 * thin, max(0.0, top - 1.4 * space)),
            str(number + 1),
            fill=(*colour[:3], 255),
            font=font,
        )
    return np.asarray(picture, np.uint8)


def overlay_png(reading: Reading, page: int, grey: Grey) -> bytes:
    """`overlay` as a PNG file."""
    out = io.BytesIO()
    Image.fromarray(overlay(reading, page, grey)).save(out, "PNG")
    return out.getvalue()


def _upright(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    left, top, right, bottom = box
    return min(left, right), min(top, bottom), max(left, right), max(top, bottom)


def _dashed(
    pen: ImageDraw.ImageDraw,
    box: tuple[float, float, float, float],
    colour: tuple[int, ...],
    width: int,
    dash: float,
) -> None:
    left, top, right, bottom = box
    dash = max(2.0, dash)
    for start, end, across in (
        (left, right, (top, None)),
        (left, right, (bottom, None)),
        (top, bottom, (None, left)),
        (top, bottom, (None, right)),
    ):
        at = start
        while at < end:
            to = min(at + dash, end)
            line = (at, across[0], to, across[0]) if across[0] is not None else (across[1], at, across[1], to)
            pen.line([float(v) for v in line if v is not None], fill=colour, width=width)
            at += 2 * dash
