"""Folders of recorded notes: a ``notes.csv`` (file, midi, dynamic) beside one sound file a note."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy.typing as npt
import soundfile


@dataclass(frozen=True)
class RecordedNote:
    """``samples`` (n,) mono at ``rate`` Hz, of the type asked for; the key's MIDI number; its dynamic as written."""

    samples: npt.NDArray[Any]
    rate: int
    midi: int
    dynamic: str


def recorded_notes(folder: Path, dtype: Literal["float32", "float64"] = "float32") -> Iterator[RecordedNote]:
    """Every note that ``folder/notes.csv`` lists, in its order, channels mixed to their mean."""
    with (folder / "notes.csv").open(encoding="utf-8", newline="") as listed:
        for row in csv.DictReader(listed):
            samples, rate = soundfile.read(folder / row["file"], dtype=dtype, always_2d=True)
            yield RecordedNote(samples.mean(axis=1), int(rate), int(row["midi"]), row["dynamic"])
