"""Human performances with what each of their notes is in the score: place, length, hand, spelling, beat, metre, key.

The collection (aligned scores and performances, one folder a piece) says when each beat of the score was played. A
played note is matched to the note of its key that stands nearest to where the beats place it.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import mido
import numpy as np
import numpy.typing as npt

from models.notation.course import course_of
from models.notation.errors import NotationError
from models.notation.midi import read_midi
from models.notation.musicxml import read_musicxml
from models.notation.performance import played_notes
from models.notation.score import STEPS, Score
from models.transcribe.split import Side, work_root, work_side

NEAR = 0.7
"""Quarter notes within which a played note is looked for in the score."""
ENOUGH = 0.9
"""Share of notes that must agree for a score to be followed by its MusicXML."""
LINE = "FCGDAEB"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ScoreNote:
    """A note of the score as played: place and length in quarter notes, key of the piano, staff, place on the line of fifths (C = 0)."""

    start: float
    length: float
    midi: int
    staff: int
    fifths: float


@dataclass(frozen=True)
class Beats:
    """Beats of a piece: their times in seconds, which are downbeats, and (at a beat's number) the metres and keys that begin."""

    times: Floats
    down: npt.NDArray[np.bool_]
    metres: tuple[tuple[int, str], ...]
    keys: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Labelled:
    """One performance: (n, 4) onset, offset, key, velocity; and of each note what the score says, NaN where it is in none."""

    name: str
    work: str
    notes: Floats
    place: Floats
    """Quarter notes from the score's start."""
    length: Floats
    staff: Floats
    fifths: Floats
    beats: Beats
    beat_places: Floats
    """Of each beat, quarter notes from the score's start."""


def read_beats(path: Path) -> Beats:
    """The beats that an annotation file lists."""
    times: list[float] = []
    down, metres, keys = [], [], []
    for line in path.read_text().splitlines():
        time, _, what = line.split("\t")
        kind, metre, key, *_ = [*what.split(","), "", ""]
        if metre:
            metres.append((len(times), metre))
        if re.fullmatch(r"-?\d+", key):
            keys.append((len(times), int(key)))
        times.append(float(time))
        down.append(kind == "db")
    return Beats(np.array(times), np.array(down, bool), tuple(metres), tuple(keys))


def score_notes(score: Score) -> list[ScoreNote]:
    """The notes of a score in the order of play, as long as they are written: a staccato dot shortens none of them."""
    course = course_of(score)
    written = written_notes(score)
    found = []
    for n in played_notes(score, course):
        staff, fifths, _, _ = written[n.ids[0]]
        found.append(ScoreNote(float(n.start), written_length(n.ids, written), n.midi, staff, fifths))
    return sorted(found, key=lambda n: (n.start, n.midi))


Written = tuple[int, float, tuple[int, Fraction], Fraction]
"""A written note: its staff, its place on the line of fifths, where it stands (number of the bar, onset), its length (0: a grace note)."""


def written_notes(score: Score) -> dict[str, Written]:
    """Each note of a score by its id."""
    return {
        note.id: (
            event.staff,
            STEPS_LINE[note.pitch.step] + 7 * note.pitch.alter,
            (number, event.onset),
            event.length,
        )
        for part in score.parts
        for number, bar in enumerate(part.bars)
        for event in bar.events
        for note in event.notes
    }


def written_length(ids: Sequence[str], written: dict[str, Written]) -> float:
    """Quarter notes of a sounding note, by the ids of what it is written as: of a unison the longer, of tied notes the sum; NaN for a grace note."""
    longest: dict[tuple[int, Fraction], Fraction] = {}
    for own in ids:
        _, _, place, length = written[own]
        longest[place] = max(length, longest.get(place, Fraction(0)))
    return float(sum(longest.values())) or math.nan


STEPS_LINE = {step: LINE.index(step) - 1 for step in STEPS}


def places_of(beats: Beats, midi_score: Path) -> Floats:
    """The quarter notes at which the beats of a score's own MIDI file stand."""
    file = mido.MidiFile(midi_score)
    changes = [(0.0, 0.0, 500_000)]
    now = second = 0.0
    for message in mido.merge_tracks(file.tracks):
        quarters = message.time / file.ticks_per_beat
        second += quarters * changes[-1][2] / 1e6
        now += quarters
        if message.type == "set_tempo":
            changes.append((second, now, message.tempo))
    starts = [c[0] for c in changes]
    places = []
    for time in beats.times:
        since, place, tempo = changes[max(0, bisect_right(starts, time + 1e-6) - 1)]
        places.append(round((place + (time - since) * 1e6 / tempo) * 48) / 48)
    return np.array(places)


def midi_notes(path: Path) -> list[ScoreNote]:
    """The notes of a score's own MIDI file: a track a staff, no spelling and no lengths, which it plays shorter than written."""
    file = mido.MidiFile(path)
    found = []
    for staff, track in enumerate(file.tracks[:2], 1):
        now = 0
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                found.append(ScoreNote(now / file.ticks_per_beat, np.nan, message.note, staff, np.nan))
    return sorted(found, key=lambda n: (n.start, n.midi))


MOST = 3
"""Performances of one piece that are used."""


def labelled(folder: Path, root: Path) -> Iterator[Labelled]:
    """At most `MOST` performances of a folder whose beats are known one by one.

    Where the score's repeats cannot be followed (most played notes are not where it has them), its own MIDI file
    tells places and hands, and lengths and spelling stay unknown.
    """
    try:
        notes = score_notes(read_musicxml((folder / "score.mxl").read_bytes()))
        plain = midi_notes(folder / "midi_score.mid")
        written = read_beats(folder / "midi_score_annotations.txt")
        places = places_of(written, folder / "midi_score.mid")
    except (NotationError, OSError, ValueError, KeyError):
        return
    followed = _agree(notes, plain) > ENOUGH
    found = 0
    for path in sorted(folder.glob("*_annotations.txt")):
        if path.name.startswith("midi_score") or found == MOST:
            continue
        beats = read_beats(path)
        midi = path.with_name(path.name.replace("_annotations.txt", ".mid"))
        if len(beats.times) != len(places) or not midi.exists():
            continue
        found += 1
        name = f"{folder.relative_to(root)}/{midi.stem}"
        yield _matched(
            name, work_root(str(folder.relative_to(root))), midi, beats, places, notes if followed else plain
        )


def _agree(notes: list[ScoreNote], plain: list[ScoreNote]) -> float:
    """The share of one list's notes that stand at the same place in the other."""
    here = {(round(4 * n.start), n.midi) for n in notes}
    return sum((round(4 * n.start), n.midi) in here for n in plain) / max(1, len(plain))


def _matched(
    name: str, work: str, midi: Path, beats: Beats, places: Floats, notes: list[ScoreNote]
) -> Labelled:
    played = np.array([(n.onset_s, n.offset_s, n.midi, n.velocity) for n in read_midi(midi)])
    played = played[np.lexsort((played[:, 2], played[:, 0]))]
    guess = placed(played[:, 0], beats.times, places)
    by_key: dict[int, list[int]] = {}
    for index, note in enumerate(notes):
        by_key.setdefault(note.midi, []).append(index)
    starts = {key: [notes[j].start for j in members] for key, members in by_key.items()}
    pairs = []
    for i, (at, key) in enumerate(zip(guess.tolist(), played[:, 2].astype(int).tolist(), strict=True)):
        if key in starts:
            first, last = bisect_left(starts[key], at - NEAR), bisect_right(starts[key], at + NEAR)
            pairs += [(abs(notes[j].start - at), i, j) for j in by_key[key][first:last]]
    own, taken = np.full(len(played), -1), set()
    for _, i, j in sorted(pairs):
        if own[i] < 0 and j not in taken:
            own[i] = j
            taken.add(j)
    columns = np.full((4, len(played)), np.nan)
    for i, j in enumerate(own):
        if j >= 0:
            n = notes[j]
            columns[:, i] = n.start, n.length, n.staff, n.fifths
    return Labelled(name, work, played, columns[0], columns[1], columns[2], columns[3], beats, places)


def placed(times: Floats, beat_times: Floats, places: Floats) -> Floats:
    """Where in the score (quarter notes) moments fall, between and beyond the beats."""
    inner = np.interp(times, beat_times, places)
    if len(places) > 1:
        before, after = times < beat_times[0], times > beat_times[-1]
        head = (places[1] - places[0]) / max(1e-3, beat_times[1] - beat_times[0])
        tail = (places[-1] - places[-2]) / max(1e-3, beat_times[-1] - beat_times[-2])
        inner[before] = places[0] + (times[before] - beat_times[0]) * head
        inner[after] = places[-1] + (times[after] - beat_times[-1]) * tail
    return np.asarray(inner)


def collection(root: Path, side: Side) -> Iterator[Labelled]:
    """All performances of one side of the split."""
    for score in sorted(root.rglob("score.mxl")):
        if work_side(str(score.parent.relative_to(root))) == side:
            yield from labelled(score.parent, root)
