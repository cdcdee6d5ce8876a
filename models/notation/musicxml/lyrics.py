"""Syllables under a MusicXML note, written and read."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from models.notation.musicxml.events import number
from models.notation.musicxml.marks import add_text
from models.notation.words import Lyric, Syllabic

_SYLLABIC: dict[str, Syllabic] = {"single": "single", "begin": "begin", "middle": "middle", "end": "end"}


def write_lyrics(note: ET.Element, lyrics: Sequence[Lyric]) -> None:
    """The syllables of a note, verse by verse."""
    for lyric in lyrics:
        element = ET.SubElement(note, "lyric", number=str(lyric.verse))
        add_text(element, "syllabic", lyric.syllabic)
        add_text(element, "text", lyric.text)
        if lyric.extend:
            ET.SubElement(element, "extend")


def read_lyrics(note: ET.Element) -> tuple[Lyric, ...]:
    """The syllables of a note; two under one note are one with a blank between them."""
    found = []
    for place, element in enumerate(note.findall("lyric"), start=1):
        text = " ".join((t.text or "").strip() for t in element.findall("text")).strip()
        if not text:
            continue
        verse = int(number(element.get("number"), 0)) or place
        # of two syllables under one note the last tells how the word goes on
        told = [s for s in (_SYLLABIC.get((e.text or "").strip()) for e in element.findall("syllabic")) if s]
        found.append(
            Lyric(text, max(1, min(99, verse)), _together(told), extend=element.find("extend") is not None)
        )
    return tuple(sorted(found, key=lambda one: one.verse))


def _together(told: Sequence[Syllabic]) -> Syllabic:
    if not told:
        return "single"
    opens = told[0] in {"single", "begin"}
    closes = told[-1] in {"single", "end"}
    return "single" if opens and closes else "begin" if opens else "end" if closes else "middle"
