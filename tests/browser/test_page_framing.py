"""An uploaded page turned and cut before it is read, by mouse, keys and touch; several files as separate pieces."""

import pytest
from PIL import Image
from playwright.sync_api import expect

from scoreweb import texts as messages
from scoreweb.jobs.read import texts as say
from tests.browser.accessibility import violations
from tests.browser.reading import LONG, bar, download, give
from tests.doubtful_readings import doubtful_tune

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def sideways(tmp_path_factory):
    """A page that was photographed lying on its side: its top is at the right."""
    path = tmp_path_factory.mktemp("sideways") / "sideways.png"
    Image.fromarray(doubtful_tune()[1].pages[0]).rotate(-90, expand=True).save(path)
    return path


def opened(page):
    expect(page.locator("#sw-r-estimate")).to_contain_text("on this machine", timeout=LONG)
    page.locator("#sw-r-framing > button").click()
    frame = page.locator("#sw-r-frame")
    expect(frame.locator(".corner")).to_have_count(4, timeout=LONG)
    return frame


def sizes(page):
    """Width and height of the page that was read, in its own pixels."""
    return page.locator("#sw-r-page img").evaluate("(img) => [img.naturalWidth, img.naturalHeight]")


def test_a_page_on_its_side_is_turned_and_cut_and_so_it_is_read(read_tab, sideways):
    visitor = read_tab()
    page = visitor.page
    give(visitor, sideways)
    frame, picture = opened(page), page.locator("#sw-r-frame [data-part=picture]")
    tall = picture.bounding_box()
    assert tall["height"] > tall["width"]
    frame.locator("[data-part=left]").click()
    expect(page.locator("#sw-r-start")).to_be_enabled(timeout=LONG)
    page.wait_for_function(
        "() => { const img = document.querySelector('#sw-r-frame [data-part=picture]'); return img.width > img.height; }"
    )
    corner = frame.locator(".corner").nth(2)
    corner.focus()
    for _ in range(2):
        page.keyboard.press("Shift+ArrowUp")
    assert violations(page, "#sw-r-frame") == {}
    page.locator("#sw-r-start").focus()  # what was set by keys is sent before anything can be started
    expect(page.locator("#sw-r-start")).to_be_enabled(timeout=LONG)
    knob = frame.locator(".corner .knob").nth(3).bounding_box()
    x, y = knob["x"] + knob["width"] / 2, knob["y"] + knob["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 0.1 * picture.bounding_box()["height"], steps=4)
    page.mouse.up()
    expect(page.locator("#sw-r-start")).to_be_enabled(timeout=LONG)
    page.locator("#sw-r-start").click()
    expect(page.locator("#sw-r-page rect.bar")).to_have_count(6, timeout=LONG)
    width, height = sizes(page)
    with Image.open(sideways) as given:
        assert (width, height) == (given.height, pytest.approx(0.9 * given.width, abs=6))
    assert visitor.errors == []


def test_a_finger_turns_a_page_on_a_phone(read_tab, sideways):
    visitor = read_tab(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = visitor.page
    give(visitor, sideways)
    frame = opened(page)
    for name in ("left", "right", "whole"):
        box = frame.locator(f"[data-part={name}]").bounding_box()
        assert min(box["width"], box["height"]) >= 44
    frame.locator("[data-part=left]").tap()
    page.wait_for_function(
        "() => { const img = document.querySelector('#sw-r-frame [data-part=picture]'); return img.width > img.height; }"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert visitor.errors == []


def test_files_are_separate_pieces_in_a_list_each_corrected_and_downloaded_under_its_name(
    read_tab, tune_file, tmp_path
):
    files = []
    for name in ("first.png", "second.png"):
        files.append(tmp_path / name)
        files[-1].write_bytes(tune_file.read_bytes())
    visitor = read_tab()
    page = visitor.page
    page.locator("#sw-r-file input[type=file]").set_input_files([str(file) for file in files])
    expect(page.locator("#sw-r-estimate")).to_contain_text("on this machine", timeout=LONG)
    page.get_by_role("radio", name=say.TOGETHER_CHOICES["apart"]).check()
    pieces = page.locator("#sw-r-pieces label")
    expect(pieces).to_have_text(["first.png · waiting", "second.png · waiting"], timeout=LONG)
    page.locator("#sw-r-start").click()
    expect(pieces).to_have_text(["first.png · read", "second.png · read"], timeout=2 * LONG)
    pieces.nth(1).click()
    expect(page.locator("#sw-r-get-midi")).to_be_enabled(timeout=LONG)
    score, note = page.locator("#sw-r-score"), "g.note-like[data-id='p1s1b1t1n1']"
    score.locator(note).click()
    page.keyboard.press("c")
    expect(pieces.nth(1)).to_have_text("second.png · corrected", timeout=LONG)
    assert violations(page, "#sw-r-pieces") == {}
    pieces.nth(0).click()
    expect(score.locator(note)).to_have_attribute("aria-label", "G4 quarter", timeout=LONG)
    pieces.nth(1).click()
    expect(score.locator(note)).to_have_attribute("aria-label", "C5 quarter", timeout=LONG)
    expect(page.locator("#sw-r-get-musicxml")).to_be_enabled(timeout=LONG)
    with page.expect_download() as arriving:
        page.locator("#sw-r-get-musicxml").click()
    assert arriving.value.suggested_filename == "second.musicxml"
    assert bar(download(page, "musicxml", tmp_path), 1)[0] == "C5"
    assert visitor.errors == []


def test_an_example_of_the_read_tab_runs_in_one_click(read_tab):
    visitor = read_tab()
    page = visitor.page
    page.get_by_role("button", name=messages.READ_EXAMPLE_LABELS["short-piano.png"]).click()
    expect(page.locator("#sw-r-page rect.bar")).to_have_count(6, timeout=LONG)
    assert visitor.errors == []
