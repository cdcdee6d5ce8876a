"""Visitors whose browsers speak other languages: the page, its widgets and what the server answers are in theirs."""

import re

import pytest
from playwright.sync_api import expect

from scoreweb import score_texts
from scoreweb import texts as messages
from scoreweb.jobs.data import texts as data_texts
from scoreweb.jobs.read import texts as read_texts
from scoreweb.jobs.transcribe import texts as transcribe_texts
from scoreweb.jobs.upscale import texts as upscale_texts
from scoreweb.languages.spoken import speaking
from tests.browser.accessibility import violations

pytestmark = pytest.mark.browser
LONG = 60_000
TABS = (upscale_texts, read_texts, transcribe_texts, data_texts)
LOCALES = {"de-DE": "de", "es-ES": "es", "fr-FR": "fr", "ja-JP": "ja", "zh-CN": "zh-CN", "fi-FI": "en"}


@pytest.mark.parametrize("locale", LOCALES)
def test_the_page_is_in_the_visitors_language_and_says_so(demo, visit, locale):
    page = visit(demo.url, locale=locale).page
    with speaking(LOCALES[locale]):
        for say in TABS:
            page.get_by_role("tab", name=say.TAB, exact=True).click()
            expect(page.get_by_text(say.INTRO)).to_be_visible(timeout=LONG)
        page.get_by_role("tab", name=upscale_texts.TAB, exact=True).click()
        expect(page.locator("#sw-start")).to_have_text(upscale_texts.START)
        shown = page.locator("#sw-file [data-testid=upload-text]").evaluate(
            "(field) => getComputedStyle(field, '::after').content"
        )
        assert messages.DROP["pages"] in shown
        page.locator("#sw-start").click()
        expect(page.locator("#sw-refusal")).to_contain_text(upscale_texts.UPLOAD_FIRST, timeout=LONG)
    assert page.evaluate("document.documentElement.lang") == LOCALES[locale]


def test_visitors_do_not_change_each_others_language(demo, visit):
    english, french = visit(demo.url).page, visit(demo.url, locale="fr-FR").page
    for page, language in ((french, "fr"), (english, "en"), (french, "fr")):
        page.locator("#sw-start").click()
        with speaking(language):
            expect(page.locator("#sw-refusal")).to_contain_text(upscale_texts.UPLOAD_FIRST, timeout=LONG)


@pytest.mark.parametrize("locale", ["de-DE", "fr-FR", "ja-JP"])
def test_nothing_is_wider_than_a_phone_in_any_tab(demo, visit, locale):
    page = visit(demo.url, locale=locale, viewport={"width": 390, "height": 844}).page
    with speaking(LOCALES[locale]):
        for say in TABS:
            page.get_by_role("tab", name=say.TAB, exact=True).click()
            expect(page.get_by_text(say.INTRO)).to_be_visible(timeout=LONG)
            assert page.evaluate(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            ), say.TAB


@pytest.mark.parametrize("locale", ["de-DE", "ja-JP"])
def test_a_translated_page_breaks_no_rule_of_access(demo, visit, locale):
    page = visit(demo.url, locale=locale).page
    with speaking(LOCALES[locale]):
        for say in TABS:
            page.get_by_role("tab", name=say.TAB, exact=True).click()
            expect(page.get_by_text(say.INTRO)).to_be_visible(timeout=LONG)
            assert violations(page) == {}, say.TAB


def test_a_recording_becomes_a_score_in_german(listening_demo, visit):
    page = visit(listening_demo.url, locale="de-DE").page
    with speaking("de"):
        page.get_by_role("tab", name=transcribe_texts.TAB, exact=True).click()
        page.locator("#sw-sound-scale").click()
        note = page.locator("#sw-t-score g.note-like").first
        note.click(timeout=LONG)
        expect(page.locator("#sw-t-score [data-part=picked]")).to_contain_text("Takt", timeout=LONG)
        expect(note).to_have_attribute("aria-label", re.compile("Viertel|Achtel|Halbe|Ganze"))
        expect(page.locator("#sw-t-score [data-part=undo]")).to_have_text(score_texts.SCORE_VIEW["undo"])
        expect(page.locator("#sw-recorder [data-part=range]")).to_contain_text("0:00,0")
