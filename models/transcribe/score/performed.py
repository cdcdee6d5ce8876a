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

from models.notation.score import Key, Pitch
from models.transcribe.heard import HeardNote
from models.transcribe.score.arpeggios import spreads_of, struck_together
from models.transcribe.score.bars import BarLine, bars_of
from models.transcribe.score.beats import Evidence, follow_beats
from models.transcribe.score.hands import hands_of
from models.transcribe.score.keys import signatures, spelt_by, with_mode
from models.transcribe.score.loudness import dynamics
from models.transcribe.score.metre_evidence import by_rhythm
from models.transcribe.score.note_features import chords_of
from models.transcribe.score.note_network import METRES, PERIODS, NoteMarks, marked
from models.transcribe.score.ornaments import graces_of
from models.transcribe.score.paper import Measure, Paper
from models.transcribe.score.quantise import Placed
from models.transcribe.score.reach import Struck, by_hand
from models.transcribe.score.trills import Trill, folded, trills_of
from models.transcribe.score.voices import Span, voices_of
from models.transcribe.score.wishes import FULL, MELODY, Wishes

GIVEN_SPREAD = 0.12
"""Standard deviation of the logarithm of the beat around a tempo that is given."""
MIDDLE_C = 60
USUAL_DOWN = 0.8
"""The logarithm of the odds against a downbeat at any beat: about one in three is one."""
SILENT_DOWN = -1.0
"""What speaks for a downbeat where nothing begins, on the same scale."""
FILLS = Fraction(7, 10)
"""The share of the way to its voice's next note from which a note is written all the way."""
SHORTEST_REST = Fraction(1, 2)
"""Quarter notes below which no rest is written behind a note."""
PICKUP = Fraction(3, 4)
"""The most of a bar that a pickup may fill."""

Floats = npt.NDArray[np.float64]


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
    dynamics: dict[int, str] = field(default_factory=dict)
    """Marks of loudness, by the number of the bar at which they begin."""
    spread: frozenset[int] = frozenset()
    """Notes of chords that were spread upwards."""


def read_performance(notes: Sequence[HeardNote], wishes: Wishes | None = None) -> Performed:
    """The score's side of at least two notes in order of onset. `WeightsError` without the notation network."""
    wishes = wishes or Wishes()
    spreads = spreads_of(notes)
    notes = struck_together(notes, spreads)
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
    bars = _bars(marks, chord, onsets[firsts], midis, beats, number, wishes)
    hands = [n.staff or h for n, h in zip(heard, _hands(chord, midis, marks, wishes), strict=True)]
    trills = trills_of(heard)
    kept = _kept(heard, hands, trills, wishes)
    paper = Paper(beats, bars)
    starts = paper.places(onsets[firsts], _chord_mean(marks.place, chord), plain=wishes.level != FULL)
    start = {i: starts[chord[i]] for i in kept}
    written = {t.index: folded(heard, t) for t in trills}
    graces = graces_of(heard, hands, start) if wishes.level == FULL else {}
    small = {i for own in graces.values() for i in own}
    length = by_hand(
        {
            i: Struck(start[i], paper.length(start[i], 24), heard[i], marks.length[i].astype(float))
            for i in kept
            if i not in small
        },
        hands,
    )
    for i, note in written.items():
        if i in length:
            heard[i] = note
            length[i] = max(length[i], paper.spanned(note.onset_s, note.offset_s))
    if wishes.level == MELODY:
        hands = [1] * len(heard)
    placed = _voiced(heard, hands, start, length, [i for i in kept if i not in small], wishes)
    measures = _measures(paper, placed)
    fifths = _fifths(marks, start, measures, wishes)
    measures = _signed(measures, fifths, heard, placed)
    at = {i: _measure_at(measures, start[i]) for i in kept}
    spelt = spelt_by(
        marks.spelling[kept].astype(np.float64),
        [heard[i].midi for i in kept],
        [measures[at[i]].key.fifths for i in kept],
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
        _dynamics(heard, placed, measures),
        frozenset(i for own in spreads for i in own) if wishes.level == FULL else frozenset(),
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
    times: Floats,
    midis: Floats,
    beats: Floats,
    number: npt.NDArray[np.int64],
    wishes: Wishes,
) -> list[BarLine]:
    # the chance of a downbeat given that a beat is there, against that of any beat: no length of bar is favoured for having few
    beat, down_too = (1 / (1 + np.exp(-_chord_mean(one, chord))) for one in (marks.beat, marks.down))
    share = np.clip(down_too / np.maximum(beat, down_too + 0.02), 0.02, 0.98)
    down = np.where(number >= 0, (np.log(share / (1 - share)) + USUAL_DOWN)[number], SILENT_DOWN)
    metre = _chord_mean(marks.metre, chord)
    starts = np.array([int(n) for n in number])
    known = np.flatnonzero(starts >= 0)
    nearest: Sequence[int] | npt.NDArray[np.int64] = (
        known[np.clip(np.searchsorted(known, np.arange(len(beats)), "right") - 1, 0, len(known) - 1)]
        if len(known)
        else []
    )
    around = metre[starts[nearest]] if len(known) else np.repeat(metre.mean(0)[None], len(beats), 0)
    lowest = np.minimum.reduceat(midis, np.flatnonzero(np.diff(chord, prepend=-1)))
    around = around + by_rhythm(times, lowest, beats, METRES)
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
                kept_length = _written(start[chord[0]], wanted, gap)
                seen: set[int] = set()
                for i in chord:
                    if heard[i].midi not in seen:
                        seen.add(heard[i].midi)
                        placed.append(Placed(i, start[i], kept_length, staff=staff, voice=voice))
    return placed


def _written(start: Fraction, wanted: Fraction, gap: Fraction | None) -> Fraction:
    """A length that is cut where its voice goes on, stretched over a gap too short for a rest, and else ends on a half beat."""
    if gap is not None and (wanted >= gap * FILLS or gap - wanted < SHORTEST_REST):
        return gap
    end = start + wanted
    if end.denominator > 2:
        end = Fraction(-(-end // Fraction(1, 2))) / 2
    return end - start if gap is None else min(gap, end - start)


def _measures(paper: Paper, placed: Sequence[Placed]) -> list[Measure]:
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


def _dynamics(
    heard: Sequence[HeardNote], placed: Sequence[Placed], measures: Sequence[Measure]
) -> dict[int, str]:
    loud: list[list[int]] = [[] for _ in measures]
    for p in placed:
        loud[_measure_at(measures, p.start)].append(heard[p.index].velocity)
    every = [v for bar in loud for v in bar]
    return dynamics(loud) if every and max(every) > min(every) else {}
