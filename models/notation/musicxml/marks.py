"""The elements inside a MusicXML note and its attributes: pitch, ties, look, notations, key, metre."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from models.notation.errors import UnwritableScore
from models.notation.musicxml import vocabulary as words
from models.notation.score import (
    Event,
    Key,
    Metre,
    Note,
)

_UNPRINTABLE = re.compile("[^\t\n\r -\ud7ff\ue000-�\U00010000-\U0010ffff]")


def ties(note: Note | None) -> list[str]:
    """The types of the tie elements of a note, stops first."""
    if note is None:
        return []
    return ["stop"] * note.tie_stop + ["start"] * note.tie_start


def write_pitch(element: ET.Element, note: Note) -> None:
    """The note's pitch, or its place on the staff where it has none. UnwritableScore outside the octaves of MusicXML."""
    if not 0 <= note.pitch.octave <= 9:
        raise UnwritableScore(f"The note {note.pitch.name} lies outside the octaves 0 to 9 of MusicXML.")
    if note.drum is not None:
        place = ET.SubElement(element, "unpitched")
        add_text(place, "display-step", note.pitch.step)
        add_text(place, "display-octave", note.pitch.octave)
        return
    pitch = ET.SubElement(element, "pitch")
    add_text(pitch, "step", note.pitch.step)
    if note.pitch.alter or note.cents:
        add_text(pitch, "alter", number_text(note.pitch.alter + note.cents / 100))
    add_text(pitch, "octave", note.pitch.octave)


def write_look(element: ET.Element, event: Event, note: Note | None) -> None:
    """Note value, dots, accidental, tuplet ratio and stem."""
    add_text(element, "type", event.duration.type.value)
    for _ in range(event.duration.dots):
        ET.SubElement(element, "dot")
    if note and note.accidental:
        sign = words.ACCIDENTAL_SPELLINGS.get(note.accidental, note.accidental)
        if sign in words.ACCIDENTALS:
            add_text(element, "accidental", sign)
    if event.duration.tuplet != (1, 1):
        modification = ET.SubElement(element, "time-modification")
        add_text(modification, "actual-notes", event.duration.tuplet[0])
        add_text(modification, "normal-notes", event.duration.tuplet[1])
    if event.stem and note:
        add_text(element, "stem", event.stem)


def write_notations(
    element: ET.Element, event: Event | None, note: Note | None, *, arpeggiated: bool = False
) -> None:
    """Ties and fingering of each note; slurs, tuplet brackets and articulations of the event with its first note.

    ``arpeggiated`` is for further notes of a chord, each of which tells it.
    """
    notations = ET.Element("notations")
    for kind in ties(note):
        ET.SubElement(notations, "tied", type=kind)
    if event:
        for kind, number in event.slurs:
            ET.SubElement(notations, "slur", type=kind, number=str(number))
        if event.tuplet_mark:
            ET.SubElement(notations, "tuplet", type=event.tuplet_mark, number="1")
        for name in event.articulations:
            container = words.CONTAINERS.get(name)
            if container is None:
                continue
            # One container for each run of marks of its kind keeps their order.
            holder = (
                notations
                if not container
                else next((c for c in list(notations)[-1:] if c.tag == container), None)
            )
            ET.SubElement(ET.SubElement(notations, container) if holder is None else holder, name)
        if event.tremolo:
            ornaments = ET.SubElement(notations, "ornaments")
            add_text(ornaments, "tremolo", event.tremolo.strokes).set("type", event.tremolo.kind)
    if arpeggiated:
        ET.SubElement(notations, "arpeggiate")
    if note and note.finger:
        add_text(ET.SubElement(notations, "technical"), "fingering", note.finger)
    if len(notations):
        element.append(notations)


def write_key(attributes: ET.Element, key: Key) -> None:
    """A key signature."""
    element = ET.SubElement(attributes, "key")
    add_text(element, "fifths", key.fifths)
    if key.mode:
        add_text(element, "mode", key.mode)


def write_metre(attributes: ET.Element, metre: Metre) -> None:
    """A time signature."""
    element = ET.SubElement(attributes, "time")
    if metre.symbol:
        element.set("symbol", metre.symbol)
    add_text(element, "beats", metre.beats)
    add_text(element, "beat-type", metre.beat_type)


def write_transpose(attributes: ET.Element, semitones: int) -> None:
    """How much lower or higher than written the part sounds."""
    element = ET.SubElement(attributes, "transpose")
    octaves = int(semitones / 12)
    chromatic = semitones - 12 * octaves
    add_text(element, "diatonic", (1 if chromatic > 0 else -1) * round(abs(chromatic) * 7 / 12))
    add_text(element, "chromatic", chromatic)
    if octaves:
        add_text(element, "octave-change", octaves)


def add_text(parent: ET.Element, tag: str, value: object) -> ET.Element:
    """A child with text, freed of what XML cannot hold."""
    element = ET.SubElement(parent, tag)
    element.text = _UNPRINTABLE.sub("", str(value))
    return element


def number_text(value: float) -> str:
    """A number without needless decimals."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))
