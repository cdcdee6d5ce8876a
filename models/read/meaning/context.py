"""Under which clef, key and metre each bar is read: the few likeliest ways for a whole page.

Signs are seen with doubt, at the start of every system again: a clef or key that the other systems contradict is
more likely misread than changed. So ways are ranked over the page (Viterbi's search with fuzzy memberships,
multiplied), not decided sign by sign.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from models.notation.score import Clef, Key, Metre
from models.read.meaning.metres import metres_of
from models.read.meaning.signatures import CLEFS, KEYS, LEFT_HAND, clef_grade, key_grade
from models.read.meaning.signs import BarSigns, ClefSign, KeySign, PageBars, StaffBar
from models.read.meaning.stretches import other_keys

_TRANSPOSES = 0.015  # of a part that has another key than the others
_SYSTEMS = 2.0  # systems that speak for a key, however many there are
_CHANGED = 0.12  # of a clef or key that differs from the system before
_WARNED = 0.1  # of a key that is not the one of which signs at the end of the system before warn, or of one that was already
_FEW = 0.05  # of a clef that one system does not show: it does not rule out what the others show
_SURE_CHANGE = 0.8  # of a clef within the line: a cluster of heads may look like one
_CLEF_REACH = 9.0  # staff spaces from the start of a staff within which its clef stands


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


_HANDS = 2
_Start = tuple[ClefSign | None, KeySign | None] | None
"""Clef and key as they are seen at the start of a staff; None where the staff is left out."""
_Held = dict[tuple[int, int, int], BarContext]


def contexts(page: PageBars, parts: Sequence[Sequence[int]], most: int = 3) -> list[Context]:
    """The likeliest ways, best first. `parts` lists, for each part, the indices of its staves in a system."""
    metres, inferred = metres_of(page)
    ways = _ways(page, parts, most)
    ways = sorted([*ways, *_other_stretches(page, *ways[0])], key=lambda w: -w[0])[:most]
    best, unseen = ways[0][0], _unseen_clefs(page)
    return [Context(bars, metres, max(0.0, min(1.0, score / best)), inferred, unseen) for score, bars in ways]


def _other_stretches(page: PageBars, score: float, held: _Held) -> list[tuple[float, _Held]]:
    """The best way with the key of a stretch changed that is second best there."""
    keys = {at: one.key.fifths for at, one in held.items()}
    clefs = {at: one.clef for at, one in held.items()}
    return [
        (score * likely, {at: replace(one, key=Key(new[at])) for at, one in held.items()})
        for likely, new in other_keys(page, keys, clefs)[:1]
    ]


def _unseen_clefs(page: PageBars) -> tuple[int, ...]:
    """The staves (from 0, the top one of a system) that show a clef at the start of no system."""
    staves = {n for system in page for n in range(len(system))}
    seen = {n for system in page for n, bars in enumerate(system) if _start_of(bars)[0] is not None}
    return tuple(sorted(staves - seen))


@dataclass(frozen=True)
class _PartSeen:
    """What a part shows at the start of each system it is in: per staff clef and key, and how far each key fits."""

    staves: Sequence[int]
    systems: Sequence[int]
    seen: Sequence[Sequence[_Start]]
    fits: Sequence[dict[int, float]]


def _ways(page: PageBars, parts: Sequence[Sequence[int]], most: int) -> list[tuple[float, _Held]]:
    """Ways for all parts, best first: keys searched over the page, clefs staff by staff under each.

    The staves of a system have one key. A part has keys of its own, as instruments that transpose have, where what
    is seen says so far more plainly than that one of its signs was misread.
    """
    seen = [part for staves in parts if (part := _part_seen(page, staves)).systems]
    if not seen:
        return [(1.0, {})]
    joint: list[dict[int, float]] = [dict.fromkeys(KEYS, 1.0) for _ in page]
    for part in seen:
        for system, fits in zip(part.systems, part.fits, strict=True):
            for key, fit in fits.items():
                joint[system][key] *= fit
    own = [_paths(part.fits, 1)[0] for part in seen]
    ways: dict[tuple[tuple[int, ...], ...], float] = {}
    for _, keys in _paths(joint, most):
        score, chosen = 1.0, []
        for part, (own_score, own_keys) in zip(seen, own, strict=True):
            shared = [keys[system] for system in part.systems]
            shown = math.prod(fit[key] for fit, key in zip(part.fits, shared, strict=True))
            # what is missed in one system is missed in the others too, so that many count no more than two
            weight = _SYSTEMS / len(shared)
            together_so = (shown * _changes(shared)) ** weight
            own_so = own_score**weight * _TRANSPOSES
            apart = own_keys != shared and own_so > together_so
            chosen.append(tuple(own_keys if apart else shared))
            score *= own_so if apart else together_so
        ways.setdefault(tuple(chosen), score)
    found: list[tuple[float, _Held]] = []
    for chosen_keys, score in ways.items():
        held: list[tuple[float, _Held]] = [(score, {})]
        for part, keys_of_part in zip(seen, chosen_keys, strict=True):
            options = _clef_ways(page, part, keys_of_part, most)
            held = sorted(((a * b, {**x, **y}) for a, x in held for b, y in options), key=lambda w: -w[0])[
                :most
            ]
        found += held
    return sorted(found, key=lambda w: -w[0])[:most]


def _part_seen(page: PageBars, staves: Sequence[int]) -> _PartSeen:
    systems = [n for n, system in enumerate(page) if any(s < len(system) for s in staves)]
    seen = _of_keyboard([[_seen_at_start(page[n], s) for s in staves] for n in systems])
    usual = [_usual_clef([at[n] for at in seen]) for n in range(len(staves))]
    fits = [
        {
            fifths: math.prod(
                _clef_and_key(*one, fifths, clef)
                for one, clef in zip(at, usual, strict=True)
                if one is not None
            )
            for fifths in KEYS
        }
        for at in seen
    ]
    fits = _warned(fits, [_warning(page[n], staves) for n in systems])
    return _PartSeen(staves, systems, seen, fits)


def _of_keyboard(seen: list[list[_Start]]) -> list[list[_Start]]:
    """What is seen, where the lower of two staves shows no clef in any system: as for a keyboard it is likelier a bass clef's."""
    if any(len(at) != _HANDS or (at[-1] is not None and at[-1][0] is not None) for at in seen):
        return seen
    return [[*at[:-1], None if at[-1] is None else (LEFT_HAND, at[-1][1])] for at in seen]


def _changes(keys: Sequence[int]) -> float:
    return math.prod(1.0 if a == b else _CHANGED for a, b in pairwise(keys))


def _clef_ways(page: PageBars, part: _PartSeen, keys: Sequence[int], most: int) -> list[tuple[float, _Held]]:
    """The ways to read the clefs of a part under its keys, with their grades relative to the best."""
    ways: list[tuple[float, _Held]] = [(1.0, {})]
    for position, staff in enumerate(part.staves):
        paths = _clef_paths([at[position] for at in part.seen], keys, most)
        options = []
        for score, clefs in paths:
            held: _Held = {}
            for order, system in enumerate(part.systems):
                if staff < len(page[system]):
                    held.update(_along(page[system][staff], system, staff, clefs[order], keys[order]))
            options.append((score / max(paths[0][0], 1e-300), held))
        ways = sorted(((a * b, {**x, **y}) for a, x in ways for b, y in options), key=lambda w: -w[0])[:most]
    return ways


def _seen_at_start(system: Sequence[Sequence[StaffBar]], staff: int) -> _Start:
    """Clef and key as they are seen at the start of a staff."""
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


def _usual_clef(seen: Sequence[_Start]) -> Clef:
    """The clef that a staff has through its systems, as far as the clefs alone say."""
    signs = [one[0] for one in seen if one is not None]
    return max(CLEFS, key=lambda c: math.prod(max(_FEW, clef_grade(sign, c)) for sign in signs))


def _clef_and_key(sign: ClefSign | None, key: KeySign | None, fifths: int, usual: Clef) -> float:
    """How far what is seen fits a key, under the clef under which it fits best; another than the usual one is a change."""
    return max(
        clef_grade(sign, c) * key_grade(key, fifths, c) * (1.0 if c == usual else _CHANGED) for c in CLEFS
    )


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


def _clef_paths(seen: Sequence[_Start], keys: Sequence[int], most: int) -> list[tuple[float, list[Clef]]]:
    """The likeliest clefs at the starts of a staff's systems, under given keys, best first."""
    paths: dict[Clef, list[tuple[float, list[Clef]]]] = {}
    for one, fifths in zip(seen, keys, strict=True):
        new: dict[Clef, list[tuple[float, list[Clef]]]] = {}
        for clef in CLEFS:
            grade = 1.0 if one is None else clef_grade(one[0], clef) * key_grade(one[1], fifths, clef)
            options = [
                (s * grade * (1.0 if before == clef else _CHANGED), [*path, clef])
                for before, held in paths.items()
                for s, path in held
            ] or [(grade, [clef])]
            new[clef] = sorted(options, key=lambda o: -o[0])[:most]
        paths = new
    return sorted((p for held in paths.values() for p in held), key=lambda p: -p[0])[:most]


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
            own = _own_clefs(reading, bar, start) if number == 0 else ()
            for seen in reading.clefs:
                if seen in own:
                    continue
                found, grade = max(seen.clefs, key=lambda c: c[1])
                if grade >= _SURE_CHANGE and found != (changes[-1][1] if changes else clef):
                    changes.append((seen.x, found))
        out[system, staff, number] = BarContext(clef, tuple(changes), Key(fifths))
        if changes:
            clef = changes[-1][1]
    return out


def _own_clefs(reading: BarSigns, bar: StaffBar, start: float) -> tuple[ClefSign, ...]:
    """The clefs with which a staff begins: one behind the key signature is a change before the first note."""
    before = [c for c in reading.clefs if c.x < start]
    keys = [k.x for k in reading.keys if k.x < start]
    first = [c for c in before if c.x - bar.frame.left < _CLEF_REACH]
    if not keys or not first:
        return tuple(before)
    return tuple(c for c in before if c.x < max(keys) or c is min(first, key=lambda c: c.x))


def _changed_key(sign: KeySign, before: int, clef: Clef) -> int:
    """The key after signs within a line: the one that fits, if it fits well."""
    if all(name == "natural" for name, _, _ in sign.signs):
        return 0 if len(sign.signs) >= abs(before) else before
    grades = {f: key_grade(sign, f, clef) for f in KEYS if f}
    best = max(grades, key=lambda f: grades[f])
    return best if grades[best] > 0.5 else before
