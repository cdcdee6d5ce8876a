import sqlite3

import pytest
from playwright.sync_api import expect

from scoreweb import texts as messages
from scoreweb.jobs.data import texts as say
from scoreweb.jobs.upscale import texts as upscale_texts
from scoreweb.widgets.examples import EXAMPLES

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LONG = 60_000
PIANO = next(p for p in EXAMPLES if p.name == "piano-small.png")


def blobs(demo):
    return [p for p in (demo.data / "blobs").rglob("*") if p.is_file()]


def rows(demo):
    with sqlite3.connect(f"file:{next(demo.data.glob('*.sqlite*'))}?mode=ro", uri=True) as connection:
        return connection.execute("select count(*) from submission").fetchone()[0]


def test_a_page_is_given_with_consent_seen_and_taken_back(demo_with, visit):
    demo = demo_with()
    visitor = visit(demo.url)
    page = visitor.page
    visitor.upload(PIANO)
    expect(page.locator("#sw-estimate")).to_contain_text("on this machine", timeout=LONG)
    page.locator("#sw-start").click()
    expect(page.locator("#sw-png")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name=upscale_texts.CONTRIBUTION["title"]).click()
    page.locator("#sw-keep-button").click()
    expect(page.locator("#sw-keep-note")).to_contain_text(
        upscale_texts.CONTRIBUTION["must_agree"], timeout=LONG
    )
    assert blobs(demo) == []
    for label in (upscale_texts.CONTRIBUTION["agree"], upscale_texts.CONTRIBUTION["own"], messages.KEEP_AGE):
        page.get_by_label(label).check()
    page.locator("#sw-keep-button").click()
    expect(page.locator("#sw-keep-note")).to_contain_text("it is kept", timeout=LONG)
    token = page.locator("#sw-token textarea, #sw-token input").first.input_value()
    assert len(token) >= 22
    assert rows(demo) == 1
    assert len(blobs(demo)) >= 2
    page.locator("#sw-keep-button").click()
    expect(page.locator("#sw-keep-note")).to_contain_text(upscale_texts.CONTRIBUTION["already"], timeout=LONG)

    page.get_by_role("tab", name=say.TAB).click()
    box = page.locator("#sw-data-token input, #sw-data-token textarea").first
    box.fill("no such token")
    page.locator("#sw-data-show").click()
    expect(page.locator("#sw-data-note [role=alert]")).to_be_visible(timeout=LONG)
    box.fill(token)
    page.locator("#sw-data-show").click()
    expect(page.locator("#sw-data-table")).to_contain_text(say.TASKS["upscale"], timeout=LONG)
    page.locator("#sw-data-all").click()
    expect(page.locator("#sw-data-note")).to_contain_text(say.MUST_BE_SURE, timeout=LONG)
    page.get_by_label(say.SURE).check()
    page.locator("#sw-data-all").click()
    expect(page.locator("#sw-data-note")).to_contain_text("erased", timeout=LONG)
    assert rows(demo) == 0
    assert blobs(demo) == []
    assert visitor.errors == []


def test_a_host_that_does_not_collect_shows_neither_tab_nor_boxes(demo_with, visit):
    demo = demo_with(SCOREWEB_COLLECT="false")
    page = visit(demo.url).page
    expect(page.get_by_role("tab", name=upscale_texts.TAB)).to_be_visible()
    expect(page.get_by_role("tab", name=say.TAB)).to_have_count(0)
    expect(page.locator("#sw-keep")).to_have_count(0)
