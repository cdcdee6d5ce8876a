"""Pages turned by quarters and cut to four corners."""

import cv2
import numpy as np
import pytest

from models.sheet import Page, TooSmall
from models.sheet.framing import WHOLE, FramedPages, Framing, framed, turned
from tests.drawn_staves import drawn_page


def a_page(grey, **more):
    return Page(np.asarray(grey, np.uint8), 0, "", **more)


def test_a_page_that_is_not_changed_is_the_same():
    page = a_page(drawn_page(), drawn=True)
    assert framed(page, Framing()) is page


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_quarters_turn_clockwise(turns):
    page = np.array([[1, 2, 3], [4, 5, 6]], np.uint8)
    wanted = {1: [[4, 1], [5, 2], [6, 3]], 2: [[6, 5, 4], [3, 2, 1]], 3: [[3, 6], [2, 5], [1, 4]]}
    assert framed(a_page(page), Framing(turns)).grey.tolist() == wanted[turns]


def test_an_upright_rectangle_is_cut_out_pixel_by_pixel():
    page = np.arange(20_000).astype(np.uint8).reshape(100, 200)
    cut = framed(a_page(page), Framing(0, ((0.1, 0.2), (0.6, 0.2), (0.6, 0.9), (0.1, 0.9))))
    assert np.array_equal(cut.grey, page[20:90, 20:120])


def test_corners_are_those_of_the_turned_page():
    page = np.arange(20_000).astype(np.uint8).reshape(100, 200)
    half = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    assert np.array_equal(framed(a_page(page), Framing(1, half)).grey, np.rot90(page, -1)[:, :50])


def test_a_slanting_photo_is_pulled_straight():
    page = drawn_page(staves=2)
    height, width = page.shape
    whole = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32) - 0.5
    seen = np.array([(150, 90), (1180, 140), (1240, 600), (60, 560)], np.float32)
    photo = cv2.warpPerspective(
        page,
        cv2.getPerspectiveTransform(whole, seen - 0.5),
        (1300, 700),
        flags=cv2.INTER_AREA,
        borderValue=90,
    )
    corners = tuple((float(x) / 1300, float(y) / 700) for x, y in seen)
    straight = framed(a_page(photo), Framing(0, corners)).grey
    back = cv2.resize(straight, (width, height)).astype(float)
    blurred = cv2.GaussianBlur(page, (0, 0), 3).astype(float)
    same = np.corrcoef(cv2.GaussianBlur(back, (0, 0), 3).ravel(), blurred.ravel())[0, 1]
    assert same > 0.9
    assert (back[:, :4].mean(), back[:, -4:].mean()) > (225, 225), "no table beside the paper"


def test_a_drawn_page_becomes_a_picture_of_which_no_characters_are_known():
    page = a_page(drawn_page(), drawn=True, redrawn=lambda dpi: None, dpi=75)
    turned = framed(page, Framing(2))
    assert (turned.drawn, turned.redrawn, turned.glyphs, turned.dpi) == (False, None, (), 75)


@pytest.mark.parametrize(
    "corners",
    [
        WHOLE[:3],
        ((0, 0), (1.2, 0), (1, 1), (0, 1)),
        ((1, 0), (0, 0), (0, 1), (1, 1)),
        ((0, 0), (1, 1), (1, 0), (0, 1)),
        ((0, 0), (0.01, 0), (0.01, 1), (0, 1)),
        ((0, 0), (1, 0), (0.1, 0.1), (0, 1)),
    ],
    ids=["three", "beyond", "the other way round", "crossed", "narrow", "hollow"],
)
def test_other_corners_are_refused(corners):
    with pytest.raises(ValueError, match="corners"):
        Framing(0, corners)


def test_of_several_pages_those_that_were_set_are_framed():
    pages = [a_page(drawn_page()), a_page(drawn_page())]
    some = FramedPages(pages, {1: Framing(1)})
    assert len(some) == 2
    assert some[0] is pages[0]
    assert some[1].grey.shape == pages[1].grey.shape[::-1]


def test_hardly_anything_is_refused_with_a_sentence():
    with pytest.raises(TooSmall, match="larger part"):
        framed(a_page(np.zeros((100, 200))), Framing(0, ((0.0, 0.0), (0.06, 0.0), (0.06, 1.0), (0.0, 1.0))))


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5])
def test_a_framing_turned_further_gives_the_same_part_turned(turns):
    page = a_page(np.arange(20_000).astype(np.uint8).reshape(100, 200))
    framing = Framing(1, ((0.1, 0.2), (0.6, 0.2), (0.6, 0.9), (0.1, 0.9)))
    wanted = np.rot90(framed(page, framing).grey, -turns)
    assert np.array_equal(framed(page, turned(framing, turns)).grey, wanted)
