"""Bar lines that durations speak against: one that is missed where a bar holds two bars' worth, one too many where two make one.

Only sums that are exact on every staff count, under a metre that most bars of the page fill: a bar of twice the metre whose
staves all begin anew in the middle, two neighbours that are each too short and together as long as the metre. Bars where
music is often as long as it likes are left alone: at pickups, repeats, endings, double bars, ends of systems, and where
clef, key or metre change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from models.notation.score import Metre, NoteType
from models.read.meaning.rhythm import Placed, placed, total, with_whole_rests
from models.read.meaning.signs import BarSigns, ChordSign, PageBars, RestSign, StaffBar
from models.read.meaning.tuplets import with_tuplets

_FILLED = 0.6  # share of the page's bars that must fill the metre
_LEAST = 3  # of them at least
_MOST = 0.25  # share of the page's bars that may be changed: else it is the metre that is another
_TIMES = (2, 3)  # bars' worth that a bar may hold
_HEAD = 0.95  # staff spaces from a sign's middle that are its own
_ROOM = 0.8  # staff spaces that a bar line needs at least


@dataclass(frozen=True)
class MissedLine:
    """A bar line that a bar lacks: on each staff of its system somewhere between two places, in staff spaces."""

    system: int
    bar: int
    between: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class FalseLine:
    """A bar line at the end of a bar of a system that is none."""

    system: int
    bar: int


def lines_by_durations(
    page: PageBars, metres: Mapping[tuple[int, int], Metre | None]
) -> list[MissedLine | FalseLine]:
    """The bar lines of a page that durations speak for or against, from the top down; nothing where they prove nothing.

    ``metres`` are those of its bars, by system and bar.
    """
    bars = {
        (system, bar): [staff[bar] for staff in staves if bar < len(staff)]
        for system, staves in enumerate(page)
        for bar in range(max(map(len, staves), default=0))
    }
    lengths = {at: [_length(one) for one in staves] for at, staves in bars.items()}
    full = [at for at in bars if (m := metres.get(at)) and _all_last(lengths[at], m.quarters)]
    known = [at for at in bars if any(length is not None for length in lengths[at])]
    if len(full) < max(_LEAST, _FILLED * len(known)):
        return []
    found: list[MissedLine | FalseLine] = []
    for (system, bar), staves in bars.items():
        metre = metres.get((system, bar))
        if metre is None:
            continue
        found += _missed(staves, system, bar, metre.quarters)
        if _may_be_one(bars, metres, system, bar) and _make_one(
            staves, bars[system, bar + 1], metre.quarters
        ):
            found.append(FalseLine(system, bar))
    changed = {(one.system, one.bar) for one in found}
    return found if len(changed) <= max(1.0, _MOST * len(bars)) else []


def _placed(signs: BarSigns) -> list[Placed]:
    return placed(with_whole_rests(with_tuplets(signs).timed))


def _length(bar: StaffBar) -> Fraction | None:
    """How long a bar of a staff lasts as it is read first; None where that says nothing: it is empty or rests as a whole."""
    if not bar.readings or bar.repeats or bar.absent:
        return None
    timed = bar.readings[0].timed
    if not any(isinstance(sign, ChordSign) and not sign.grace for sign in timed) and len(timed) < 2:
        return None
    return total(_placed(bar.readings[0]))


def _all_last(lengths: Sequence[Fraction | None], wanted: Fraction) -> bool:
    known = [one for one in lengths if one is not None]
    return bool(known) and all(one == wanted for one in known)


def _missed(staves: Sequence[StaffBar], system: int, bar: int, metre: Fraction) -> list[MissedLine]:
    """The bar lines that a bar lacks: at each multiple of the metre, if all staves begin anew there."""
    if any(bar.repeats or not bar.readings for bar in staves):
        return []
    for times in _TIMES:
        each = [
            [_parted(one, metre, n, times) for one in staves] for n in range(1, times)
        ]  # line by line, staff by staff
        if not all(all(gap is not None for gap in line) for line in each):
            continue
        found = []
        for line in each:
            gaps = _in_common(staves, [gap for gap in line if gap is not None])
            if gaps is None:
                return []
            found.append(MissedLine(system, bar, gaps))
        return found
    return []


def _parted(bar: StaffBar, metre: Fraction, n: int, times: int) -> tuple[float, float] | None:
    """Between which places a bar of a staff may be parted after ``n`` bars' worth of its ``times``; None if it may not."""
    signs = bar.readings[0]
    if any(bar.frame.left < sign.x for sign in signs.metres) and bar.frame.left > 2.0:
        return None
    timed = sorted(signs.timed, key=lambda sign: sign.x)
    if len(timed) == times and all(isinstance(s, RestSign) and s.type is NoteType.WHOLE for s in timed):
        before, after = timed[n - 1 : n], timed[n : n + 1]  # each rests through its bar
    else:
        found = _placed(signs)
        if total(found) != times * metre:
            return None
        at = n * metre
        if any(one.onset < at < one.end for one in found):
            return None
        before = [one.sign for one in found if one.onset < at]
        after = [one.sign for one in found if one.onset >= at]
    if not before or not after:
        return None
    left, right = max(sign.x for sign in before) + _HEAD, min(sign.x for sign in after) - _HEAD
    between = [*(clef.x for clef in signs.clefs), *(key.x for key in signs.keys)]
    return None if right < left or any(left < x < right for x in between) else (left, right)


def _in_common(
    staves: Sequence[StaffBar], gaps: Sequence[tuple[float, float]]
) -> tuple[tuple[float, float], ...] | None:
    """The part of the gaps of all staves that stands in one column; None where that leaves no room for a bar line."""
    shares = [
        tuple((x - bar.frame.left) / max(bar.frame.right - bar.frame.left, 1e-6) for x in gap)
        for bar, gap in zip(staves, gaps, strict=True)
    ]
    left, right = max(a for a, _ in shares), min(b for _, b in shares)
    out = []
    for bar in staves:
        wide = bar.frame.right - bar.frame.left
        if (right - left) * wide < _ROOM:
            return None
        out.append((bar.frame.left + left * wide, bar.frame.left + right * wide))
    return tuple(out)


def _may_be_one(
    bars: Mapping[tuple[int, int], Sequence[StaffBar]],
    metres: Mapping[tuple[int, int], Metre | None],
    system: int,
    bar: int,
) -> bool:
    """Whether a bar and the next one of its system stand where two short bars are no custom."""
    here, after = bars[system, bar], bars.get((system, bar + 1))
    if after is None or metres.get((system, bar)) != metres.get((system, bar + 1)):
        return False
    last_system = max(s for s, _ in bars)
    if (system, bar) == (0, 0) or (system == last_system and (system, bar + 2) not in bars):
        return False  # a pickup, and the last bar that makes up for it
    plain = all(
        one.frame.barline == "regular" and not one.frame.repeat_end and one.frame.ending is None
        for one in here
    )
    begins = any(one.frame.repeat_start or one.frame.repeat_end or one.frame.ending for one in after)
    signs = any(one.readings and (one.readings[0].metres or _changes(one)) for one in after)
    return plain and not begins and not signs


def _changes(bar: StaffBar) -> bool:
    """Whether clef or key change at the start of a bar."""
    signs = bar.readings[0]
    start = min((sign.x for sign in signs.timed), default=bar.frame.right)
    return any(x < start for x in (*(clef.x for clef in signs.clefs), *(key.x for key in signs.keys)))


def _make_one(one: Sequence[StaffBar], two: Sequence[StaffBar], metre: Fraction) -> bool:
    """Whether two bars are each too short, and together last a metre exactly on every staff, or rest through it once."""
    exact = False
    for a, b in zip(one, two, strict=False):
        lasts, then = _length(a), _length(b)
        if lasts is None and then is None:
            if (
                sum(len(bar.readings[0].timed) for bar in (a, b) if bar.readings) > 1
                or a.repeats
                or b.repeats
            ):
                return False
            continue
        if lasts is None or then is None or min(lasts, then) <= 0 or lasts + then != metre:
            return False
        exact = True
    return exact
