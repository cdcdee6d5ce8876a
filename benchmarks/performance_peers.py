"""What partitura's functions make of played notes, beside ours: ``python -m benchmarks.performance_peers [COLLECTION] [--works N] [--notes N]``.

The performances are those of `benchmarks.performances` (side *develop*). Of each, from the same notes and nothing else: beat F1 (70 ms), also with
the better of the beat, its double and its half; beats a bar, all that partitura tells of the metre; key signature at the start; and the share
of notes spelled as printed (a piece written in the key that sounds alike counts as that). partitura names no hands. It is no requirement of the project: ``pip install partitura==1.9.0`` beside it.
"""

from __future__ import annotations

import argparse
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.performances import (
    COLLECTION,
    any_level,
    f_measure,
    heard,
    main_metre,
    performances,
    true_beats,
)
from models.notation.score import Pitch
from models.transcribe.heard import HeardNote
from models.transcribe.score.metre import beat_quarters, parse
from models.transcribe.score.performed import read_performance
from models.transcribe.score_training.corpus import STEPS_LINE, Labelled

COLUMNS = ("beat F1", "at any level", "beats a bar", "key", "spelling")
ROUND = 12.0
"""Fifths from a key to the one that sounds alike: a fugue in C sharp major may be written in D flat major."""

Floats = npt.NDArray[np.float64]


def on_the_line(step: str, alter: float) -> float:
    """A spelling's place on the line of fifths, C = 0."""
    return STEPS_LINE[step] + 7 * alter


def spelled(piece: Labelled, spelling: dict[int, float]) -> float:
    """The share of notes, of those whose printed spelling is known, that are spelled so, or all alike a whole enharmonic round off."""
    off = [spelling[i] - piece.fifths[i] for i in spelling if np.isfinite(piece.fifths[i])]
    return max(off.count(shift) for shift in (-ROUND, 0.0, ROUND)) / len(off) if off else float("nan")


def row(
    piece: Labelled, count: int, beats: Floats, metre: float, fifths: int, spelling: dict[int, float]
) -> list[float]:
    """What `COLUMNS` name."""
    true = true_beats(piece, count)
    found = beats[(beats >= piece.notes[0, 0] - 0.07) & (beats <= piece.notes[count - 1, 0] + 0.07)]
    asked = parse(main_metre(piece, len(true)))
    key = piece.beats.keys[0][1] if piece.beats.keys else None
    return [
        f_measure(found, true),
        any_level(found, true),
        float(metre == float(asked.quarters / beat_quarters(asked))),
        float("nan") if key is None else float(fifths == key),
        spelled(piece, spelling),
    ]


def ours(piece: Labelled, notes: list[HeardNote]) -> list[float]:
    """By this project."""
    read = read_performance(notes)
    metres = Counter(m.metre for m in read.measures)
    metre = metres.most_common(1)[0][0]

    def line(pitch: Pitch) -> float:
        return on_the_line(pitch.step, float(pitch.alter))

    spelling = {i: line(pitch) for i, pitch in read.pitches.items() if i < len(notes)}
    beats_a_bar = float(metre.quarters / beat_quarters(metre))
    return row(piece, len(notes), np.asarray(read.beats), beats_a_bar, read.measures[0].key.fifths, spelling)


def theirs(piece: Labelled, notes: list[HeardNote]) -> list[float]:
    """By partitura."""
    from partitura.musicanalysis import estimate_key, estimate_spelling, estimate_time
    from partitura.utils import key_name_to_fifths_mode

    fields = [("onset_sec", "f4"), ("duration_sec", "f4"), ("pitch", "i4"), ("velocity", "i4"), ("id", "U16")]
    table: Any = np.array(
        [(n.onset_s, n.offset_s - n.onset_s, n.midi, n.velocity, f"n{i}") for i, n in enumerate(notes)],
        dtype=fields,
    )
    time = estimate_time(table)
    fifths, _ = key_name_to_fifths_mode(estimate_key(table))
    names = estimate_spelling(table)
    spelling = {i: on_the_line(str(s["step"]), float(s["alter"])) for i, s in enumerate(names)}
    return row(
        piece,
        len(notes),
        np.asarray(time["beats"], float),
        float(time["meter_numerator"]),
        int(fifths),
        spelling,
    )


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("collection", type=Path, nargs="?", default=COLLECTION)
    parser.add_argument("--works", type=int, default=12, help="most movements")
    parser.add_argument("--notes", type=int, default=400, help="notes of each from its start")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    print("| performance | by | " + " | ".join(COLUMNS) + " |\n" + "|---" * (len(COLUMNS) + 2) + "|")
    rows: dict[str, list[list[float]]] = {"ScoreWeb": [], "partitura": []}
    for _, piece in performances(args.collection, args.works):
        notes = heard(piece, args.notes)
        for name, by in (("ScoreWeb", ours), ("partitura", theirs)):
            rows[name].append(by(piece, notes))
            print(
                f"| {piece.name} | {name} | " + " | ".join(f"{v:.3f}" for v in rows[name][-1]) + " |",
                flush=True,
            )
    for name, found in rows.items():
        print(f"| **mean** | {name} | " + " | ".join(f"**{v:.3f}**" for v in np.nanmean(found, 0)) + " |")


if __name__ == "__main__":
    main()
