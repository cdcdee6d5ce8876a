"""Quantised notes become a typed score: staves, voices and clefs, rests, ties over bar lines, beams, key and spelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby
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
from models.transcribe.score.assumptions import HEARD_AS_PIANO, of_key, of_time, printed_tempo
from models.transcribe.score.quantise import Placed, Quantised, quantise
from models.transcribe.score.spelling import estimated_key, spelt, with_accidentals
from models.transcribe.score.staves import TREBLE, clef_of
from models.transcribe.score.values import beamed, pieces

Place = tuple[int, int]
"""A staff (1 the upper) and a voice on it (from 1)."""
Stream = list[list[Placed]]
"""The chords of one voice, in order."""


def note_id(index: int, piece: int = 0) -> str:
    """The id, in score and drawing, of the heard note of this index; tied pieces are counted."""
    return f"n{index}" if not piece else f"n{index}t{piece}"


def write_score(
    notes: Sequence[HeardNote], *, tempo: float | None = None, metre: Metre | None = None, title: str = ""
) -> Score:
    """The score of heard notes in order of their onsets: a melody, chords, several voices, one or two staves.

    Staves and voices that the notes bring are kept, whatever their pitch; others are estimated. ``tempo`` is in beats
    of the metre a minute. Each note's id is `note_id` of its index, so that a click on a head names the note that
    was heard. ``assumptions`` holds sentences about what was estimated. No notes give an empty bar.
    """
    time = quantise(notes, tempo=tempo, metre=metre)
    midis = [n.midi for n in notes]
    streams = _streams(time.placed)
    end = max((p.start for p in time.placed), default=Fraction(0))
    last = min((midis[p.index] for p in time.placed if p.start == end), default=None)
    guess = estimated_key(midis, [float(p.length) for p in time.placed], last)
    pitches = spelt(midis, guess.key, _neighbours(streams, midis) if _is_chordal(time.placed) else None)
    score = _Writer(notes, time, streams, pitches, guess.key).score()
    assumptions = (*of_time(time), of_key(guess), HEARD_AS_PIANO)
    return replace(score, title=title, tempo=printed_tempo(time.quarters_a_minute), assumptions=assumptions)


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
        time: Quantised,
        streams: Mapping[Place, Stream],
        pitches: Sequence[Pitch],
        key: Key,
    ) -> None:
        self._notes, self._time, self._pitches = notes, time, pitches
        self._staves, self._key = time.staves, key
        self._bar = time.metre.quarters
        # a pickup of nearly a bar, or one that would leave odd rests, is a full bar that begins with rests
        whole = time.pickup > self._bar
        self._pickup = Fraction(0) if whole else time.pickup
        shift = -(-time.pickup // self._bar) * self._bar if whole else Fraction(0)
        self._streams = {
            place: [[replace(p, start=p.start + shift) for p in chord] for chord in stream]
            for place, stream in streams.items()
        }
        for staff in range(1, self._staves + 1):
            self._streams.setdefault((staff, 1), [])

    def score(self) -> Score:
        chords = [chord for stream in self._streams.values() for chord in stream]
        first = -1 if self._pickup else 0
        end = max((p.start + p.length for chord in chords for p in chord), default=self._bar)
        last = max(first, -(-end // self._bar) - 1)
        bars = []
        clefs: dict[int, Clef] = {}
        for number in range(first, int(last) + 1):
            bars.append(self._one(number, clefs, first=number == first, last=number == last))
        numbered = [replace(bar, number=i if self._pickup else i + 1) for i, bar in enumerate(bars)]
        return Score((Part("P1", tuple(numbered), "Piano", self._staves),))

    def _one(self, number: int, clefs: dict[int, Clef], *, first: bool, last: bool) -> Bar:
        left, right = number * self._bar, (number + 1) * self._bar
        from_ = -self._pickup if number < 0 else left
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
        signed = with_accidentals(sorted(events, key=lambda e: (e.staff, e.onset)), self._key)
        return Bar(
            number + 1,
            tuple(signed),
            tuple(changes),
            self._key if first else None,
            self._time.metre if first else None,
            length=self._pickup if number < 0 else None,
            pickup=number < 0,
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
        return any(c[0].start < right and c[0].start + c[0].length > from_ for c in self._streams[place])

    def _voice(self, place: Place, from_: Fraction, left: Fraction, right: Fraction) -> list[Event]:
        """Notes, the tails of notes from the bar before, and rests between, from ``from_`` to the bar's right line."""
        stream = self._streams[place]
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
            signs = pieces(begin - left, stop - begin, self._time.metre)
            onset = begin
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
        return beamed_from(out, self._time.metre, offset - left)

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

    def _rests(self, a: Fraction, b: Fraction, left: Fraction, offset: Fraction, place: Place) -> list[Event]:
        out, at = [], a
        for sign in pieces(a - left, b - a, self._time.metre, rest=True):
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


def _streams(placed: Sequence[Placed]) -> dict[Place, Stream]:
    """The chords of each voice in order, each cut where the next of the same voice begins."""
    voices: dict[Place, list[Placed]] = {}
    for p in sorted(placed, key=lambda q: q.start):
        voices.setdefault((p.staff, p.voice), []).append(p)
    return {place: _stream(voices[place]) for place in sorted(voices)}


def _stream(placed: Sequence[Placed]) -> Stream:
    chords = [list(chord) for _, chord in groupby(placed, key=lambda p: p.start)]
    out = []
    for i, chord in enumerate(chords):
        length = max(p.length for p in chord)
        if i + 1 < len(chords):
            length = min(length, chords[i + 1][0].start - chord[0].start)
        out.append([replace(p, length=length) for p in chord])
    return out


def _is_chordal(placed: Sequence[Placed]) -> bool:
    """Whether there are chords or voices: more than one note begins somewhere, or a staff has two voices."""
    return len({p.start for p in placed}) < len(placed) or any(p.voice > 1 for p in placed)


def _neighbours(streams: Mapping[Place, Stream], midis: Sequence[int]) -> list[tuple[int | None, int | None]]:
    """The nearest key before and after each note in its voice."""
    found: list[tuple[int | None, int | None]] = [(None, None)] * len(midis)

    def nearest(chord: Sequence[Placed] | None, midi: int) -> int | None:
        return min((midis[p.index] for p in chord), key=lambda m: abs(m - midi)) if chord else None

    for stream in streams.values():
        for n, chord in enumerate(stream):
            before, after = stream[n - 1] if n else None, stream[n + 1] if n + 1 < len(stream) else None
            for p in chord:
                midi = midis[p.index]
                found[p.index] = nearest(before, midi), nearest(after, midi)
    return found
