"""Arcs of a staff as ties and slurs, over all its bars at once: many lead over a bar line, some over the end of a line.

A tie and a slur look alike. A tie is level, joins two heads at one place, and the second sounds when the first one ends; what
else stands between them belongs to other voices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from models.read.meaning.marks import Mark
from models.read.meaning.rhythm import Placed
from models.read.meaning.signs import ArcSign, ChordSign, HeadSign

SlurEnd = tuple[str, int]
"""Start or stop, and the number that a slur has while it lasts."""

HeldHead = tuple[int, HeadSign]
"""A head and the ``id`` of the chord that it is taken as one of."""

_TIE_REACH = 3.2  # staff spaces from a tie's end to its head: dots and second heads may stand between
_OVER = 0.4  # staff spaces that an end may lie past its head's middle,
_CLEAR = 0.5  # and by which the ends of a chord's ties together leave the middles free: slurs begin and end over them
_SLUR_REACH = 2.3  # staff spaces between a slur's end and its head
_FAR = 6.0  # half spaces between a slur's end and what its chord reaches with heads and stem
_STEM = 7.0  # half spaces
_TOP, _BOTTOM = 9.0, -1.0  # half spaces above the lowest line: what lies beyond is outside the staff
_STROKE, _AS_LONG = (
    0.7,
    0.55,
)  # staff spaces by which a hairpin's stroke may be longer than it, share of it that one is
_LEVEL = 1.2  # half spaces by which a tie rises or falls
_BESIDE = 2.8  # half spaces from a tie's end to its head
_USUAL = 0.9  # staff spaces from a head's middle to where its tie begins
_SECOND = 2.0  # staff spaces from a tie's start up to which what stands there is of its column
_PARALLEL = 1.0  # staff spaces between the ends of ties of one chord
_OTHER_VOICE = 0.3  # what speaks against a tie on the side of the other voice
_ASIDE = 10_000.0  # staff spaces by which systems are set side by side: more than any is long
_APART = 8.0  # half spaces between the heights of the ends of an arc that goes on in the next system
_MOST = 6  # slurs at once on a staff


@dataclass(frozen=True)
class BarOnStaff:
    """A bar of one staff as it was read: its notes and rests with their onsets, its arcs, quarter notes that it lasts.

    `hairpins` are those that begin in it: their strokes look like flat arcs. `system` counts the systems of the piece,
    and `aside` is by how many staff spaces its places are to be moved to lie behind those of the bar before.
    """

    placed: Sequence[Placed]
    arcs: Sequence[ArcSign]
    length: Fraction
    hairpins: Sequence[Mark] = ()
    system: int = 0
    aside: float = 0.0

    def along(self, x: float) -> float:
        """A place of the bar along all systems, set side by side."""
        return x + self.aside + _ASIDE * self.system


@dataclass
class BarArcs:
    """What arcs do in a bar: heads at which ties start and stop, each with the ``id`` of its chord, and slurs by that.

    A head of two voices is in two chords, of which a tie holds one. ``carried`` are the heads of ties that lead over the
    bar's end, ``open_end`` those of them of which it is not known to which note.
    """

    starts: set[HeldHead] = field(default_factory=set)
    stops: set[HeldHead] = field(default_factory=set)
    slurs: dict[int, list[SlurEnd]] = field(default_factory=dict)
    carried: set[HeadSign] = field(default_factory=set)
    open_end: set[HeldHead] = field(default_factory=set)


@dataclass(frozen=True)
class _Chord:
    bar: int
    sign: ChordSign
    onset: Fraction
    voice: int
    x: float

    @property
    def end(self) -> Fraction:
        return self.onset + self.sign.length


def arcs_of(bars: Sequence[BarOnStaff], *, first_number: int = 1) -> list[BarArcs]:
    """What the arcs of one staff do in each of its bars; slurs are numbered from ``first_number``.

    Two arcs of which one leads out of a system and the other into the next are one.
    """
    out = [BarArcs() for _ in bars]
    chords = _chords(bars)
    slurs: list[tuple[_Chord, _Chord]] = []
    arcs = _over_systems(_own_arcs(bars), chords)
    for arc in sorted(arcs, key=lambda a: a.left):
        tied = _tied(arc, chords, beside=sum(_are_parallel(arc, other) for other in arcs) > 1)
        if tied is not None:
            first, head, last, other = tied
            out[first.bar].starts.add((id(first.sign), head))
            out[last.bar].stops.add((id(last.sign), other))
            if first.bar != last.bar:
                out[first.bar].carried.add(head)
            continue
        begin, end = _nearest(chords, arc.left), _nearest(chords, arc.right)
        if begin is not None and end is not None and begin.x < end.x:
            slurs.append((begin, end))
        elif end is None and (leading := _leading_out(arc, chords)) is not None:
            chord, head = leading
            out[chord.bar].carried.add(head)
            out[chord.bar].open_end.add((id(chord.sign), head))
    _number(slurs, out, first_number)
    return out


def _own_arcs(bars: Sequence[BarOnStaff]) -> list[ArcSign]:
    """The arcs of all bars that are no strokes of hairpins, systems side by side."""
    found = []
    for system in dict.fromkeys(bar.system for bar in bars):
        own = [bar for bar in bars if bar.system == system]
        hairpins = [h for bar in own for h in bar.hairpins]
        found += [
            replace(a, left=(bar.along(a.left[0]), a.left[1]), right=(bar.along(a.right[0]), a.right[1]))
            for bar in own
            for a in bar.arcs
            if a.certainty > 0 and not any(_is_of(a, h) for h in hairpins)
        ]
    return found


def _over_systems(arcs: Sequence[ArcSign], chords: Sequence[_Chord]) -> list[ArcSign]:
    """The arcs, with those that lead out of a system and into the next made one, the nearest in height first."""
    ends: dict[float, tuple[float, float]] = {}
    for c in chords:
        first, last = ends.get(c.x // _ASIDE, (c.x, c.x))
        ends[c.x // _ASIDE] = min(first, c.x), max(last, c.x)

    def at(x: float) -> tuple[float, float]:
        return ends.get(x // _ASIDE, (x, x))

    leaving = [a for a in arcs if a.right[0] > at(a.left[0])[1] + _OVER]
    coming = [a for a in arcs if a.left[0] < at(a.left[0])[0] - _OVER]
    pairs = [
        (abs(a.left[1] - b.right[1]), n, m)
        for n, a in enumerate(leaving)
        for m, b in enumerate(coming)
        if b.left[0] // _ASIDE == a.left[0] // _ASIDE + 1 and a is not b
    ]
    made: dict[int, ArcSign] = {}
    gone: set[int] = set()
    for away, n, m in sorted(pairs):
        a, b = leaving[n], coming[m]
        if away < _APART and id(a) not in gone and id(b) not in gone:
            made[id(a)] = replace(a, right=b.right)
            gone |= {id(a), id(b)}
    return [made.get(id(a), a) for a in arcs if id(a) not in gone or id(a) in made]


def _is_of(arc: ArcSign, hairpin: Mark) -> bool:
    """Whether an arc is a stroke of a hairpin: as long, on its side of the staff."""
    (x0, y0), (x1, y1) = arc.left, arc.right
    beside = min(y0, y1) > _TOP if hairpin.placement == "above" else max(y0, y1) < _BOTTOM
    within = hairpin.x - _STROKE < x0 and x1 < hairpin.x1 + _STROKE
    return beside and within and x1 - x0 > _AS_LONG * (hairpin.x1 - hairpin.x)


def _chords(bars: Sequence[BarOnStaff]) -> list[_Chord]:
    """All chords of a staff from left to right, their onsets counted from the start of the piece."""
    found = []
    start = Fraction(0)
    for n, bar in enumerate(bars):
        for p in bar.placed:
            if isinstance(p.sign, ChordSign):
                found.append(_Chord(n, p.sign, start + p.onset, p.voice, bar.along(p.sign.x)))
        start += bar.length
    return sorted(found, key=lambda c: c.x)


def _are_parallel(one: ArcSign, two: ArcSign) -> bool:
    """Whether two arcs begin and end together, as those of a chord do."""
    return all(abs(a[0] - b[0]) < _PARALLEL for a, b in ((one.left, two.left), (one.right, two.right)))


def _tied(
    arc: ArcSign, chords: Sequence[_Chord], *, beside: bool
) -> tuple[_Chord, HeadSign, _Chord, HeadSign] | None:
    """The two chords that an arc ties, with their heads; None where it is no tie. `beside`: others run beside it."""
    (x0, y0), (x1, y1) = arc.left, arc.right
    if abs(y1 - y0) > _LEVEL:
        return None
    graces = [c.x for c in chords if c.sign.grace]
    # behind a grace note an arc is that note's own, and leads to the note that it is before
    lefts = [
        c for c in chords if -_OVER < x0 - c.x < _TIE_REACH and not any(c.x < x < x0 + _OVER for x in graces)
    ]
    rights = [c for c in chords if -_OVER < c.x - x1 < _TIE_REACH]
    best, least = None, float("inf")
    for first in lefts:
        for head in first.sign.heads:
            for last in rights:
                other = _same(head, last)
                if other is None or not _follows(first, last, head, chords, arc, beside=beside):
                    continue
                off = abs(head.place - y0)
                if off > _BESIDE:
                    continue
                away = abs(x0 - first.x - _USUAL) + abs(last.x - x1 - _USUAL)
                away += _OTHER_VOICE * ((first.sign.stem == "up") == (y0 < head.place))
                if off + away < least:
                    best, least = (first, head, last, other), off + away
    return best


def _same(head: HeadSign, chord: _Chord) -> HeadSign | None:
    """The head of a chord that may be the same note: at the same place, with no other sign before it."""
    return next(
        (h for h in chord.sign.heads if h.step == head.step and h.accidental in (None, head.accidental)),
        None,
    )


def _follows(
    first: _Chord, last: _Chord, head: HeadSign, chords: Sequence[_Chord], arc: ArcSign, *, beside: bool
) -> bool:
    """Whether one chord sounds right after another, or nothing that might stands between them."""
    if last.x <= first.x or first.sign.grace != last.sign.grace:
        return False
    under = (
        arc.left[0] + min(_SECOND, 0.3 * (arc.right[0] - arc.left[0])),
        min(arc.right[0] + _OVER, last.x),
    )  # a second voice stands beside the first
    between = [c for c in chords if under[0] < c.x < under[1] and not c.sign.grace and c is not first]
    if first.end == last.onset and not any(c.onset < last.onset and c.end == first.end for c in between):
        return True
    if any(h.step == head.step for c in between for h in c.sign.heads):
        return False
    clear = last.x - first.x - (arc.right[0] - arc.left[0]) >= _CLEAR
    return (beside and clear) or not any(c.voice == first.voice for c in between)


def _nearest(chords: Sequence[_Chord], end: tuple[float, float]) -> _Chord | None:
    near = [
        (abs(c.x - end[0]), n, c)
        for n, c in enumerate(chords)
        if abs(c.x - end[0]) < _SLUR_REACH and _away(c.sign, end[1]) < _FAR
    ]
    return min(near)[2] if near else None


def _away(chord: ChordSign, y: float) -> float:
    """Half spaces between a height and a chord with its stem; 0 beside it."""
    low, high = (f(h.place for h in chord.heads) for f in (min, max))
    if chord.stem == "up":
        high += _STEM
    elif chord.stem == "down":
        low -= _STEM
    return max(0.0, low - y, y - high)


def _leading_out(arc: ArcSign, chords: Sequence[_Chord]) -> tuple[_Chord, HeadSign] | None:
    """The chord after which nothing of its voice follows in its bar, and its head that an arc leads on from."""
    x, y = arc.left
    found = [
        (abs(x - c.x - _USUAL) + abs(h.place - y), n, c, h)
        for n, c in enumerate(chords)
        if -_OVER < x - c.x < _TIE_REACH
        and not any(
            o.bar == c.bar and (o.x > arc.right[0] or (o.voice == c.voice and o.onset > c.onset))
            for o in chords
        )
        for h in c.sign.heads
        if abs(h.place - y) < _BESIDE
    ]
    if not found:
        return None
    _, _, chord, head = min(found, key=lambda f: f[:2])
    return chord, head


def _number(slurs: Sequence[tuple[_Chord, _Chord]], out: Sequence[BarArcs], first_number: int) -> None:
    """Slurs entered in their bars, each with the lowest number that is free where it starts."""
    lasting: dict[int, float] = {}
    for begin, end in sorted(slurs, key=lambda s: s[0].x):
        free = [
            n for n in range(first_number, first_number + _MOST) if lasting.get(n, -1.0) <= begin.x - 0.01
        ]
        if not free:
            continue
        lasting[free[0]] = end.x
        out[begin.bar].slurs.setdefault(id(begin.sign), []).append(("start", free[0]))
        out[end.bar].slurs.setdefault(id(end.sign), []).append(("stop", free[0]))
