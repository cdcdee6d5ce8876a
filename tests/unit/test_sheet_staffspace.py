import cv2
import numpy as np
import pytest

from models.sheet import measure_staff_space
from tests.sheets import Paper, music, notes, photographed, ruled, staff, text, tilted


@pytest.mark.parametrize("space", [3.6, 4.1, 4.7, 5.5, 6.3, 7.9, 9.4, 12.2, 16.5, 21.3, 30.0, 45.0, 61.0])
def test_the_staff_space_is_measured_within_two_percent(space):
    page = music(
        space, width=60 if space < 30 else 30, height=44 if space < 30 else 14, staves=4 if space < 30 else 1
    )
    found = measure_staff_space(page)
    assert found is not None
    assert found.pixels == pytest.approx(space, rel=0.02)


@pytest.mark.parametrize("space", [8.0, 13.3, 24.0])
def test_one_bit_pages_are_measured(space):
    page = np.where(music(space, thickness=0.16) > 150, 255, 0).astype(np.uint8)
    assert measure_staff_space(page).pixels == pytest.approx(space, rel=0.02)


def test_lines_of_a_quarter_of_a_pixel_are_measured():
    # such a line tells its height only to the pixel that it lies in, hence the margin
    found = measure_staff_space(music(4.4, thickness=0.06))
    assert found.pixels == pytest.approx(4.4, rel=0.03)
    assert found.line_thickness < 0.6


@pytest.mark.parametrize("degrees", [-3.0, -1.2, 0.7, 3.0])
@pytest.mark.parametrize("space", [4.5, 9.0, 20.0])
def test_a_tilted_page_is_measured(space, degrees):
    assert measure_staff_space(tilted(music(space), degrees)).pixels == pytest.approx(space, rel=0.02)


@pytest.mark.parametrize("space", [4.6, 9.4, 18.0])
def test_a_photo_in_uneven_light_is_measured(space):
    assert measure_staff_space(photographed(music(space))).pixels == pytest.approx(space, rel=0.02)


def test_staves_are_counted_and_their_lines_weighed():
    found = measure_staff_space(music(18.0, thickness=0.15, staves=4))
    assert found.staves == 4
    assert found.line_thickness == pytest.approx(0.15 * 18, rel=0.15)
    assert found.confidence > 0.9


def test_a_short_piece_is_less_certain_than_a_page():
    piece = music(12.0, width=20, height=12, staves=1)
    assert measure_staff_space(piece).confidence < 0.8 * measure_staff_space(music(12.0)).confidence


def test_staves_without_notes_are_staves():
    paper = Paper(60, 40, 9.0)
    for n in range(3):
        staff(paper, 3, 4 + 12 * n, 57)
    found = measure_staff_space(paper.grey())
    assert found.pixels == pytest.approx(9.0, rel=0.02)
    assert found.staves == 3


def test_the_larger_staves_of_a_piano_part_win_over_a_small_singers_staff():
    paper = Paper(70, 60, 10.0)
    for n in range(3):
        staff(paper, 3, 4 + 18 * n, 67, thickness=0.09, pitch=0.7)
        for top in (9 + 18 * n, 15 + 18 * n):
            staff(paper, 3, top, 67)
            notes(paper, 3, top, 67, seed=n)
    assert measure_staff_space(paper.grey()).pixels == pytest.approx(10.0, rel=0.02)


def test_a_staff_cut_off_by_the_picture_is_not_mismeasured():
    page = music(16.5, width=30, height=14, staves=1)
    for cut in range(60, 130, 7):
        found = measure_staff_space(np.ascontiguousarray(page[cut:]))
        assert found is None or found.pixels == pytest.approx(16.5, rel=0.02), cut


def test_a_page_of_words_with_one_staff_is_measured():
    page = text(10.0, rows=40)
    page[120:220, :] = 255
    excerpt = music(10.0, width=36, height=9, staves=1, words=False)
    page[125 : 125 + excerpt.shape[0], : excerpt.shape[1]] = excerpt
    assert measure_staff_space(page).pixels == pytest.approx(10.0, rel=0.02)


@pytest.mark.parametrize("size", [0.5, 0.65, 0.8, 0.95])
@pytest.mark.parametrize("pitch", [6, 9, 14, 20, 33])
def test_rows_of_words_are_no_staff(pitch, size):
    page = text(pitch, size)
    assert (page < 200).mean() > 0.02
    assert measure_staff_space(page) is None
    assert measure_staff_space(photographed(page)) is None


@pytest.mark.parametrize("rules", [4, 5, 6, 8, 20])
@pytest.mark.parametrize("pitch", [9, 14, 20, 40])
def test_tables_are_no_staff(pitch, rules):
    assert measure_staff_space(ruled(pitch, rules, columns=3, blocks=2 if rules == 20 else 4)) is None


@pytest.mark.parametrize("lines", [1, 2, 3, 4, 6, 7])
@pytest.mark.parametrize("pitch", [5, 8, 14, 22])
def test_anything_but_five_lines_is_no_staff(pitch, lines):
    assert measure_staff_space(ruled(pitch, lines)) is None


def test_five_lines_are():
    assert measure_staff_space(ruled(14, 5)).pixels == pytest.approx(14, rel=0.02)


def cloud(tall, wide):
    blurred = cv2.GaussianBlur(
        np.random.default_rng(3).normal(0, 1, (600, 500)), (0, 0), sigmaX=wide, sigmaY=tall
    )
    return np.clip(170 + 50 * blurred / blurred.std(), 0, 255).astype(np.uint8)


def barcode():
    page = np.full((700, 500), 255, np.uint8)
    edges = 50 + np.cumsum(np.random.default_rng(5).choice([2, 4, 6, 8], 110))
    for top, bottom in zip(edges[::2], edges[1::2], strict=True):
        page[top:bottom, 50:450] = 0
    return page


NOTHING = {
    "white": np.full((500, 400), 255, np.uint8),
    "black": np.zeros((500, 400), np.uint8),
    "grey": np.full((500, 400), 128, np.uint8),
    "ramp": np.tile(np.linspace(0, 255, 500)[:, None], (1, 400)).astype(np.uint8),
    "noise": np.random.default_rng(1).integers(0, 256, (500, 400)).astype(np.uint8),
    "grain": cloud(1, 20),
    "clouds": cloud(4, 4),
    "wood": cloud(2, 60),
    "stripes": np.tile(np.where(np.arange(500) % 12 < 4, 0, 255)[:, None], (1, 400)).astype(np.uint8),
    "barcode": barcode(),
    "sliver": np.zeros((3, 400), np.uint8),
    "dot": np.zeros((1, 1), np.uint8),
}


@pytest.mark.parametrize("name", list(NOTHING))
def test_pictures_without_lines_have_no_staff(name):
    assert measure_staff_space(NOTHING[name]) is None


def test_white_music_on_black_waits_for_being_turned_over():
    page = music(9.0)
    assert measure_staff_space(255 - page) is None
    assert measure_staff_space(page) is not None


@pytest.mark.parametrize(
    "wrong", [np.zeros((50, 50, 3), np.uint8), np.zeros((50, 50)), np.zeros(50, np.uint8)]
)
def test_what_is_no_grey_page_is_told(wrong):
    with pytest.raises(ValueError, match="uint8 array"):
        measure_staff_space(wrong)


def test_a_view_of_a_larger_array_is_a_page_too():
    wide = np.repeat(music(9.0), 2, axis=1)
    assert measure_staff_space(wide[:, ::2]).pixels == pytest.approx(9.0, rel=0.02)
