"""Metres of real tunes told by their rhythm: ``python -m benchmarks.metres [--fit]``.

Reads the upper line of the scores in ``../shared/data/pdmx`` that keep one metre (4/4, 2/2, 2/4, 3/4 or 6/8), at most their first ten bars and 48
notes, and plays each at a drawn tempo with fingers that scatter by 10 ms; all notes are equally loud. Files are halved by their names' digests: the numbers in
`models.transcribe.score.metre` were fitted on half 0, the table is of half 1. ``--fit`` fits profiles and weights anew: the profiles come
out within 0.02 of those that stand there; the weights depend on the tempi that are drawn.
A metre is right when it is duple (4/4 for all three), triple or compound as printed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import logsumexp

from models.notation.errors import NotationError
from models.notation.musicxml import read_musicxml
from models.notation.score import Metre, Part, bar_length
from models.transcribe.heard import HeardNote
from models.transcribe.score import metre as metres
from models.transcribe.score.quantise import quantise
from models.transcribe.score.rhythm import COMPOUND, follow

SHARED = Path(os.environ.get("SCOREWEB_SHARED", Path(__file__).parents[2] / "shared"))
KINDS = {(4, 4): 0, (2, 2): 0, (2, 4): 0, (3, 4): 1, (6, 8): 2}
LABELS = ("duple", "triple", "compound")
TEMPI = {(6, 8): (67.0, 165.0), (2, 2): (100.0, 200.0)}
"""Quarter notes a minute; 65 to 150 in other metres."""
BARS, NOTES, FEWEST = 10, 48, 12
SIXTEENTHS = {"4/4": 16, "2/4": 8, "3/4": 12, "6/8": 12}


@dataclass(frozen=True)
class Tune:
    """Where notes begin and how long they are, in quarter notes from the first full bar; its metre; its half of the collection."""

    metre: tuple[int, int]
    notes: tuple[tuple[Fraction, Fraction, int], ...]
    half: int


def tunes(folder: Path) -> Iterator[Tune]:
    """The tunes of a folder of MusicXML."""
    for path in sorted(folder.glob("*.mxl")):
        try:
            part = read_musicxml(path.read_bytes()).parts[0]
        except (NotationError, IndexError):
            continue
        found = _upper_line(part)
        if found and len(found[1]) >= FEWEST:
            half = int(hashlib.sha256(path.name.encode()).hexdigest(), 16) % 2
            yield Tune(found[0], tuple(found[1]), half)


def _upper_line(part: Part) -> tuple[tuple[int, int], list[tuple[Fraction, Fraction, int]]] | None:
    """The metre and the highest notes of the upper staff; None where the metre changes or is another."""
    metre, at, pickup = Metre(), Fraction(0), Fraction(0)
    notes: dict[Fraction, tuple[Fraction, int]] = {}
    for number, bar in enumerate(part.bars):
        if bar.metre and number and bar.metre.quarters != metre.quarters:
            return None
        metre = bar.metre or metre
        length = bar_length(bar, metre)
        pickup = length if number == 0 and length < metre.quarters else pickup
        for event in bar.events:
            if event.staff != 1 or event.grace or not event.notes:
                continue
            top = max(event.notes, key=lambda n: n.pitch.midi)
            start, midi = at + event.onset, top.pitch.midi
            tied = [s for s, (d, m) in notes.items() if top.tie_stop and m == midi and s + d == start]
            if tied:
                notes[tied[-1]] = notes[tied[-1]][0] + event.length, midi
            elif start not in notes or notes[start][1] < midi:
                notes[start] = event.length, midi
        at += length
        if at > pickup + (BARS + 1) * metre.quarters:
            break
    kind = metre.beats, metre.beat_type
    if kind not in KINDS or not notes:
        return None
    first = min(notes)
    line = sorted((s - pickup, d, m) for s, (d, m) in notes.items() if s < first + BARS * metre.quarters)
    return kind, line[:NOTES]


def played(tune: Tune, rng: np.random.Generator) -> tuple[list[HeardNote], float]:
    """The tune as heard, and its quarter notes a minute."""
    tempo = float(np.exp(rng.uniform(*np.log(TEMPI.get(tune.metre, (65.0, 150.0))))))
    depth, phase, second = rng.uniform(0, 0.03), rng.uniform(0, 6.3), 60 / tempo

    def time(place: Fraction) -> float:
        q = float(place - tune.notes[0][0])
        return 0.4 + second * (q + depth * 6 * (np.sin(q / 6 + phase) - np.sin(phase)))

    notes, last = [], 0.0
    for start, length, midi in tune.notes:
        last = max(last + 0.02, time(start) + float(np.clip(rng.normal(0, 0.01), -0.025, 0.025)))
        notes.append(
            HeardNote(last, max(last + 0.05, time(start + Fraction(19, 20) * length)), midi, 80, 1.0)
        )
    return notes, tempo


def profiles(some: list[Tune]) -> dict[str, npt.NDArray[np.float64]]:
    """For each metre the chance that a note begins at each 16th of the bar; every tune counts as three bars."""
    out = {}
    for name, count in SIXTEENTHS.items():
        begun, seen = np.ones(count), np.full(count, 2.0)
        for tune in some:
            if f"{tune.metre[0]}/{tune.metre[1]}" != name:
                continue
            places = {int(s * 4) for s, _, _ in tune.notes if (s * 4).denominator == 1}
            span = range(min(places), max(places) + 1)
            weight = 3 * count / len(span)
            for place in span:
                seen[place % count] += weight
                begun[place % count] += weight * (place in places)
        out[name] = begun / seen
    return out


def fit(some: list[Tune]) -> None:
    """Prints profiles, and the weights of a logistic regression in which rare metres count by the root of their rarity."""
    for name, profile in profiles(some).items():
        print(f'"{name}": {tuple(float(v) for v in np.round(profile, 2))},')
    rng, features, kinds = np.random.default_rng(0), [], []
    for tune in some:
        onsets = [n.onset_s for n in played(tune, rng)[0]]
        features.append(metres.features(follow(onsets), follow(onsets, grid=COMPOUND)))
        kinds.append(KINDS[tune.metre])
    x, y = np.array(features), np.array(kinds)
    weight = np.array([1 / np.mean(y == c) for c in range(3)])[y] ** 0.5

    def loss(w: npt.NDArray[np.float64]) -> float:
        odds = x @ w
        missed = logsumexp(odds, 1) - odds[np.arange(len(y)), y]
        return float((missed * weight).sum() / weight.sum() + 1e-3 * w @ w)

    print("weights", np.round(minimize(loss, np.zeros(x.shape[2])).x, 2).tolist())


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=SHARED / "data" / "pdmx")
    parser.add_argument("--fit", action="store_true")
    args = parser.parse_args()
    every = list(tunes(args.folder))
    if args.fit:
        fit([t for t in every if t.half == 0])
    rng, rows = np.random.default_rng(1), {label: [] for label in LABELS}
    for tune in every:
        if tune.half == 0:
            continue
        notes, tempo = played(tune, rng)
        read = quantise(notes)
        kind = 2 if metres.compound(read.metre) else int(read.metre.beats == 3)
        ratio = read.quarters_a_minute / tempo
        true = Metre(*tune.metre) if tune.metre != (2, 2) else Metre(4, 4)
        given = quantise(notes, tempo=tempo / (1.5 if tune.metre == (6, 8) else 1), metre=true)
        steps = [b - a for (a, _, _), (b, _, _) in zip(tune.notes, tune.notes[1:], strict=False)]
        found = [b.start - a.start for a, b in zip(given.placed, given.placed[1:], strict=False)]
        rows[LABELS[KINDS[tune.metre]]].append(
            (
                kind == KINDS[tune.metre],
                abs(ratio - 1) < 0.04,
                (given.placed[0].start - tune.notes[0][0]) % true.quarters == 0,
                np.mean([a == b for a, b in zip(steps, found, strict=False)]),
            )
        )
    print("| metre | tunes | metre | tempo | bar line, metre and tempo given | steps, given |")
    print("|---|---|---|---|---|---|")
    every_row = [scores for told in rows.values() for scores in told]
    for label, told in [*rows.items(), ("all", every_row)]:
        print(f"| {label} | {len(told)} | " + " | ".join(f"{v:.3f}" for v in np.mean(told, 0)) + " |")


if __name__ == "__main__":
    main()
