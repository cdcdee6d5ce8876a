"""What stretches over many notes, drawn on strips: ottava lines, brackets of endings, several bars of rest in one."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.notation.score import NoteType
from models.read.meaning.barring import BarSpan
from models.read.meaning.signs import BarFrame, BarSigns, ClefSign, StaffBar
from models.read.meaning.spanning import with_bars_of_rest, with_endings, with_octaves
from models.read.page.staves import LINE_ROWS, SPACE, STRIP_ROWS, Strip
from models.read.primitives.brackets import without_brackets
from models.read.primitives.primitive import Primitive
from models.read.primitives.spanners import BarsOfRest, OctaveLine, spanners

WIDE = 80  # staff spaces
ABOVE, BELOW = -2.5, 6.5  # staff spaces below the topmost line


def row(spaces):
    return round(LINE_ROWS[0] + spaces * SPACE)


def drawn(*strokes):
    """A strip with five lines and what the strokes draw on it."""
    ink = np.zeros((STRIP_ROWS, WIDE * SPACE), np.uint8)
    for line in LINE_ROWS:
        ink[line - 1 : line + 1] = 255
    for stroke in strokes:
        stroke(ink)
    maps = np.mgrid[: ink.shape[0], : ink.shape[1]].astype(np.float32)
    return Strip(ink, maps[1], maps[0], 2.0)


def dashes(x0, x1, spaces, long=0.5, gap=0.2):
    def draw(ink):
        for x in np.arange(x0, x1, long + gap):
            cv2.line(ink, (round(x * SPACE), row(spaces)), (round((x + long) * SPACE), row(spaces)), 255, 2)

    return draw


def eight(x, spaces):
    def draw(ink):
        for up in (-0.42, 0.42):
            centre = (round((x + 0.5) * SPACE), row(spaces + up))
            cv2.ellipse(ink, centre, (7, 7), 0, 0, 360, 255, 3)

    return draw


def rod(x0, y0, x1, y1, thick=3):
    return lambda ink: cv2.line(ink, (round(x0 * SPACE), row(y0)), (round(x1 * SPACE), row(y1)), 255, thick)


def bracket(x0, x1, spaces=-3.0):
    return lambda ink: [rod(x0, spaces, x1, spaces)(ink), rod(x0, spaces, x0, spaces + 2)(ink)]


def rest_of(x0, x1, word):
    def draw(ink):
        cv2.line(ink, (round(x0 * SPACE), row(2)), (round(x1 * SPACE), row(2)), 255, 14)
        for x in (x0, x1):
            rod(x, 1, x, 3)(ink)
        at = (round((x0 + x1) / 2 * SPACE) - 10, row(-0.5))
        cv2.putText(ink, word, at, cv2.FONT_HERSHEY_TRIPLEX, 1.7, 255, 3)

    return draw


@pytest.mark.parametrize(("spaces", "octaves"), [(ABOVE, 1), (BELOW, -1)], ids=["8va", "8vb"])
def test_dashes_behind_an_8_shift_by_an_octave(spaces, octaves):
    (found,) = spanners(drawn(eight(20, spaces), dashes(21.5, 50, spaces))).octaves
    assert found.octaves == octaves
    assert (found.x0, found.x1) == pytest.approx((20, 50), abs=1.0)


def letters(word, x, spaces):
    return lambda ink: cv2.putText(
        ink, word, (round(x * SPACE), row(spaces + 0.8)), cv2.FONT_HERSHEY_TRIPLEX, 1.1, 255, 2
    )


def arc_in(strip, x0, x1, top, low):
    """The ink between two places, as a curve that is taken for a slur."""
    box = (x0 * SPACE, row(top), x1 * SPACE, row(low))
    return Primitive("p", "curve", box, 0.5 * (x0 + x1), 0.0, {"slur": 1.0})


@pytest.mark.parametrize(("hook", "way"), [(20, 1), (26, 1), (20, -1)], ids=["left", "right", "below"])
def test_half_of_a_tuplet_bracket_is_no_slur(hook, way):
    level = ABOVE if way > 0 else BELOW
    strip = drawn(rod(20, level, 26, level), rod(hook, level, hook, level + 0.8 * way))
    top, low = sorted((level, level + 0.8 * way))
    assert without_brackets([arc_in(strip, 19.9, 26.1, top - 0.1, low + 0.1)], strip) == []


def test_an_arc_and_a_level_line_without_a_hook_stay():
    def bow(ink):
        cv2.ellipse(ink, (23 * SPACE, row(ABOVE)), (3 * SPACE, SPACE), 0, 180, 360, 255, 3)

    curved = drawn(bow)
    arc = arc_in(curved, 19.9, 26.1, ABOVE - 1.1, ABOVE + 0.1)
    assert without_brackets([arc], curved) == [arc]
    level = drawn(rod(20, ABOVE, 26, ABOVE))
    line = arc_in(level, 19.9, 26.1, ABOVE - 0.4, ABOVE + 0.4)
    assert without_brackets([line], level) == [line]


@pytest.mark.parametrize(("spaces", "octaves"), [(ABOVE, 2), (BELOW, -2)], ids=["15ma", "15mb"])
def test_dashes_behind_a_15_shift_by_two_octaves(spaces, octaves):
    (found,) = spanners(drawn(letters("15", 20, spaces), dashes(22.6, 50, spaces))).octaves
    assert (found.octaves, found.x0) == (octaves, pytest.approx(20, abs=0.5))


@pytest.mark.parametrize("word", ["al", "dim", "11", "55"])
def test_words_before_dashes_are_no_15(word):
    assert spanners(drawn(letters(word, 20, ABOVE), dashes(24, 50, ABOVE))).octaves == ()


def test_dashes_alone_say_nothing_of_octaves():
    assert spanners(drawn(dashes(21.5, 50, ABOVE))).octaves == ()


def test_dots_of_a_row_of_notes_are_no_line():
    assert spanners(drawn(eight(20, ABOVE), dashes(22, 50, ABOVE, 0.2, 2.0))).octaves == ()


def test_an_accent_may_hide_a_dash_of_a_line():
    line = (dashes(21.5, 35, ABOVE), dashes(37, 50, ABOVE))
    (found,) = spanners(drawn(eight(20, ABOVE), *line)).octaves
    assert found.x1 > 48


def test_a_slur_may_touch_the_8():
    touching = rod(19.6, ABOVE + 0.95, 21.4, ABOVE + 1.15)
    (found,) = spanners(drawn(eight(20, ABOVE), touching, dashes(21.8, 50, ABOVE))).octaves
    assert found.x0 < 21


def test_brackets_have_a_hook_at_their_left():
    strip = drawn(bracket(20, 40), rod(50, -3, 70, -3))
    (found,) = spanners(strip).brackets
    assert found == pytest.approx((20, 40), abs=0.3)


def test_a_number_over_a_thick_bar_counts_bars_of_rest():
    (found,) = spanners(drawn(rest_of(20, 45, "4"))).rests
    assert (found.bars, round(found.x0), round(found.x1)) == (4, 20, 45)


def test_a_thick_bar_without_a_number_counts_nothing():
    assert spanners(drawn(rest_of(20, 45, ""))).rests == ()
    assert spanners(drawn()).rests == ()


# What they mean for the bars under them

BOX = (0.0, 0.0, 100.0, 10.0)
FRAMES = [BarFrame(20.0 * n, 20.0 * n + 20, BOX) for n in range(4)]


def endings(brackets, repeats=(1,)):
    bars = [BarSpan(replace(f, repeat_end=n in repeats), ()) for n, f in enumerate(FRAMES)]
    ((*found,),) = with_endings([bars], [brackets])
    return [bar.frame.ending for bar in found]


def test_an_ending_opens_at_its_bar_line_and_goes_on_to_its_end():
    assert endings([(20.3, 39.5), (40.2, 70)], repeats=(1,)) == [None, "opens", "opens", "goes on"]


def test_a_line_from_the_middle_of_a_bar_is_no_ending():
    assert endings([(30, 39.5)]) == [None] * 4


def test_a_line_at_which_nothing_repeats_is_no_ending():
    assert endings([(20.3, 39.5)], repeats=()) == [None] * 4


def test_an_ottava_line_reaches_the_bars_that_it_covers():
    lines = [OctaveLine(30.0, 55.0, 1)]
    reach = [with_octaves([BarSigns()], frame, lines)[0].octaves for frame in FRAMES]
    assert [[o.octaves for o in own] for own in reach] == [[], [1], [1], []]


def test_bars_of_rest_are_as_many_as_their_number_on_every_staff():
    clef = ClefSign(1.0, ())
    staff = [StaffBar(f, (BarSigns(clefs=(clef,)),)) for f in FRAMES]
    rests = [BarsOfRest(2.0, 18.0, 3)]
    upper, lower = with_bars_of_rest([staff, staff], [rests, rests])
    assert [len(upper), len(lower)] == [6, 6]
    assert all(b.readings[0].timed[0].whole_bar for b in upper[:3])
    assert {b.readings[0].timed[0].type for b in upper[:3]} == {NoteType.WHOLE}
    assert [len(b.readings[0].clefs) for b in upper[:3]] == [1, 0, 0], "the clef stands in the first alone"
    assert upper[2].frame.right == pytest.approx(20.0)
    assert [len(s) for s in with_bars_of_rest([staff, staff], [rests, []])] == [4, 4]
