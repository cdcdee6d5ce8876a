"""What a stranger meets: what each tab gives, results in view, a question before corrections are lost."""

import pytest
from playwright.sync_api import expect

from scoreweb import texts as messages
from scoreweb.jobs.read import texts as read_texts
from scoreweb.jobs.transcribe import texts as transcribe_texts
from scoreweb.jobs.upscale import texts as upscale_texts
from scoreweb.widgets.examples import EXAMPLES
from tests.browser.accessibility import violations
from tests.browser.leaving import left

pytestmark = pytest.mark.browser
LONG = 60_000
TEXTS = (upscale_texts, read_texts, transcribe_texts)


def test_each_tab_says_what_it_gives_before_anything_is_given(demo, visit):
    page = visit(demo.url).page
    for say in TEXTS:
        page.get_by_role("tab", name=say.TAB, exact=True).click()
        expect(page.get_by_text(say.INTRO)).to_be_in_viewport(timeout=LONG)
        expect(page.get_by_alt_text(say.INTRO_ALT)).to_be_in_viewport(ratio=1)
        terms = page.locator(".sw-intro:visible")
        expect(terms).to_contain_text(messages.INTRO_TERMS)
        expect(terms).to_contain_text("takes")
    page.get_by_role("tab", name=upscale_texts.TAB, exact=True).click()
    expect(page.get_by_role("button", name=upscale_texts.TRUTH)).to_be_hidden()
    expect(page.get_by_role("radio", name="Bicubic")).to_be_hidden()


def test_the_dark_tabs_have_contrast(demo, visit):
    page = visit(f"{demo.url}/?__theme=dark", color_scheme="dark").page
    for say in TEXTS:
        page.get_by_role("tab", name=say.TAB, exact=True).click()
        assert violations(page) == {}, say.TAB


def test_progress_and_result_come_into_view(demo, visit):
    visitor = visit(demo.url, viewport={"width": 1280, "height": 800})
    page = visitor.page
    page.locator("#sw-start").scroll_into_view_if_needed()
    page.locator("#sw-start").click()
    expect(page.locator("#sw-refusal")).to_contain_text(upscale_texts.UPLOAD_FIRST, timeout=LONG)
    expect(page.locator("#sw-refusal")).to_be_in_viewport(timeout=LONG)
    visitor.upload(next(p for p in EXAMPLES if p.name == "piano-small.png"))
    expect(page.locator("#sw-estimate")).to_contain_text("on this machine", timeout=LONG)
    expect(page.locator("#sw-refusal")).not_to_contain_text(upscale_texts.UPLOAD_FIRST)
    page.locator("#sw-start").click()
    expect(page.locator("#sw-progress [role=progressbar]")).to_be_in_viewport(timeout=LONG)
    expect(page.locator("#sw-result")).to_be_in_viewport(ratio=0.5, timeout=LONG)


def test_who_leaves_with_corrections_is_asked_and_finds_them_again(listening_demo, visit):
    visitor = visit(listening_demo.url)
    page, note = visitor.page, "#sw-t-score g.note-like[data-id=n0]"
    page.get_by_role("tab", name=transcribe_texts.TAB, exact=True).click()
    page.locator("#sw-sound-scale").click()  # an example runs by itself
    page.locator(note).click(timeout=LONG)
    page.keyboard.press("ArrowUp")
    undo = page.locator("#sw-t-score [data-part=undo]")
    expect(undo).to_be_enabled(timeout=LONG)
    corrected = page.locator(note).get_attribute("aria-label")
    assert not left(page)
    page.wait_for_timeout(3000)  # as long as the server takes to forget a visitor who left
    undo.click()
    expect(undo).to_be_disabled(timeout=LONG)
    expect(page.locator(note)).not_to_have_attribute("aria-label", corrected, timeout=LONG)
    page.locator("#sw-t-score [data-part=redo]").click()
    expect(page.locator(note)).to_have_attribute("aria-label", corrected, timeout=LONG)
    page.locator("#sw-t-link button").click()
    shown = page.locator("#sw-t-link [data-link*=workspace], #sw-t-link input")
    link = shown.evaluate("(shown) => shown.dataset.link || shown.value")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator(note)).to_have_attribute("aria-label", corrected, timeout=LONG)
    expect(undo).to_be_enabled()
    other = visitor.context.new_page()
    other.goto(link)
    expect(other.locator(note)).to_have_attribute("aria-label", corrected, timeout=LONG)
    assert "workspace" not in other.url
    other.goto(f"{listening_demo.url}/#workspace=gone")
    other.reload()
    expect(other.get_by_text(messages.WORKSPACE_GONE.format(closing=messages.closing(15)))).to_be_visible(
        timeout=LONG
    )
    assert left(other), "there is nothing to lose"
