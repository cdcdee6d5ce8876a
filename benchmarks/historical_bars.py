"""Photographed bars in handwriting of 1700, token by token: ``python -m benchmarks.historical_bars [--part valid|train]``.

The 245 bars of Baró, Badal and Fornés (ICFHR 2020), as far as they are there, in the words of their own labels: a note's
value, accidental and dots with its line or space (``sharpQuarterNote.S4``), rests, bar lines, clefs, ends of slurs, from
left to right. Token error rate is the Levenshtein distance over the tokens, summed over all bars and divided once. Ours are
of the best interpretation, read as handwriting. Nothing was trained on this set, and no licence lets us; *valid* was not developed on. ``--errors``
prints every bar; for *train* only.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein

from benchmarks.read import enlarging
from benchmarks.reading_sets import DATA
from models.arrays import Grey
from models.read.meaning.signs import ArcSign, BarSigns, ChordSign, TimedSign
from models.read.reader import Reader
from models.read.reading import Reading

FOLDER = DATA / "baro"

_VALUES = {"quarter": "quarter", "eighth": "eighth", "half": "half", "whole": "whole", "breve": "doubleWhole", "long": "quadrupleWhole"}  # fmt: skip
_END_OF_SLUR = 1.5
"""How far, in staff spaces, the end of a slur may stand from its note."""


def truths(part: str) -> Iterator[tuple[Path, list[str]]]:
    """Each picture of a part, *train* or *valid*, and its tokens."""
    for line in (FOLDER / f"newdef_gt_final.{part}.thresh").read_text(encoding="utf-8").split():
        name, labels = line.split("|")
        picture = FOLDER / "words" / f"{name.split('$')[0]}.png"
        if picture.exists():
            yield picture, [token for token in labels.split("~") if token != "epsilon"]


def tokens(reading: Reading) -> list[str]:
    """What was read, in the words of the labels, from left to right."""
    if not reading.interpretations:
        return []
    chosen = reading.interpretations[0].choice
    told: list[str] = []
    first = reading.systems[0][0][0].frame if reading.systems else None
    for number, (options, choice) in enumerate(zip(reading.bars, chosen, strict=True)):
        if not options.readings:
            continue
        signs = options.readings[choice].staves[0].signs
        if number == 0 and first is not None and not signs.clefs:
            told.append("barline.noNote")
        told += bar_tokens(signs)
        told.append("barline.noNote")
    return told


def bar_tokens(signs: BarSigns) -> list[str]:
    """The tokens of a bar of one staff, without its bar lines."""
    placed: list[tuple[float, list[str]]] = [(clef.x, ["C-Clef.L1"]) for clef in signs.clefs]
    placed += [(metre.x, ["timeSig_common.noNote"]) for metre in signs.metres]
    placed += [(sign.x, _with_slurs(sign, signs.arcs)) for sign in signs.timed]
    return [token for _, told in sorted(placed, key=lambda one: one[0]) for token in told]


def _with_slurs(sign: TimedSign, arcs: tuple[ArcSign, ...]) -> list[str]:
    value = sign.type.value.removesuffix("th")
    word = _VALUES.get(value, sign.type.value)
    if not isinstance(sign, ChordSign):
        return [f"{word}Rest.noNote"]
    told = []
    for head in sign.heads:
        parts = ["dotted"] * bool(sign.dots) + [head.accidental] * bool(head.accidental) + [word]
        name = "".join(p if n == 0 else p[0].upper() + p[1:] for n, p in enumerate(parts) if p)
        line, space = divmod(head.step, 2)
        told.append(f"{name}Note.{'LS'[space]}{line + 1}")
    begins = [a for a in arcs if abs(a.left[0] - sign.x) < _END_OF_SLUR]
    ends = [a for a in arcs if abs(a.right[0] - sign.x) < _END_OF_SLUR]
    return ["startSlur.noNote"] * len(begins) + told + ["endSlur.noNote"] * len(ends)


def main() -> None:
    """Reads the bars and prints the rate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("valid", "train"), default="valid")
    parser.add_argument("--limit", type=int, default=10_000)
    parser.add_argument("--errors", action="store_true", help="print what was wanted and what was read")
    given = parser.parse_args()
    reader = Reader(enlarge=enlarging())
    wrong = wanted = bars = 0
    notes_wrong = notes_wanted = 0
    for number, (picture, truth) in enumerate(truths(given.part)):
        if number >= given.limit:
            break
        grey: Grey = np.asarray(cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE), np.uint8)
        read = tokens(reader.read([grey], top=1, style="handwritten"))
        edits = Levenshtein.distance(truth, read)
        bars, wrong, wanted = bars + 1, wrong + edits, wanted + len(truth)
        notes = [[t for t in told if "Note." in t] for told in (truth, read)]
        notes_wrong, notes_wanted = notes_wrong + Levenshtein.distance(*notes), notes_wanted + len(notes[0])
        if given.errors and given.part == "train":
            print(picture.stem, edits, "\n  wanted", *truth, "\n  read  ", *read, flush=True)
    print(f"{given.part}: {bars} bars, {wanted} tokens, {100 * wrong / max(1, wanted):.1f} % wrong")
    print(f"notes alone: {notes_wanted}, {100 * notes_wrong / max(1, notes_wanted):.1f} % wrong")


if __name__ == "__main__":
    main()
