"""The tempo that a MusicXML direction asks for."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

_BEATS = {"breve": 8.0, "whole": 4.0, "half": 2.0, "quarter": 1.0, "eighth": 0.5, "16th": 0.25, "32nd": 0.125}


def tempo_of(element: Element) -> float | None:
    """Quarter notes a minute that a direction or sound asks for; None if it asks for none."""
    sounds = [element] if element.tag == "sound" else element.findall("sound")
    for sound in sounds:
        value = _positive(sound.get("tempo"))
        if value:
            return value
    for metronome in element.iter("metronome") if element.tag == "direction" else ():
        beat = _BEATS.get((metronome.findtext("beat-unit") or "").strip())
        found = re.search(r"\d+(\.\d+)?", metronome.findtext("per-minute") or "")
        if beat and found and float(found.group()) > 0:
            return float(found.group()) * beat * (2 - 0.5 ** len(metronome.findall("beat-unit-dot")))
    return None


def _positive(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 1 <= value <= 4000 else None
