"""Pitches: what accidentals, ties and clef changes do through a bar and over its lines."""

import pytest

from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.score import Clef, Key
from models.read.assembly import score_of
from models.read.meaning.context import contexts
from models.read.meaning.pitch import clef_at, pitches
from models.read.meaning.rhythm import placed
from models.read.meaning.signs import (
    ArcSign,
    BarFrame,
    BarSigns,
    ChordSign,
    ClefSign,
    HeadSign,
    OctaveSign,
    StaffBar,
)
from models.read.ranking.interpretations import interpretations, page_bars

G, BASS = Clef(), Clef("F", 4)
FRAME = BarFrame(0.0, 60.0, (0.0, 0.0, 10.0, 10.0))
F4, F5 = 1.0, 8.0  # places under a treble clef


def chord(x, *heads, **more):
    """A quarter note; a head is a place, or a place and a sign."""
    told = [h if isinstance(h, tuple) else (h, None) for h in heads]
    return ChordSign(float(x), tuple(HeadSign(float(x), place, sign) for place, sign in told), **more)


def names(*chords, clef=G, key=0, **more):
    found = pitches(placed(chords), clef, Key(key), **more)
    return [[found[h].name for h in c.heads] for c in chords]


def flat(*chords, **more):
    return [n for c in names(*chords, **more) for n in c]


# Through a bar


def test_a_sign_holds_to_the_end_of_its_bar():
    assert flat(chord(0, F4), chord(5, (F4, "sharp")), chord(10, F4), chord(15, 2.0), chord(20, F4)) == [
        "F4", "F#4", "F#4", "G4", "F#4",
    ]  # fmt: skip


def test_a_sign_holds_at_its_own_height_alone():
    assert flat(chord(0, (F4, "sharp")), chord(5, F5)) == ["F#4", "F5"]


def test_the_key_holds_at_every_height():
    assert flat(chord(0, F4), chord(5, F5), chord(10, 4.0), key=1) == ["F#4", "F#5", "B4"]


def test_a_natural_takes_the_keys_sign_away_and_a_sign_brings_it_back():
    assert flat(chord(0, F4), chord(5, (F4, "natural")), chord(10, F4), chord(15, (F4, "sharp")), key=1) == [
        "F#4", "F4", "F4", "F#4",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sign", "name"),
    [("double-sharp", "F##4"), ("flat-flat", "Fbb4"), ("flat", "Fb4"), ("sharp", "F#4"), ("natural", "F4")],
)
def test_what_each_sign_does(sign, name):
    assert flat(chord(0, (F4, sign)), key=3) == [name]


def test_a_sign_holds_for_what_follows_not_for_the_order_of_finding():
    late, early = chord(10, (F4, "sharp")), chord(0, F4)
    found = pitches(placed([late, early]), G, Key())
    assert (found[early.heads[0]].name, found[late.heads[0]].name) == ("F4", "F#4")


def test_neither_key_nor_sign_alters_a_drum():
    assert not [
        n
        for n in flat(chord(1, F4, (F5, "sharp")), clef=Clef("percussion"), key=7)
        if n[1:2] in {"#", "♯", "b", "♭"}
    ]
    assert names(chord(1, F4), clef=G, key=1) == [["F#4"]]


def test_a_sign_in_a_chord_changes_its_own_head():
    assert names(chord(0, F4, (3.0, "flat"), F5), chord(5, 3.0)) == [["F4", "Ab4", "F5"], ["Ab4"]]


def test_a_sign_holds_in_the_other_voice_too():
    upper = [chord(0, (F4, "sharp"), stem="up"), chord(6, 5.0, stem="up")]
    lower = [chord(0.1, -2.0, stem="down"), chord(6.1, F4, stem="down")]
    assert names(*upper, *lower) == [["F#4"], ["C5"], ["C4"], ["F#4"]]


def test_a_grace_notes_sign_holds_as_well():
    assert flat(chord(0, (F4, "sharp"), grace=True), chord(2, F4)) == ["F#4", "F#4"]


def test_heads_far_beyond_the_staff_have_pitches():
    assert flat(chord(0, -60.0), chord(5, 90.0)) == ["C0", "B9"]


# Clefs


@pytest.mark.parametrize(
    ("clef", "name"),
    [
        (G, "E4"), (BASS, "G2"), (Clef("C", 3), "F3"), (Clef("C", 4), "D3"), (Clef("G", 2, -1), "E3"),
    ],
    ids=["treble", "bass", "alto", "tenor", "octave treble"],
)  # fmt: skip
def test_the_lowest_line_under_each_clef(clef, name):
    assert flat(chord(0, 0.0), clef=clef) == [name]


def test_a_clef_holds_from_where_it_stands():
    assert flat(chord(0, 0.0), chord(10, 0.0), chord(20, 0.0), changes=[(8.0, BASS), (16.0, G)]) == [
        "E4", "G2", "E4",
    ]  # fmt: skip
    assert clef_at([(8.0, BASS)], 7.9, G) == G
    assert clef_at([(8.0, BASS)], 8.0, G) == BASS


def test_a_sign_holds_for_its_pitch_when_the_clef_changes():
    first, second = chord(0, (-2.0, "sharp")), chord(10, 10.0)  # middle C under either clef
    assert flat(first, second, changes=[(8.0, BASS)]) == ["C#4", "C#4"]
    assert flat(chord(0, (F4, "sharp")), chord(10, F4), changes=[(8.0, BASS)]) == ["F#4", "A2"]


def test_the_key_holds_under_the_new_clef():
    assert flat(chord(0, F4), chord(10, -1.0), changes=[(8.0, BASS)], key=1) == ["F#4", "F#2"]


# Ties that come over the bar line


def test_a_tie_brings_its_sign_for_its_own_note_alone():
    tied = {31: 1}  # F4, sharp
    assert flat(chord(0, F4), chord(5, F4), tied=tied) == ["F#4", "F4"]
    assert flat(chord(0, (F4, "natural")), chord(5, F4), tied=tied) == ["F4", "F4"]
    assert flat(chord(0, 3.0), chord(5, F4), tied=tied) == ["A4", "F4"], "only at the start of the bar"


# Whole parts


def bar(*chords, arcs=(), clefs=()):
    return StaffBar(FRAME, (BarSigns(tuple(chords), tuple(clefs), arcs=tuple(arcs)),))


def over(x, place):
    """An arc from a head over the end of the bar."""
    return ArcSign((float(x), place), (float(x) + 30.0, place))


def part(*staves, parts=((0,),), systems=None):
    """The first part of a page of one system (or of `systems`) of staves of bars."""
    page = systems or [[list(staff) for staff in staves]]
    (way_context, *_) = contexts(page, parts)
    bars = page_bars(page, way_context)
    (way,) = interpretations(bars, [way_context], 1)
    return score_of(page, parts, bars, way).parts[0]


def heard(part, staff=1):
    """Bar by bar: each note's name, with > where a tie starts and < where one stops."""
    return [
        [
            ("<" if n.tie_stop else "") + n.pitch.name + (">" if n.tie_start else "")
            for e in sorted(b.events, key=lambda e: e.onset)
            if e.staff == staff
            for n in e.notes
        ]
        for b in part.bars
    ]


def four(*heads):
    return [chord(6 * n, h) for n, h in enumerate(heads)]


def test_a_sign_ends_with_its_bar():
    assert heard(part([bar(*four((F4, "sharp"), F4)), bar(*four(F4, F4))])) == [["F#4", "F#4"], ["F4", "F4"]]


def test_a_tie_over_two_bar_lines_carries_its_sign_through_both():
    found = part([
        bar(*four(2.0, (F4, "sharp")), arcs=[over(6, F4)]),
        bar(chord(0, F4, filled=False), arcs=[over(0, F4)]),
        bar(*four(F4, F4)),
    ])  # fmt: skip
    assert heard(found) == [["G4", "F#4>"], ["<F#4>"], ["<F#4", "F4"]]


def test_a_tie_within_a_bar_needs_no_sign():
    arc = ArcSign((0.0, F4), (6.0, F4))
    assert heard(part([bar(*four((F4, "sharp"), F4), arcs=[arc])])) == [["F#4>", "<F#4"]]


def test_heads_of_a_chord_are_tied_one_by_one():
    first = bar(chord(0, 2.0), chord(6, F4, 3.0, 5.0), arcs=[over(6, F4), over(6, 5.0)])
    found = part([first, bar(chord(0, F4, 3.0, 5.0))])
    assert heard(found)[1] == ["<F4", "A4", "<C5"]


def test_an_arc_to_another_pitch_over_the_line_is_no_tie():
    found = part([bar(*four(2.0, F4), arcs=[over(6, F4)]), bar(*four(3.0, F4))])
    assert heard(found) == [["G4", "F4"], ["A4", "F4"]]


def test_an_arc_to_a_natural_is_no_tie():
    found = part([bar(*four(2.0, (F4, "sharp")), arcs=[over(6, F4)]), bar(*four((F4, "natural"), 2.0))])
    assert heard(found) == [["G4", "F#4"], ["F4", "G4"]]


def test_a_tie_leads_over_the_end_of_a_system():
    opening = ClefSign(-5.0, ((G, 0.95),))
    systems = [
        [[bar(*four(2.0, (F4, "sharp")), arcs=[over(6, F4)], clefs=[opening])]],
        [[bar(*four(F4, 2.0), clefs=[opening])]],
    ]
    assert heard(part(systems=systems)) == [["G4", "F#4>"], ["<F#4", "G4"]]


def test_a_tie_stays_on_its_staff():
    upper = [bar(*four(2.0, (F4, "sharp")), arcs=[over(6, F4)]), bar(*four(F4, 2.0))]
    lower = [bar(*four(2.0, F4)), bar(*four(F4, 2.0))]
    found = part(upper, lower, parts=((0, 1),))
    assert heard(found, 1)[1] == ["<F#4", "G4"]
    assert heard(found, 2)[1] == ["A2", "B2"]  # the lower staff is a left hand's, under a bass clef


def test_a_slur_between_pitches_joins_chords():
    arc = ArcSign((0.0, F4), (12.0, 3.0))
    found = part([bar(*four(F4, 2.0, 3.0), arcs=[arc])])
    assert [e.slurs for e in found.bars[0].events] == [(("start", 1),), (), (("stop", 1),)]
    assert not any("<" in n or ">" in n for n in heard(found)[0])


def test_an_arc_over_a_note_between_is_a_slur_though_its_ends_are_alike():
    arc = ArcSign((0.0, F4), (12.0, F4))
    found = part([bar(*four(F4, 2.0, F4), arcs=[arc])])
    assert heard(found) == [["F4", "G4", "F4"]]
    assert found.bars[0].events[0].slurs == (("start", 1),)


def test_a_clef_change_is_told_once_where_it_stands():
    opening, change = ClefSign(-5.0, ((G, 0.95),)), ClefSign(9.0, ((BASS, 0.95),))
    found = part([bar(*four(0.0, 0.0), clefs=[opening]), bar(*four(0.0, 0.0, 0.0), clefs=[change]), bar(*four(0.0, 0.0))])  # fmt: skip
    assert heard(found) == [["E4", "E4"], ["E4", "E4", "G2"], ["G2", "G2"]]
    told = [[(c.clef, c.onset) for c in b.clefs] for b in found.bars]
    assert told == [[(G, 0)], [(BASS, 2)], []]


def test_musicxml_keeps_pitches_ties_and_clefs():
    opening, change = ClefSign(-5.0, ((G, 0.95),)), ClefSign(9.0, ((BASS, 0.95),))
    page = [[[
        bar(*four((F4, "sharp"), 2.0, (0.0, "flat")), arcs=[over(12, 0.0)], clefs=[opening]),
        bar(*four(0.0, 0.0, (0.0, "natural")), clefs=[change]),
    ]]]  # fmt: skip
    (context, *_) = contexts(page, [[0]])
    bars = page_bars(page, context)
    (way,) = interpretations(bars, [context], 1)
    score = score_of(page, [[0]], bars, way)
    assert heard(score.parts[0]) == [["F#4", "G4", "Eb4>"], ["<Eb4", "E4", "G2"]]
    assert heard(read_musicxml(write_musicxml(score)).parts[0]) == heard(score.parts[0])


def test_notes_under_an_ottava_line_sound_an_octave_away():
    lines = (OctaveSign(3.5, 5.0, 1), OctaveSign(7.5, 9.0, -1))
    assert names(chord(0, 4), chord(4, 4), chord(8, 4), octaves=lines) == [["B4"], ["B5"], ["B3"]]
