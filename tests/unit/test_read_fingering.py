"""Fingerings and numbered bars of rest: their forms, the notes that they belong to, MusicXML, and what is none."""

import io
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from benchmarks.notation_kinds import things
from models.notation.engraving.engrave import Look, engrave
from models.notation.engraving.pictures import svg_to_png
from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.score import Bar, Clef, ClefChange, Duration, Event, Key, Metre, NoteType, Part, Score
from models.read.directions.forms import FINGERS, kept_forms, likest
from models.read.meaning.fingering import with_fingers
from models.read.meaning.marks import Mark
from models.read.meaning.signs import BarFrame, BarSigns, RestSign, StaffBar
from models.read.meaning.spanning import only_rests
from models.read.reader import Reader
from tests.scores import E8, event
from tests.signs import quarter

LOOK = Look(
    width=2000, staff_space=20.0, header=False, margin=120.0,
    more={"staffLineWidth": 0.24, "stemWidth": 0.22, "barLineWidth": 0.3},
)  # fmt: skip


def fingered(name, onset, pitches, fingers, **more):
    """An event with a finger for each of its notes from the lowest up."""
    made = event(name, onset, pitches, **more)
    notes = tuple(replace(n, finger=f) for n, f in zip(made.notes, fingers.split(), strict=True))
    return replace(made, notes=notes)


def scale():
    """Two bars of a scale with its fingers."""
    rows = (("C4 D4 E4 F4", "1 2 3 1"), ("G4 A4 B4 C5", "2 3 4 5"))
    bars = [
        Bar(
            b + 1,
            tuple(
                fingered(f"{b}{n}", n, p, f)
                for n, (p, f) in enumerate(zip(pitches.split(), fingers.split(), strict=True))
            ),
        )
        for b, (pitches, fingers) in enumerate(rows)
    ]
    bars[0] = replace(bars[0], clefs=(ClefChange(Clef()),), key=Key(0), metre=Metre(4, 4))
    return Score((Part("P1", tuple(bars)),))


def told(score):
    return [(n.pitch.name, n.finger) for bar in score.parts[0].bars for e in bar.events for n in e.notes]


@pytest.mark.slow
def test_the_fingers_of_a_scale_are_read_and_none_of_them_counts_a_tuplet():
    (page,) = engrave(scale(), LOOK).pages
    picture = np.asarray(Image.open(io.BytesIO(svg_to_png(page))).convert("L")).copy()
    reading = Reader().read([picture], top=1)
    read = reading.score(reading.interpretations[0])
    assert told(read) == told(scale())
    assert all(e.duration.tuplet == (1, 1) for bar in read.parts[0].bars for e in bar.events)


def test_musicxml_keeps_the_fingers_of_every_note_of_a_chord():
    bar = Bar(1, (fingered("a", 0, "C4 E4 G4", "1 3 5"), fingered("b", 1, "A4", "4-5")))
    score = Score((Part("P1", (bar,)),))
    assert told(read_musicxml(write_musicxml(score))) == told(score)


@pytest.mark.parametrize("digit", "12345")
def test_a_digit_is_likest_its_own_form_in_every_font(digit):
    forms = kept_forms(FINGERS)
    own = [f for f in forms if f.name == digit]
    assert len(own) == 5
    for form in own:
        others = [f for f in forms if f is not form]
        assert likest(form.mask > 0.5, 1.0, others)[0] == digit


def over(name, *fingers, placement="above"):
    """Digits over one another, from the top down."""
    marks = [
        Mark("fingering", 0, 1, f, placement, box=(0, 10.0 * n, 1, 10.0 * n + 9))
        for n, f in enumerate(fingers)
    ]
    return {name: marks}


def test_the_digits_over_a_chord_belong_to_its_notes_from_the_top_down():
    chord = event("a", 0, "C4 E4 G4")
    (found,) = with_fingers([chord], over(chord.id, "5", "3", "1"))
    assert [n.finger for n in found.notes] == ["1", "3", "5"]


def test_the_digits_under_a_chord_belong_to_its_notes_from_the_bottom_up():
    chord = event("a", 0, "C4 E4")
    (found,) = with_fingers([chord], over(chord.id, "1", "5", placement="below"))
    assert [n.finger for n in found.notes] == ["5", "1"]


def triplet(*fingers):
    marks = ("start", None, "stop")
    events = [
        replace(event(f"{n}", Fraction(n, 3), "C4", E8, tuplet=(3, 2)), tuplet_mark=marks[n])
        for n in range(3)
    ]
    given = {e.id: [Mark("fingering", 0, 1, f)] for e, f in zip(events, fingers, strict=True) if f}
    return [e.notes[0].finger for e in with_fingers(events, given)]


def test_the_digit_over_a_tuplet_that_counts_it_is_no_finger():
    assert triplet("", "3", "") == ["", "", ""]
    assert triplet("", "2", "") == ["", "2", ""]
    assert triplet("1", "3", "5") == ["1", "3", "5"]


def bars_of_rest(count, *, note=False):
    """A bar of notes, then so many bars of rest that the page shows as one."""
    whole = Duration(NoteType.WHOLE)
    rests = [
        Bar(n + 2, (Event(f"r{n}", Fraction(0), whole, (), whole_bar=True),), rests=0 if n else count)
        for n in range(count)
    ]
    if note:
        rests[-1] = replace(rests[-1], events=(event("x", 0, "C4", NoteType.WHOLE),))
    first = Bar(1, (event("a", 0, "C4", NoteType.WHOLE),), (ClefChange(Clef()),), Key(0), Metre(4, 4))
    return Score((Part("P1", (first, *rests)),))


def test_musicxml_tells_how_many_bars_of_rest_stand_as_one():
    score = bars_of_rest(5)
    assert b"<multiple-rest>5</multiple-rest>" in write_musicxml(score)
    read = read_musicxml(write_musicxml(score))
    assert [bar.rests for bar in read.parts[0].bars] == [0, 5, 0, 0, 0, 0]
    assert things(read)["multi-bar rest", 0, 1, 5] == 1


def test_bars_of_rest_into_which_a_note_was_put_stand_each_by_itself():
    assert b"multiple-rest" not in write_musicxml(bars_of_rest(3, note=True))


def test_every_bar_of_rest_has_its_place_in_a_drawing():
    (page,) = engrave(bars_of_rest(4), LOOK).pages
    assert page.svg.count("data-bar=") == 5


def test_bars_that_hold_rests_alone():
    frames = [BarFrame(20.0 * n, 20.0 * n + 20, (0, 0, 1, 1)) for n in range(4)]
    rest = RestSign(33.0, NoteType.BREVE)
    held = [(quarter(5),), (rest,), (), (rest, quarter(70))]
    staff = [StaffBar(f, (BarSigns(signs),)) for f, signs in zip(frames, held, strict=True)]
    assert only_rests(staff) == [(20.0, 40.0, 33.0), (40.0, 60.0, 50.0)]
    assert only_rests([replace(staff[1], absent=True)]) == []
