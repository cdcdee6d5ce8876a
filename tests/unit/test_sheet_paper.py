"""The sheet of paper in a photograph: what lies around it becomes white, music never does."""

import numpy as np
import pytest

from models.sheet import paper_in, staff_boxes, without_surroundings
from tests.pages import staves


def on_a_table(page, *, table=110, noise=12.0, around=(60, 90, 50, 70), seed=1):
    """The page, darkened a little as under a lamp, on a table of wood."""
    top, left, bottom, right = around
    rng = np.random.default_rng(seed)
    height, width = page.shape[0] + top + bottom, page.shape[1] + left + right
    grain = table + noise * np.sin(np.arange(width) / 3.0)[None] + rng.normal(0, noise, (height, width))
    lamp = np.linspace(1.0, 0.8, height)[:, None]
    photo = grain
    photo[top : top + page.shape[0], left : left + page.shape[1]] = 0.9 * page
    return np.clip(photo * lamp, 0, 255).astype(np.uint8), np.s_[
        top : top + page.shape[0], left : left + page.shape[1]
    ]


PAGE = np.pad(staves(420, 600, 8.0, 1.4, count=3), 30, constant_values=255)


def test_the_table_around_a_page_becomes_white_and_the_page_stays():
    photo, page = on_a_table(PAGE)
    clean = without_surroundings(photo)
    inside = np.zeros(photo.shape, bool)
    inside[page] = True
    assert (clean[inside] == photo[inside]).mean() > 0.97
    for x0, y0, x1, y1 in staff_boxes(photo):
        part = np.s_[round(y0) : round(y1), round(x0) : round(x1)]
        assert np.array_equal(clean[part], photo[part])
    assert (clean[~inside] == 255).mean() > 0.9


def test_a_table_on_two_sides_only():
    photo, _ = on_a_table(PAGE, around=(80, 0, 70, 0))
    clean = without_surroundings(photo)
    assert (clean[:60] == 255).all()
    assert (clean[-50:] == 255).all()


@pytest.mark.parametrize("soft", [20, 60])
def test_a_shadow_across_the_page_is_no_edge(soft):
    ramp = 1 / (1 + np.exp((np.arange(PAGE.shape[1]) - 300) / soft))
    photo = (PAGE * (0.55 + 0.4 * ramp)[None]).astype(np.uint8)
    assert without_surroundings(photo) is photo


def test_a_hard_shadow_over_music_takes_nothing_away():
    photo = PAGE.astype(float)
    photo[:, 380:] *= 0.6
    photo = photo.astype(np.uint8)
    assert paper_in(photo) is not None
    assert without_surroundings(photo) is photo


def test_a_clean_page_and_an_empty_one_stay_as_they_are():
    assert without_surroundings(PAGE) is PAGE
    empty = np.full((300, 400), 255, np.uint8)
    assert without_surroundings(empty) is empty


def test_the_staves_are_where_they_were_drawn():
    boxes = staff_boxes(PAGE)
    middles = sorted((y0 + y1) / 2 for _, y0, _, y1 in boxes)
    assert middles == pytest.approx([70 + 96 * n + 16 for n in range(3)], abs=2)
    assert all(y1 - y0 == pytest.approx(32, abs=2) for _, y0, _, y1 in boxes)
