"""Lyrics, chord symbols, directions, credits and groups: written, read again, drawn and counted in."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from defusedxml import ElementTree

from models.notation.chords import parse_chord
from models.notation.engraving.toolkit import lay_out
from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.performance import sounding_notes
from models.notation.score import (
    Bar,
    Clef,
    ClefChange,
    Duration,
    Event,
    Metre,
    Note,
    Part,
    PartGroup,
    Pitch,
    Score,
)
from models.notation.words import ChordSymbol, Direction, Harmony, Lyric, Metronome


def a_note(n: int, step: str = "C", **more: object) -> Event:
    return Event(f"e{n}", Fraction(n), Duration(), (Note(f"n{n}", Pitch(step)),), **more)  # type: ignore[arg-type]


def a_song() -> Score:
    begin, end = Lyric("Glo", 1, "begin"), Lyric("ria", 1, "end", extend=True)
    second = Lyric("Sanc", 2, "begin"), Lyric("tus", 2, "end")
    events = (
        a_note(0, "C", lyrics=(begin, second[0])),
        a_note(1, "D", lyrics=(end, second[1])),
        a_note(2, "E", dynamic="mf"),
        a_note(3, "F", articulations=("fermata",)),
    )
    bar = Bar(
        1,
        events,
        clefs=(ClefChange(Clef()),),
        metre=Metre(),
        directions=(
            Direction("tempo", "Andante", metronome=Metronome("half", 1, 40.0)),
            Direction("words", "dolce", Fraction(1), 1, "below"),
            Direction("crescendo", "", Fraction(2), 1, "below"),
            Direction("wedge-stop", "", Fraction(3), 1, "below"),
        ),
        harmonies=(
            Harmony(ChordSymbol(("F", 1), "diminished", "dim", ("A", 0))),
            Harmony(ChordSymbol(None, "none", "N.C."), Fraction(5, 2)),
        ),
    )
    low = replace(bar, events=tuple(replace(e, id=f"x{e.id}", lyrics=(), notes=tuple(replace(n, id=f"x{n.id}") for n in e.notes)) for e in events), directions=(), harmonies=())  # fmt: skip
    return Score(
        (Part("P1", (bar,), "Voice", short_name="V."), Part("P2", (low,), "Flute")),
        title="Gloria",
        tempo=120.0,
        composer="A. Nonymous",
        subtitle="for voice",
        lyricist="N. Emo",
        groups=(PartGroup(0, 1),),
    )


def test_what_stands_beside_the_notes_comes_back_from_musicxml() -> None:
    back = read_musicxml(write_musicxml(a_song()))
    wanted = a_song()
    assert (back.title, back.subtitle, back.composer, back.lyricist) == (
        "Gloria",
        "for voice",
        "A. Nonymous",
        "N. Emo",
    )
    assert [(p.name, p.short_name) for p in back.parts] == [("Voice", "V."), ("Flute", "")]
    assert back.groups == (PartGroup(0, 1),)
    assert [e.lyrics for e in back.parts[0].bars[0].events] == [
        e.lyrics for e in wanted.parts[0].bars[0].events
    ]
    assert back.parts[0].bars[0].directions == wanted.parts[0].bars[0].directions
    assert back.parts[0].bars[0].harmonies == wanted.parts[0].bars[0].harmonies
    assert back.tempo == 120.0


def test_a_tempo_mark_is_written_once_and_is_played() -> None:
    song = a_song()
    root = ElementTree.fromstring(write_musicxml(song))
    assert len(list(root.iter("metronome"))) == 1
    slower = replace(song, tempo=60.0)  # as the score view sets it: the figure follows
    figures = [
        m.findtext("per-minute") for m in ElementTree.fromstring(write_musicxml(slower)).iter("metronome")
    ]
    assert figures == ["60"]
    assert sounding_notes(slower)[-1].onset_s == 2 * sounding_notes(song)[-1].onset_s == 3.0


def test_the_engraver_draws_them() -> None:
    svg = lay_out(write_musicxml(a_song()).decode(), {"svgViewBox": True}).svg()
    for drawn in (
        'class="verse"',
        'class="harm"',
        'class="tempo"',
        'class="hairpin"',
        "Gloria",
        "dolce",
        "Glo",
    ):
        assert drawn in svg, drawn


@pytest.mark.parametrize(
    ("text", "root", "kind", "bass"),
    [
        ("C", ("C", 0), "major", None),
        ("Am7", ("A", 0), "minor-seventh", None),
        ("F#dim/A", ("F", 1), "diminished", ("A", 0)),
        ("B♭maj7", ("B", -1), "major-seventh", None),
        ("Ebm7b5", ("E", -1), "half-diminished", None),
        ("G7sus4", ("G", 0), "dominant", None),
        ("D/F#", ("D", 0), "major", ("F", 1)),
        ("C6/9", ("C", 0), "major-sixth", None),
        ("N.C.", None, "none", None),
    ],
)
def test_chord_symbols_are_understood(text: str, root: object, kind: str, bass: object) -> None:
    chord = parse_chord(text)
    assert chord is not None
    assert (chord.root, chord.kind, chord.bass) == (root, kind, bass)


def test_added_and_altered_tones_are_kept() -> None:
    assert parse_chord("G7(b9)") == ChordSymbol(("G", 0), "dominant", "7(b9)", None, (("add", 9, -1),))
    assert parse_chord("A7#5") == ChordSymbol(("A", 0), "dominant", "7#5", None, (("alter", 5, 1),))


@pytest.mark.parametrize(
    "text", ["Allegro", "Adagio", "Gloria", "", "c", "Fine", "D.C.", "Ad", "Cad", "7", "Am7x"]
)
def test_words_are_no_chords(text: str) -> None:
    assert parse_chord(text) is None
