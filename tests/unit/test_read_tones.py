"""Pages in more than one tone of ink: grey staff lines, watermarks, tinted boxes; and pages that only look so."""

import cv2
import numpy as np
import pytest

from models.read.page.preparation import prepare
from models.read.page.staves import find_systems
from models.read.page.tones import lines_brought_out, without_tints
from tests.drawn_staves import SPACE, drawn_page

WIDTH = 1200


def grey_lined(level, staves=2):
    """A drawn page whose signs are black and whose staff lines are grey."""
    page = drawn_page(staves=staves, joined=staves > 1)
    thin = cv2.morphologyEx(255 - page, cv2.MORPH_TOPHAT, np.ones((9, 1), np.uint8))
    lines = cv2.morphologyEx(thin, cv2.MORPH_OPEN, np.ones((1, 3 * SPACE), np.uint8)) > 0
    return np.where(lines, level, page).astype(np.uint8)


def watermarked(page, level):
    """The page over pale letters four spaces high that run across its staves."""
    under = np.full_like(page, 255)
    cv2.putText(under, "COPY", (80, 260), cv2.FONT_HERSHEY_SIMPLEX, 7.0, level, 44)
    return np.minimum(page, under)


@pytest.mark.parametrize("level", [150, 205, 220])
def test_staves_with_grey_lines_are_found_as_those_with_black(level):
    (black,) = find_systems(prepare(drawn_page(staves=2, joined=True)))
    (grey,) = find_systems(prepare(grey_lined(level)))
    assert len(grey.staves) == len(black.staves) == 2
    for one, other in zip(grey.staves, black.staves, strict=True):
        assert one.lines.mean() == pytest.approx(other.lines.mean(), abs=1.0)
        assert one.right - one.left == pytest.approx(other.right - other.left, abs=SPACE)
        assert one.evidence > 0.95


@pytest.mark.parametrize("level", [205])
def test_grey_lines_are_ink_beside_black_heads_too(level):
    page, black = prepare(grey_lined(level)), prepare(drawn_page(staves=2, joined=True))
    heads = slice(60 + 4 * SPACE, WIDTH // 2)
    for row in (100, 120, 140, 160, 180):
        along = page.binary[row - 2 : row + 3, heads].any(axis=0)
        assert along.mean() > 0.97 * black.binary[row - 2 : row + 3, heads].any(axis=0).mean()
    assert abs(page.binary.mean() / black.binary.mean() - 1) < 0.1, "signs grow no fatter"


@pytest.mark.parametrize("level", [170, 210])
def test_a_watermark_is_no_ink(level):
    plain = prepare(drawn_page(staves=2)).binary
    marked = prepare(watermarked(drawn_page(staves=2), level)).binary
    bare = cv2.dilate(plain.astype(np.uint8), np.ones((7, 7), np.uint8)) == 0
    assert (marked & bare).sum() < 0.002 * bare.sum(), "nothing is left of it on bare paper"
    assert (marked & plain).sum() > 0.97 * plain.sum(), "signs upon it stay"


def test_a_page_in_one_tone_keeps_every_pixel():
    ink = (1.0 - drawn_page(staves=2) / 255.0).astype(np.float32)
    assert without_tints(ink, SPACE) is ink
    page = np.where(ink > 0.5, 255, 0).astype(np.uint8)
    assert lines_brought_out(page, ink, SPACE) is page


@pytest.mark.parametrize("shade", [0.45])
def test_a_faint_or_blurred_page_has_no_grey_lines_for_all_its_strokes_are(shade):
    ink = (shade * (1.0 - drawn_page(staves=2) / 255.0)).astype(np.float32)
    page = np.where(ink > 0.15, 255, 0).astype(np.uint8)
    assert lines_brought_out(page, ink, SPACE) is page
    blurred = cv2.GaussianBlur(ink / shade, (0, 0), 2.0)
    assert lines_brought_out(page, blurred, SPACE) is page


def test_faint_lines_in_a_shade_stay():
    ink = (0.4 * (1.0 - drawn_page(staves=2) / 255.0)).astype(np.float32)
    shaded = ink + np.where(np.arange(WIDTH) > WIDTH // 2, np.float32(0.15), np.float32(0.0))
    kept = without_tints(shaded, SPACE)
    strokes, bare = ink > 0.3, cv2.dilate((ink > 0).astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    assert (kept[strokes] > 0.17).mean() > 0.97
    assert (kept[bare] < 0.1).mean() > 0.99


def test_pencil_heads_are_no_tint():
    """Pale blobs no larger than noteheads belong to the music, however many there are."""
    ink = np.zeros((600, WIDTH), np.float32)
    for row in range(60, 560, 2 * SPACE):
        for column in range(60, WIDTH - 60, 2 * SPACE):
            cv2.ellipse(ink, (column, row), (11, 8), -20, 0, 360, 0.35, -1)
    assert np.array_equal(without_tints(ink, SPACE), ink)


def test_a_tinted_box_goes_and_the_signs_in_it_stay():
    page = drawn_page(staves=2)
    boxed = page.copy()
    boxed[60:220, 200:500] = np.minimum(boxed[60:220, 200:500], 205)
    plain, marked = prepare(page).binary, prepare(boxed).binary
    assert (plain ^ marked).mean() < 0.002
