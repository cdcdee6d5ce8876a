"""Systems parted and missed staves drawn on the picture of a page, by mouse, keys and touch."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import violations
from tests.browser.reading import LONG, read

pytestmark = pytest.mark.browser
FIRST = "p1s1b1t1n1"


def told(page):
    """What the stand-in for the reader was told: heights at which systems end, staves that were drawn."""
    expect(page.locator("#sw-r-remarks")).to_contain_text("drawn", timeout=LONG)
    text = page.locator("#sw-r-remarks").inner_text()
    parted, drawn = re.search(r"parted at (\[.*?\]); drawn (\[.*\])", text).groups()
    return json.loads(parted), json.loads(drawn)


def test_a_system_is_parted_and_a_missed_staff_drawn_and_corrections_stay(read_tab, tune_file):
    visitor = read_tab()
    page, score, picture = (
        visitor.page,
        *(visitor.page.locator(f"#sw-r-{name}") for name in ("score", "page")),
    )
    read(visitor, tune_file)
    score.locator(f"g.note-like[data-id='{FIRST}']").click()
    page.keyboard.press("c")
    expect(score.locator("[data-part=picked]")).to_contain_text("C5", timeout=LONG)
    picture.locator("[data-part=rule]").click()
    cuts, staves = picture.locator(".ruler.cut"), picture.locator(".ruler.staff")
    expect(picture.locator("[data-part=again]")).to_be_disabled()
    first = cuts.first
    first.click()
    expect(cuts.first).to_have_attribute("aria-checked", "true")
    page.keyboard.press("Enter")
    expect(cuts.first).to_have_attribute("aria-checked", "false")
    page.keyboard.press("Space")
    expect(cuts.first).to_have_attribute("aria-checked", "true")
    picture.locator("[data-part=draw]").click()
    expect(staves).to_have_count(1)
    before = staves.first.bounding_box()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowLeft")
    after = staves.first.bounding_box()
    assert after["y"] > before["y"]
    assert after["width"] < before["width"]
    page.mouse.move(after["x"] + after["width"] / 2, after["y"] + after["height"] / 2)
    page.mouse.down()
    page.mouse.move(after["x"] + after["width"] / 2, after["y"] + after["height"] / 2 - 20, steps=3)
    page.mouse.up()
    assert staves.first.bounding_box()["y"] < after["y"] - 10
    assert violations(page, "#sw-r-page") == {}
    picture.locator("[data-part=again]").click()
    parted, drawn = told(page)
    assert len(parted) == 1
    assert len(drawn) == 1
    expect(score.locator(f"g.note-like[data-id='{FIRST}']")).to_have_attribute(
        "aria-label", "C5 quarter", timeout=LONG
    )
    picture.locator("[data-part=rule]").click()
    expect(staves, "what was drawn is still there").to_have_count(1)
    staves.first.focus()
    page.keyboard.press("Delete")
    expect(staves).to_have_count(0)
    picture.locator("[data-part=again]").click()
    expect(page.locator("#sw-r-remarks")).to_contain_text("drawn []", timeout=LONG)
    assert told(page) == (parted, [])
    assert visitor.errors == []


def test_a_finger_parts_systems_and_draws_staves(read_tab, tune_file):
    visitor = read_tab(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page, picture = visitor.page, visitor.page.locator("#sw-r-page")
    read(visitor, tune_file)
    picture.locator("[data-part=rule]").tap()
    for name in ("draw", "add", "again"):
        box = picture.locator(f"[data-part={name}]").bounding_box()
        assert min(box["width"], box["height"]) >= 44
    picture.locator(".ruler.cut").first.tap()
    expect(picture.locator(".ruler.cut").first).to_have_attribute("aria-checked", "true")
    picture.locator("[data-part=draw]").tap()
    expect(picture.locator(".ruler.staff")).to_have_count(1)
    picture.locator("[data-part=remove]").tap()
    expect(picture.locator(".ruler.staff")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert visitor.errors == []
