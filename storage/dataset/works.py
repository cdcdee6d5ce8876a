"""Which contributions are of the same work, and on which side of the split it lies.

A dataset is split by work, not by file: a photo of a page and a scan of it must not lie on both sides. What a
visitor gives names no work, so everything that may be one counts as one: contributions of one contributor, of the
same file, and whose labels begin with the same notes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Iterable, Mapping
from itertools import pairwise
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree as SafeTree
from defusedxml import DefusedXmlException

NOTES_COMPARED = 32
FEWEST_NOTES = 8
"""Shorter beginnings are shared by works that have nothing to do with each other."""
_TENTHS = ("test", "validation", "train")


def split_of(work: str) -> str:
    """One of "test" for about a tenth of the works, "validation" for another, "train" for the rest; always the same."""
    return _TENTHS[min(int(hashlib.sha256(work.encode()).hexdigest()[:8], 16) % 10, 2)]


def works(items: Mapping[str, tuple[str, Iterable[Hashable]]]) -> dict[str, str]:
    """The work of each item, 16 hex digits.

    ``items`` gives for each key the digest of its input and traits; items that share a trait are of one work. The
    work's name follows from the digests of its inputs alone.
    """
    parent = {key: key for key in items}

    def root(key: str) -> str:
        while parent[key] != key:
            parent[key] = key = parent[parent[key]]
        return key

    first: dict[Hashable, str] = {}
    for key, (digest, traits) in items.items():
        for trait in (("input", digest), *traits):
            other = first.setdefault(trait, key)
            parent[root(key)] = root(other)
    names: dict[str, str] = {}
    for key, (digest, _) in items.items():
        names[root(key)] = min(digest, names.get(root(key), digest))
    return {key: hashlib.sha256(f"work {names[root(key)]}".encode()).hexdigest()[:16] for key in items}


def beginning(form: str | None, text: str | None) -> tuple[int, ...] | None:
    """The first intervals of a label in semitones, so that a transposed copy begins alike; None for a short one."""
    if text is None:
        return None
    pitches = _of_notes(text) if form == "notes" else _of_musicxml(text) if form == "musicxml" else []
    heard = pitches[:NOTES_COMPARED]
    if len(heard) < FEWEST_NOTES:
        return None
    return tuple(after - before for before, after in pairwise(heard))


_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def _of_musicxml(text: str) -> list[int]:
    try:
        root: Element = SafeTree.fromstring(text.encode())
    except (ParseError, DefusedXmlException, ValueError):
        return []
    pitches = []
    for pitch in root.iter("pitch"):
        step, octave = pitch.findtext("step", ""), pitch.findtext("octave", "0")
        try:
            alter = round(float(pitch.findtext("alter", "0") or 0))
            pitches.append(12 * (int(octave) + 1) + _STEPS[step] + alter)
        except (ValueError, KeyError):
            continue
        if len(pitches) == NOTES_COMPARED:
            break
    return pitches


def _of_notes(text: str) -> list[int]:
    notes = json.loads(text)
    ordered = sorted(notes, key=lambda note: (note["onset_s"], note["midi"]))
    return [round(note["midi"]) for note in ordered[:NOTES_COMPARED]]
