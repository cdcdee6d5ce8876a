"""Words and marks beside the notes: found on a drawn page, read, told what they are, and tied to notes and moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import cv2
import numpy as np
import pytest

from models.arrays import Grey
from models.notation.engraving.raster import grey_of
from models.notation.engraving.toolkit import lay_out
from models.notation.musicxml import write_musicxml
from models.notation.score import Bar, Clef, ClefChange, Duration, Event, Metre, Note, Part, Pitch, Score
from models.notation.words import ChordSymbol, Direction, Harmony, Lyric, Metronome
from models.read.attachment import Slot, with_marks, with_tempo
from models.read.directions.beside import beside_notes, with_marks_in
from models.read.directions.dynamics import MARKS, _forms, told_apart
from models.read.directions.wedges import wedges_on
from models.read.meaning.marks import Mark
from models.read.meaning.signs import BarFrame, StaffBar
from models.read.page.layout import Layout, layout_of
from models.read.text.letters import letters_on
from models.read.text.recogniser import LineWord, installed_recogniser
from models.read.text.roles import PageWords, _chord_text, told
from models.read.text.tokens import lines_read
from tests.programs import missing

SUNG = (("Sing", "begin"), ("ing", "end"), ("mer", "begin"), ("ri", "middle"), ("ly", "end"), ("we", "single"), ("go", "single"), ("home", "single"))  # fmt: skip


def a_song() -> Score:
    bars = []
    for number in range(4):
        events = []
        for n in range(4):
            text, syllabic = SUNG[(4 * number + n) % len(SUNG)]
            lyric = Lyric(text, 1, syllabic)  # type: ignore[arg-type]
            note = Note(f"b{number}n{n}", Pitch("GABA"[n]))
            events.append(Event(f"e{number}{n}", Fraction(n), Duration(), (note,), lyrics=(lyric,)))
        bars.append(Bar(number + 1, tuple(events), new_system=number == 2))
    first = replace(
        bars[0],
        clefs=(ClefChange(Clef()),),
        metre=Metre(),
        directions=(Direction("tempo", "Andante", metronome=Metronome(per_minute=92)),),
    )
    chords = (
        Harmony(ChordSymbol(("A", 0), "minor", "m")),
        Harmony(ChordSymbol(("D", 0)), Fraction(2)),
    )
    third = replace(bars[2], harmonies=chords)
    return Score(
        (Part("P1", (first, bars[1], third, bars[3]), "Voice"),),
        title="Evening Song",
        composer="Anna Brook",
        subtitle="for voice",
    )


@lru_cache(maxsize=1)
def a_page() -> tuple[Grey, Layout]:
    """The song engraved at a staff space of 20 pixels."""
    options = {
        "pageWidth": 2100, "pageHeight": 1500, "scale": 100, "svgViewBox": True, "breaks": "encoded", "footer": "none",
        "font": "Bravura", "spacingSystem": 12,
    }  # fmt: skip
    svg = lay_out(write_musicxml(a_song()).decode(), options).svg()
    svg = svg.replace("Times, serif", "Liberation Serif").replace(
        'font-family="Times', 'font-family="Liberation Serif'
    )
    grey = np.array(grey_of(svg, width=2333))
    _quarter_before_the_figure(grey)
    return grey, layout_of(grey)


def _quarter_before_the_figure(grey: Grey) -> None:
    """A quarter note in the place of the empty box that stands in the metronome mark: no font of words holds the note."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((grey < 128).astype(np.uint8))
    x, y, wide, high = next(
        s[:4].tolist() for s in stats[1:] if 60 < s[3] < 80 and 30 < s[2] < 50 and s[1] < 210
    )
    grey[y : y + high, x : x + wide] = 255
    cv2.ellipse(grey, (x + 14, y + high - 16), (12, 9), -20, 0, 360, 0, -1)
    cv2.line(grey, (x + 25, y + high - 18), (x + 25, y), 0, 3)


class Nothing:
    """A recogniser that reads nothing and tells how often it was asked."""

    def lines(self, pictures: Sequence[Grey]) -> list[list[LineWord]]:
        return [[] for _ in pictures]


def said() -> PageWords:
    recogniser = installed_recogniser()
    if recogniser is None:
        missing("Tesseract is not installed")
    _, layout = a_page()
    return beside_notes(layout.page, layout.systems, recogniser)


def test_title_people_and_part_are_read() -> None:
    words = said()
    assert (words.heading.title, words.heading.composer) == ("Evening Song", "Anna Brook")
    assert [m.text for m in words.marks[0] if m.kind == "name"] == ["Voice"]


def test_syllables_come_in_order_with_their_hyphens() -> None:
    words = said()
    for staff in (0, 1):
        sung = sorted((m for m in words.marks[staff] if m.kind == "lyric"), key=lambda m: m.x)
        assert [(m.text, m.syllabic) for m in sung] == list(SUNG)
        assert {m.verse for m in sung} == {1}


def test_a_tempo_mark_has_its_figure_and_chords_their_names() -> None:
    words = said()
    tempo = next(m for m in words.marks[0] if m.kind == "tempo")
    assert (tempo.text, tempo.figure) == ("Andante", Metronome("quarter", 0, 92.0))
    assert [m.text for m in words.marks[1] if m.kind == "harmony"] == ["Am", "D"]


def test_without_a_recogniser_nothing_is_said() -> None:
    _, layout = a_page()
    assert not beside_notes(layout.page, layout.systems, None).heading.title
    assert not beside_notes(layout.page, layout.systems, Nothing()).heading.title


def test_dynamics_hairpins_and_accents_are_seen_by_their_form() -> None:
    _, layout = a_page()
    page, staff = layout.page, layout.systems[0].staves[0]
    ink = page.ink.copy()
    y, x, space = int(staff.lines[4, 0] + 4.3 * staff.space), int(staff.left + 20 * staff.space), staff.space
    form = next(f for f in _forms() if f.name == "mf")
    high = round(form.high * space)
    mark = cv2.resize(form.mask, (round(high * form.aspect), high))
    ink[y : y + high, x : x + mark.shape[1]] = np.where(mark > 0.5, 255, 0)
    apart = int(10 * space)
    for sign, long, half in ((1, 6, 0.6), (2, 1.5, 0.5)):
        left, right = x + sign * apart, x + sign * apart + int(long * space)
        tip, end = (left, right) if sign == 1 else (right, left)
        for side in (-1, 1):
            cv2.line(ink, (tip, y + 20), (end, int(y + 20 + side * half * space)), 255, 3)
    drawn = replace(page, ink=ink)
    words = beside_notes(drawn, layout.systems, None)
    found = {(m.kind, m.text) for m in words.marks[0]}
    assert found == {("dynamic", "mf"), ("crescendo", ""), ("articulation", "accent")}
    assert not wedges_on(
        letters_on(page, layout.systems), [s for system in layout.systems for s in system.staves]
    )


@pytest.mark.parametrize("mark", MARKS)
def test_every_dynamic_is_told_from_the_others(mark: str) -> None:
    form = next(f for f in _forms() if f.name == mark)
    blurred = (
        cv2.GaussianBlur(np.pad(cv2.resize(form.mask, None, fx=1.3, fy=1.3), 2), (0, 0), 0.8)[2:-2, 2:-2]
        > 0.5
    )
    told_as = told_apart(blurred, form.high)
    assert told_as is not None
    assert told_as[0] == mark


@pytest.mark.parametrize(
    ("read", "meant"),
    [("Fft", "F#"), ("Ff", "F#"), ("B>", "Bb"), ("Am7", "Am7"), ("G7", "G7"), ("C#m", "C#m")],
)
def test_signs_that_ocr_has_no_letters_for_are_mended(read: str, meant: str) -> None:
    if read == "Fft":
        read = "F*"
    assert _chord_text(read) == meant


class Says:
    """A recogniser that says the same of each line."""

    def __init__(self, *words: str) -> None:
        self._words = words

    def lines(self, pictures: Sequence[Grey]) -> list[list[LineWord]]:
        wide = 10.0
        return [
            [LineWord(w, n * wide, n * wide + 8, 0.95) for n, w in enumerate(self._words)] for _ in pictures
        ]


def test_numbers_and_noise_are_no_words() -> None:
    _, layout = a_page()
    letters = letters_on(layout.page, layout.systems)
    words = told(lines_read(letters, Says("12", ">", "~")), letters, layout.systems)
    assert not [m for own in words.marks.values() for m in own if m.kind in ("words", "lyric", "harmony")]


def notes(*columns: float) -> tuple[Part, list[Slot]]:
    events = tuple(
        Event(f"e{n}", Fraction(n), Duration(), (Note(f"n{n}", Pitch("C")),)) for n in range(len(columns))
    )
    slots = [
        Slot(0, 0, 0, 1, x, f"e{n}", Fraction(n), 1, True, False, Fraction(1)) for n, x in enumerate(columns)
    ]
    return Part("P1", (Bar(1, events),)), slots


def marked(part: Part, slots: list[Slot], *marks: Mark) -> Bar:
    return with_marks(part, slots, [(0, 0, 0, 1, m) for m in marks]).bars[0]


def test_each_syllable_goes_to_the_nearest_note_and_none_to_two() -> None:
    part, slots = notes(10, 14, 18, 22)
    bar = marked(
        part,
        slots,
        Mark("lyric", 10.8, 12, "glo"),
        Mark("lyric", 13.6, 15, "ry"),
        Mark("lyric", 23.0, 24, "be"),
    )
    assert [[one.text for one in e.lyrics] for e in bar.events] == [["glo"], ["ry"], [], ["be"]]


def test_what_goes_on_over_a_line_of_music_is_one_word() -> None:
    part, slots = notes(10, 14)
    bar = marked(part, slots, Mark("lyric", 10, 11, "nei", syllabic="begin"), Mark("lyric", 14, 15, "ge"))
    assert [e.lyrics[0].syllabic for e in bar.events] == ["begin", "end"]


def test_dynamics_hairpins_accents_and_chords_find_their_moments() -> None:
    part, slots = notes(10, 14, 18, 22)
    bar = marked(
        part, slots,
        Mark("dynamic", 13.3, 14.9, "mf", "below"),
        Mark("crescendo", 13.2, 17.5, placement="below"),
        Mark("articulation", 21.5, 22.6, "accent"),
        Mark("harmony", 17.4, 19.0, "F#dim/A"),
        Mark("words", 9.4, 13.0, "dolce"),
    )  # fmt: skip
    assert [e.dynamic for e in bar.events] == [None, "mf", None, None]
    assert [e.articulations for e in bar.events] == [(), (), (), ("accent",)]
    assert [(d.kind, d.text, d.onset) for d in bar.directions] == [
        ("words", "dolce", 0),
        ("crescendo", "", 1),
        ("wedge-stop", "", 2),
    ]
    assert [(h.chord.name, h.onset) for h in bar.harmonies] == [("F#dim/A", 2)]


def test_what_stands_between_a_keyboards_staves_goes_with_the_upper_one() -> None:
    upper = Event("u", Fraction(0), Duration(), (Note("un", Pitch("C")),), staff=1)
    lower = Event("l", Fraction(0), Duration(), (Note("ln", Pitch("C", 0, 3)),), voice=5, staff=2)
    slots = [
        Slot(0, 0, 0, 1, 10, "u", Fraction(0), 1, True, False, Fraction(1)),
        Slot(0, 1, 0, 2, 10, "l", Fraction(0), 5, True, False, Fraction(1)),
    ]
    part = Part("P1", (Bar(1, (upper, lower)),), staves=2)
    bar = with_marks(part, slots, [(0, 1, 0, 2, Mark("dynamic", 9.5, 10.5, "p", "above"))]).bars[0]
    assert [(e.id, e.dynamic) for e in bar.events] == [("u", "p"), ("l", None)]


def test_names_and_tempo_marks_say_how_a_part_sounds() -> None:
    part, slots = notes(10, 14)
    tempo = Mark("tempo", 9, 12, "Adagio", figure=Metronome("half", 0, 40.0))
    played = with_marks(
        part, slots, [(0, 0, 0, 1, tempo), (0, 0, 0, 1, Mark("name", 1, 3, "Clarinet in Bb"))]
    )
    score = with_tempo(Score((played,)))
    assert (score.tempo, score.parts[0].name, score.parts[0].transpose) == (80.0, "Clarinet in Bb", -2)
    plain = with_tempo(Score((with_marks(part, slots, [(0, 0, 0, 1, replace(tempo, figure=None))]),)))
    assert plain.tempo == 66.0
    assert plain.assumptions == ("Adagio without a figure: 66 quarter notes a minute were assumed.",)


def test_marks_stand_by_the_bar_under_them() -> None:
    bars = [StaffBar(BarFrame(left, left + 10.0, (0, 0, 1, 1))) for left in (5.0, 15.0)]
    first, second, after = (Mark("words", x, x + 1, "dolce") for x in (2.0, 16.0, 40.0))
    assert [b.marks for b in with_marks_in(bars, (after, second, first))] == [(first,), (second, after)]
