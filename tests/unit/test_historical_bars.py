"""Bars of old handwriting in the words of their labels: what was read as tokens from left to right."""

from fractions import Fraction

from benchmarks.historical_bars import bar_tokens
from models.notation.score import Clef, Metre, NoteType
from models.read.meaning.rhythm import Placed
from models.read.meaning.signs import (
    ArcSign,
    BarSigns,
    ChordSign,
    ClefSign,
    HeadSign,
    MetreSign,
    RestSign,
)
from models.read.meaning.ties import BarOnStaff, arcs_of


def chord(x, place, **more):
    return ChordSign(x=x, heads=(HeadSign(x, place, more.pop("accidental", None)),), **more)


def test_notes_have_their_value_accidental_dot_and_line_or_space():
    signs = BarSigns(
        timed=(
            chord(9, 0.2, filled=False, stem=None),
            chord(2, 8, accidental="sharp"),
            chord(4, 9, strokes=1, dots=1),
            chord(6, -1, filled=False, accidental="flat", dots=1),
        )
    )
    assert bar_tokens(signs) == [
        "sharpQuarterNote.L5",
        "dottedEighthNote.S5",
        "dottedFlatHalfNote.S0",
        "wholeNote.L1",
    ]


def test_clef_metre_and_rests_stand_where_they_are():
    signs = BarSigns(
        timed=(RestSign(6, NoteType.HALF), RestSign(8), chord(10, 4)),
        clefs=(ClefSign(1, ((Clef("C", 1), 0.9),)),),
        metres=(MetreSign(3, Metre(4, 4, "common")),),
    )
    assert bar_tokens(signs) == [
        "C-Clef.L1",
        "timeSig_common.noNote",
        "halfRest.noNote",
        "quarterRest.noNote",
        "quarterNote.L3",
    ]


def test_slurs_begin_before_a_note_and_end_behind_one_and_curves_of_a_pen_are_none():
    notes = (chord(2, 5), chord(5, 6), chord(8, 6))
    slur = ArcSign((2.2, 7.5), (5.0, 8.0))
    flag = ArcSign((8.1, 1.0), (8.6, 3.0))  # from a note to itself
    placed = [Placed(sign, Fraction(n)) for n, sign in enumerate(notes)]
    (arcs,) = arcs_of([BarOnStaff(placed, (slur, flag), Fraction(3))])
    assert bar_tokens(BarSigns(timed=notes), arcs) == [
        "startSlur.noNote",
        "quarterNote.S3",
        "quarterNote.L4",
        "endSlur.noNote",
        "quarterNote.L4",
    ]


def test_a_rest_of_several_bars_is_one_token():
    signs = BarSigns(timed=(RestSign(3, NoteType.WHOLE, whole_bar=True),))
    assert bar_tokens(signs) == ["wholeRest.noNote"]
    assert bar_tokens(signs, rests=2) == ["doubleWholeRest.noNote"]
    assert bar_tokens(signs, rests=4) == ["quadrupleWholeRest.noNote"]
