"""What a bar may have been where a sign of it was doubtful: readings one decision away, from what was seen and dropped.

The parse takes the likeliest sign at each place; here the second best has its turn, one at a time: a head that was too
weak to be one, or one that is none; an accidental that was another, or was left out; a head a step away; a rest that was
another. None of these needs the sum of the bar, so that also wrong pitches and chord tones have a reading of their own.
How plausible each is comes from the memberships alone; what it is worth is weighed in `models.read.ranking.probability`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from models.notation.score import NoteType
from models.read.meaning.evidence import ACCIDENTAL_NAMES, HEAD_NAMES, REST_NAMES, SeenMark
from models.read.meaning.signs import BarSigns, ChordSign, HeadSign, RestSign, TimedSign

MOST = 6
"""Slips of one reading that are given."""

_LEAST = 0.05  # plausibility below which a slip is not worth a reading
_HIGHEST = 0.5  # a slip is no likelier than what was chosen
_SAME_X, _SAME_PLACE = 0.6, 0.9  # staff spaces and steps within which a mark and a sign are one
_COLUMN = 0.9  # staff spaces between heads of one chord
_BEFORE = (0.5, 3.6)  # staff spaces from an accidental to its head
_LEVEL = 1.5  # steps between them
_OFF = 0.2  # of a step that a head may lie off its place before it may be the next one's
_HIGH, _LOW = 15.0, -7.0  # steps: what stands beyond is a word
_TWO_STEMS = 0.25  # plausibility that a head with two stems has one
_TELLING = 0.25  # membership from which what is left out speaks against a reading
_WEAK_HEAD, _WEAK_ACCIDENTAL = 0.8, 0.9
_SIGN_OF = {"double_sharp": "double-sharp", "double_flat": "flat-flat"}
_TYPES = dict(
    zip(
        REST_NAMES,
        (NoteType.WHOLE, NoteType.HALF, NoteType.QUARTER, NoteType.EIGHTH, NoteType.N16, NoteType.N32),
        strict=True,
    )
)
_NAMES = {kind: name for name, kind in _TYPES.items()}

Slip = tuple[float, str, tuple[TimedSign, ...]]
"""How plausible it is (0..1), of which kind, and the signs then."""


def slips(reading: BarSigns, seen: Sequence[SeenMark]) -> list[BarSigns]:
    """The readings one doubtful sign away from `reading`, at most six, the most plausible first."""
    found = [(min(_HIGHEST, p), kind, timed) for p, kind, timed in _all(reading, seen) if p >= _LEAST]
    found.sort(key=lambda slip: -slip[0])
    return [
        replace(reading, timed=timed, certainty=min(0.9 * reading.certainty, p), slip=kind, plausible=p)
        for p, kind, timed in found[:MOST]
    ]


def unexplained(reading: BarSigns, seen: Sequence[SeenMark]) -> list[SeenMark]:
    """The marks that look like a head or an accidental and are part of nothing that the reading tells."""
    heads = [h for s in reading.timed if isinstance(s, ChordSign) for h in s.heads]
    rests = [s for s in reading.timed if isinstance(s, RestSign)]
    return [
        m
        for m in seen
        if _LOW <= m.place <= _HIGH
        and m.membership(*HEAD_NAMES, *ACCIDENTAL_NAMES) > 0.0
        and not any(abs(h.x - m.x) < _SAME_X and abs(h.place - m.place) < _SAME_PLACE for h in heads)
        and not any(abs(r.x - m.x) < _SAME_X for r in rests)
        and not any(h.accidental is not None and _before(m, h) for h in heads)
        and not any(k.x - _SAME_X <= m.x <= k.x + 1.3 * len(k.signs) for k in reading.keys)
        and not any(abs(c.x - m.x) < 1.6 for c in reading.clefs)
        and not any(abs(t.x - m.x) < 1.2 for t in reading.metres)
    ]


def left_out(reading: BarSigns, seen: Sequence[SeenMark]) -> float:
    """How much the reading leaves unexplained: the memberships of marks that look like heads or accidentals, added up."""
    grades = (m.membership(*HEAD_NAMES, *ACCIDENTAL_NAMES) for m in unexplained(reading, seen))
    return sum((grade for grade in grades if grade >= _TELLING), 0.0)


def _before(mark: SeenMark, head: HeadSign) -> bool:
    """Whether a mark stands where the accidental of a head does, and may be one."""
    if not _BEFORE[0] < head.x - mark.x < _BEFORE[1] or mark.membership(*ACCIDENTAL_NAMES) <= 0.0:
        return False
    lower = (
        1.0 if mark.membership("flat", "double_flat") >= 0.3 else 0.0
    )  # a flat's middle lies above its bowl
    return min(abs(mark.place - head.place), abs(mark.place - lower - head.place)) < _LEVEL


def _all(reading: BarSigns, seen: Sequence[SeenMark]) -> Iterator[Slip]:
    loose = unexplained(reading, seen)
    for n, sign in enumerate(reading.timed):
        options = _of_rest(sign, seen) if isinstance(sign, RestSign) else _of_chord(sign, seen, loose)
        for p, kind, other in options:
            yield p, kind, (*reading.timed[:n], *other, *reading.timed[n + 1 :])
    yield from _of_shared_heads(reading.timed)
    for mark in loose:
        yield from _of_head_left_out(reading.timed, mark)


def _of_rest(rest: RestSign, seen: Sequence[SeenMark]) -> Iterator[tuple[float, str, tuple[TimedSign, ...]]]:
    yield 0.8 * (1.0 - rest.certainty), "rest", ()
    for mark in seen:
        if abs(mark.x - rest.x) < _SAME_X and mark.membership(*REST_NAMES) >= rest.certainty - 0.05:
            for name, p in mark.names:
                if name in _TYPES and name != _NAMES.get(rest.type):
                    yield p, "rest", (replace(rest, type=_TYPES[name]),)


def _of_chord(
    chord: ChordSign, seen: Sequence[SeenMark], loose: Sequence[SeenMark]
) -> Iterator[tuple[float, str, tuple[TimedSign, ...]]]:
    for n, head in enumerate(chord.heads):

        def with_head(*others: HeadSign, at: int = n) -> tuple[TimedSign, ...]:
            heads = (*chord.heads[:at], *others, *chord.heads[at + 1 :])
            return (replace(chord, heads=heads),) if heads else ()

        yield _WEAK_HEAD * (1.0 - head.certainty), "head", with_head()
        off = head.place - head.step
        if abs(off) > _OFF:
            step = head.step + (1 if off > 0 else -1)
            if all(h.step != step for h in chord.heads):
                yield abs(off), "step", with_head(replace(head, place=float(step)))
        signs: dict[str, float] = {}
        for mark in seen if head.accidental is not None else loose:
            if not _before(mark, head):
                continue
            weight = 1.0 if head.accidental is not None else _WEAK_ACCIDENTAL
            for name, p in mark.names:
                if name in ACCIDENTAL_NAMES:
                    sign = _SIGN_OF.get(name, name)
                    signs[sign] = max(signs.get(sign, 0.0), weight * p)
        if head.accidental is not None:
            told = signs.pop(head.accidental, 1.0)
            yield 1.0 - told, "accidental", with_head(replace(head, accidental=None))
        for name, p in signs.items():
            yield p, "accidental", with_head(replace(head, accidental=name))
    fill = {"solid_head": True, "hollow_head": False, "whole_head": False}
    other = max(
        (
            p
            for mark in seen
            for h in chord.heads
            if abs(mark.x - h.x) < _SAME_X and abs(mark.place - h.place) < _SAME_PLACE
            for name, p in mark.names
            if name in fill and fill[name] != chord.filled
        ),
        default=0.0,
    )
    if other and not chord.strokes:
        yield other, "value", (replace(chord, filled=not chord.filled),)


def _of_shared_heads(timed: Sequence[TimedSign]) -> Iterator[Slip]:
    """One voice where two were read at one head: the second stem is a stroke of something else."""
    for n, one in enumerate(timed):
        for m in range(n + 1, len(timed)):
            other = timed[m]
            if (
                isinstance(one, ChordSign)
                and isinstance(other, ChordSign)
                and set(one.heads) & set(other.heads)
            ):
                for gone in (m, n):
                    yield _TWO_STEMS, "head", (*timed[:gone], *timed[gone + 1 :])


def _of_head_left_out(timed: Sequence[TimedSign], mark: SeenMark) -> Iterator[Slip]:
    """A weak head as a further tone of the chord in its column, or as a note of its own."""
    p = _WEAK_HEAD * mark.membership(*HEAD_NAMES[:3])
    if not p:
        return
    box = mark.box
    head = HeadSign(mark.x, mark.place, certainty=p, box=box)
    beside = [
        n
        for n, s in enumerate(timed)
        if isinstance(s, ChordSign)
        and not s.grace
        and any(abs(h.x - mark.x) < _COLUMN for h in s.heads)
        and all(h.step != head.step for h in s.heads)
    ]
    for n in beside:
        chord = timed[n]
        if isinstance(chord, ChordSign):
            heads = tuple(sorted((*chord.heads, head), key=lambda h: h.place))
            yield p, "head", (*timed[:n], replace(chord, heads=heads), *timed[n + 1 :])
    if not beside and not any(abs(s.x - mark.x) < _COLUMN for s in timed):
        solid = mark.membership("solid_head") >= mark.membership("hollow_head", "whole_head")
        whole = not solid and mark.membership("whole_head") > mark.membership("hollow_head")
        note = ChordSign(mark.x, (head,), filled=solid, stem=None if whole else "up", certainty=p, box=box)
        place = sum(s.x < mark.x for s in timed)
        yield p, "head", (*timed[:place], note, *timed[place:])
