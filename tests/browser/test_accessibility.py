"""axe-core finds nothing on the page, of Gradio's neither."""

import pytest
from playwright.sync_api import expect

from scoreweb.jobs.data import texts as data_texts
from scoreweb.jobs.upscale import texts as upscale_texts
from scoreweb.widgets.examples import EXAMPLES
from tests.browser.accessibility import violations

pytestmark = pytest.mark.browser
LONG = 60_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_before_and_after_a_result(demo, visit, scheme):
    visitor = visit(f"{demo.url}/?__theme={scheme}", color_scheme=scheme)
    page = visitor.page
    assert violations(page) == {}
    visitor.upload(next(p for p in EXAMPLES if p.name == "piano-small.png"))
    expect(page.locator("#sw-estimate")).to_contain_text("on this machine", timeout=LONG)
    page.locator("#sw-start").click()
    expect(page.locator("#sw-png")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name=upscale_texts.CONTRIBUTION["title"]).click()
    assert violations(page) == {}
    page.get_by_role("tab", name=data_texts.TAB).click()
    assert violations(page) == {}


def test_a_phone_shows_all_of_it_without_sideways_scrolling(demo, visit):
    visitor = visit(demo.url, viewport={"width": 390, "height": 844})
    visitor.upload(next(p for p in EXAMPLES if p.name == "piano-small.png"))
    expect(visitor.page.locator("#sw-estimate")).to_contain_text("on this machine", timeout=LONG)
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(visitor.page.locator("#sw-start")).to_be_visible()


def test_everything_can_be_reached_by_keyboard(demo, visit):
    page = visit(demo.url).page
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.closest('[id^=sw-]')?.id || ''"))
    assert {"sw-file", "sw-model", "sw-start"} <= reached
