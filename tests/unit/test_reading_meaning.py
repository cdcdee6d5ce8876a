"""Signs become a score: every pitch, onset, length and tie comes back from the signs that a page would show."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.notation.musicxml import read_musicxml, write_musicxml
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
    bar_length,
)
from models.read.assembly import score_of
from models.read.meaning.context import contexts
from models.read.meaning.parts import parts_of
from models.read.meaning.signs import (
    ArcSign,
    BarFrame,
    BarSigns,
    ChordSign,
    ClefSign,
    HeadSign,
    RestSign,
    StaffBar,
)
from models.read.ranking.bars import CANDIDATES, bar_readings, staff_readings
from models.read.ranking.interpretations import interpretations, page_bars
from models.read.ranking.probability import calibrated_bars, calibration
from models.read.service import lean
from tests.doubtful_readings import hollow, stepped, without
from tests.readings import bars_in_rows, reading_of, spelled, tune

FRAME = BarFrame(0.0, 60.0, (0.0, 0.0, 10.0, 10.0))
Q = NoteType.QUARTER
LENGTHS = {
    Fraction(1, 4): Duration(NoteType.N16),
    Fraction(1, 2): Duration(NoteType.EIGHTH),
    Fraction(3, 4): Duration(NoteType.EIGHTH, 1),
    Fraction(1): Duration(Q),
    Fraction(3, 2): Duration(Q, 1),
    Fraction(2): Duration(NoteType.HALF),
    Fraction(3): Duration(NoteType.HALF, 1),
    Fraction(4): Duration(NoteType.WHOLE),
}


def heard(score):
    """What of a score must survive: where every note and rest stands, how long it is, and its ties."""
    out = []
    for part in score.parts:
        for number, bar in enumerate(part.bars):
            for e in bar.events:
                if e.is_rest:
                    out.append((part.id, number, e.staff, e.onset, "rest", e.duration.quarters, False, False))
                out += [
                    (
                        part.id,
                        number,
                        e.staff,
                        e.onset,
                        n.pitch.name,
                        e.duration.quarters,
                        n.tie_start,
                        n.tie_stop,
                    )
                    for n in e.notes
                ]
    return sorted(out, key=str)


@st.composite
def lines(draw, metre, clef, key):
    """Bars of one voice that fill the metre, spelled as an engraver would."""
    low, bars = clef.bottom_line - 2, []
    for _ in range(draw(st.integers(3, 6))):
        now, events = Fraction(0), []
        while now < metre.quarters:
            fits = [length for length in LENGTHS if length <= metre.quarters - now]
            length = draw(st.sampled_from(fits))
            places = draw(st.lists(st.integers(low, low + 12), max_size=3, unique=True))
            places = [p for n, p in enumerate(sorted(places)) if n == 0 or p - sorted(places)[n - 1] > 1]
            notes = tuple(
                Note(
                    f"n{len(bars)}-{now}-{p}", Pitch.from_diatonic(p, draw(st.sampled_from([-1, 0, 0, 0, 1])))
                )
                for p in places
            )
            events.append(Event(f"e{len(bars)}-{now}", now, LENGTHS[length], notes))
            now += length
        bars.append(spelled(events, key))
    return bars


@st.composite
def scores(draw):
    metre = draw(st.sampled_from([Metre(2, 4), Metre(3, 4), Metre(4, 4)]))
    clef = draw(st.sampled_from([Clef(), Clef("F", 4), Clef("C", 3)]))
    key = Key(draw(st.integers(-5, 5)))
    bars = draw(lines(metre, clef, key))
    made = [Bar(n + 1, events) for n, events in enumerate(bars)]
    made[0] = replace(made[0], clefs=(ClefChange(clef),), key=key, metre=metre)
    return Score((Part("P1", tuple(made)),))


@settings(deadline=None, max_examples=40)
@given(scores())
def test_what_stands_on_the_page_is_what_is_written(score):
    reading = reading_of(score, bars_in_rows(score, 3))
    read = reading.score(reading.interpretations[0])
    assert heard(read) == heard(score)
    again = read_musicxml(write_musicxml(read))
    assert heard(again) == heard(score), "and MusicXML keeps it"
    small = lean(reading)
    assert small.score(small.interpretations[0]) == read, "what travels is enough for the score"


def test_the_tune_comes_back_with_its_key_metre_and_tie():
    score = tune()
    reading = reading_of(score)
    read = reading.score(reading.interpretations[0])
    assert heard(read) == heard(score)
    first = read.parts[0].bars[0]
    assert (first.key, first.metre, len(read.parts), read.parts[0].staves) == (Key(1), Metre(3, 4), 1, 2)
    assert {c.staff: c.clef for c in first.clefs} == {1: Clef(), 2: Clef("F", 4)}
    assert [b.new_system for b in read.parts[0].bars] == [False, False, False, False, True, False]
    assert read.assumptions == ()


def test_an_accidental_holds_through_its_bar_and_a_tie_carries_it_over_the_line():
    def bar(*heads, arcs=()):
        timed = tuple(
            ChordSign(16.0 * n, (HeadSign(16.0 * n, 1.0, sign),), filled=False, stem="up")
            for n, sign in enumerate(heads)
        )
        return StaffBar(FRAME, (BarSigns(timed, arcs=arcs),))

    page = [
        [[bar("sharp", None, arcs=(ArcSign((16.0, 1.0), (50.0, 1.0)),)), bar(None, None), bar(None, None)]]
    ]
    (context, *_) = contexts(page, [[0]])
    bars = page_bars(page, context)
    (way, *_) = interpretations(bars, [context], 1)
    from models.read.assembly import score_of

    part = score_of(page, [[0]], bars, way).parts[0]
    names = [[n.pitch.name for e in b.events for n in e.notes] for b in part.bars]
    assert names == [["F#4", "F#4"], ["F#4", "F4"], ["F4", "F4"]]
    ties = [[(n.tie_start, n.tie_stop) for e in b.events for n in e.notes] for b in part.bars]
    assert ties == [[(False, False), (True, False)], [(False, True), (False, False)], [(False, False)] * 2]


def test_an_arc_from_the_middle_of_a_bar_is_no_tie_over_its_line():
    score = tune()
    bars = list(score.parts[0].bars)
    first = list(bars[0].events)
    first[0] = replace(first[0], notes=(replace(first[0].notes[0], tie_start=True),))
    bars[0] = replace(bars[0], events=tuple(first))
    bars[1] = replace(bars[1], events=(replace(bars[1].events[0], notes=first[0].notes), *bars[1].events[1:]))
    reading = reading_of(Score((replace(score.parts[0], bars=tuple(bars)),)))
    read = reading.score(reading.interpretations[0])
    assert not any(n.tie_start for e in read.parts[0].bars[0].events for n in e.notes)


def test_readings_are_ranked_by_grade_and_by_filling_the_metre():
    """The seed's figure 4: beside one quarter note, a doubtful head is a half note in 3/4 and a quarter note in 2/4."""

    def signs(filled, certainty):
        doubtful = ChordSign(0.0, (HeadSign(0.0, 3.0),), filled=filled, certainty=certainty)
        return BarSigns((doubtful, ChordSign(32.0, (HeadSign(32.0, 3.0),))), certainty=certainty)

    bar = StaffBar(FRAME, (signs(True, 0.5), signs(False, 0.49)))
    for metre, kind in ((Metre(3, 4), NoteType.HALF), (Metre(2, 4), NoteType.QUARTER)):
        first, *others = staff_readings(bar, metre)
        assert (first.signs.timed[0].type, first.sums) == (kind, True)
        other = next(r for r in others if r.length == 5 - metre.quarters)
        assert other.signs.timed[0].type is not kind
        assert not other.sums
        assert first.grade > other.grade
    assert [r.signs.timed[0].type for r in staff_readings(bar, None)] == [NoteType.QUARTER, NoteType.HALF]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.floats(0, 1), min_size=1, max_size=7), min_size=1, max_size=3))
def test_bars_have_at_most_ten_candidates_best_first_and_distinct(staves):
    page = [
        StaffBar(
            FRAME,
            tuple(
                BarSigns((ChordSign(0.0, (HeadSign(0.0, float(n)),)),), certainty=c)
                for n, c in enumerate(own)
            ),
        )
        for own in staves
    ]
    found = bar_readings(page, None)
    assert 1 <= len(found) <= CANDIDATES
    grades = [r.grade for r in found]
    assert grades == sorted(grades, reverse=True)
    assert grades[0] == pytest.approx(min(max(own) for own in staves))
    meanings = [tuple(s.signs.meaning() for s in r.staves) for r in found]
    assert len(set(meanings)) == len(meanings)


def test_interpretations_are_ranked_distinct_and_no_more_than_asked_for():
    reading = reading_of(tune(), also={(1, 0): [stepped(0)], (2, 0): [hollow(1), without(0)]}, top=20)
    ways = reading.interpretations
    assert [w.rank for w in ways] == list(range(1, len(ways) + 1))
    assert [w.certainty for w in ways] == sorted((w.certainty for w in ways), reverse=True)
    texts = [write_musicxml(reading.score(w)) for w in ways]
    assert len(set(texts)) == len(texts) >= 3
    assert len(reading_of(tune(), also={(1, 0): [stepped(0)]}, top=1).interpretations) == 1


def relengthed(signs):
    """Another reading of three quarter notes: a dotted one and an eighth note first, which sums as well."""
    first, second, *rest = signs.timed
    timed = (replace(first, dots=1), replace(second, strokes=1), *rest)
    return replace(signs, timed=timed, certainty=0.9)


def test_ranks_leave_the_lengths_of_a_bar_that_sums_and_change_its_notes():
    reading = reading_of(tune(), also={(0, 0): [relengthed, stepped(0, certainty=0.6)]}, top=5)
    first, *others = reading.bars[0].readings
    heads = [[h.step for h in s.heads] for s in first.staves[0].signs.timed]
    same = [[[h.step for h in s.heads] for s in r.staves[0].signs.timed] == heads for r in others]
    assert sorted(same) == [False, True]
    assert all(r.sums for r in (first, *others))
    assert {way.choice[0] for way in reading.interpretations} == {0, 1 + same.index(False)}


def test_a_bar_that_defies_reading_is_a_gap_of_the_right_length():
    reading = reading_of(tune())
    systems = [[list(staff) for staff in system] for system in reading.systems]
    for staff in systems[0]:
        staff[1] = replace(staff[1], readings=())
    (context, *_) = contexts(systems, reading.parts)
    bars = calibrated_bars(page_bars(systems, context), [context], calibration("printed"))
    way = interpretations(bars, [context], 1)[0]
    whole = replace(reading, systems=systems, bars=tuple(bars), interpretations=(way,))
    bar = whole.score(way).parts[0].bars[1]
    assert bar.gap
    assert (bar.events, bar.length) == ((), None)
    assert whole.doubtful(way)[0] == 1
    written = read_musicxml(write_musicxml(whole.score(way)))
    assert [bar_length(b, Metre(3, 4)) for b in written.parts[0].bars] == [3] * 6


def test_a_staff_with_fewer_bars_than_its_neighbour_leaves_the_others_in_their_places():
    score = tune()
    reading = reading_of(score)
    systems = [[list(staff) for staff in system] for system in reading.systems]
    del systems[1][0][-1]  # the upper staff of the last system ends one bar early
    (context, *_) = contexts(systems, reading.parts)
    bars = page_bars(systems, context)
    way = interpretations(bars, [context], 1)[0]
    last = (
        replace(reading, systems=systems, bars=tuple(bars), interpretations=(way,))
        .score(way)
        .parts[0]
        .bars[-1]
    )
    assert [(e.staff, n.pitch.name) for e in last.events for n in e.notes] == [(2, "G2")]


def test_a_lone_whole_rest_fills_any_bar():
    page = [[[StaffBar(FRAME, (BarSigns((RestSign(10.0, NoteType.WHOLE),)),))] * 3]]
    reading = staff_readings(page[0][0][0], Metre(3, 4))[0]
    assert reading.sums
    assert reading.grade == 1.0


def test_a_metre_that_is_not_printed_is_taken_from_the_bars_and_told():
    score = tune()
    bars = [replace(b, metre=None) for b in score.parts[0].bars]
    reading = reading_of(Score((replace(score.parts[0], bars=tuple(bars)),)))
    read = reading.score(reading.interpretations[0])
    assert read.parts[0].bars[0].metre == Metre(3, 4)
    assert any("metre" in said for said in read.assumptions)


def test_switching_a_bar_changes_that_bar_alone():
    reading = reading_of(tune(), also={(1, 0): [stepped(0)]})
    way = reading.interpretations[0]
    other = reading.switched(way, {1: 1})
    before, after = (reading.score(w).parts[0].bars for w in (way, other))
    assert [n for n in range(6) if before[n] != after[n]] == [1]
    with pytest.raises(IndexError):
        reading.switched(way, {1: 7})


def test_brackets_that_follow_one_another_are_counted_as_endings():
    shown = (None, "opens", "goes on", "opens", None, "opens")
    page = [[[StaffBar(replace(FRAME, ending=e), (BarSigns(),)) for e in shown]]]
    likely = contexts(page, [[0]])
    bars = page_bars(page, likely[0])
    (way, *_) = interpretations(bars, likely, 1)
    score = score_of(page, [[0]], bars, way)
    assert [bar.ending for bar in score.parts[0].bars] == [None, "1", "1", "2", None, "1"]


@pytest.mark.parametrize(
    ("clefs", "parts"),
    [
        (("G", "F"), [[0, 1]]),
        (("G", "G"), [[0], [1]]),
        ((None, None), [[0, 1]]),
        (("G", None), [[0, 1]]),
        ((None, "F"), [[0, 1]]),
        ((None, "G"), [[0], [1]]),
        (("G", "G", "F"), [[0], [1, 2]]),
        (("G", None, None), [[0], [1], [2]]),
        ((None,), [[0]]),
    ],
)
def test_two_staves_are_one_part_for_keyboard_even_where_their_clefs_were_cut_off(clefs, parts):
    def first_bar(sign):
        seen = () if sign is None else (ClefSign(4.0, ((Clef(sign, 2 if sign == "G" else 4), 0.9),)),)
        return [StaffBar(FRAME, (BarSigns(clefs=seen),))]

    assert parts_of([[first_bar(sign) for sign in clefs]] * 2) == parts
