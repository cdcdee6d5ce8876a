"""Directions of a MusicXML bar, written and read: words, tempo marks, wedges, pedal and ottava lines."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from xml.etree import ElementTree as ET

from models.notation.musicxml import vocabulary as words
from models.notation.musicxml.events import number
from models.notation.musicxml.marks import add_text, number_text
from models.notation.score import JUMPS
from models.notation.words import METRONOME_UNITS, Direction, DirectionKind, Metronome, Placement

_LINES: dict[DirectionKind, tuple[str, str]] = {
    "crescendo": ("wedge", "crescendo"), "diminuendo": ("wedge", "diminuendo"), "wedge-stop": ("wedge", "stop"),
    "pedal": ("pedal", "start"), "pedal-stop": ("pedal", "stop"),
    "octave-up": ("octave-shift", "down"), "octave-down": ("octave-shift", "up"), "octave-stop": ("octave-shift", "stop"),
}  # fmt: skip
"""Element and type of what is a line; MusicXML's octave-shift says where the written notes went, not the sound."""
_KINDS = {told: kind for kind, told in _LINES.items()}


def write_direction(
    measure: ET.Element, direction: Direction, tempo: float | None = None, *, staff: bool = False
) -> None:
    """A direction; a tempo mark says ``tempo`` (quarters a minute) to whoever plays it.

    Its figure is written anew where it does not agree with that tempo. ``staff`` names the staff too.
    """
    element = ET.SubElement(measure, "direction", placement=direction.placement)
    if direction.kind in _LINES:
        tag, kind = _LINES[direction.kind]
        mark = ET.SubElement(ET.SubElement(element, "direction-type"), tag, type=kind)
        if tag == "octave-shift":
            mark.set("size", direction.text or "8")
    elif direction.text:
        tag = "rehearsal" if direction.kind == "rehearsal" else "words"
        add_text(ET.SubElement(element, "direction-type"), tag, direction.text)
    figure = direction.metronome
    if figure is not None:
        if tempo is not None and abs(figure.quarters - tempo) > 0.01 * tempo:
            figure = Metronome(per_minute=round(tempo, 2))
        _write_metronome(ET.SubElement(element, "direction-type"), figure)
    if not len(element):
        measure.remove(element)
        return
    if staff:
        add_text(element, "staff", direction.staff)
    if tempo is not None:
        ET.SubElement(element, "sound", tempo=number_text(tempo))


def _write_metronome(kind: ET.Element, figure: Metronome) -> None:
    metronome = ET.SubElement(kind, "metronome")
    add_text(metronome, "beat-unit", figure.unit)
    for _ in range(figure.dots):
        ET.SubElement(metronome, "beat-unit-dot")
    add_text(metronome, "per-minute", number_text(figure.per_minute))


def read_directions(element: ET.Element, onset: Fraction) -> Iterator[Direction]:
    """What a ``direction`` element says, at a moment; nothing for jumps, dynamics and marks of our own.

    A bare figure in quarter notes is no direction: the tempo of the score or of its bar tells it.
    """
    if any(sound.get(jump) for sound in element.findall("sound") for jump in JUMPS):
        return
    staff = max(1, min(16, int(number(element.findtext("staff"), 1))))
    placement: Placement = "below" if element.get("placement") == "below" else "above"
    for tag in ("wedge", "pedal", "octave-shift"):
        for mark in element.iterfind(f"direction-type/{tag}"):
            kind = _KINDS.get((tag, mark.get("type", "")))
            if kind is not None:
                wide = tag == "octave-shift" and mark.get("size") == "15"
                yield Direction(kind, "15" if wide else "", onset, staff, placement)
    for mark in element.iterfind("direction-type/rehearsal"):
        if (mark.text or "").strip():
            yield Direction("rehearsal", (mark.text or "").strip(), onset, staff, placement)
    said = [
        (mark.text or "").strip()
        for mark in element.iterfind("direction-type/words")
        if not (mark.get("id") or "").startswith(words.GAP_ID)
    ]
    text = " ".join(t for t in said if t)
    figure = _metronome(element.find("direction-type/metronome"))
    bare = figure is not None and (figure.unit, figure.dots) == ("quarter", 0)
    sounds = any(sound.get("tempo") for sound in element.findall("sound"))
    if text or (figure is not None and not bare):
        told: DirectionKind = "tempo" if figure is not None or sounds else "words"
        yield Direction(told, text, onset, staff, placement, figure)


def _metronome(element: ET.Element | None) -> Metronome | None:
    if element is None:
        return None
    unit = (element.findtext("beat-unit") or "").strip()
    count = float(number(element.findtext("per-minute")))
    if unit not in METRONOME_UNITS or count <= 0:
        return None
    return Metronome(unit, min(2, len(element.findall("beat-unit-dot"))), count)
