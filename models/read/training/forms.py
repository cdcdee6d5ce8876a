"""The forms that signs are laid over: ``python -m models.read.training.forms FONT.otf [--fingers FONT...]``.

The font (Emmentaler, from which MuseScore's own came until version 4) is no part of the project; what is kept of it is the picture of
each sign, 28 pixels high, in `models/read/directions/feta.json`. Those of the digits of fingerings, of it and of fonts for text
(Liberation Serif and DejaVu Serif, upright and bold), are in `fingers.json`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from models.read.directions.forms import FINGERS, KEPT, SIDE

_DIGITS = {"1": "one", "2": "two", "3": "three", "4": "four", "5": "five"}
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
            made.append({"name": name, **_picture(face, chr(codes[glyph]))})
    return made


def fingers_of(music: Path, text: Sequence[Path]) -> list[dict[str, object]]:
    """The digits from 1 to 5 of a music font and of fonts for text; their height is one staff space, about which they vary."""
    codes = {name: chr(code) for code, name in TTFont(music).getBestCmap().items()}
    faces = [(ImageFont.truetype(str(music), 4 * _SPACE), {d: codes[n] for d, n in _DIGITS.items()})]
    faces += [(ImageFont.truetype(str(font), 2 * _SPACE), {d: d for d in _DIGITS}) for font in text]
    return [
        {**_picture(face, letters[digit]), "name": digit, "high": 1.0}
        for face, letters in faces
        for digit in _DIGITS
    ]


def _picture(face: ImageFont.FreeTypeFont, text: str) -> dict[str, object]:
    """A character's height in staff spaces and its rows."""
    canvas = Image.new("L", (10 * _SPACE, 10 * _SPACE), 0)
    ImageDraw.Draw(canvas).text((4 * _SPACE, 5 * _SPACE), text, font=face, fill=255, anchor="ls")
    ink = np.asarray(canvas)
    rows, columns = np.flatnonzero((ink > 127).any(axis=1)), np.flatnonzero((ink > 127).any(axis=0))
    part = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    wide = max(2, round(SIDE * part.shape[1] / part.shape[0]))
    small = cv2.resize(part, (wide, SIDE), interpolation=cv2.INTER_AREA) > 127
    told = ["".join("1" if v else "0" for v in row) for row in small]
    return {"high": round(part.shape[0] / _SPACE, 3), "rows": told}


def main() -> None:
    """Writes the forms of a font, and those of the digits of further ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("font", type=Path)
    parser.add_argument("--fingers", type=Path, nargs="*", default=[])
    given = parser.parse_args()
    KEPT.write_text(json.dumps(forms_of(given.font), indent=0) + "\n", encoding="utf-8")
    if given.fingers:
        FINGERS.write_text(
            json.dumps(fingers_of(given.font, given.fingers), indent=0) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
