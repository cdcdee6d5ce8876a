"""Quantised notes become a typed score: staves, voices and clefs, rests, ties over bar lines, beams, key and spelling."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from models.notation.score import (
    Bar,
    Clef,
    ClefChange,
    Duration,
    Event,
    Key,
    Metre,
    Note,
    NoteType,
    Part,
    Pitch,
    Score,
)
from models.transcribe.heard import HeardNote
from models.transcribe.score.assumptions import HEARD_AS_PIANO, of_key, of_performance, of_time, printed_tempo
from models.transcribe.score.metre import FOUR
from models.transcribe.score.ornaments import Ornaments, loud_from
from models.transcribe.score.paper import Measure
from models.transcribe.score.performed import read_performance
from models.transcribe.score.quantise import OVERLAP_S, TOGETHER, Placed, Quantised, quantise
from models.transcribe.score.spelling import estimated_key, spelt, with_accidentals
from models.transcribe.score.staves import TREBLE, clef_of
from models.transcribe.score.streams import Place, Stream, is_chordal, neighbours, streams_of
from models.transcribe.score.values import beamed, pieces
from models.transcribe.score.wishes import Wishes

FEWEST_PERFORMED = 40
"""Notes from which music of several notes at once is read as a performance with both hands."""
SHARE_TOGETHER = 0.12
"""The least share of its notes that begin together with the next one or sound on under it."""
LONGEST = Fraction(32)
"""Quarter notes that a note may last on paper."""


def note_id(index: int, piece: int = 0) -> str:
    """The id, in score and drawing, of the heard note of this index; tied pieces are counted."""
    return f"n{index}" if not piece else f"n{index}t{piece}"


def write_score(
    notes: Sequence[HeardNote],
    *,
    tempo: float | None = None,
    metre: Metre | None = None,
    title: str = "",
    wishes: Wishes | None = None,
) -> Score:
    """The score of heard notes in order of their onsets: a melody, chords, several voices, one or two staves.

    Staves and voices that the notes bring are kept, whatever their pitch; others are estimated. ``tempo`` is in beats
    of the metre a minute. Each note's id is `note_id` of its index, so that a click on a head names the note that
    was heard. ``assumptions`` holds sentences about what was estimated. No notes give an empty bar. ``wishes`` say more of
    how a performance with both hands is written: of many notes of which several sound at once.
    """
    wishes = replace(wishes or Wishes(), tempo=tempo, metre=metre)
    if is_performance(notes):
        return _performance(notes, wishes, title)
    time = quantise(notes, tempo=tempo, metre=metre)
    midis = [n.midi for n in notes]
    streams = streams_of(time.placed)
    end = max((p.start for p in time.placed), default=Fraction(0))
    last = min((midis[p.index] for p in time.placed if p.start == end), default=None)
    guess = estimated_key(midis, [float(p.length) for p in time.placed], last)
    pitches = spelt(midis, guess.key, neighbours(streams, midis) if is_chordal(time.placed) else None)
    measures = _even_measures(time, streams, guess.key)
    score = _Writer(notes, streams, dict(enumerate(pitches)), time.staves, measures).score()
    assumptions = (*of_time(time), of_key(guess), HEARD_AS_PIANO)
    return replace(score, title=title, tempo=printed_tempo(time.quarters_a_minute), assumptions=assumptions)


def is_performance(notes: Sequence[HeardNote]) -> bool:
    """Whether these are the notes of both hands: many, several at once in more than one place, none with a voice of its own yet."""
    if len(notes) < FEWEST_PERFORMED or any(note.voice for note in notes):
        return False
    together = sum(
        b.onset_s < a.offset_s - OVERLAP_S or b.onset_s - a.onset_s < TOGETHER for a, b in pairwise(notes)
    )
    return together >= SHARE_TOGETHER * len(notes)


def _performance(notes: Sequence[HeardNote], wishes: Wishes, title: str) -> Score:
    read = read_performance(notes, wishes)
    ornaments = Ornaments(read.graces, read.trills, read.dynamics, read.spread)
    writer = _Writer(notes, streams_of(read.placed), read.pitches, read.staves, read.measures, ornaments)
    score = writer.score()
    first = read.measures[0].metre if read.measures else FOUR
    quarters = read.beat_a_minute * float(first.quarters / read.beats_a_bar)
    assumptions = (*of_performance(read, wishes), HEARD_AS_PIANO)
    return replace(score, title=title, tempo=printed_tempo(quarters), assumptions=assumptions)


def _even_measures(time: Quantised, streams: Mapping[Place, Stream], key: Key) -> list[Measure]:
    """Bars of one metre and key, from the pickup to the last note's end.

    A pickup of more than a bar is as many full bars that begin with rests.
    """
    bar = time.metre.quarters
    ends = [p.start + p.length for stream in streams.values() for chord in stream for p in chord]
    whole = time.pickup > bar
    before = -(-time.pickup // bar) if whole else 0
    last = max(0, -(-max(ends, default=bar) // bar) - 1)
    full = [Measure(number * bar, bar, time.metre, key) for number in range(-int(before), int(last) + 1)]
    if time.pickup and not whole:
        return [Measure(-time.pickup, time.pickup, time.metre, key, pickup=True), *full]
    return full


def single_note(note: HeardNote, clef: Clef) -> Score:
    """The dissertation's sheet of one note: common time, one whole note, sharps only, in the clef given."""
    pitch = Pitch.from_midi(note.midi)
    head = Note(note_id(0), pitch, "sharp" if pitch.alter else None, certainty=note.certainty)
    event = Event("e0", Fraction(0), Duration(NoteType.WHOLE), (head,), certainty=note.certainty)
    bar = Bar(
        1,
        (event,),
        (ClefChange(clef),),
        Key(0),
        Metre(4, 4, "common"),
        barline="light-heavy",
        certainty=note.certainty,
    )
    return Score(
        (Part("P1", (bar,), "Piano"),),
        assumptions=("One note was heard; its length is not written.", HEARD_AS_PIANO),
    )


class _Writer:
    """Fills bars voice by voice."""

    def __init__(
        self,
        notes: Sequence[HeardNote],
        streams: Mapping[Place, Stream],
        pitches: Mapping[int, Pitch],
        staves: int,
        measures: Sequence[Measure],
        ornaments: Ornaments | None = None,
    ) -> None:
        self._notes, self._pitches, self._staves = notes, pitches, staves
        self._measures, self._ornaments = measures, ornaments or Ornaments()
        self._metre = measures[0].metre if measures else FOUR
        self._streams = dict(streams)
        for staff in range(1, self._staves + 1):
            self._streams.setdefault((staff, 1), [])
        self._starts = {
            place: [chord[0].start for chord in stream] for place, stream in self._streams.items()
        }

    def score(self) -> Score:
        pickup = bool(self._measures) and self._measures[0].pickup
        bars: list[Bar] = []
        clefs: dict[int, Clef] = {}
        for number, measure in enumerate(self._measures):
            before = self._measures[number - 1] if number else None
            last = number == len(self._measures) - 1
            bar = self._one(number + (0 if pickup else 1), measure, before, clefs, last=last)
            mark = self._ornaments.dynamics.get(number)
            bars.append(loud_from(bar, mark) if mark else bar)
        return Score((Part("P1", tuple(bars), "Piano", self._staves),))

    def _one(
        self, number: int, measure: Measure, before: Measure | None, clefs: dict[int, Clef], *, last: bool
    ) -> Bar:
        from_, right = measure.start, measure.start + measure.length
        left = right - measure.metre.quarters if measure.pickup else from_
        self._metre = measure.metre
        events: list[Event] = []
        changes: list[ClefChange] = []
        for staff in range(1, self._staves + 1):
            clef = self._clef(staff, clefs, left, right)
            if clefs.get(staff) != clef:
                clefs[staff] = clef
                changes.append(ClefChange(clef, Fraction(0), staff))
            voices = [
                voice
                for own, voice in sorted(self._streams)
                if own == staff and (voice == 1 or self._sounds((staff, voice), from_, right))
            ]
            for voice in voices:
                written = self._voice((staff, voice), from_, left, right)
                events += _stemmed(written, voice) if len(voices) > 1 else written
        signed = with_accidentals(sorted(events, key=lambda e: (e.staff, e.onset, not e.grace)), measure.key)
        fifths = before.key.fifths if before else None
        return Bar(
            number,
            tuple(signed),
            tuple(changes),
            measure.key if measure.key.fifths != fifths else None,
            measure.metre if before is None or measure.metre != before.metre else None,
            length=measure.length if measure.pickup else None,
            pickup=measure.pickup,
            barline="light-heavy" if last else "regular",
            certainty=min((e.certainty for e in signed), default=1.0),
        )

    def _clef(self, staff: int, clefs: Mapping[int, Clef], left: Fraction, right: Fraction) -> Clef:
        """The clef of a staff in a bar: on two staves that of the bar's notes, on one that of the whole piece."""
        every = [p for (own, _), stream in self._streams.items() if own == staff for c in stream for p in c]
        if self._staves == 1:
            return clef_of([n.midi for n in self._notes], 1, 1) or TREBLE
        here = [self._notes[p.index].midi for p in every if left <= p.start < right]
        return (
            clef_of(here, staff, 2)
            or clefs.get(staff)
            or clef_of([self._notes[p.index].midi for p in every], staff, 2)
            or TREBLE
        )

    def _sounds(self, place: Place, from_: Fraction, right: Fraction) -> bool:
        """Whether a voice has a note in this stretch."""
        return any(c[0].start + c[0].length > from_ for c in self._near(place, right))

    def _near(self, place: Place, right: Fraction) -> Stream:
        """The chords of a voice that may sound in a bar: those in it, and a few before."""
        end = bisect_left(self._starts[place], right)
        begin = max(0, bisect_left(self._starts[place], right - LONGEST))
        return self._streams[place][begin:end]

    def _voice(self, place: Place, from_: Fraction, left: Fraction, right: Fraction) -> list[Event]:
        """Notes, the tails of notes from the bar before, and rests between, from ``from_`` to the bar's right line."""
        stream = self._near(place, right)
        out: list[Event] = []
        at = from_
        offset = from_ if from_ < left or from_ < 0 else left
        for chord in stream:
            start, end = chord[0].start, chord[0].start + chord[0].length
            if end <= from_ or start >= right:
                continue
            begin, stop = max(start, from_), min(end, right)
            if begin > at:
                out += self._rests(at, begin, left, offset, place)
            signs = pieces(begin - left, stop - begin, self._metre)
            onset = begin
            if begin == start:
                out += self._graces(chord, begin - offset, place)
            for n, sign in enumerate(signs):
                before = n > 0 or begin > start
                after = n + 1 < len(signs) or stop < end
                out.append(
                    self._event(chord, sign, onset - offset, place, before=before, after=after, left=left)
                )
                onset += sign.quarters
            at = stop
        if not out:
            name = f"{_rest_name(place)}-{left}".replace("/", "-")
            whole = Duration(NoteType.WHOLE)
            return [Event(name, Fraction(0), whole, (), self._number(place), place[0], whole_bar=True)]
        if at < right:
            out += self._rests(at, right, left, offset, place)
        return beamed_from(out, self._metre, offset - left)

    def _event(
        self,
        chord: list[Placed],
        sign: Duration,
        onset: Fraction,
        place: Place,
        *,
        before: bool,
        after: bool,
        left: Fraction,
    ) -> Event:
        heads = []
        for p in sorted(chord, key=lambda q: self._notes[q.index].midi):
            heard = self._notes[p.index]
            piece = 0 if not before else 1 + int((left + onset) * 24)
            heads.append(
                Note(
                    note_id(p.index, piece),
                    self._pitches[p.index],
                    tie_start=after,
                    tie_stop=before,
                    certainty=heard.certainty,
                )
            )
        certainty = min(head.certainty for head in heads)
        dots = ("staccato",) if chord[0].staccato and not (before or after) else ()
        if not before and any(p.index in self._ornaments.trills for p in chord):
            dots = (*dots, "trill-mark")
        if not before and sum(p.index in self._ornaments.spread for p in chord) > 1:
            dots = (*dots, "arpeggiate")
        return Event(
            f"e-{heads[0].id}",
            onset,
            sign,
            tuple(heads),
            self._number(place),
            place[0],
            articulations=dots,
            certainty=certainty,
        )

    def _graces(self, chord: list[Placed], onset: Fraction, place: Place) -> list[Event]:
        small = [i for p in chord for i in self._ornaments.graces.get(p.index, ())]
        out = []
        for index in sorted(small, key=lambda i: self._notes[i].onset_s):
            head = Note(note_id(index), self._pitches[index], certainty=self._notes[index].certainty)
            sign = Duration(NoteType.EIGHTH)
            out.append(Event(f"e-{head.id}", onset, sign, (head,), self._number(place), place[0], grace=True))
        return out

    def _rests(self, a: Fraction, b: Fraction, left: Fraction, offset: Fraction, place: Place) -> list[Event]:
        out, at = [], a
        for sign in pieces(a - left, b - a, self._metre, rest=True):
            name = f"{_rest_name(place)}-{at}".replace("/", "-").replace("--", "-m")
            out.append(Event(name, at - offset, sign, (), self._number(place), place[0]))
            at += sign.quarters
        return out

    def _number(self, place: Place) -> int:
        """The voice's number in the part: the first voice of each staff has the staff's own."""
        staff, voice = place
        return staff + self._staves * (voice - 1)


def _rest_name(place: Place) -> str:
    staff, voice = place
    return f"r{staff}" if voice == 1 else f"r{staff}v{voice}"


def _stemmed(events: Sequence[Event], voice: int) -> list[Event]:
    """Stems of a staff with two voices: up in odd ones, down in even ones."""
    stem: Literal["up", "down"] = "up" if voice % 2 else "down"
    return [replace(event, stem=stem) if event.notes else event for event in events]


def beamed_from(events: list[Event], metre: Metre, moved: Fraction) -> list[Event]:
    """`beamed`, for the events of a pickup whose onsets count from its own start, ``moved`` behind the bar line."""
    if not moved:
        return beamed(events, metre)
    held = [replace(e, onset=e.onset + moved) for e in events]
    return [replace(e, onset=e.onset - moved) for e in beamed(held, metre)]
