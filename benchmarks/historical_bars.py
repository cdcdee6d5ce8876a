"""Photographed bars in handwriting of 1700, token by token: ``python -m benchmarks.historical_bars [--part valid|train]``.

The 245 bars of Baró, Badal and Fornés (ICFHR 2020), as far as they are there, in the words of their own labels: a note's
value, accidental and dots with its line or space (``sharpQuarterNote.S4``), rests, bar lines, clefs, ends of slurs, from
left to right. Token error rate is the Levenshtein distance over the tokens, summed over all bars and divided once. Ours are
of the best interpretation, read as handwriting. Nothing was trained on this set, and no licence lets us; *valid* was not developed on. A picture without a clef
is taken to begin with a bar line, as all but few do. ``--errors`` prints every bar; for *train* only.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein

from benchmarks.read import enlarging
from benchmarks.reading_sets import DATA
from models.arrays import Grey
from models.read.meaning.signs import BarSigns, ChordSign, ClefSign, TimedSign
from models.read.meaning.ties import BarArcs, BarOnStaff, arcs_of
from models.read.reader import Reader
from models.read.reading import Reading

FOLDER = DATA / "baro"

BAR_LINE = "barline.noNote"

_VALUES = {"breve": "doubleWhole"}
_LONG_RESTS = {2: "doubleWhole", 4: "quadrupleWhole"}
"""Bars of rest that one upright stroke says, as the labels call them."""


def truths(part: str) -> Iterator[tuple[Path, list[str]]]:
    """Each picture of a part, *train* or *valid*, and its tokens."""
    for line in (FOLDER / f"newdef_gt_final.{part}.thresh").read_text(encoding="utf-8").split():
        name, labels = line.split("|")
        picture = FOLDER / "words" / f"{name.split('$')[0]}.png"
        if picture.exists():
            yield picture, [word for word in labels.split("~") if word != "epsilon"]


def tokens(reading: Reading) -> list[str]:
    """What was read on the first staff, in the words of the labels, from left to right.

    A bar ends with a bar line and the first begins with one, unless it has a clef: the labels have it so.
    """
    if not reading.interpretations:
        return []
    best = reading.interpretations[0]
    bars = list(zip(reading.bars, best.choice, strict=True))
    staves = [options.readings[choice].staves[0] if options.readings else None for options, choice in bars]
    line = [
        BarOnStaff(s.placed, s.signs.arcs, s.length) if s else BarOnStaff((), (), Fraction(0)) for s in staves
    ]
    told: list[str] = []
    more = 0  # bars that one rest stands for besides the first
    for (options, _), staff, arcs in zip(bars, staves, arcs_of(line), strict=True):
        signs = staff.signs if staff else BarSigns()
        if more:
            more -= 1
            continue
        rests = reading.systems[options.system][0][options.number].frame.rests
        more = max(0, rests - 1)
        if not told and not signs.clefs:
            told.append(BAR_LINE)
        told += bar_tokens(signs, arcs, rests)
        told.append(BAR_LINE)
    return told


def bar_tokens(signs: BarSigns, arcs: BarArcs | None = None, rests: int = 0) -> list[str]:
    """The tokens of a bar of one staff, without its bar lines.

    `arcs` tell where ties and slurs begin and end, `rests` how many bars of rest the bar is where it has nothing else.
    """
    if rests and not any(isinstance(sign, ChordSign) for sign in signs.timed):
        return [f"{_LONG_RESTS.get(rests, 'whole')}Rest.noNote"]
    placed: list[tuple[float, list[str]]] = [(clef.x, [_clef_token(clef)]) for clef in signs.clefs]
    placed += [(sign.x, [f"timeSig_{sign.metre.symbol or 'figures'}.noNote"]) for sign in signs.metres]
    placed += [(sign.x, _sign_tokens(sign, arcs or BarArcs())) for sign in signs.timed]
    return [token for _, told in sorted(placed, key=lambda one: one[0]) for token in told]


def _clef_token(seen: ClefSign) -> str:
    clef, _ = max(seen.clefs, key=lambda one: one[1])
    return f"{clef.sign}-Clef.L{clef.line}"


def _sign_tokens(sign: TimedSign, arcs: BarArcs) -> list[str]:
    word = _VALUES.get(sign.type.value, sign.type.value)
    if not isinstance(sign, ChordSign):
        return [f"{word}Rest.noNote"]
    told = []
    for head in sign.heads:
        parts = ["dotted"] * bool(sign.dots) + [head.accidental] * bool(head.accidental) + [word]
        name = "".join(p if n == 0 else p[0].upper() + p[1:] for n, p in enumerate(parts) if p)
        line, space = divmod(head.step, 2)
        told.append(f"{name}Note.{'LS'[space]}{line + 1}")
    held = [(id(sign), head) for head in sign.heads]
    slurs = [end for end, _ in arcs.slurs.get(id(sign), [])]
    begins = slurs.count("start") + sum(one in arcs.starts | arcs.open_end for one in held)
    ends = slurs.count("stop") + sum(one in arcs.stops for one in held)
    return ["startSlur.noNote"] * begins + told + ["endSlur.noNote"] * ends


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
