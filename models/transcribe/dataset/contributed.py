"""Single notes out of recordings that visitors gave, as a data set of this package.

Only notes that sound alone are taken: what rings beside another key would teach the ear a mixture under one name.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
import soxr

from models.arrays import Samples
from models.exported import Exported, exported
from models.transcribe.dataset.annotations import Entry, write_annotations

RATE = 32_000
"""Hz of the takes: the ear's own rate."""
SHORTEST_S, LONGEST_S = 0.15, 3.0
EARLY_S = 0.02
"""How long before its onset a take begins."""
APART_S = 0.03
"""Notes nearer to one another than this are not alone."""
KIND = "contributed"


class Span(NamedTuple):
    """A note of a label: when it begins and ends, in seconds, and its MIDI number."""

    onset_s: float
    offset_s: float
    midi: int


def cut_out(export: Path, out: Path) -> Path:
    """The folder ``out``, which becomes a data set of the notes in the export's recordings of the part *train*.

    ValueError, with a sentence, where nothing in it can be learned from.
    """
    entries: list[Entry] = []
    for row in exported(export, "transcribe", "train"):
        entries += _takes(row, out)
    if not entries:
        raise ValueError(f"{export.name} holds no note that sounds alone: add other data sets instead.")
    write_annotations(out, entries)
    return out


def notes_of(row: Exported) -> list[Span]:
    """The notes of a label in order of their onsets; none where it holds no times, as MusicXML does not."""
    told = json.loads(row.label) if row.label_format in {"notes", "payload"} else []
    values = told.get("notes", []) if isinstance(told, dict) else told
    return sorted(Span(float(one["onset_s"]), float(one["offset_s"]), int(one["midi"])) for one in values)


def alone(notes: Sequence[Span]) -> Iterator[Span]:
    """The notes beside which no other sounds, cut off before the next one begins."""
    for number, note in enumerate(notes):
        others = [*notes[:number], *notes[number + 1 :]]
        if any(o.onset_s <= note.onset_s + APART_S and o.offset_s > note.onset_s - APART_S for o in others):
            continue
        following = min((o.onset_s for o in others if o.onset_s > note.onset_s), default=np.inf)
        end = min(note.offset_s, following - APART_S, note.onset_s + LONGEST_S)
        if end - note.onset_s >= SHORTEST_S and 21 <= note.midi <= 108:
            yield Span(note.onset_s, float(end), note.midi)


def _takes(row: Exported, out: Path) -> Iterator[Entry]:
    samples, rate = soundfile.read(io.BytesIO(row.given), dtype="float32", always_2d=True)
    mono: Samples = np.asarray(samples.mean(axis=1), np.float32)
    if rate != RATE:
        mono = np.asarray(soxr.resample(mono, rate, RATE), np.float32)
    folder = out / "audio" / row.id
    for number, note in enumerate(alone(notes_of(row))):
        take = mono[max(0, round((note.onset_s - EARLY_S) * RATE)) : round(note.offset_s * RATE)]
        peak = float(np.abs(take).max(initial=0.0))
        if len(take) < SHORTEST_S * RATE or peak < 1e-4:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{number:04d}-{note.midi:03d}.flac"
        soundfile.write(str(path), take * (0.5 / peak), RATE, subtype="PCM_16")
        who = f"{KIND}-{row.work}"
        yield Entry(path.relative_to(out).as_posix(), note.midi, who, who, "", KIND, 0, "train")
