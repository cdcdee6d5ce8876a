"""Whatever was seen on a page: its interpretations are ranked and distinct, and each is a score that can be written."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.score import Clef, Metre, NoteType
from models.read.meaning.context import contexts
from models.read.meaning.signs import (
    ALTERS,
    ArcSign,
    BarFrame,
    BarSigns,
    ChordSign,
    ClefSign,
    HeadSign,
    KeySign,
    MetreSign,
    RestSign,
    StaffBar,
    TupletSign,
)
from models.read.ranking.bars import MOST, bar_readings
from models.read.ranking.interpretations import interpretations, page_bars
from models.read.ranking.probability import calibrated_bars, calibrated_interpretations, calibration, order
from models.read.reading import PageDetections, Reading
from models.read.structure import structure_doubts

GRADES = st.floats(0.05, 1.0)
RESTS = (NoteType.WHOLE, NoteType.HALF, NoteType.QUARTER, NoteType.EIGHTH, NoteType.N16)


@st.composite
def chords(draw, x):
    places = draw(st.lists(st.integers(-6, 14), min_size=1, max_size=3, unique=True))
    sign = draw(st.sampled_from([None, None, None, *ALTERS]))
    heads = tuple(HeadSign(x, float(p), sign if n == 0 else None) for n, p in enumerate(places))
    filled = draw(st.booleans())
    return ChordSign(
        x, heads, filled,
        stem=draw(st.sampled_from(["up", "down"] if filled else ["up", "down", None])),
        strokes=draw(st.integers(0, 2)) if filled else 0,
        dots=draw(st.integers(0, 1)),
        group=draw(st.sampled_from([None, 1, 2])) if filled else None,
        grace=filled and draw(st.integers(0, 9)) == 0,
        certainty=draw(GRADES),
    )  # fmt: skip


@st.composite
def signs(draw):
    """One reading of a bar, as odd as a page may make it: it need not sum."""
    x, timed = 14.0, []
    for _ in range(draw(st.integers(0, 5))):
        x += draw(st.sampled_from([0.2, 1.2, 6.0, 6.0]))
        rest = draw(st.integers(0, 4)) == 0
        timed.append(RestSign(x, draw(st.sampled_from(RESTS))) if rest else draw(chords(x)))
    arcs = tuple(
        ArcSign(
            (draw(st.sampled_from([t.x for t in timed])), 3.0), (x + draw(st.sampled_from([0.0, 30.0])), 3.0)
        )
        for _ in range(draw(st.integers(0, 1)) if timed else 0)
    )
    tuplets = tuple(TupletSign(x - 3, 10.0, 3) for _ in range(draw(st.integers(0, 1))))
    return BarSigns(tuple(timed), arcs=arcs, tuplets=tuplets, certainty=draw(GRADES))


@st.composite
def read_otherwise(draw, first):
    """Another reading of the same bar: one sign told otherwise or left out, or its heads in another order."""
    if not first.timed:
        return draw(signs())
    n = draw(st.integers(0, len(first.timed) - 1))
    sign, timed = first.timed[n], list(first.timed)
    change = draw(st.sampled_from(["order", "step", "dot", "fill", "away"]))
    if change == "away":
        del timed[n]
    elif change == "dot" or isinstance(sign, RestSign):
        timed[n] = replace(sign, dots=1 - sign.dots)
    elif change == "fill":
        timed[n] = replace(sign, filled=not sign.filled, strokes=0, grace=False, group=None)
    elif change == "step":
        moved = replace(sign.heads[0], place=sign.heads[0].place + 9)
        timed[n] = replace(sign, heads=(moved, *sign.heads[1:]))
    else:
        timed[n] = replace(sign, heads=tuple(draw(st.permutations(sign.heads))))
    return replace(first, timed=tuple(timed), certainty=draw(GRADES))


@st.composite
def bars_read(draw):
    """The readings of a bar: none, or one and others near it."""
    if draw(st.integers(0, 7)) == 0:
        return []
    first = draw(signs())
    return [first, *(draw(read_otherwise(first)) for _ in range(draw(st.integers(0, 3))))]


def opened(draw, bar):
    """The bar with clef, key and metre as they may be seen at the start of a system."""
    clefs = st.sampled_from([Clef(), Clef("F", 4), Clef("C", 3)])
    keys = st.lists(st.tuples(st.sampled_from(["sharp", "flat"]), st.floats(0, 9), GRADES), max_size=3)
    clef = tuple(ClefSign(5.0, ((draw(clefs), draw(GRADES)),)) for _ in range(draw(st.integers(0, 1))))
    seen = tuple(draw(keys))
    metre = draw(st.sampled_from([None, Metre(2, 4), Metre(3, 4), Metre(6, 8)]))
    return [
        BarSigns(
            s.timed, clef, (KeySign(8.0, seen),) if seen else (),
            () if metre is None else (MetreSign(11.0, metre),), s.arcs, s.tuplets, certainty=s.certainty,
        )
        for s in bar
    ]  # fmt: skip


@st.composite
def read_pages(draw, most=5):
    """A `Reading` as the reader makes it, of systems of one or two staves that need not end together."""
    staves, page = draw(st.integers(1, 2)), []
    for number in range(draw(st.integers(1, 2))):
        system = []
        for staff in range(staves):
            bars = []
            for place in range(draw(st.integers(1, 3))):
                ways = draw(bars_read())
                ways = opened(draw, ways) if place == 0 else ways
                top = 100.0 * (number * staves + staff)
                box = (60.0 * place, top, 60.0 * place + 60, top + 40)
                repeats = draw(
                    st.sampled_from([(False, False), (False, False), (True, False), (False, True)])
                )
                frame = BarFrame(2.0, 60.0, box, "regular", *repeats)
                bars.append(StaffBar(frame, tuple(sorted(ways, key=lambda s: -s.certainty))))
            system.append(tuple(bars))
        page.append(tuple(system))
    parts = draw(st.sampled_from([((0,), (1,)), ((0, 1),)])) if staves == 2 else ((0,),)
    ways = contexts(page, parts)
    table = calibration(draw(st.sampled_from(["printed", "handwritten"])))
    bars = calibrated_bars(page_bars(page, ways[0]), ways, table)
    ranked = calibrated_interpretations(interpretations(bars, ways, most), bars, ways, table)
    owner = (0,) * len(page)
    doubts = structure_doubts(bars, ways, owner, 1)
    seen = (PageDetections((800, 600), 10.0),)
    return Reading(seen, tuple(page), owner, parts, tuple(bars), ranked, doubts)


def sounding(score):
    """How often each note stands where it stands: part, bar, staff, onset, pitch and length, grace notes as such."""
    return Counter(
        (n, number, e.staff, e.onset, note.pitch.name, e.duration, e.grace)
        for n, part in enumerate(score.parts)
        for number, bar in enumerate(part.bars)
        for e in bar.events
        for note in e.notes
    )


def heads_of(reading, way):
    """How many heads the chosen readings hold."""
    return sum(
        len(placed.sign.heads)
        for bar, choice in zip(reading.bars, way.choice, strict=True)
        for staff in bar.readings[choice].staves
        for placed in staff.placed
        if isinstance(placed.sign, ChordSign)
    )


def assert_whole(reading, way):
    """The way is a score that MusicXML keeps, with every note that was read in it."""
    score = reading.score(way)
    assert sum(sounding(score).values()) == heads_of(reading, way)
    assert {len(part.bars) for part in score.parts} == {len(reading.bars)}
    assert sounding(read_musicxml(write_musicxml(score))) == sounding(score)


@settings(deadline=None, max_examples=30)
@given(st.data(), st.integers(1, 8))
def test_interpretations_are_ranked_and_distinct(data, most):
    reading = data.draw(read_pages(most))
    ways = reading.interpretations
    assert 1 <= len(ways) <= most
    assert [w.rank for w in ways] == list(range(1, len(ways) + 1))
    assert set(ways[0].choice) == {0}, "the first takes the best reading of every bar"
    grades = [w.certainty for w in ways]
    assert grades == sorted(grades, reverse=True)
    assert all(0.0 <= g <= 1.0 for g in grades)
    assert len({(id(w.context), w.choice) for w in ways}) == len(ways)
    texts = [write_musicxml(reading.score(w)) for w in ways if w.context is ways[0].context]
    assert len(set(texts)) == len(texts), "ways that read bars otherwise are other scores"
    for bar in reading.bars:
        assert 1 <= len(bar.readings) <= MOST
        assert all(order(a) <= order(b) for a, b in pairwise(bar.readings))
        assert all(0.0 < r.certainty < 1.0 for r in bar.readings if not r.defied)
        assert all(r.certainty == 0.0 for r in bar.readings if r.defied)
        shares = [*(r.certainty for r in bar.readings), bar.none_of_these]
        assert sum(shares) == pytest.approx(1.0)
        assert bar.none_of_these > 0.0, "nothing is beyond doubt"
    assert sum(grades) + reading.none_of_these == pytest.approx(1.0)


@settings(deadline=None, max_examples=30)
@given(read_pages())
def test_every_interpretation_is_a_score_that_musicxml_keeps(reading):
    for way in reading.interpretations:
        assert_whole(reading, way)


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_a_bar_read_otherwise_is_a_score_in_which_the_others_stay(data):
    reading = data.draw(read_pages())
    way = data.draw(st.sampled_from(reading.interpretations))
    bar = data.draw(st.integers(0, len(reading.bars) - 1))
    pick = data.draw(st.integers(0, len(reading.bars[bar].readings) - 1))
    other = reading.switched(way, {bar: pick})
    assert_whole(reading, other)
    assert other.choice[bar] == pick
    assert [c for n, c in enumerate(other.choice) if n != bar] == [
        c for n, c in enumerate(way.choice) if n != bar
    ]
    assert reading.length(bar, other) == reading.bars[bar].readings[pick].length


@settings(deadline=None, max_examples=30)
@given(read_pages())
def test_doubtful_bars_are_told_the_least_probable_first(reading):
    way = reading.interpretations[0]
    doubtful = reading.doubtful(way)
    chosen = [b.readings[c] for b, c in zip(reading.bars, way.choice, strict=True)]
    limits = [b.doubtful_below for b in reading.bars]
    if reading.page_doubts(0):
        assert sorted(doubtful) == list(range(len(reading.bars))), (
            "a doubtful page is doubtful in all its bars"
        )
    else:
        below = {n for n, (r, limit) in enumerate(zip(chosen, limits, strict=True)) if r.certainty < limit}
        assert set(doubtful) == below
    certainties = [chosen[n].certainty for n in doubtful]
    assert certainties == sorted(certainties)
    for n in range(len(reading.bars)):
        page, (x0, y0, x1, y1) = reading.place(n)
        assert page == 0
        assert x0 < x1
        assert y0 < y1


@settings(deadline=None, max_examples=30)
@given(read_pages())
def test_a_note_is_at_least_as_certain_as_its_bar(reading):
    score = reading.score(reading.interpretations[0])
    for part in score.parts:
        for bar in part.bars:
            for event in bar.events:
                told = [event.certainty, *(n.certainty for n in event.notes)]
                assert all(bar.certainty <= c <= 1.0 for c in told)


def test_heads_in_another_order_are_no_other_reading():
    one, two = HeadSign(14.0, 1.0, "sharp"), HeadSign(14.0, 5.0)
    ways = tuple(BarSigns((ChordSign(14.0, heads),)) for heads in ((one, two), (two, one)))
    assert len(bar_readings([StaffBar(BarFrame(2.0, 60.0, (0.0, 0.0, 60.0, 40.0)), ways)], None)) == 1
