"""MusicXML files of any program read as scores: partwise, or timewise, which is turned around first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree.ElementTree import Element

from models.notation.errors import UnreadableScore
from models.notation.musicxml import vocabulary as words
from models.notation.musicxml.bars import PartReader
from models.notation.musicxml.container import open_tree
from models.notation.musicxml.events import number
from models.notation.musicxml.heading import credit_of, read_part_groups
from models.notation.musicxml.tempo import tempo_of
from models.notation.score import Part, Score


def read_musicxml(source: bytes | str | Path) -> Score:
    """The score in a MusicXML file (.musicxml, .xml, .mxl) or in its bytes. UnreadableScore or TooLongScore.

    Notes that are hidden or cues are not part of the result. Notes without pitch have their place on the staff and their drum.
    Ids stand as the file gives them; notes without one get one from their part, bar and place.
    """
    root = open_tree(source)
    if root.tag == "score-timewise":
        root = _partwise(root)
    if root.tag != "score-partwise":
        raise UnreadableScore(
            "This XML file is not a MusicXML score; export the score as MusicXML and send it again."
        )
    names, short_names = (
        {listed.get("id", ""): (listed.findtext(tag) or "").strip() for listed in root.iter("score-part")}
        for tag in ("part-name", "part-abbreviation")
    )
    taken: set[str] = set()
    parts: list[Part] = []
    drums = _drums(root)
    for index, element in enumerate(root.findall("part")):
        identity = element.get("id") or f"P{index + 1}"
        named = names.get(identity, ""), short_names.get(identity, "")
        reader = PartReader(identity, named[0], index, taken, drums, named[1])
        parts.append(reader.read(element.findall("measure")))
    if not any(part.bars for part in parts):
        raise UnreadableScore("This MusicXML file holds no bars; check that the score was exported whole.")
    assumptions = [
        f.text or "" for f in root.iter("miscellaneous-field") if f.get("name") == words.ASSUMPTION
    ]
    return Score(
        tuple(parts),
        title=_title(root),
        composer=_first(root, "creator", lambda e: e.get("type", "composer") == "composer"),
        tempo=_tempo(root),
        assumptions=tuple(dict.fromkeys(assumptions)),
        subtitle=credit_of(root, "subtitle"),
        lyricist=_first(root, "creator", lambda e: e.get("type") in {"lyricist", "poet"}),
        groups=read_part_groups(root),
    )


def _drums(root: Element) -> dict[str, int]:
    """General MIDI's percussion key of each instrument that has one, by the instrument's id."""
    keys: dict[str, int] = {}
    for instrument in root.iter("midi-instrument"):
        key = int(number(instrument.findtext("midi-unpitched"))) - 1  # MusicXML counts from 1
        if 0 <= key <= 127:
            keys[instrument.get("id", "")] = key
    return keys


def _title(root: Element) -> str:
    for path in ("work/work-title", "movement-title"):
        found = (root.findtext(path) or "").strip()
        if found:
            return found
    return credit_of(root, "title")


def _first(root: Element, tag: str, fits: Callable[[Element], bool] = lambda _: True) -> str:
    return next(((e.text or "").strip() for e in root.iter(tag) if fits(e)), "")


def _tempo(root: Element) -> float | None:
    """The tempo that stands first in the first bar of any part."""
    for part in root.findall("part"):
        for element in part.findall("measure")[:1]:
            for child in element:
                if child.tag in {"note", "forward"}:
                    break  # what comes later is a change within the bar
                tempo = tempo_of(child)
                if tempo:
                    return tempo
    return None


def _partwise(root: Element) -> Element:
    """A timewise score turned around: its parts, each with its share of every bar."""
    turned = Element("score-partwise")
    turned.extend(child for child in root if child.tag != "measure")
    parts: dict[str, Element] = {}
    for measure in root.findall("measure"):
        for share in measure.findall("part"):
            identity = share.get("id", "")
            if identity not in parts:
                parts[identity] = Element("part", id=identity)
            bar = Element("measure", dict(measure.attrib))
            bar.extend(list(share))
            parts[identity].append(bar)
    turned.extend(parts.values())
    return turned
