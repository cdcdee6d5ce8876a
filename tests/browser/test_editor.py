"""The editor of the Read tab as a visitor uses it, by keys on a desktop and by touch on a phone."""

import pytest
from PIL import Image
from playwright.sync_api import expect

from scoreweb import score_texts
from scoreweb.jobs.read import texts as say
from tests.conftest import Demo
from tests.doubtful_readings import doubtful_tune

pytestmark = pytest.mark.browser
LONG = 60_000
FIRST = "p1s1b1t1n1"


@pytest.fixture(scope="module")
def reading_demo(tmp_path_factory):
    demo = Demo(tmp_path_factory.mktemp("editor"), "-m", "tests.reading_host", READER_PAUSE_S="0")
    yield demo.wait()
    demo.stop()


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("scores") / "tune.png"
    Image.fromarray(doubtful_tune()[1].pages[0]).save(path)
    return path


@pytest.fixture
def editor(reading_demo, page_file, visit):
    """The page with a score read, and its score view."""

    def opened(**context):
        visitor = visit(reading_demo.url, **context)
        page = visitor.page
        page.get_by_role("tab", name=say.TAB).click()
        page.locator("#sw-r-file input[type=file]").set_input_files(str(page_file))
        expect(page.locator("#sw-r-estimate")).to_contain_text("on this machine", timeout=LONG)
        page.locator("#sw-r-start").click()
        score = page.locator("#sw-r-score")
        score.locator("g.note-like").first.wait_for(timeout=LONG)
        return visitor, score

    return opened


def note(score, identity):
    return score.locator(f"g.note-like[data-id='{identity}']")


def picked(score):
    return score.locator("[data-part=picked]")


def doubts(score):
    return score.locator("[data-part=doubts]")


def test_keys_set_lengths_rests_and_bars_and_flags_follow(editor):
    visitor, score = editor()
    page = visitor.page
    note(score, FIRST).click()
    page.keyboard.press("4")
    expect(picked(score)).to_contain_text("G4 eighth", timeout=LONG)
    expect(doubts(score)).to_contain_text("Bar 1: 2½ beats in 3/4", timeout=LONG)
    page.keyboard.press("r")
    expect(picked(score)).to_contain_text("G4 eighth", timeout=LONG)
    expect(doubts(score)).not_to_contain_text("Bar 1:", timeout=LONG)
    page.keyboard.press("0")
    expect(picked(score)).to_contain_text("rest eighth", timeout=LONG)
    page.keyboard.press("Delete")
    expect(doubts(score)).to_contain_text("Bar 1: 2½ beats in 3/4", timeout=LONG)
    for _ in range(4):
        page.keyboard.press("Control+z")
    expect(score.locator("[data-part=undo]")).to_be_disabled(timeout=LONG)
    expect(note(score, FIRST)).to_have_attribute("aria-label", "G4 quarter")
    assert visitor.errors == []


def test_n_walks_from_doubt_to_doubt_and_digits_take_a_reading(editor):
    visitor, score = editor()
    page = visitor.page
    title = page.locator("#sw-r-choice [data-part=title]")
    note(score, FIRST).click()
    expect(title).to_contain_text("Bar 1 · ", timeout=LONG)
    expect(title).to_contain_text("2 left to check")
    page.keyboard.press("n")
    expect(title).to_contain_text("Bar 3 · 3 readings", timeout=LONG)
    own = page.locator("#sw-r-choice button.own")
    expect(own).to_be_focused(timeout=LONG)
    expect(page.locator("#sw-r-choice button[data-reading='1']")).to_contain_text("not")
    page.keyboard.press("3")
    expect(title).to_contain_text("Bar 2 · 3 readings · 1 left to check", timeout=LONG)
    expect(page.locator("#sw-r-score rect.bar.chosen")).to_have_attribute("data-bar", "1")
    page.keyboard.press("Enter")
    expect(title).to_contain_text(say.BAR_CHOICE["left_none"], timeout=LONG)
    expect(doubts(score)).to_be_empty()
    assert visitor.errors == []


def test_a_correction_is_the_chosen_reading_and_another_one_can_be_undone(editor):
    visitor, score = editor()
    page = visitor.page
    note(score, FIRST).click()
    page.keyboard.press("c")
    expect(picked(score)).to_contain_text("C5", timeout=LONG)
    cards = page.locator("#sw-r-choice [data-part=choices] button")
    expect(cards.first).to_contain_text(say.BAR_CHOICE["corrected"], timeout=LONG)
    expect(cards.first).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#sw-r-choice [data-part=replaces]")).to_be_visible()
    cards.nth(1).click()
    expect(note(score, FIRST)).to_have_attribute("aria-label", "G4 quarter", timeout=LONG)
    score.locator("[data-part=undo]").click()
    expect(cards.first).to_contain_text(say.BAR_CHOICE["corrected"], timeout=LONG)
    assert visitor.errors == []


def test_many_are_chosen_and_set_at_once_and_a_key_is_set_from_a_bar_on(editor):
    visitor, score = editor()
    page = visitor.page
    note(score, FIRST).click()
    page.keyboard.press("Shift+ArrowRight")
    expect(picked(score)).to_contain_text("2 chosen in bar 1")
    page.keyboard.press("4")
    expect(doubts(score)).to_contain_text("Bar 1: 2 beats in 3/4", timeout=LONG)
    note(score, FIRST).click()
    page.keyboard.press("l")
    expect(picked(score)).to_contain_text("chosen, bars 1 to")
    score.locator("[data-part=far] summary").click()
    score.locator("[data-part=stretch]").select_option("1")
    score.locator("[data-sign=key]").select_option("-3")
    expect(score.locator("g.note-like[aria-label^='B♭4']").first).to_be_attached(timeout=LONG)
    assert visitor.errors == []


def test_a_finger_edits_on_a_phone(editor):
    visitor, score = editor(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = visitor.page
    note(score, FIRST).tap()
    for tool, told in (("half", "G4 half"), ("dot", "G4 dotted half"), ("silence", "rest dotted half")):
        button = score.locator(f"[data-tool={tool}]")
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 44
        button.tap()
        expect(picked(score)).to_contain_text(told, timeout=LONG)
    score.locator("[data-part=undo]").tap()
    expect(picked(score)).to_contain_text("G4 dotted half", timeout=LONG)
    score.locator("[data-part=next]").tap()
    expect(page.locator("#sw-r-choice [data-part=title]")).to_contain_text("Bar", timeout=LONG)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert visitor.errors == []


def test_the_other_style_is_one_click_away(editor):
    visitor, _ = editor()
    page = visitor.page
    button = page.locator("#sw-r-other-style")
    expect(button).to_have_text(say.OTHER_STYLE["printed"])
    button.click()
    expect(button).to_have_text(say.OTHER_STYLE["handwritten"], timeout=LONG)
    expect(page.get_by_role("radio", name=say.STYLES["handwritten"])).to_be_checked()
    assert score_texts.SCORE_VIEW["next"]
