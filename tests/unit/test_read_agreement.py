"""What speaks for one reading of a bar against another: columns across staves, spacing, and strokes that belong to nothing."""

from fractions import Fraction

import pytest

from models.notation.score import Metre
from models.read.meaning.rhythm import placed
from models.read.meaning.signs import BarFrame, BarSigns, ChordSign, HeadSign, LooseStroke, RestSign, StaffBar
from models.read.meaning.strokes import with_broken_accidentals
from models.read.ranking.agreement import columns_of, contradictions, ill_spaced
from models.read.ranking.bars import bar_readings, staff_readings

FRAME = BarFrame(0.0, 40.0, (0.0, 0.0, 10.0, 10.0))


def chord(x, strokes=0, step=3.0, certainty=1.0, stem="up", **more):
    return ChordSign(x, (HeadSign(x, step),), strokes=strokes, certainty=certainty, stem=stem, **more)


def columns(*timed):
    return columns_of(placed(timed), FRAME)


def test_columns_that_sound_together_agree():
    quarters = columns(chord(5), chord(15), chord(25))
    eighths = columns(*(chord(x, 1) for x in (5, 10, 15, 20, 25, 30)))
    assert contradictions(quarters, eighths) == 0


def test_a_note_too_short_contradicts_the_columns_after_it():
    upper = columns(chord(5), chord(15), chord(25))
    assert contradictions(columns(chord(5, 1), chord(15), chord(25)), upper) > 0


def test_grace_notes_and_rests_of_a_bar_stand_where_there_is_room():
    assert columns(chord(4, 1, grace=True), chord(5))[0][0] == 35.0
    rest = RestSign(20.0, whole_bar=True)
    assert columns_of(placed((rest,)), FRAME) == ()


def test_the_other_staff_tells_which_of_three_doubtful_flags_is_none():
    eighth_rest_quarter = [chord(5, 1), chord(10), chord(20, 1), chord(25)]  # 1/2 1 1/2 1
    lower = [chord(5, 1, certainty=0.6), chord(10, 1, certainty=0.6), chord(20, 1, certainty=0.6), chord(25)]
    bars = [
        StaffBar(FRAME, (BarSigns(tuple(eighth_rest_quarter)),)),
        StaffBar(FRAME, (BarSigns(tuple(lower)),)),
    ]
    best = bar_readings(bars, Metre(6, 8))[0]
    assert [s.strokes for s in best.staves[1].signs.timed] == [1, 0, 1, 0]


def test_notes_of_a_like_length_stand_at_like_distances():
    even = columns(chord(5), chord(15), chord(25), chord(35))
    uneven = columns(chord(5), chord(8), chord(25), chord(35))
    assert ill_spaced(even) == 0 < ill_spaced(uneven)


def test_spacing_tells_a_dotted_quarter_from_two_quarters():
    timed = [chord(5, 1, certainty=0.6), chord(8), chord(16, 2), chord(18, 2), chord(20, 2), chord(22, 2)]
    best = [r for r in staff_readings(StaffBar(FRAME, (BarSigns(tuple(timed)),)), Metre(3, 4)) if r.sums]
    assert any((s[0].sign.strokes, s[1].sign.dots) == (1, 1) for s in (r.placed for r in best))


def natural(x, step):
    """The two uprights of a natural that came apart, about a step."""
    y = step / 2
    return LooseStroke(x - 0.3, y - 0.8, y + 1.5), LooseStroke(x + 0.3, y - 1.5, y + 0.8)


def test_two_strokes_before_a_head_are_its_natural():
    bar = BarSigns((chord(10, step=3.0), chord(20, step=5.0)), strokes=natural(18.0, 5.0))
    mended = with_broken_accidentals(bar)
    assert [s.heads[0].accidental for s in mended.timed] == [None, "natural"]


def test_level_strokes_are_a_sharp():
    strokes = (LooseStroke(8.0, 0.2, 2.8), LooseStroke(8.5, 0.3, 2.9))
    mended = with_broken_accidentals(BarSigns((chord(10, step=3.0),), strokes=strokes))
    assert mended.timed[0].heads[0].accidental == "sharp"


@pytest.mark.parametrize(
    "strokes",
    [
        natural(18.0, 9.0),  # not at its height
        natural(14.0, 5.0),  # too far before it
        natural(21.5, 5.0),  # behind it
        (LooseStroke(18.0, 1.0, 3.5),),  # alone
        (LooseStroke(17.7, -2.0, 3.5), LooseStroke(18.3, -2.0, 3.5)),  # too tall
    ],
)
def test_other_strokes_are_no_accidental(strokes):
    assert with_broken_accidentals(BarSigns((chord(20, step=5.0),), strokes=strokes)) is None


def test_the_reading_without_the_sign_stays_among_the_readings():
    bar = StaffBar(FRAME, (BarSigns((chord(10, step=3.0),), strokes=natural(8.0, 3.0)),))
    found = staff_readings(bar, Metre(1, 4))
    assert [r.signs.timed[0].heads[0].accidental for r in found[:2]] == ["natural", None]
    assert found[0].length == Fraction(1)
