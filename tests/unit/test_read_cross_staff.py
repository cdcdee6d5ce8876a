"""Beams that lead from one staff of a piano to the other: on pages drawn by Verovio, and their pieces one by one."""

import io
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from models.notation.engraving.engrave import Look, engrave
from models.notation.engraving.pictures import svg_to_png
from models.notation.score import Bar, Clef, ClefChange, Key, Metre, NoteType, Part, Score
from models.read.meaning.crossing import beam_words, cross, joined
from models.read.meaning.parts import parts_of
from models.read.meaning.rhythm import placed_across, total
from models.read.meaning.signs import BarFrame, BarSigns, ClefSign, Crossing, StaffBar
from models.read.reader import Reader
from tests.scores import E8, H, event
from tests.signs import eighth, half, quarter, rest, whole

LOOK = Look(
    width=2000, staff_space=20.0, header=False, margin=120.0,
    more={"staffLineWidth": 0.24, "stemWidth": 0.22, "barLineWidth": 0.3, "spacingStaff": 14},
)  # fmt: skip
N16 = NoteType.N16


def run(name, told, kind, voice, *, start=0, group=4):
    """Notes of one voice one after another, told as "C4:2" with the staff, under beams of so many."""
    now, out = Fraction(start), []
    words = told.split()
    levels = 1 if kind is E8 else 2
    for n, word in enumerate(words):
        pitches, staff = word.split(":")
        at = n % group
        beam = "begin" if at == 0 else "end" if at == group - 1 else "continue"
        one = event(f"{name}{n}", now, pitches.replace("+", " "), kind, voice=voice, staff=int(staff))
        out.append(replace(one, beams=(beam,) * levels))
        now += out[-1].duration.quarters
    return out


def piano(bars, metre, clefs=("G", "F")):
    """A piano part of these bars."""
    lines = {"G": 2, "F": 4}
    first = tuple(ClefChange(Clef(c, lines[c]), staff=n + 1) for n, c in enumerate(clefs))
    made = [Bar(n + 1, tuple(events)) for n, events in enumerate(bars)]
    made[0] = replace(made[0], clefs=first, key=Key(0), metre=metre)
    return Score((Part("P1", tuple(made), staves=2),))


RISING = [
    [*run("a", "C3:2 G3:2 C4:1 E4:1 G4:1 E4:1 C4:1 G3:2", E8, 5)],
    [*run("b", "A2:2 E3:2 A4:1 C5:1 E5:1 C5:1 A4:1 E3:2", E8, 5)],
]
HANDS = [
    [*run("c", "G4+B4:1 D3:2 G4+B4:1 B3:2 A4+C5:1 D3:2 A4+C5:1 C4:2", N16, 1)],
    [*run("d", "F4+A4:1 C3:2 F4+A4:1 A3:2 G4+B4:1 D3:2 G4+B4:1 B3:2", N16, 1)],
]
OVER_A_BASS = [
    [
        *run("e", "C4+E4:2 G3:2 E4:1 C4+E4:2 G3:2 F4:1", E8, 5, group=3),
        event("f0", 0, "C3", NoteType.QUARTER, 1, voice=6, staff=2, stem="down"),
        event("f1", "3/2", "G2", NoteType.QUARTER, 1, voice=6, staff=2, stem="down"),
    ],
]
UNDER_A_TUNE = [
    [
        event("g0", 0, "G5", H, voice=1, stem="up"), event("g1", 2, "E5", H, voice=1, stem="up"),
        *run("h", "C3:2 G3:2 C4:1 E4:1 C3:2 G3:2 C4:1 E4:1", E8, 5),
    ],
]  # fmt: skip
PIECES = {
    "an arpeggio that rises and falls": piano(RISING, Metre(4, 4)),
    "hands by turns": piano(HANDS, Metre(2, 4)),
    "over a bass": piano(OVER_A_BASS, Metre(6, 8)),
    "under a tune": piano(UNDER_A_TUNE, Metre(4, 4)),
}


def heard(score):
    """Bar, staff, onset, value, beams and pitches of every note."""
    return sorted(
        (
            n, e.staff, e.onset, e.duration.type.value, e.duration.dots, e.beams,
            tuple(sorted(note.pitch.midi for note in e.notes)),
        )
        for n, bar in enumerate(score.parts[0].bars)
        for e in bar.events
        if e.notes
    )  # fmt: skip


def page_of(score):
    (page,) = engrave(score, LOOK).pages
    return np.asarray(Image.open(io.BytesIO(svg_to_png(page))).convert("L")).copy()


@pytest.fixture(scope="module")
def reader():
    return Reader(recogniser=None)


@pytest.mark.slow
@pytest.mark.parametrize("name", PIECES)
def test_notes_keep_their_staff_and_their_beam_goes_across(reader, name):
    wanted = PIECES[name]
    reading = reader.read([page_of(wanted)], top=1)
    read = reading.score(reading.interpretations[0])
    assert [part.staves for part in read.parts] == [2]
    assert heard(read) == heard(wanted)
    for bar in read.parts[0].bars:
        assert len({e.voice for e in bar.events if e.beams}) == 1, "one voice, whichever the staff"


def up(signs):
    return [replace(s, stem="up") for s in signs]


def triplets(events):
    """The notes as triplets of one after another."""
    marks = ("start", None, "stop")
    return [
        replace(
            e, onset=Fraction(n, 3), duration=replace(e.duration, tuplet=(3, 2)), tuplet_mark=marks[n % 3]
        )
        for n, e in enumerate(events)
    ]


FURTHER = {
    "all stems up": piano([up(run("a", "C3:2 G3:2 C4:1 E4:1 G4:1 E4:1 C4:1 G3:2", E8, 5))], Metre(4, 4)),
    "triplets": piano([triplets(run("a", "C3:2 G3:2 E4:1 C3:2 G3:2 E4:1", E8, 5, group=3))], Metre(2, 4)),
    "two treble clefs": piano(
        [run("a", "C4:2 G4:2 C5:1 E5:1 G5:1 E5:1 C5:1 G4:2", E8, 5)], Metre(4, 4), clefs=("G", "G")
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FURTHER)
def test_beams_over_both_staves_triplets_and_equal_clefs(reader, name):
    reading = reader.read([page_of(FURTHER[name])], top=1)
    read = reading.score(reading.interpretations[0])
    assert [part.staves for part in read.parts] == [2]
    assert heard(read) == heard(FURTHER[name])


@pytest.mark.parametrize(
    ("group", "wanted"),
    [
        ([(0, 1), (1, 1), (1, 0)], [("begin",), ("continue",), ("end",)]),
        ([(0, 1), (2, 0)], [("begin",), ("end", "backward hook")]),
        ([(0, 2), (1, 0)], [("begin", "forward hook"), ("end",)]),
        ([(0, 2), (2, 2), (2, 0)], [("begin",) * 2, ("continue",) * 2, ("end",) * 2]),
    ],
    ids=["eighths", "dotted", "dotted backwards", "sixteenths"],
)
def test_words_of_beams(group, wanted):
    assert [beam_words(n, group) for n in range(len(group))] == wanted


def led(sign, name, left, right):
    return replace(sign, crossing=Crossing((name,), left, right))


UPPER = (led(eighth(16, stem="down"), "b@0u", 1, 1), led(eighth(20, stem="down"), "b@0u", 1, 0))
LOWER = (led(eighth(8), "b@0u", 0, 1), led(eighth(12), "b@0u", 1, 1))


def test_notes_of_two_staves_sound_one_after_another():
    above, below = placed_across(UPPER, LOWER)
    assert [p.onset for p in (*below, *above)] == [Fraction(n, 2) for n in range(4)]


def test_notes_of_two_staves_stand_in_one_column_whichever_their_stems():
    above, below = placed_across((half(8), *UPPER), LOWER)
    assert [(p.sign.x, p.onset) for p in above] == [(8, 0), (16, 1), (20, Fraction(3, 2))]
    assert [p.onset for p in below] == [0, Fraction(1, 2)]


def test_a_whole_rest_beside_a_crossing_voice_is_silent_for_the_bar():
    above, below = placed_across((rest(10, NoteType.WHOLE), *UPPER), LOWER)
    silent = next(p for p in above if not hasattr(p.sign, "heads"))
    assert silent.sign.whole_bar
    assert (silent.onset, max(total(above), total(below))) == (0, 2)


def test_events_under_one_beam_share_a_voice_that_is_free():
    above, below = placed_across(UPPER, (*LOWER, quarter(8, stem="down")))
    staves = []
    for staff, found in enumerate((above, below), start=1):
        own = []
        for n, p in enumerate(found):
            made = event(f"{staff}{n}", p.onset, "C4", E8 if p.sign.strokes else NoteType.QUARTER)
            voice = 5 if staff == 2 and p.sign.strokes == 0 else 1 if staff == 1 else 5
            own.append((p, replace(made, voice=voice, staff=staff)))
        staves.append(own)
    first, second = joined(staves)
    beamed = [e for e in (*first, *second) if e.beams]
    assert {e.voice for e in beamed} == {1}, "voice 5 sounds the quarter"
    assert [e.beams for e in sorted(beamed, key=lambda e: e.onset)] == [
        ("begin",), ("continue",), ("continue",), ("end",)
    ]  # fmt: skip
    assert [e.voice for e in second if not e.beams] == [5]


def staff(*signs):
    frame = BarFrame(0.0, 40.0, (0, 0, 1, 1))
    return [StaffBar(frame, (BarSigns(signs, (ClefSign(4.0, ((Clef(), 1.0),)),)),))]


def test_staves_under_one_clef_that_a_beam_joins_are_one_part():
    assert cross(UPPER, LOWER)
    assert not cross(UPPER, [whole(8)])
    assert parts_of([[staff(*UPPER), staff(*LOWER)]]) == [[0, 1]]
    assert parts_of([[staff(*UPPER), staff(eighth(8), eighth(12))]]) == [[0], [1]]
