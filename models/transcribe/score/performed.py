"""A performance with both hands on paper's time: beats, bars, places, hands, lengths, voices, keys and spelling of its notes.

Reads like its steps. The notation network is asked once; each step has a module of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import groupby

import numpy as np
import numpy.typing as npt

from models.notation.score import Key, Metre, Pitch
from models.transcribe.heard import HeardNote
from models.transcribe.score.bars import BarLine, bars_of
from models.transcribe.score.beats import Evidence, follow_beats
from models.transcribe.score.grid import divided
from models.transcribe.score.hands import hands_of
from models.transcribe.score.keys import signatures, spelt_by, with_mode
from models.transcribe.score.metre import compound
from models.transcribe.score.note_features import chords_of
from models.transcribe.score.note_network import LENGTHS, METRES, PERIODS, NoteMarks, marked
from models.transcribe.score.quantise import Placed
from models.transcribe.score.trills import Trill, folded, trills_of
from models.transcribe.score.voices import Span, voices_of

GIVEN_SPREAD = 0.12
"""Standard deviation of the logarithm of the beat around a tempo that is given."""
GRACE_S = 0.12
"""Seconds before its chord within which a note that shares its place is a grace note, if it is a step from one of its notes."""
FULL, READABLE, MELODY = "full", "readable", "melody"
LEVELS = (FULL, READABLE, MELODY)
"""How much is written: everything; no grace notes, one voice a hand and no values below 16ths; the upper line alone."""
MIDDLE_C = 60
SILENT_DOWN = -1.0
"""The logarithm of the odds of a downbeat where nothing begins."""
FILLS = Fraction(7, 10)
"""The share of the way to its voice's next note from which a note is written all the way."""
SHORTEST_REST = Fraction(1, 2)
"""Quarter notes below which no rest is written behind a note."""
PICKUP = Fraction(3, 4)
"""The most of a bar that a pickup may fill."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Wishes:
    """What a visitor decides instead of the estimate: beats a minute, beats so many times as long, metre, fifths of the key, hands parted at middle C, level."""

    tempo: float | None = None
    factor: float = 1.0
    metre: Metre | None = None
    fifths: int | None = None
    split: bool = False
    level: str = FULL


@dataclass(frozen=True)
class Measure:
    """A bar on paper: where it starts and how long it is, in quarter notes from the first full bar; signature and key that hold."""

    start: Fraction
    length: Fraction
    metre: Metre
    key: Key
    pickup: bool = False


@dataclass(frozen=True)
class Performed:
    """The notes on paper's time (those that are written, by index), their pitches by index, the bars, and the tempo."""

    placed: tuple[Placed, ...]
    pitches: dict[int, Pitch]
    measures: tuple[Measure, ...]
    beats: Floats
    """Seconds of the beats."""
    downbeats: Floats
    beat_a_minute: float
    beats_a_bar: int = 4
    """In the first bar."""
    staves: int = 2
    graces: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """Notes played just before a note (by its index), written small."""
    trills: frozenset[int] = frozenset()


def read_performance(notes: Sequence[HeardNote], wishes: Wishes | None = None) -> Performed:
    """The score's side of at least two notes in order of onset. `WeightsError` without the notation network."""
    wishes = wishes or Wishes()
    order = sorted(range(len(notes)), key=lambda i: (notes[i].onset_s, notes[i].midi))
    heard = [notes[i] for i in order]
    onsets, offsets, midis, loud = (
        np.array(column, float)
        for column in zip(*((n.onset_s, n.offset_s, n.midi, n.velocity) for n in heard), strict=True)
    )
    marks = marked(onsets, offsets, midis, loud)
    chord = chords_of(onsets)
    firsts = np.flatnonzero(np.diff(chord, prepend=-1))
    beats, number = _beats(marks, onsets, chord, firsts, wishes)
    bars = _bars(marks, chord, beats, number, wishes)
    hands = [n.staff or h for n, h in zip(heard, _hands(chord, midis, marks, wishes), strict=True)]
    trills = trills_of(heard)
    kept = _kept(heard, hands, trills, wishes)
    grid = _Paper(beats, bars)
    starts = grid.places(onsets[firsts], _chord_mean(marks.place, chord), wishes)
    start = {i: starts[chord[i]] for i in kept}
    written = {t.index: folded(heard, t) for t in trills}
    graces = _graces(heard, hands, start) if wishes.level == FULL else {}
    small = {i for own in graces.values() for i in own}
    length = {i: grid.length(start[i], LENGTHS[int(marks.length[i].argmax())]) for i in kept}
    for i, note in written.items():
        if i in start:
            heard[i] = note
            length[i] = max(length[i], grid.spanned(note.onset_s, note.offset_s))
    if wishes.level == MELODY:
        hands = [1] * len(heard)
    placed = _voiced(heard, hands, start, length, [i for i in kept if i not in small], wishes)
    measures = _measures(grid, placed)
    fifths = _fifths(marks, start, measures, wishes)
    measures = _signed(measures, fifths, heard, placed)
    at = {i: _measure_at(measures, start[i]) for i in kept}
    spelt = spelt_by(
        marks.spelling[kept], [heard[i].midi for i in kept], [measures[at[i]].key.fifths for i in kept]
    )
    return Performed(
        tuple(sorted((replace(p, index=order[p.index]) for p in placed), key=lambda p: p.index)),
        {order[i]: pitch for i, pitch in zip(kept, spelt, strict=True)},
        tuple(measures),
        beats,
        np.array([beats[bar.first] for bar in bars if 0 <= bar.first < len(beats)]),
        round(60 / float(np.median(np.diff(beats))), 1),
        bars[0].beats,
        2 if 2 in {p.staff for p in placed} else 1,
        {order[i]: tuple(order[j] for j in own) for i, own in graces.items()},
        frozenset(order[t.index] for t in trills),
    )


def _chord_mean(values: npt.NDArray[np.float32], chord: npt.NDArray[np.int64]) -> Floats:
    firsts = np.flatnonzero(np.diff(chord, prepend=-1))
    size = np.bincount(chord).reshape(-1, *([1] * (values.ndim - 1)))
    return np.asarray(np.add.reduceat(values.astype(float), firsts, axis=0) / size)


def _beats(
    marks: NoteMarks,
    onsets: Floats,
    chord: npt.NDArray[np.int64],
    firsts: npt.NDArray[np.intp],
    wishes: Wishes,
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Seconds of the beats, reaching beyond all notes, and the number of the chord on each (-1 for none)."""
    times = onsets[firsts]
    period = _chord_mean(marks.period, chord)
    if wishes.tempo:
        wanted = np.log(np.array(PERIODS) * wishes.tempo / 60)
        period = np.broadcast_to(-0.5 * (wanted / GIVEN_SPREAD) ** 2, period.shape)
    evidence = Evidence(times, _chord_mean(marks.beat, chord), period, np.array(PERIODS))
    beats = follow_beats(evidence, wishes.factor)
    if len(beats) < 2:
        beats = np.array([times[0], times[0] + 0.5])
    before, after = beats[1] - beats[0], beats[-1] - beats[-2]
    head = [
        beats[0] - n * before
        for n in range(int((beats[0] - times[0]) / before) + 1, 0, -1)
        if beats[0] - n * before > times[0] - before
    ]
    tail = [beats[-1] + n * after for n in range(1, int((times[-1] - beats[-1]) / after) + 3)]
    beats = np.concatenate([head, beats, tail])
    nearest = np.clip(np.searchsorted(times, beats), 0, len(times) - 1)
    earlier = np.maximum(nearest - 1, 0)
    nearest = np.where(np.abs(times[earlier] - beats) < np.abs(times[nearest] - beats), earlier, nearest)
    return beats, np.where(np.abs(times[nearest] - beats) < 0.07, nearest, -1)


def _bars(
    marks: NoteMarks,
    chord: npt.NDArray[np.int64],
    beats: Floats,
    number: npt.NDArray[np.int64],
    wishes: Wishes,
) -> list[BarLine]:
    down = np.where(number >= 0, _chord_mean(marks.down, chord)[number], SILENT_DOWN)
    metre = _chord_mean(marks.metre, chord)
    starts = np.array([int(n) for n in number])
    known = np.flatnonzero(starts >= 0)
    nearest = (
        known[np.clip(np.searchsorted(known, np.arange(len(beats)), "right") - 1, 0, len(known) - 1)]
        if len(known)
        else []
    )
    around = metre[starts[nearest]] if len(known) else np.repeat(metre.mean(0)[None], len(beats), 0)
    return bars_of(down, around, METRES, given=wishes.metre)


def _hands(chord: npt.NDArray[np.int64], midis: Floats, marks: NoteMarks, wishes: Wishes) -> list[int]:
    if wishes.split:
        return [1 if midi >= MIDDLE_C else 2 for midi in midis]
    return hands_of(chord, midis, marks.hand.astype(float))


def _kept(
    heard: Sequence[HeardNote], hands: Sequence[int], trills: Sequence[Trill], wishes: Wishes
) -> list[int]:
    """The notes that are written."""
    swallowed = {i for trill in trills for i in trill.swallowed}
    kept = [i for i in range(len(heard)) if i not in swallowed]
    if wishes.level != MELODY:
        return kept
    upper: list[int] = []
    for i in kept:
        if hands[i] == 1 and not any(
            heard[j].midi > heard[i].midi and heard[j].onset_s <= heard[i].onset_s + 0.05 < heard[j].offset_s
            for j in range(max(0, i - 12), min(len(heard), i + 12))
            if j != i and hands[j] == 1 and heard[j].onset_s > heard[i].onset_s - 0.5
        ):
            upper.append(i)
    return upper or kept


def _graces(
    heard: Sequence[HeardNote], hands: Sequence[int], start: dict[int, Fraction]
) -> dict[int, tuple[int, ...]]:
    """Notes that share a place in their hand with a chord that was struck a moment later, a step from one of its notes."""
    found: dict[int, tuple[int, ...]] = {}
    by_place: dict[tuple[int, Fraction], list[int]] = {}
    for i, at in start.items():
        by_place.setdefault((hands[i], at), []).append(i)
    for own in by_place.values():
        own.sort(key=lambda i: heard[i].onset_s)
        last = heard[own[-1]].onset_s
        early = [i for i in own if 0.04 < last - heard[i].onset_s < GRACE_S]
        main = [i for i in own if i not in early]
        for i in early:
            near = [j for j in main if 1 <= abs(heard[j].midi - heard[i].midi) <= 2]
            if near:
                found[near[0]] = (*found.get(near[0], ()), i)
    return found


def _voiced(
    heard: Sequence[HeardNote],
    hands: Sequence[int],
    start: dict[int, Fraction],
    length: dict[int, Fraction],
    kept: Sequence[int],
    wishes: Wishes,
) -> list[Placed]:
    """The notes in their voices, each as long as it is written."""
    placed: list[Placed] = []
    for staff in sorted({hands[i] for i in kept}):
        own = [i for i in kept if hands[i] == staff]
        if wishes.level == FULL:
            spans = [Span(start[i], float(start[i] + length[i]), heard[i].midi, heard[i].voice) for i in own]
            voices = voices_of(spans)
        else:
            voices = [1] * len(own)
        for voice in sorted(set(voices)):
            members = sorted(
                (i for i, v in zip(own, voices, strict=True) if v == voice),
                key=lambda i: (start[i], heard[i].midi),
            )
            chords = [list(group) for _, group in groupby(members, key=lambda i: start[i])]
            for n, chord in enumerate(chords):
                gap = start[chords[n + 1][0]] - start[chord[0]] if n + 1 < len(chords) else None
                wanted = sorted(length[i] for i in chord)[len(chord) // 2]
                kept_length = _written(wanted, gap)
                seen: set[int] = set()
                for i in chord:
                    if heard[i].midi not in seen:
                        seen.add(heard[i].midi)
                        placed.append(Placed(i, start[i], kept_length, staff=staff, voice=voice))
    return placed


def _written(wanted: Fraction, gap: Fraction | None) -> Fraction:
    """A length that is cut where its voice goes on, and stretched over a gap too short to be worth a rest."""
    if gap is None:
        return wanted
    if wanted >= gap * FILLS or gap - wanted < SHORTEST_REST:
        return gap
    return wanted


def _measures(paper: _Paper, placed: Sequence[Placed]) -> list[Measure]:
    """The bars from the first to the last note."""
    first = min((p.start for p in placed), default=Fraction(0))
    last = max((p.start for p in placed), default=Fraction(0))
    found: list[Measure] = []
    for start, metre in paper.bars():
        end = start + metre.quarters
        if end <= first or start > last:
            continue
        if not found and first > start and (end - first) <= metre.quarters * PICKUP:
            found.append(Measure(first, end - first, metre, Key(), pickup=True))
        else:
            found.append(Measure(start, metre.quarters, metre, Key()))
    return found


def _measure_at(measures: Sequence[Measure], at: Fraction) -> int:
    low, high = 0, len(measures) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if measures[middle].start <= at:
            low = middle
        else:
            high = middle - 1
    return low


def _fifths(
    marks: NoteMarks, start: dict[int, Fraction], measures: Sequence[Measure], wishes: Wishes
) -> list[int]:
    if wishes.fifths is not None:
        return [wishes.fifths] * len(measures)
    own: list[list[int]] = [[] for _ in measures]
    for i, at in start.items():
        own[_measure_at(measures, at)].append(i)
    return signatures(marks.key.astype(float), own)


def _signed(
    measures: Sequence[Measure], fifths: Sequence[int], heard: Sequence[HeardNote], placed: Sequence[Placed]
) -> list[Measure]:
    """The bars with their keys, each stretch of one signature major or minor."""
    out: list[Measure] = []
    begin = 0
    where = {p.index: _measure_at(measures, p.start) for p in placed}
    for end in range(1, len(measures) + 1):
        if end < len(measures) and fifths[end] == fifths[begin]:
            continue
        some = [p for p in placed if begin <= where[p.index] < end]
        key = with_mode(fifths[begin], [heard[p.index].midi for p in some], [float(p.length) for p in some])
        out += [replace(m, key=key) for m in measures[begin:end]]
        begin = end
    return out


class _Paper:
    """The quarter notes at which beats and bars stand."""

    def __init__(self, beats: Floats, bars: Sequence[BarLine]) -> None:
        self._beats, self._lines = beats, bars
        self._quarters = [Fraction(1)] * len(beats)
        self._compound = [False] * len(beats)
        self._place = [Fraction(0)] * (len(beats) + 1)
        for number, bar in enumerate(bars):
            end = bars[number + 1].first if number + 1 < len(bars) else len(beats)
            for beat in range(max(0, bar.first), end):
                self._quarters[beat] = bar.metre.quarters / bar.beats
                self._compound[beat] = compound(bar.metre) or (bar.metre.beats, bar.beats) == (6, 2)
        lead = bars[0].first * self._quarters[0] if bars else Fraction(0)
        self._place[0] = -lead if bars and bars[0].first < 0 else Fraction(0)
        for beat, quarters in enumerate(self._quarters):
            self._place[beat + 1] = self._place[beat] + quarters

    def bars(self) -> list[tuple[Fraction, Metre]]:
        """Where each bar starts, and its metre; a bar that is cut short by the next has the metre of its beats."""
        out: list[tuple[Fraction, Metre]] = []
        for number, bar in enumerate(self._lines):
            start = self._place[max(0, bar.first)] + min(0, bar.first) * self._quarters[0]
            count = self._lines[number + 1].first - bar.first if number + 1 < len(self._lines) else bar.beats
            metre = bar.metre
            if count != bar.beats and count > 0:
                above = metre.quarters * count / bar.beats * metre.beat_type / 4
                if above.denominator == 1:
                    metre = Metre(int(above), metre.beat_type)
            out.append((start, metre))
        return out

    def places(self, times: Floats, told: Floats, wishes: Wishes) -> list[Fraction]:
        """The quarter notes at which chords stand."""
        found = divided(times, self._beats, self._compound, told)
        out = []
        for beat, share in found:
            if wishes.level != FULL:
                share = Fraction(
                    round(share * 4 if share.denominator % 3 else share * 3),
                    4 if share.denominator % 3 else 3,
                )
            out.append(self._place[beat] + share * self._quarters[min(beat, len(self._quarters) - 1)])
        return out

    def length(self, start: Fraction, units: int) -> Fraction:
        """So many 24ths of the beat that a note starts in, in quarter notes."""
        return Fraction(units, 24) * self._quarters[self._beat(start)]

    def spanned(self, begin: float, end: float) -> Fraction:
        """About how many quarter notes lie between two seconds, in halves of one."""
        at = np.interp([begin, end], self._beats, [float(p) for p in self._place[: len(self._beats)]])
        return max(Fraction(1, 2), Fraction(round(2 * float(at[1] - at[0])), 2))

    def _beat(self, start: Fraction) -> int:
        low, high = 0, len(self._quarters) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self._place[middle] <= start:
                low = middle
            else:
                high = middle - 1
        return low
