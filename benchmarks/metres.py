"""Tempo, metre, bar lines and values of real tunes told by their rhythm: ``python -m benchmarks.metres [--side develop] [--random-tempi] [--fit]``.

Reads the upper lines of the scores in ``../shared/data/pdmx`` and ``../shared/data/lieder`` up to the first change of metre, at most their first ten bars and 48 notes, and
plays each with fingers that scatter by 10 ms, all notes equally loud. The tempo is that of the metronome mark where there is one, otherwise drawn: 65 to 150 quarter
notes a minute (67 to 165 in eighths in threes, 100 to 200 in halves). Tunes in five and seven are woven of bars of two other tunes each, for hardly any are
printed. `models.transcribe.split.notated_side` parts the tunes; ``--fit`` counts and fits on its side *train* and writes
``models/transcribe/score/bar_rhythms.json``; the table is of its side *test* (or another by ``--side``), ``--most`` tunes of a metre, and tells

- the very metre right; the metre duple, triple or compound right;
- the tempo within 4 %; the bar lines right where metre and tempo are;
- the share of right steps (distances to the next note in quarter notes);
- with tempo and metre given, the bar lines and the steps;
- whether the printed metre and tempo are among the first three readings that are offered (where readings are ranked).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.score_tunes import SHARED, Tune, composed, played, tunes
from models.transcribe.heard import HeardNote
from models.transcribe.score import quantise as quantising
from models.transcribe.score.metre import beat_quarters, parse

BARS, NOTES, FEWEST = 10, 48, 12
METRES = ("4/4", "2/2", "2/4", "3/4", "6/8", "3/8", "9/8", "12/8", "5/4", "7/8")
COLUMNS = ("metre", "kind", "tempo", "bar lines", "steps", "bar lines, given", "steps, given", "among three")
FILE = Path(__file__).parents[1] / "models" / "transcribe" / "score" / "bar_rhythms.json"
COMPOUND_ONES = {"6/8", "9/8", "12/8", "3/8"}


def tempo_of(tune: Tune, rng: np.random.Generator, *, drawn: bool) -> float:
    """Quarter notes a minute."""
    low, high = (
        (67.0, 165.0) if tune.metre[1] == 8 else (100.0, 200.0) if tune.metre[1] == 2 else (65.0, 150.0)
    )
    tempo = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    marked = tune.quarters_a_minute
    return tempo if drawn or not marked else float(np.clip(marked, 30.0, 300.0))


def _kind(beats: int, beat_type: int) -> str:
    return (
        "compound"
        if f"{beats}/{beat_type}" in COMPOUND_ONES
        else "triple"
        if beats == 3
        else f"{beats % 2 == 0}"
    )


def row_of(tune: Tune, notes: Sequence[HeardNote], tempo: float) -> list[float]:
    """What `COLUMNS` name, 0 to 1; NaN where there is nothing to say."""
    read = quantising.quantise(notes)
    metre = parse(f"{tune.metre[0]}/{tune.metre[1]}")
    exact = (read.metre.beats, read.metre.beat_type) == tune.metre
    in_time = abs(read.quarters_a_minute / tempo - 1) < 0.04
    first, bar = tune.notes[0].start, tune.bar
    given = quantising.quantise(notes, tempo=tempo / float(beat_quarters(metre)), metre=metre)
    ranked = quantising.readings_of(notes)[:3]
    offered = [
        (r.metre.beats, r.metre.beat_type) == tune.metre
        and abs(r.rhythm.tempo * float(beat_quarters(r.metre)) / tempo - 1) < 0.04
        for r in ranked
    ]
    return [
        exact,
        _kind(read.metre.beats, read.metre.beat_type) == _kind(*tune.metre),
        in_time,
        (read.placed[0].start - first) % bar == 0 if exact and in_time else np.nan,
        _steps(tune, [p.start for p in read.placed]),
        (given.placed[0].start - first) % bar == 0,
        _steps(tune, [p.start for p in given.placed]),
        any(offered) if offered else np.nan,
    ]


def _steps(tune: Tune, starts: Sequence[Fraction]) -> float:
    true = [b.start - a.start for a, b in pairwise(tune.notes)]
    found = [b - a for a, b in pairwise(starts)]
    return float(np.mean([a == b for a, b in zip(true, found, strict=False)]))


def measured(some: Sequence[Tune], *, drawn: bool, most: int) -> dict[str, list[list[float]]]:
    """The rows by metre."""
    rng = np.random.default_rng(1)
    rows: dict[str, list[list[float]]] = {name: [] for name in METRES}
    for tune in some:
        name = f"{tune.metre[0]}/{tune.metre[1]}"
        passage = tune.passage(BARS, NOTES)
        if name not in rows or len(rows[name]) >= most or len(passage.notes) < FEWEST:
            continue
        tempo = tempo_of(tune, rng, drawn=drawn)
        rows[name].append(row_of(passage, played(passage, rng, tempo), tempo))
    return rows


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--side", default="test", choices=("train", "develop", "test"))
    parser.add_argument("--random-tempi", action="store_true", help="no metronome marks")
    parser.add_argument("--most", type=int, default=10_000)
    parser.add_argument("--fit", action="store_true")
    args = parser.parse_args()
    every = tunes(args.shared)
    if args.fit:
        from benchmarks.metre_fit import fitted, saved

        FILE.write_text(saved(fitted([t for t in every if t.side == "train"])), encoding="utf-8")
    some = [t for t in every if t.side == args.side]
    rng = np.random.default_rng(3)
    some = [some[i] for i in rng.permutation(len(some))] + composed(some, rng)
    rows = measured(some, drawn=args.random_tempi, most=args.most)
    print("| metre | tunes | " + " | ".join(COLUMNS) + " |")
    print("|---" * (len(COLUMNS) + 2) + "|")
    every_row = [row for found in rows.values() for row in found]
    for label, found in [*rows.items(), ("all", every_row)]:
        if found:
            cells = np.nanmean(np.array(found, float), 0)
            print(f"| {label} | {len(found)} | " + " | ".join(f"{v:.3f}" for v in cells) + " |")


if __name__ == "__main__":
    main()
