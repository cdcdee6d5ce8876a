"""The forms of LilyPond's music font that signs are laid over: ``python -m models.read.training.forms FONT.otf``.

The font (Emmentaler, from which MuseScore's own came until version 4) is no part of the project; what is kept of it is the picture of
each sign, 28 pixels high, in `models/read/directions/feta.json`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from models.read.directions.forms import KEPT, SIDE

_SPACE = 40  # pixels of a staff space, of which four are the font's size

GLYPHS = {
    "pedal": ("pedal.Ped",), "pedal-stop": ("pedal.*",), "trill-mark": ("scripts.trill",), "inverted-mordent": ("scripts.prall",),
    "mordent": ("scripts.mordent",), "turn": ("scripts.turn",), "inverted-turn": ("scripts.reverseturn", "scripts.slashturn"),
    "segno": ("scripts.segno",), "coda": ("scripts.coda",), "strong-accent": ("scripts.umarcato", "scripts.dmarcato"),
    "staccatissimo": ("scripts.ustaccatissimo", "scripts.dstaccatissimo"), "tenuto": ("scripts.tenuto",),
    "accent": ("scripts.sforzato",), "fermata": ("scripts.ufermata", "scripts.dfermata"),
}  # fmt: skip
"""The names in the font of each sign."""


def forms_of(font: Path) -> list[dict[str, object]]:
    """The signs of a font as JSON values: name, height in staff spaces, and its rows from the top, inked pixels as 1."""
    codes = {name: code for code, name in TTFont(font).getBestCmap().items()}
    face = ImageFont.truetype(str(font), 4 * _SPACE)
    made: list[dict[str, object]] = []
    for name, glyphs in GLYPHS.items():
        for glyph in glyphs:
            canvas = Image.new("L", (10 * _SPACE, 10 * _SPACE), 0)
            ImageDraw.Draw(canvas).text(
                (4 * _SPACE, 5 * _SPACE), chr(codes[glyph]), font=face, fill=255, anchor="ls"
            )
            ink = np.asarray(canvas)
            rows, columns = np.flatnonzero((ink > 127).any(axis=1)), np.flatnonzero((ink > 127).any(axis=0))
            part = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            wide = max(2, round(SIDE * part.shape[1] / part.shape[0]))
            small = cv2.resize(part, (wide, SIDE), interpolation=cv2.INTER_AREA) > 127
            told = ["".join("1" if v else "0" for v in row) for row in small]
            made.append({"name": name, "high": round(part.shape[0] / _SPACE, 3), "rows": told})
    return made


def main() -> None:
    """Writes the forms of a font."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("font", type=Path)
    given = parser.parse_args()
    KEPT.write_text(json.dumps(forms_of(given.font), indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
