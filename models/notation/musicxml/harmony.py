"""Chord symbols of a MusicXML bar, written and read."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal
from xml.etree import ElementTree as ET

from models.notation.musicxml.events import number
from models.notation.musicxml.marks import add_text
from models.notation.score import STEPS
from models.notation.words import ChordSymbol, Harmony


def write_harmony(measure: ET.Element, harmony: Harmony, *, staff: bool = False) -> None:
    """A chord symbol; ``staff`` names its staff too."""
    element = ET.SubElement(measure, "harmony")
    chord = harmony.chord
    _write_tone(element, "root", chord.root or ("C", 0))
    add_text(element, "kind", chord.kind).set("text", chord.text)
    if chord.bass:
        _write_tone(element, "bass", chord.bass)
    for what, degree, alter in chord.degrees:
        told = ET.SubElement(element, "degree")
        add_text(told, "degree-value", degree)
        add_text(told, "degree-alter", alter)
        add_text(told, "degree-type", what)
    if staff:
        add_text(element, "staff", harmony.staff)


def _write_tone(element: ET.Element, name: str, tone: tuple[str, int]) -> None:
    held = ET.SubElement(element, name)
    add_text(held, f"{name}-step", tone[0])
    if tone[1]:
        add_text(held, f"{name}-alter", tone[1])


def read_harmony(element: ET.Element, onset: Fraction) -> Harmony | None:
    """The chord symbol of a ``harmony`` element at a moment; None where it names neither a chord nor that there is none."""
    kind = (element.findtext("kind") or "").strip()
    root = _tone(element, "root")
    if not kind or (root is None and kind != "none"):
        return None
    told = element.find("kind")
    chord = ChordSymbol(
        None if kind == "none" else root,
        kind,
        (told.get("text") or "") if told is not None else "",
        _tone(element, "bass"),
        tuple(d for d in map(_degree, element.findall("degree")) if d is not None),
    )
    return Harmony(chord, onset, max(1, min(16, int(number(element.findtext("staff"), 1)))))


def _tone(element: ET.Element, name: str) -> tuple[str, int] | None:
    step = (element.findtext(f"{name}/{name}-step") or "").strip()
    if len(step) != 1 or step not in STEPS:
        return None
    return step, max(-2, min(2, int(number(element.findtext(f"{name}/{name}-alter")))))


def _degree(element: ET.Element) -> tuple[Literal["add", "alter", "subtract"], int, int] | None:
    what = (element.findtext("degree-type") or "").strip()
    degree, alter = (int(number(element.findtext(f"degree-{name}"))) for name in ("value", "alter"))
    for known in ("add", "alter", "subtract"):
        if what == known and 1 <= degree <= 13:
            return known, degree, max(-2, min(2, alter))
    return None
