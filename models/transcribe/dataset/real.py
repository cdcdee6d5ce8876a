"""Notes of real pianos: folders with a ``notes.csv`` (file, midi, dynamic), missing keys filled from their neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soxr

from models.arrays import Samples
from models.notation.synthesis.recordings import recorded_notes
from models.transcribe.dataset.note import KEYS, Note

FARTHEST = 2
"""Semitones that a key may be borrowed from."""


def real_notes(folder: Path, rate: int) -> Iterator[Note]:
    """The recorded notes of one piano, as they lie on the disk but at ``rate``, from the hammer on."""
    for note in recorded_notes(folder):
        mono = np.asarray(note.samples, np.float32)
        if note.rate != rate:
            mono = np.asarray(soxr.resample(mono, note.rate, rate), np.float32)
        yield Note(from_hammer(mono, rate), note.midi, folder.name, folder.name, note.dynamic, "real")


def from_hammer(samples: Samples, rate: int, lead_s: float = 0.02) -> Samples:
    """The sound from ``lead_s`` before it first passes a tenth of its peak."""
    loud = np.abs(samples)
    if not len(loud) or loud.max() < 1e-5:
        return samples
    first = int(np.argmax(loud > 0.1 * loud.max()))
    return samples[max(0, first - round(lead_s * rate)) :]


def filled(notes: list[Note]) -> Iterator[Note]:
    """The notes of one piano and dynamic, and for each key without one the nearest note played faster or slower.

    At most `FARTHEST` semitones: farther, the timbre would give away that the key is another.
    """
    have = {note.midi: note for note in notes}
    for key in KEYS:
        near = min(have, key=lambda midi: (abs(midi - key), midi))
        if near == key:
            yield have[key]
        elif abs(near - key) <= FARTHEST:
            source = have[near]
            yield Note(
                shifted(source.samples, 2 ** ((key - near) / 12)),
                key,
                source.piano,
                source.family,
                source.dynamic,
                "shifted",
            )


def shifted(samples: Samples, ratio: float) -> Samples:
    """The sound ``ratio`` times higher and shorter."""
    return np.asarray(soxr.resample(samples, ratio * 48_000, 48_000), np.float32)
