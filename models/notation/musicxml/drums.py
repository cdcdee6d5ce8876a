"""Percussion instruments of a part, as MusicXML lists them."""

from __future__ import annotations

import xml.etree.ElementTree as ET  # only writes

from models.notation.musicxml.marks import add_text
from models.notation.score import Part


def list_drums(listed: ET.Element, part: Part, identity: str) -> dict[int, str]:
    """The ids of the part's percussion instruments, which are listed, by their key of General MIDI."""
    keys = sorted({n.drum for b in part.bars for e in b.events for n in e.notes if n.drum is not None})
    ids = {key: f"{identity}-I{key + 1}" for key in keys}
    for key in keys:
        add_text(
            ET.SubElement(listed, "score-instrument", id=ids[key]), "instrument-name", f"Percussion {key}"
        )
    for key in keys:
        midi = ET.SubElement(listed, "midi-instrument", id=ids[key])
        add_text(midi, "midi-channel", 10)
        add_text(midi, "midi-unpitched", key + 1)  # MusicXML counts from 1
    return ids
