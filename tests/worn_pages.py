"""Engraved pages on which the layout is faint on purpose: braces, lines at the left edge and bar lines wiped away in part."""

import io

import numpy as np
from PIL import Image

from models.notation.engraving.engrave import Look, engrave
from models.notation.engraving.pictures import svg_to_png

SPACE = 20.0
LOOK = Look(
    width=2480, staff_space=SPACE, header=False, margin=120.0,
    more={"staffLineWidth": 0.24, "stemWidth": 0.22, "barLineWidth": 0.3},
)  # fmt: skip


def engraved(score, look=LOOK):
    """The first page of a score and the boxes of its bars on it."""
    made = engrave(score, look)
    page = np.asarray(Image.open(io.BytesIO(svg_to_png(made.pages[0]))).convert("L")).copy()
    return page, [box for number, box in made.bars if number == 0]


def worn(page, bars, wiped):
    """A page of piano music without bar lines between staves, a share ``wiped`` of its brace and of its left edge gone."""
    out = page.copy()
    for x0, y0, x1, y1 in bars:
        top, low = round(y0 + 4.3 * SPACE), round(y1 - 4.3 * SPACE)
        out[top:low, round(x1 - 0.6 * SPACE) : round(x1 + 0.4 * SPACE)] = 255
        if x0 == min(box[0] for box in bars):
            out[top : round(top + (low - top) * wiped), : round(x0 + 0.4 * SPACE)] = 255
    return out
