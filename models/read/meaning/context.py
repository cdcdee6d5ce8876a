"""Under which clef, key and metre each bar is read: the few likeliest ways for a whole page.

Signs are seen with doubt, at the start of every system again: a clef or key that the other systems contradict is
more likely misread than changed. So ways are ranked over the page (Viterbi's search with fuzzy memberships,
multiplied), not decided sign by sign.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from models.notation.score import Clef, Key, Metre
from models.read.meaning.rhythm import placed, total
from models.read.meaning.signs import ALTERS, ClefSign, KeySign, StaffBar

CLEFS = (
    Clef("G", 2),
    Clef("F", 4),
    Clef("C", 3),
    Clef("C", 4),
    Clef("G", 2, -1),
    Clef("C", 1),
    Clef("C", 2),
    Clef("percussion"),
)
KEYS = tuple(range(-7, 8))

_UNSEEN = 0.3  # of a clef or key that is not seen where it should stand
_CHANGED = 0.12  # of a clef or key that differs from the system before
_WARNED = 0.1  # of a key that is not the one of which signs at the end of the system before warn, or of one that was already
_RIGHT, _BESIDE, _WRONG = 0.95, 0.5, 0.15  # of one sign of a key signature: in its place, a step off, amiss
_LEAST = 1e-4
_SURE_CHANGE = 0.8  # of a clef within the line: a cluster of heads may look like one
_PROVING = 6  # bars
_BELIED = 0.12  # share of bars of the length that a time signature says, below which it was misread
_CLEF_REACH = 9.0  # staff spaces from the start of a staff within which its clef stands
_ENOUGH_BARS = 0.4  # share of bars that must agree on a length before it is taken for the metre


@dataclass(frozen=True)
class BarContext:
    """What holds in a bar of one staff: the clef at its start, changes within (x, clef), the key."""

    clef: Clef
    changes: tuple[tuple[float, Clef], ...] = ()
    key: Key = field(default_factory=Key)


@dataclass(frozen=True)
class Context:
    """One way to read a page's clefs, keys and metres.

    `bars` maps (system, staff, bar) to what holds there; `metres` maps (system, bar) to the metre, None where none
    is known. `certainty` is a grade relative to the best way; `inferred` tells that the metre was not seen.
    `unseen_clefs` are the staves of a system (from 0) on which no clef was seen in any system.
    """

    bars: dict[tuple[int, int, int], BarContext]
    metres: dict[tuple[int, int], Metre | None]
    certainty: float = 1.0
    inferred: bool = False
    unseen_clefs: tuple[int, ...] = ()


PageBars = Sequence[Sequence[Sequence[StaffBar]]]
"""Systems of staves of bars."""


def contexts(page: PageBars, parts: Sequence[Sequence[int]], most: int = 3) -> list[Context]:
    """The likeliest ways, best first. `parts` lists, for each part, the indices of its staves in a system."""
    metres, inferred = _metres(page)
    ways: list[tuple[float, dict[tuple[int, int, int], BarContext]]] = [(1.0, {})]
    for staves in parts:
        own = _part_ways(page, staves, most)
        ways = [(a * b, {**x, **y}) for a, x in ways for b, y in own]
        ways.sort(key=lambda w: -w[0])
        ways = ways[:most]
    best, unseen = ways[0][0], _unseen_clefs(page)
    return [Context(bars, metres, max(0.0, min(1.0, score / best)), inferred, unseen) for score, bars in ways]


def _unseen_clefs(page: PageBars) -> tuple[int, ...]:
    """The staves (from 0, the top one of a system) that show a clef at the start of no system."""
    staves = {n for system in page for n in range(len(system))}
    seen = {n for system in page for n, bars in enumerate(system) if _start_of(bars)[0] is not None}
    return tuple(sorted(staves - seen))


def _part_ways(
    page: PageBars, staves: Sequence[int], most: int
) -> list[tuple[float, dict[tuple[int, int, int], BarContext]]]:
    """Ways for one part: its keys searched over the page, its clefs staff by staff under each."""
    systems = [n for n, system in enumerate(page) if any(s < len(system) for s in staves)]
    if not systems:
        return [(1.0, {})]
    seen = [[_seen_at_start(page[n], s) for s in staves] for n in systems]
    emission = [
        {fifths: math.prod(_best_clef(*one, fifths)[1] for one in at if one is not None) for fifths in KEYS}
        for at in seen
    ]
    ways = []
    emission = _warned(emission, [_warning(page[n], staves) for n in systems])
    for score, keys in _paths(emission, most):
        clefs = [_clef_path([at[position] for at in seen], keys) for position in range(len(staves))]
        product = score
        bars: dict[tuple[int, int, int], BarContext] = {}
        for position, staff in enumerate(staves):
            for order, system in enumerate(systems):
                if staff < len(page[system]):
                    bars.update(
                        _along(page[system][staff], system, staff, clefs[position][order], keys[order])
                    )
        ways.append((product, bars))
    return ways


def _seen_at_start(
    system: Sequence[Sequence[StaffBar]], staff: int
) -> tuple[ClefSign | None, KeySign | None] | None:
    """Clef and key as they are seen at the start of a staff; None, which says nothing, where the staff is left out."""
    if staff >= len(system):
        return None, None
    bars = system[staff]
    return None if bars and all(bar.absent for bar in bars) else _start_of(bars)


def _start_of(bars: Sequence[StaffBar]) -> tuple[ClefSign | None, KeySign | None]:
    """Clef and key as they are seen at the start of a staff."""
    if not bars or not bars[0].readings:
        return None, None
    first = bars[0].readings[0]
    clef = min(
        (c for c in first.clefs if c.x - bars[0].frame.left < _CLEF_REACH), key=lambda c: c.x, default=None
    )
    begin = -math.inf if clef is None else clef.x
    start = min((t.x for t in first.timed if t.x > begin), default=bars[0].frame.right)
    key = next((k for k in first.keys if begin < k.x < start), None)
    return clef, key


def _warning(system: Sequence[Sequence[StaffBar]], staves: Sequence[int]) -> KeySign | None:
    """The signs behind the last bar line of a system, which warn of the key of the next; None where there are none."""
    for staff in staves:
        last = system[staff][-1] if staff < len(system) and system[staff] else None
        for key in last.readings[0].keys if last and last.readings else ():
            if last and key.x >= last.frame.right:
                return key
    return None


def _warned(fits: Sequence[dict[int, float]], warnings: Sequence[KeySign | None]) -> list[dict[int, float]]:
    """How far each key fits each system, in the light of the signs at its end: they tell the next key, which is a new one."""
    out = [dict(one) for one in fits]
    for n, warning in enumerate(warnings[:-1]):
        if warning is None:
            continue
        for key in KEYS:
            told = max(key_grade(warning, key, clef) for clef in CLEFS)
            out[n][key] *= max(_WARNED, 1.0 - told)
            out[n + 1][key] *= max(_WARNED, told)
    return out


def _clef_grade(sign: ClefSign | None, clef: Clef) -> float:
    if sign is None:
        return _UNSEEN * (1.0 if clef == CLEFS[0] else 0.5)
    return max((grade for seen, grade in sign.clefs if seen == clef), default=_LEAST)


def _best_clef(sign: ClefSign | None, key: KeySign | None, fifths: int) -> tuple[Clef, float]:
    """The clef under which what is seen fits the key best."""
    graded = [(c, _clef_grade(sign, c) * key_grade(key, fifths, c)) for c in CLEFS]
    return max(graded, key=lambda g: g[1])


def key_grade(sign: KeySign | None, fifths: int, clef: Clef) -> float:
    """How far the signs of a key signature fit a key under a clef, 0..1."""
    wanted = _places(fifths, clef)
    if sign is None:
        return 0.8 if fifths == 0 else max(_LEAST, 0.12 * 0.5 ** (len(wanted) - 1))
    kind = "sharp" if fifths > 0 else "flat"
    seen = [s for s in sign.signs if s[0] != "natural"]
    if not wanted and not seen:
        return 0.9
    # the best pairing of wanted and seen signs from left to right: an edit distance with memberships multiplied
    row = [_WRONG**n for n in range(len(seen) + 1)]
    for count, (step, _) in enumerate(wanted, start=1):
        new = [_WRONG**count]
        for n, (name, place, certainty) in enumerate(seen, start=1):
            off = abs((round(place) - step + 3) % 7 - 3)  # an octave off is still that letter
            fit = _RIGHT if off == 0 else _BESIDE if off == 1 else _WRONG
            if name != kind:
                fit *= 0.35
            missing = _WRONG + (1 - certainty) * 0.4
            new.append(max(row[n - 1] * fit, row[n] * _WRONG, new[n - 1] * missing))
        row = new
    return max(_LEAST, row[-1])


def _places(fifths: int, clef: Clef) -> list[tuple[int, str]]:
    """Steps above the lowest line, up to octaves, at which the signs of a key stand."""
    letters = "FCGDAEB"[:fifths] if fifths > 0 else "BEADGCF"[:-fifths]
    return [(("CDEFGAB".index(letter) - clef.bottom_line) % 7, letter) for letter in letters]


def _paths(emission: Sequence[dict[int, float]], most: int) -> list[tuple[float, list[int]]]:
    """The `most` likeliest sequences of keys, best first."""
    paths: dict[int, list[tuple[float, list[int]]]] = {k: [(g, [k])] for k, g in emission[0].items()}
    for grades in emission[1:]:
        new: dict[int, list[tuple[float, list[int]]]] = {}
        for key, grade in grades.items():
            options = [
                (score * grade * (1.0 if before == key else _CHANGED), [*path, key])
                for before, held in paths.items()
                for score, path in held
            ]
            new[key] = sorted(options, key=lambda o: -o[0])[:most]
        paths = new
    every = sorted((p for held in paths.values() for p in held), key=lambda p: -p[0])
    return every[:most]


def _clef_path(
    seen: Sequence[tuple[ClefSign | None, KeySign | None] | None], keys: Sequence[int]
) -> list[Clef]:
    """The likeliest clefs at the starts of a staff's systems, under given keys."""
    paths: dict[Clef, tuple[float, list[Clef]]] = {}
    for one, fifths in zip(seen, keys, strict=True):
        new: dict[Clef, tuple[float, list[Clef]]] = {}
        for clef in CLEFS:
            grade = 1.0 if one is None else _clef_grade(one[0], clef) * key_grade(one[1], fifths, clef)
            if not paths:
                new[clef] = grade, [clef]
                continue
            score, path = max(
                ((s * (1.0 if before == clef else _CHANGED), p) for before, (s, p) in paths.items()),
                key=lambda o: o[0],
            )
            new[clef] = score * grade, [*path, clef]
        paths = new
    return max(paths.values(), key=lambda o: o[0])[1]


def _along(
    bars: Sequence[StaffBar], system: int, staff: int, clef: Clef, fifths: int
) -> dict[tuple[int, int, int], BarContext]:
    """What holds in each bar of a staff, changes within the line included."""
    out: dict[tuple[int, int, int], BarContext] = {}
    for number, bar in enumerate(bars):
        reading = bar.readings[0] if bar.readings else None
        changes: list[tuple[float, Clef]] = []
        if reading is not None:
            start = min((t.x for t in reading.timed), default=math.inf)
            if number > 0:
                for sign in reading.keys:
                    if sign.x < start:
                        fifths = _changed_key(sign, fifths, clef)
            for seen in reading.clefs:
                if number == 0 and seen.x < start:
                    continue
                found, grade = max(seen.clefs, key=lambda c: c[1])
                if grade >= _SURE_CHANGE and found != (changes[-1][1] if changes else clef):
                    changes.append((seen.x, found))
        out[system, staff, number] = BarContext(clef, tuple(changes), Key(fifths))
        if changes:
            clef = changes[-1][1]
    return out


def _changed_key(sign: KeySign, before: int, clef: Clef) -> int:
    """The key after signs within a line: the one that fits, if it fits well."""
    if all(name == "natural" for name, _, _ in sign.signs):
        return 0 if len(sign.signs) >= abs(before) else before
    grades = {f: key_grade(sign, f, clef) for f in KEYS if f}
    best = max(grades, key=lambda f: grades[f])
    return best if grades[best] > 0.5 else before


def _metres(page: PageBars) -> tuple[dict[tuple[int, int], Metre | None], bool]:
    """The metre of every bar: what signs say, one sign holding until the next; else what most bars last."""
    out: dict[tuple[int, int], Metre | None] = {}
    now: Metre | None = None
    for system, staves in enumerate(page):
        for number in range(max((len(s) for s in staves), default=0)):
            votes: Counter[Metre] = Counter()
            for staff in staves:
                if number < len(staff) and staff[number].readings:
                    for sign in staff[number].readings[0].metres:
                        votes[sign.metre] += 1
            if votes:
                now = votes.most_common(1)[0][0]
            out[system, number] = now
    inferred = all(metre is None for metre in out.values())
    if not inferred:
        first = next(m for m in out.values() if m is not None)
        out = {at: metre or first for at, metre in out.items()}
    for metre in set(out.values()):
        at = [k for k, m in out.items() if m == metre]
        usual = _usual_length(page, at)
        if usual is not None and (metre is None or not _holds(page, at, metre)):
            better = _named(usual, metre)
            out.update(dict.fromkeys(at, better or metre))
    return out, inferred


def _lengths(page: PageBars, at: Sequence[tuple[int, int]]) -> Counter[Fraction]:
    """How long the bars of all staves last as they are read first."""
    wanted = set(at)
    return Counter(
        total(placed(bar.readings[0].timed))
        for number, system in enumerate(page)
        for staff in system
        for place, bar in enumerate(staff)
        if (number, place) in wanted and bar.readings and bar.readings[0].timed
    )


def _holds(page: PageBars, at: Sequence[tuple[int, int]], metre: Metre) -> bool:
    """Whether enough bars last what a time signature says; few bars prove nothing."""
    lengths = _lengths(page, at)
    return lengths.total() < _PROVING or lengths[metre.quarters] >= _BELIED * lengths.total()


def _usual_length(page: PageBars, at: Sequence[tuple[int, int]]) -> Fraction | None:
    lengths = _lengths(page, at)
    if lengths.total() < 3:
        return None
    length, count = lengths.most_common(1)[0]
    return length if count >= _ENOUGH_BARS * lengths.total() and length > 0 else None


def _named(length: Fraction, like: Metre | None) -> Metre | None:
    """A metre that lasts so long, with the unit of another where that can be: 4/4, 3/4, 2/4, 6/8 and their like."""
    if like is not None and (length * like.beat_type / 4).denominator == 1:
        return Metre(int(length * like.beat_type / 4), like.beat_type)
    for unit in (4, 8, 16):
        if (length * unit / 4).denominator == 1:
            return Metre(int(length * unit / 4), unit)
    return None


__all__ = [
    "ALTERS",
    "CLEFS",
    "KEYS",
    "BarContext",
    "Context",
    "PageBars",
    "contexts",
    "key_grade",
]
