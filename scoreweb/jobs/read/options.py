"""What a visitor asks of a score's pages, and what is written of the result, whatever asks (page, API, command)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models.arrays import Grey
from models.contracts.read import NAME, PRIMITIVES, GivenStructure, ReadAnswer, Reading, ReadRequest
from models.glyph import Glyph
from models.notation.midi import write_midi
from models.notation.musicxml import write_musicxml
from models.read.overlay import overlay_png
from models.read.report import reading_report
from models.sheet import Limits, Page
from scoreweb.errors import VisitorError
from scoreweb.jobs.read import texts as say

SERVICE = NAME
PDF_DPI = 300.0
"""Drawn pages of a PDF are rendered so large: a staff space of about 20 pixels."""
PAGE_PIXELS = 40_000_000
"""A larger page, such as a photo of 50 megapixels, is scaled down to this: its staff space stays far above what is needed."""
MOST_PIXELS = 480_000_000
"""Of all pages of a piece together: what one message to an engine elsewhere may hold."""


@dataclass(frozen=True)
class ReadOptions:
    """What is asked: ``style`` auto, printed or handwritten; at most ``top`` interpretations; which primitives.

    ``structure`` is what the visitor says of each page's bar lines and systems, or nothing.
    """

    style: str = "auto"
    top: int = 5
    primitives: str = PRIMITIVES[0]
    structure: tuple[GivenStructure, ...] = ()


def limits_for_reading(limits: Limits) -> Limits:
    """The same limits on files, with pages of a PDF as large as a reader wants them."""
    return replace(limits, pdf_dpi=PDF_DPI)


@dataclass(frozen=True)
class Given:
    """A piece to read: its pages' pixels, dark on light, and the characters on each where its file tells them."""

    greys: tuple[Grey, ...]
    glyphs: tuple[tuple[Glyph, ...], ...] = ()


def given_of(pages: Iterable[Page]) -> Given:
    """The pages as they are read; VisitorError when they are too many together."""
    out: list[Grey] = []
    glyphs: list[tuple[Glyph, ...]] = []
    pixels = 0
    for given in pages:
        page = given.fitted(PAGE_PIXELS)
        pixels += page.grey.size
        if pixels > MOST_PIXELS:
            raise VisitorError(say.TOO_MANY_PIXELS.format(megapixels=pixels / 1e6))
        out.append(np.asarray(255 - page.grey, np.uint8) if page.looks_inverted else page.grey)
        glyphs.append(page.glyphs)
    return Given(tuple(out), tuple(glyphs) if any(glyphs) else ())


def request_of(given: Given, options: ReadOptions) -> ReadRequest:
    """What the service is asked."""
    return ReadRequest(
        given.greys,
        options.style,
        options.top,
        options.primitives,
        glyphs=given.glyphs,
        structure=options.structure,
    )


def music_of(answer: ReadAnswer) -> Reading:
    """The reading; VisitorError when there is no music in it."""
    if not answer.reading.found_music or not answer.reading.interpretations:
        raise VisitorError(say.NO_MUSIC)
    return answer.reading


def write_reading(folder: Path, reading: Reading, greys: Sequence[Grey]) -> list[Path]:
    """The files of a reading: rank1.musicxml ..., rank1.mid, overlay.png (overlay-2.png ...), reading.json."""
    folder.mkdir(parents=True, exist_ok=True)
    made: dict[str, bytes] = {}
    for way in reading.interpretations:
        score = reading.score(way)
        made[f"rank{way.rank}.musicxml"] = write_musicxml(score)
        if way.rank == 1:
            made["rank1.mid"] = write_midi(score)
    for number, grey in enumerate(greys):
        name = "overlay.png" if number == 0 else f"overlay-{number + 1}.png"
        made[name] = overlay_png(reading, number, grey)
    made["reading.json"] = json.dumps(reading_report(reading), indent=1).encode()
    for name, data in made.items():
        (folder / name).write_bytes(data)
    for old in folder.glob("rank*.musicxml"):  # of an earlier run that asked for more
        if old.name not in made:
            old.unlink()
    return [folder / name for name in made]
