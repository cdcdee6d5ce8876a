"""What may be a page's staves is looked for once, whoever asks about the page."""

import threading

import numpy as np
import pytest

from models.read.page import layout
from models.read.page.layout import LayoutCache, layout_of
from models.read.page.pose import pose_of
from models.read.page.preparation import prepare
from models.sheet import candidates, measure_staff_space
from models.sheet.candidates import candidates_of, content_key
from tests.drawn_staves import drawn_page


@pytest.fixture
def searches(monkeypatch):
    """The shapes of the pictures that are searched for staves, in order."""
    found = []
    search = candidates.StaffCandidates

    class Counted(search):
        def __init__(self, grey):
            found.append(grey.shape)
            super().__init__(grey)

    monkeypatch.setattr(candidates, "StaffCandidates", Counted)
    candidates._pages.clear()
    yield found
    candidates._pages.clear()


def test_the_page_is_searched_once_for_measure_pose_and_light(searches):
    page = drawn_page(staves=2)
    space = measure_staff_space(page)
    pose = pose_of(page.copy())
    prepared = prepare(page)
    assert measure_staff_space(page) == space
    assert searches == [page.shape]
    assert space.pixels == pytest.approx(20.0, rel=0.02)
    assert pose.space == pytest.approx(20.0, rel=0.02)
    assert prepared.staff_space == pytest.approx(20.0, rel=0.02)


def test_a_page_that_differs_in_one_pixel_is_another_page(searches):
    page = drawn_page()
    other = page.copy()
    other[0, 0] = 254
    measure_staff_space(page)
    measure_staff_space(other)
    assert len(searches) == 2
    assert content_key(page) != content_key(other)
    assert content_key(np.zeros((2, 8), np.uint8)) != content_key(np.zeros((4, 4), np.uint8))


def test_a_view_of_a_page_is_the_page(searches):
    wide = np.repeat(drawn_page(), 2, axis=1)
    assert measure_staff_space(wide[:, ::2]) == measure_staff_space(drawn_page())
    assert len(searches) == 1


def test_pages_are_given_up_in_turn(searches, monkeypatch):
    monkeypatch.setattr(candidates, "_KEPT", 2)
    pages = [np.full((20, 30), 200 + n, np.uint8) for n in range(3)]
    for page in pages:
        candidates_of(page)
    candidates_of(pages[2])
    assert len(searches) == 3
    candidates_of(pages[0])
    assert len(searches) == 4, "the first of three was given up"


def test_what_is_kept_gives_the_answer_of_a_fresh_look():
    page = drawn_page(staves=3)
    candidates._pages.clear()
    fresh = (measure_staff_space(page), pose_of(page))
    assert (measure_staff_space(page), pose_of(page)) == fresh
    candidates._pages.clear()
    assert (pose_of(page), measure_staff_space(page)) == fresh[::-1], "whoever asks first"


def test_threads_may_ask_at_once():
    page, out = drawn_page(staves=2), []
    candidates._pages.clear()
    threads = [threading.Thread(target=lambda: out.append(measure_staff_space(page))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(out) == 4
    assert len(set(out)) == 1


# Layouts


def test_a_page_on_its_head_is_turned_where_that_is_said():
    page = drawn_page(staves=2)
    asked = []

    def upside_down(strips):
        asked.append(len(strips))
        return True

    found = layout_of(page, upside_down=upside_down)
    assert asked == [2]
    assert found.page.notes[-1] == "Turned by 180 degrees."
    first, second = (staff.lines[2].mean() for system in found.systems for staff in system.staves)
    assert first < second, "counted from the new top"
    assert layout_of(page, upside_down=lambda _: False).page.notes == ()
    blank = np.full((300, 300), 255, np.uint8)
    assert layout_of(blank, upside_down=upside_down).systems == ()
    assert asked == [2], "nobody is asked about a page without staves"


def test_layouts_are_found_once_for_each_way_of_finding_them():
    cache, looked = LayoutCache(), []

    def find(grey):
        looked.append(grey.shape)
        return layout_of(grey)

    page = drawn_page()
    first = cache.layout(page, "classical", find)
    assert cache.layout(page.copy(), "classical", find) is first
    assert cache.layout(page, "other", find) is not first
    assert len(looked) == 2


def test_no_more_layouts_are_kept_than_fit():
    pages = [drawn_page(width=900 + 20 * n) for n in range(3)]
    sizes = [layout_of(page).size for page in pages]
    cache, looked = LayoutCache(sizes[1] + sizes[2]), []

    def find(grey):
        looked.append(grey.shape)
        return layout.layout_of(grey)

    for page in (*pages, pages[2], pages[1]):
        cache.layout(page, "", find)
    assert len(looked) == 3
    cache.layout(pages[0], "", find)
    assert len(looked) == 4
    small = LayoutCache(10)
    assert small.layout(pages[0], "", find).systems
    small.layout(pages[0], "", find)
    assert len(looked) == 6, "what is larger than the cache is not kept"
