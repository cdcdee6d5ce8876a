"""Signs that staff lines, stems and bar lines used to cut or to join: each drawn, each found as what it is."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from models.notation.score import Clef
from models.read.meaning.context import contexts
from models.read.meaning.drums import drum_at
from models.read.meaning.signs import BarSigns, ClefSign, KeySign, StaffBar
from models.read.page.staves import LINE_ROWS, SPACE, STRIP_ROWS, Strip
from models.read.primitives.classical import ClassicalExtractor
from models.read.primitives.crosses import crossed_heads
from models.read.primitives.heads import outside_clefs
from models.read.primitives.joined import joined
from models.read.primitives.learned.detect import Detection
from models.read.primitives.linework import linework
from models.read.primitives.percussion import percussion_clef
from models.read.primitives.primitive import row_at
from models.read.primitives.regions import Region, regions
from models.read.primitives.rejoining import columns_of, rejoined
from models.read.primitives.shapes import is_disc
from models.read.primitives.sizes import sized
from models.read.primitives.strokes import uprights
from models.sheet.fax import has_fax_pixels
from tests.drawn_staves import drawn_page
from tests.marks import blob, line, numbered
from tests.signs import FRAME, quarter

WIDTH = 500


def canvas():
    return np.zeros((STRIP_ROWS, WIDTH), np.uint8)


def strip_of(ink):
    ys, xs = np.mgrid[0:STRIP_ROWS, 0:WIDTH].astype(np.float32)
    return Strip(ink, xs, ys, 2.0)


def with_lines(ink):
    out = ink.copy()
    for row in LINE_ROWS:
        out[row - 1 : row + 1] = 255
    return out > 0


def labels(found):
    return [p.label for p in found]


# --- what belongs together -------------------------------------------------------------------------------------------


def test_a_bar_line_near_a_chord_is_no_part_of_it():
    ink = canvas()
    ink[LINE_ROWS[0] : LINE_ROWS[4], 98:102] = 255
    for row in LINE_ROWS[1:4]:
        cv2.ellipse(ink, (140, row), (18, 9), 0, 0, 360, 255, 4)
    binary = with_lines(ink)
    found = regions(ink > 0)
    held = columns_of(found, ink > 0, binary, 3.2, 6.4)
    assert all(whole.box[0] > 102 for _, whole in held)


def test_a_sign_in_brackets_keeps_its_own_ink():
    """The whole looks like another sign; the piece in the middle is one by itself."""
    ink = canvas()
    row = LINE_ROWS[2]
    for x in (100, 112, 124):
        ink[row - 20 : row + 20, x : x + 5] = 255
    found = regions(ink > 0)
    assert len(found) == 3

    def classify(some):
        return [
            {"cut_time": 0.95} if r.width > 1 else {"natural": 0.97} if r.box[0] == 112 else {"noise": 0.9}
            for r in some
        ]

    kept = rejoined(found, ink > 0, with_lines(ink), classify, ("natural", "cut_time"))
    assert sorted(r.box[0] for r in kept) == [100, 112, 124]


def test_the_ends_of_a_flat_tie_are_not_taken_for_beams():
    ink = canvas()
    xs = np.arange(100, 320)
    ys = LINE_ROWS[1] - 16 + 18 * ((xs - 210) / 110.0) ** 2
    for x, y in zip(xs, ys, strict=True):
        thick = 2.6 - 1.5 * abs(x - 210) / 110
        cv2.circle(ink, (int(x), round(y)), max(1, round(thick)), 255, -1)
    found = linework(ink > 0, strip_of(ink), thin_beams=False)
    assert not found.ink.any()


@pytest.mark.parametrize(("drawn", "lean"), [(True, 7), (False, 0)], ids=["by hand", "in print"])
def test_in_print_a_stem_does_not_lean_along_the_side_of_a_head(drawn, lean):
    ink = canvas()
    cv2.line(ink, (200, 100), (200, 160), 255, 3)
    cv2.line(ink, (209, 85), (200, 160), 255, 3)
    (stroke,) = uprights(ink > 0, drawn=drawn)
    assert abs(stroke.x0 - stroke.x1) == pytest.approx(lean, abs=2.5)


def test_a_flat_that_touches_a_head_and_its_stem_is_no_bass_clef():
    clef = Region((0, 0, round(2.4 * SPACE), 5 * SPACE), np.ones((5 * SPACE, round(2.4 * SPACE)), np.bool_))
    assert sized("bass_clef", clef) == 0.0


# --- what a sign is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "shape", "disc"),
    [((9, 9), "disc", True), ((9, 9), "square", False), ((9, 16), "disc", False), ((22, 22), "disc", False)],
)
def test_a_dot_is_a_small_disc(size, shape, disc):
    mask = np.zeros((size[1], size[0]), np.uint8)
    if shape == "square":
        mask[:] = 1
    else:
        cv2.ellipse(mask, (size[0] // 2, size[1] // 2), (size[0] // 2, size[1] // 2), 0, 0, 360, 1, -1)
    assert is_disc(mask > 0) == disc


@pytest.mark.parametrize("below", [-1.0, 0.0])
def test_a_dot_below_the_staff_is_one(below):
    """Full stops of words look the same; the grammar asks for a note to its left."""
    ink = canvas()
    cv2.ellipse(ink, (250, round(row_at(below))), (4, 4), 0, 0, 360, 255, -1)
    found = ClassicalExtractor().extract(strip_of(np.where(with_lines(ink), 255, 0).astype(np.uint8)))
    assert labels(found) == ["dot"]
    assert found[0].certainty > 0.8


def test_the_ball_of_a_bass_clef_is_no_head():
    clef, ball = (
        blob("bass_clef", 5.3, 5, wide=1.9, tall=3.1),
        blob("grace_head", 4.6, 6.2, wide=0.85, tall=0.7),
    )
    note = blob("solid_head", 9, 5)
    assert labels(outside_clefs([ball, note], [clef])) == ["solid_head"]
    doubtful = replace(clef, memberships={"bass_clef": 0.5})
    assert len(outside_clefs([ball, note], [doubtful])) == 2


def strokes(x=60, *, wide=10, gap=6, top=LINE_ROWS[1], bottom=LINE_ROWS[3]):
    return [
        Region((at, top, at + wide, bottom), np.ones((bottom - top, wide), np.bool_))
        for at in (x, x + wide + gap)
    ]


def test_two_thick_strokes_are_a_percussion_clef():
    found = percussion_clef(strokes())
    assert found is not None
    assert [stroke.box[0] for stroke in found] == [60, 76]


@pytest.mark.parametrize(
    "found",
    [
        strokes()[:1],
        strokes(x=300),
        strokes(top=LINE_ROWS[0], bottom=LINE_ROWS[4]),
        strokes(gap=30),
        strokes(top=LINE_ROWS[0], bottom=LINE_ROWS[2]),
    ],
    ids=["one", "far from the start", "as high as bar lines", "apart", "too high up"],
)
def test_other_strokes_are_no_percussion_clef(found):
    assert percussion_clef(found) is None


def test_places_on_a_percussion_staff_are_drums():
    assert [drum_at(n) for n in (1, 5, 9)] == [36, 38, 42]
    assert drum_at(20) == 38


def stem(x, step, up=True):
    """A stem that ends beside what stands at a step."""
    y = -step / 2
    return line("stem", x, y - 3.5, x, y) if up else line("stem", x, y, x, y + 3.5)


# --- crosses ---------------------------------------------------------------------------------------------------------


def test_a_cross_at_the_end_of_a_stem_is_a_head():
    cross = blob("double_sharp", 5, 5, wide=1.2, tall=1.1)
    found = crossed_heads(numbered(cross, stem(5.6, 5)))
    assert labels(found) == ["solid_head", "stem"]


def test_a_cross_before_a_head_is_a_double_sharp():
    cross = blob("double_sharp", 5, 5, wide=1.2, tall=1.1)
    before = stem(4.4, 5, up=False)
    head = blob("solid_head", 6.5, 5, wide=1.25)
    assert labels(crossed_heads(numbered(cross, before, head)))[:1] == ["double_sharp"]
    assert labels(crossed_heads(numbered(cross)))[:1] == ["double_sharp"]


def test_a_head_seen_in_the_middle_of_a_cross_goes():
    cross = blob("double_sharp", 5, 5, wide=1.2, tall=1.1)
    ghost = blob("hollow_head", 5.1, 4, wide=1.25)
    down = stem(4.4, 5, up=False)
    assert labels(crossed_heads(numbered(cross, ghost, down))) == ["solid_head", "stem"]


# --- rules and network -----------------------------------------------------------------------------------------------


def seen(label, x, step, grade=0.95, *, wide=1.6, tall=2.0):
    y = row_at(step)
    half = (wide * SPACE / 2, tall * SPACE / 2)
    return Detection({label: grade}, (x * SPACE - half[0], y - half[1], x * SPACE + half[0], y + half[1]))


def test_the_network_names_pieces_that_the_rules_cannot():
    back = blob("noise", 7.7, 4, wide=0.4, tall=1.6)
    through = line("bar_line", 8.0, -3.4, 8.0, -0.6)
    found = joined(
        numbered(back, through), [seen("cut_time", 8, 4, tall=3.0)], canvas() > 0, strip_of(canvas())
    )
    assert labels(found) == ["cut_time"]


def test_the_rules_keep_what_they_are_sure_of():
    clef = blob("alto_clef", 5, 4, wide=2.6, tall=4.0)
    found = joined(
        numbered(clef),
        [seen("treble_clef", 5, 4, 0.9, wide=2.6, tall=4.0)],
        canvas() > 0,
        strip_of(canvas()),
    )
    assert labels(found) == ["alto_clef"]


def test_the_network_is_believed_about_a_rest_that_rules_doubtfully_take_for_a_clef():
    # a rest whose ink hangs together with a piece of a staff line before the dots of a repeat
    clef = replace(blob("bass_clef", 5.5, 4.3, wide=2.3, tall=3.0), memberships={"bass_clef": 0.93})
    rest = seen("quarter_rest", 6.1, 4.4, 0.99, wide=1.2, tall=2.9)
    found = joined(numbered(clef), [rest], canvas() > 0, strip_of(canvas()))
    assert labels(found) == ["quarter_rest"]


def test_an_accidental_in_one_piece_with_its_brackets_is_the_one_in_their_middle():
    both = replace(blob("sharp", 8, 1, wide=1.65, tall=3.1), memberships={"sharp": 0.8})
    natural = seen("natural", 7.95, 1, 0.93, wide=0.95, tall=2.7)
    bracket = seen("flat", 8.5, 0.8, 0.99, wide=0.65, tall=2.5)
    found = joined(numbered(both), [natural, bracket], canvas() > 0, strip_of(canvas()))
    assert labels(found) == ["natural"], "the bracket is no sign, and no hint of one"


def test_both_together_are_surer_than_either():
    flat = replace(blob("flat", 8, 4, wide=0.9, tall=2.5), memberships={"flat": 0.6, "noise": 0.4})
    (found,) = joined(
        numbered(flat), [seen("flat", 8, 4, 0.8, wide=0.9, tall=2.5)], canvas() > 0, strip_of(canvas())
    )
    assert found.membership("flat") == pytest.approx(0.92)
    assert found.membership("noise") < 0.1


def test_a_bracket_beside_a_sharp_is_no_flat():
    sharp, bracket = blob("sharp", 8, 4, wide=0.9, tall=3.0), blob("noise", 8.8, 4, wide=0.4, tall=2.0)
    found = joined(
        numbered(sharp, bracket),
        [seen("flat", 8.8, 4, 0.96, wide=0.6, tall=2.0)],
        canvas() > 0,
        strip_of(canvas()),
    )
    assert labels(found) == ["sharp", "noise"]


def test_a_stem_beside_a_head_that_the_network_sees_stays():
    found = joined(
        numbered(stem(5.6, 5)),
        [seen("solid_head", 5, 5, wide=1.25, tall=1.05)],
        canvas() > 0,
        strip_of(canvas()),
    )
    assert sorted(labels(found)) == ["solid_head", "stem"]


def test_the_network_is_not_believed_by_half():
    found = joined([], [seen("flat", 8, 4, 0.5)], canvas() > 0, strip_of(canvas()))
    assert [p.kind for p in found] == ["hint"], "a hint is no sign"


# --- keys from line to line ------------------------------------------------------------------------------------------


def line_of(flats, warned=0):
    """A system of one bar: a clef, so many flats at its start, and those that warn behind its bar line."""
    places = (4.0, 7.0, 3.0, 6.0, 2.0)
    own = KeySign(-4.0, tuple(("flat", p, 0.95) for p in places[:flats]))
    keys = [own] if flats else []
    if warned:
        keys.append(KeySign(FRAME.right + 1.0, tuple(("flat", p, 0.95) for p in places[:warned])))
    signs = BarSigns((quarter(10),), clefs=(ClefSign(-6.0, ((Clef(), 0.95),)),), keys=tuple(keys))
    return [[StaffBar(FRAME, (signs,))]]


def keys_of(*lines):
    best = contexts(lines, [[0]])[0]
    return [best.bars[n, 0, 0].key.fifths for n in range(len(lines))]


def test_signs_at_the_end_of_a_line_warn_of_the_next_lines_key():
    assert keys_of(line_of(1, 2), line_of(2, 3), line_of(3, 4), line_of(4, 5), line_of(5)) == [
        -1, -2, -3, -4, -5,
    ]  # fmt: skip


def test_without_a_warning_one_line_that_lacks_a_flat_was_misread():
    assert keys_of(line_of(3), line_of(2), line_of(3)) == [-3, -3, -3]


# --- faxes -----------------------------------------------------------------------------------------------------------


def test_heads_twice_as_wide_as_they_should_be_are_a_faxs():
    page = drawn_page(staves=3, width=2400)
    small = np.asarray(
        Image.fromarray(page).resize((page.shape[1] // 3, page.shape[0] // 3), Image.Resampling.BOX)
    )
    flat = np.asarray(
        Image.fromarray(page).resize((2 * page.shape[1] // 3, page.shape[0] // 3), Image.Resampling.BOX)
    )
    assert has_fax_pixels(np.where(flat < 160, 0, 255).astype(np.uint8))
    assert not has_fax_pixels(np.where(small < 160, 0, 255).astype(np.uint8))
    assert not has_fax_pixels(page)


def test_what_the_network_sees_too_faintly_is_a_hint_and_no_sign():
    box = (190.0, LINE_ROWS[2] - 8.0, 214.0, LINE_ROWS[2] + 8.0)
    head = blob("solid_head", 12.0, 4.0)

    def hints_of(found, **memberships):
        seen = joined(found, [Detection(memberships, box)], canvas() > 0, strip_of(canvas()))
        assert [p.label for p in seen if p.kind != "hint"] == [p.label for p in found]
        return [(p.label, p.certainty) for p in seen if p.kind == "hint"]

    assert hints_of([head], solid_head=0.4) == [("solid_head", 0.4)]
    assert hints_of([head], solid_head=0.05) == [], "too faint even for that"
    assert hints_of([head], treble_clef=0.4) == [], "of heads, rests, accidentals and dots alone"
    assert hints_of([blob("solid_head", 10.1, 4.0)], solid_head=0.4) == [], "the rules tell it"
