"""Quantised notes become a typed score: staves and clefs, rests, ties over bar lines, beams, key and spelling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

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
from models.transcribe.score.metre import beats_a_bar, compound
from models.transcribe.score.quantise import Placed, Quantised, quantise
from models.transcribe.score.spelling import estimated_key, spelt, with_accidentals
from models.transcribe.score.staves import TREBLE, clef_of, layout
from models.transcribe.score.values import beamed, pieces

HEARD_AS_PIANO = "Heard as a piano: other instruments and voices may be misread."


def note_id(index: int, piece: int = 0) -> str:
    """The id, in score and drawing, of the heard note of this index; tied pieces are counted."""
    return f"n{index}" if not piece else f"n{index}t{piece}"


def write_score(
    notes: Sequence[HeardNote], *, tempo: float | None = None, metre: Metre | None = None, title: str = ""
) -> Score:
    """The score of heard notes in order of their onsets, with sentences about what was assumed. Empty notes give an empty bar."""
    time = quantise(notes, tempo=tempo, metre=metre)
    guess = estimated_key([n.midi for n in notes], [float(p.length) for p in time.placed])
    pitches = spelt([n.midi for n in notes], guess.key)
    plan = layout([n.midi for n in notes])
    score = _Writer(notes, time, pitches, plan.staff, plan.staves, guess.key).score()
    said = (*_said(time), _said_of_key(guess.key, clear=guess.clear), HEARD_AS_PIANO)
    return replace(score, title=title, tempo=_printed(time.quarters_a_minute), assumptions=said)


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
    """Fills bars staff by staff."""

    def __init__(
        self,
        notes: Sequence[HeardNote],
        time: Quantised,
        pitches: Sequence[Pitch],
        staff: Sequence[int],
        staves: int,
        key: Key,
    ) -> None:
        self._notes, self._time, self._pitches, self._staff = notes, time, pitches, staff
        self._staves, self._key = staves, key
        self._bar = time.metre.quarters
        # a pickup of nearly a bar, or one that would leave odd rests, is a full bar that begins with rests
        whole = time.pickup > self._bar
        self._pickup = Fraction(0) if whole else time.pickup
        self._shift = -(-time.pickup // self._bar) * self._bar if whole else Fraction(0)

    def score(self) -> Score:
        placed = [replace(p, start=p.start + self._shift) for p in self._time.placed]
        first = -1 if self._pickup else 0
        end = max((p.start + p.length for p in placed), default=self._bar)
        last = max(first, -(-end // self._bar) - 1)
        streams = {
            s: _stream([p for p in placed if self._staff[p.index] == s]) for s in range(1, self._staves + 1)
        }
        bars = []
        clefs: dict[int, Clef] = {}
        for number in range(first, int(last) + 1):
            bars.append(self._one(number, streams, clefs, first=number == first, last=number == last))
        numbered = [replace(bar, number=i if self._pickup else i + 1) for i, bar in enumerate(bars)]
        return Score((Part("P1", tuple(numbered), "Piano", self._staves),))

    def _one(
        self,
        number: int,
        streams: dict[int, list[list[Placed]]],
        clefs: dict[int, Clef],
        *,
        first: bool,
        last: bool,
    ) -> Bar:
        left, right = number * self._bar, (number + 1) * self._bar
        from_ = -self._pickup if number < 0 else left
        events: list[Event] = []
        changes: list[ClefChange] = []
        for staff, stream in streams.items():
            here = [self._notes[p.index].midi for chord in stream for p in chord if left <= p.start < right]
            clef = clef_of(here, staff, self._staves) if self._staves == 2 or not clefs else clefs.get(staff)
            if self._staves == 1:
                clef = clef_of([n.midi for n in self._notes], 1, 1)
            if clef is None:
                clef = clefs.get(staff) or (
                    clef_of(
                        [m.midi for i, m in enumerate(self._notes) if self._staff[i] == staff],
                        staff,
                        self._staves,
                    )
                    or TREBLE
                )
            if clefs.get(staff) != clef:
                clefs[staff] = clef
                changes.append(ClefChange(clef, Fraction(0), staff))
            events += self._voice(stream, staff, from_, left, right)
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

    def _voice(
        self, stream: list[list[Placed]], staff: int, from_: Fraction, left: Fraction, right: Fraction
    ) -> list[Event]:
        """Notes, the tails of notes from the bar before, and rests between, from ``from_`` to the bar's right line."""
        out: list[Event] = []
        at = from_
        offset = from_ if from_ < left or from_ < 0 else left
        for chord in stream:
            start, end = chord[0].start, chord[0].start + chord[0].length
            if end <= from_ or start >= right:
                continue
            begin, stop = max(start, from_), min(end, right)
            if begin > at:
                out += self._rests(at, begin, left, offset, staff)
            signs = pieces(begin - left, stop - begin, self._time.metre)
            place = begin
            for n, sign in enumerate(signs):
                before = n > 0 or begin > start
                after = n + 1 < len(signs) or stop < end
                out.append(
                    self._event(chord, sign, place - offset, staff, before=before, after=after, left=left)
                )
                place += sign.quarters
            at = stop
        if not out:
            full = Event(
                f"r{staff}-{left}".replace("/", "-"),
                Fraction(0),
                Duration(NoteType.WHOLE),
                (),
                staff,
                staff,
                whole_bar=True,
            )
            return [full]
        if at < right:
            out += self._rests(at, right, left, offset, staff)
        return beamed_from(out, self._time.metre, offset - left)

    def _event(
        self,
        chord: list[Placed],
        sign: Duration,
        onset: Fraction,
        staff: int,
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
            staff,
            staff,
            articulations=dots,
            certainty=certainty,
        )

    def _rests(self, a: Fraction, b: Fraction, left: Fraction, offset: Fraction, staff: int) -> list[Event]:
        out, at = [], a
        for sign in pieces(a - left, b - a, self._time.metre, rest=True):
            name = f"r{staff}-{at}".replace("/", "-").replace("--", "-m")
            out.append(Event(name, at - offset, sign, (), staff, staff))
            at += sign.quarters
        return out


def beamed_from(events: list[Event], metre: Metre, moved: Fraction) -> list[Event]:
    """`beamed`, for the events of a pickup whose onsets count from its own start, ``moved`` behind the bar line."""
    if not moved:
        return beamed(events, metre)
    held = [replace(e, onset=e.onset + moved) for e in events]
    return [replace(e, onset=e.onset - moved) for e in beamed(held, metre)]


def _stream(placed: list[Placed]) -> list[list[Placed]]:
    """Chords in order, each cut where the next one begins."""
    chords: list[list[Placed]] = []
    for p in sorted(placed, key=lambda q: q.start):
        if chords and chords[-1][0].start == p.start:
            chords[-1].append(p)
        else:
            chords.append([p])
    out = []
    for i, chord in enumerate(chords):
        length = max(p.length for p in chord)
        if i + 1 < len(chords):
            length = min(length, chords[i + 1][0].start - chord[0].start)
        out.append([replace(p, length=length) for p in chord])
    return out


def _said(time: Quantised) -> list[str]:
    beat = (
        "dotted quarter notes"
        if compound(time.metre)
        else {1: "whole notes", 2: "half notes", 4: "quarter notes", 8: "eighth notes", 16: "16th notes"}[
            time.metre.beat_type
        ]
    )
    tempo = f"{time.tempo:g} {beat} a minute"
    metre = f"{time.metre.beats}/{time.metre.beat_type}"
    return [
        f"Tempo as given: {tempo}."
        if time.tempo_given
        else f"Tempo estimated from the notes: {tempo}; give yours if it is another.",
        f"Metre as given: {metre}."
        if time.metre_given
        else f"Metre estimated: {metre}, {beats_a_bar(time.metre)} beats to the bar; give yours if it is another.",
    ]


def _said_of_key(key: Key, *, clear: bool) -> str:
    if not clear:
        return "The notes point to no single key, so there is no key signature."
    sharps = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")
    minors = ("Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#")
    tonic = (minors if key.mode == "minor" else sharps)[key.fifths + 7]
    return f"Key estimated from the notes: {tonic.replace('b', ' flat').replace('#', ' sharp')} {key.mode or 'major'}."


def _printed(tempo: float) -> float:
    """A tempo as a metronome mark shows it: whole unless that would drift by more than a quarter of a beat a minute."""
    whole = round(tempo)
    return float(whole) if abs(tempo - whole) <= 0.25 else round(tempo, 1)
