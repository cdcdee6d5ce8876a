"""Strokes that a hand leaves short of what they belong to."""

import pytest

from models.read.page.staves import SPACE
from models.read.primitives.learned.reaching import reached
from tests.marks import beam, blob, line, numbered


def stem(x, top, bottom):
    return line("stem", x, top, x, bottom)


def ends(p):
    return [v / SPACE for v in (p.box[1], p.box[3])]


def middle(p):
    return (p.box[0] + p.box[2]) / 2 / SPACE


def by_label(found, label):
    return [p for p in found if p.label == label]


def height(step):
    """Staff spaces from the strip's top of a place in half spaces above the lowest line."""
    p = blob("dot", 5, step)
    return (p.box[1] + p.box[3]) / 2 / SPACE


def test_a_stem_that_ends_short_of_its_head_is_led_to_its_side():
    head, stroke = blob("solid_head", 5, 2), stem(6.2, -4.5, -2.6)
    (led,) = by_label(reached(numbered(head, stroke)), "stem")
    assert middle(led) == pytest.approx(5.62, abs=0.05)
    assert ends(led)[1] == pytest.approx(height(2), abs=0.05)
    assert ends(led)[0] == pytest.approx(ends(stroke)[0], abs=0.05)


def test_where_the_ink_of_a_stroke_lies_stays_known():
    strokes = [stem(6.2, -4.4, -2.6), stem(9.2, -4.4, -2.6), beam(6.4, 9.0, -5.0, 0.2)]
    found = reached(numbered(blob("solid_head", 5, 2), blob("solid_head", 8, 2), strokes))
    for before, after in zip(strokes, found[2:], strict=True):
        assert after.box != before.box
        assert after.seen_at == before.box


def test_a_stem_below_leads_to_the_left_side():
    head, stroke = blob("solid_head", 5, 6), stem(4.0, -1.6, 1.0)
    (led,) = by_label(reached(numbered(head, stroke)), "stem")
    assert middle(led) == pytest.approx(4.38, abs=0.05)
    assert ends(led)[0] == pytest.approx(height(6), abs=0.05)


def test_a_stem_that_touches_stays():
    head, stroke = blob("solid_head", 5, 2), stem(5.6, -4.5, -1.1)
    (same,) = by_label(reached(numbered(head, stroke)), "stem")
    assert same.box == stroke.box


def test_each_stem_has_a_head_of_its_own():
    found = numbered(
        blob("solid_head", 5, 2), blob("solid_head", 7, 2), stem(5.9, -4.5, -2.0), stem(6.59, -4.5, -2.0)
    )
    left, right = sorted(by_label(reached(found), "stem"), key=middle)
    assert middle(left) == pytest.approx(5.62, abs=0.05)
    assert middle(right) == pytest.approx(7.62, abs=0.05)


def test_a_stem_far_from_every_head_stays():
    found = numbered(blob("solid_head", 5, 2), stem(9, -4.5, -1.0))
    assert [p.box for p in reached(found)] == [p.box for p in found]


def test_a_faint_stroke_between_the_ends_of_two_stems_is_a_beam():
    heads = [blob("solid_head", 5, 2), blob("hollow_head", 8, 2)]
    stroke = beam(6.0, 8.2, -5.0, 0.2)
    faint = type(stroke)("", "line", stroke.box, stroke.x, stroke.position, {"beam": 0.3}, line=stroke.line)
    found = reached(numbered(*heads, stem(5.6, -4.4, -1.0), stem(8.6, -4.4, -1.0), faint))
    (bar,) = by_label(found, "beam")
    assert bar.certainty > 0.8
    assert bar.box[0] / SPACE == pytest.approx(5.6, abs=0.1)
    assert bar.box[2] / SPACE == pytest.approx(8.6, abs=0.1)
    for p in by_label(found, "stem"):
        assert ends(p)[0] == pytest.approx((bar.box[1] + bar.box[3]) / 2 / SPACE, abs=0.2)
    assert len(by_label(found, "solid_head")) == 2, "what hangs on a beam is solid, however the pen filled it"


def test_a_stroke_with_one_stem_is_no_surer_a_beam():
    stroke = beam(6.0, 8.2, -5.0, 0.2)
    faint = type(stroke)("", "line", stroke.box, stroke.x, stroke.position, {"beam": 0.3}, line=stroke.line)
    found = reached(numbered(blob("hollow_head", 5, 2), stem(5.6, -4.4, -1.0), faint))
    assert by_label(found, "beam")[0].certainty == pytest.approx(0.3)
    assert by_label(found, "hollow_head")
