"""The 88 sheet images drawn by Verovio from MusicXML: used to make ``note_images.png``, never when the app serves.

``python -m models.transcribe.classic.engraving`` draws them anew.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
from PIL import Image

from models.notation.engraving.raster import grey_of
from models.notation.engraving.toolkit import UNIT, lay_out
from models.transcribe.classic.errors import ClassicError
from models.transcribe.classic.images import FILE
from models.transcribe.classic.keys import HEIGHT, KEYS, WIDTH, Writing, writing

SPACE = 10
"""Pixels of one staff space: the largest that holds the drawings from A#0's sharp to C8's ledger lines uncut."""
TOP_LINE = 69
"""Row of the staff's uppermost line."""
LEFT = 10
"""Column of the staff's left end."""
FINE = 4
"""The drawing is made this many times larger and then averaged."""

_OPTIONS = {
    "scale": 100,
    "unit": UNIT,
    "pageWidth": 1400,
    "adjustPageHeight": True,
    "header": "none",
    "footer": "none",
    "breaks": "none",
    "font": "Leipzig",
    "spacingNonLinear": 0.6,
    "spacingLinear": 0.5,
}


def music_xml(key: Writing) -> str:
    """One bar of common time with the one note, a quarter note, as MusicXML 4.0.

    Silent places before and after it (hidden rests) fill the bar, so that a sharp does not push the note aside.
    """
    octave_change = f"<clef-octave-change>{key.shift}</clef-octave-change>" if key.shift else ""
    line = 4 if key.clef == "F" else 2
    alter = "<alter>1</alter>" if key.sharp else ""
    accidental = "<accidental>sharp</accidental>" if key.sharp else ""
    hidden = '<note print-object="no"><rest/><duration>{}</duration><type>{}</type></note>'
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<score-partwise version="4.0">
<part-list><score-part id="P1"><part-name/></score-part></part-list>
<part id="P1"><measure number="1">
<attributes><divisions>1</divisions><time symbol="common"><beats>4</beats><beat-type>4</beat-type></time>
<clef><sign>{key.clef}</sign><line>{line}</line>{octave_change}</clef></attributes>
{hidden.format(1, "quarter")}
<note><pitch><step>{key.step}</step>{alter}<octave>{key.octave}</octave></pitch>
<duration>1</duration><type>quarter</type>{accidental}</note>
{hidden.format(2, "half")}
</measure></part></score-partwise>"""


def engrave(midi: int) -> npt.NDArray[np.uint8]:
    """The sheet image of a key, grey uint8 (162, 300). UnknownKey outside the keyboard."""
    svg, unit, left, top = _svg(music_xml(writing(midi)))
    zoom = SPACE * FINE / unit
    drawn = grey_of(svg, scale=zoom)
    # The staff's place on Verovio's page depends on the ledger lines above it; here it is the same for all keys.
    y = round(top * zoom) - round((TOP_LINE + 0.5) * FINE)
    x = round(left * zoom) - LEFT * FINE
    page = np.full((HEIGHT * FINE, WIDTH * FINE), 255, np.uint8)
    y0, x0, y1, x1 = max(0, y), max(0, x), min(drawn.shape[0], y + page.shape[0]), x + page.shape[1]
    if x1 > drawn.shape[1]:
        raise ClassicError(
            "The engraved bar is narrower than the sheet image; widen the page or the spacing."
        )
    page[y0 - y : y1 - y, x0 - x :] = drawn[y0:y1, x0:x1]
    lost = drawn[: max(0, y)].min(initial=255), drawn[y1:].min(initial=255)
    if min(lost) < 255:
        raise ClassicError(f"The drawing of key {midi} does not fit the sheet image's height.")
    fine = page.reshape(HEIGHT, FINE, WIDTH, FINE).astype(np.float32)
    return np.rint(fine.mean((1, 3))).astype(np.uint8)  # type: ignore[no-any-return]


def _svg(xml: str) -> tuple[str, float, float, float]:
    """Verovio's SVG with the staff space, the staff's left end and its uppermost line, all in the SVG's own pixels."""
    svg = lay_out(xml, _OPTIONS).svg()
    box = re.search(r'class="definition-scale"[^>]*viewBox="0 0 (\d+) (\d+)"', svg)
    margin = re.search(r'class="page-margin" transform="translate\((\d+), (\d+)\)"', svg)
    page = re.search(r'<svg[^>]*width="([\d.]+)px"', svg)
    staff = svg[svg.index('class="staff"') :]
    lines = re.findall(r'<path d="M(\d+) (\d+) L(\d+) \2"', staff)[:5]
    if not (box and margin and page and len(lines) == 5):
        raise ClassicError(
            "Verovio's drawing is not laid out as expected; use the version of Verovio that requirements.txt names."
        )
    share = float(page[1]) / float(box[1])
    space = (int(lines[4][1]) - int(lines[0][1])) / 4
    return (
        svg,
        space * share,
        (int(lines[0][0]) + int(margin[1])) * share,
        (int(lines[0][1]) + int(margin[2])) * share,
    )


def main() -> None:
    """Draws all keys into `FILE`."""
    drawn = np.concatenate([engrave(midi) for midi in KEYS])
    Image.fromarray(drawn).save(FILE, "PNG", optimize=True)
    print(f"{FILE.name}: {FILE.stat().st_size} bytes")  # noqa: T201 - a command says what it wrote


if __name__ == "__main__":
    main()
