"""Words beside the notes set and taken away: syllables of lyrics, chord symbols."""

from __future__ import annotations

from dataclasses import replace

from models.notation.chords import parse_chord
from models.notation.editing.edits import SetChord, SetLyric
from models.notation.editing.places import Place, place_of, with_bars, with_events
from models.notation.score import Event, Score
from models.notation.words import Harmony, Lyric, Syllabic

_HYPHENS: dict[tuple[bool, bool], Syllabic] = {
    (False, False): "single",
    (False, True): "begin",
    (True, True): "middle",
    (True, False): "end",
}
"""A syllable's place in its word, by whether a hyphen stands before it and after it."""


def worded(score: Score, edit: SetLyric | SetChord) -> Score:
    """The score after the edit; the same where there is no such note, a rest is to be sung, or no chord is called so."""
    place = place_of(score, edit.id)
    if place is None:
        return score
    return _sung(score, place, edit) if isinstance(edit, SetLyric) else _with_chord(score, place, edit)


def syllable_text(lyric: Lyric) -> str:
    """A syllable as it is typed: with a hyphen on each side on which its word goes on."""
    before, after = next(sides for sides, place in _HYPHENS.items() if place == lyric.syllabic)
    return "-" * before + lyric.text + "-" * after


def _sung(score: Score, place: Place, edit: SetLyric) -> Score:
    if place.note is None:
        return score
    typed = edit.text.strip()
    text = typed.strip("-").strip()
    stay = [one for one in place.event.lyrics if one.verse != edit.verse]
    if text:
        stay.append(Lyric(text, edit.verse, _HYPHENS[typed.startswith("-"), typed.endswith("-")]))
    lyrics = tuple(sorted(stay, key=lambda one: one.verse))
    own = {note.id for note in place.event.notes}

    def change(event: Event) -> Event:
        return replace(event, lyrics=lyrics) if own & {note.id for note in event.notes} else event

    return with_events(score, change)


def _with_chord(score: Score, place: Place, edit: SetChord) -> Score:
    chord = parse_chord(edit.text.strip()) if edit.text.strip() else None
    if edit.text.strip() and chord is None:
        return score
    onset, staff = place.event.onset, place.event.staff
    stay = [one for one in place.bar.harmonies if one.onset != onset]
    if chord is not None:
        stay.append(Harmony(chord, onset, staff))
    bar = replace(place.bar, harmonies=tuple(sorted(stay, key=lambda one: one.onset)))
    bars = (*place.part.bars[: place.index], bar, *place.part.bars[place.index + 1 :])
    return with_bars(score, place.part, bars)
