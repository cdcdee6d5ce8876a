"""The editor of the Read tab as a visitor uses it, by keys on a desktop and by touch on a phone."""

import pytest
from playwright.sync_api import expect

from scoreweb import score_texts
from scoreweb.jobs.read import texts as say
from tests.browser.reading import LONG, read

pytestmark = pytest.mark.browser
FIRST = "p1s1b1t1n1"


@pytest.fixture
def editor(read_score):
    """A visitor whose score is read, and its score view."""
    return read_score, read_score.page.locator("#sw-r-score")


def note(score, identity):
    return score.locator(f"g.note-like[data-id='{identity}']")


def picked(score):
    return score.locator("[data-part=picked]")


def doubts(score):
    return score.locator("[data-part=doubts]")


def swept(page, by):
    """A finger swept over the readings of a bar."""
    page.locator("#sw-r-choice [data-part=root]").evaluate(
        """(root, by) => {
          for (const [name, x] of [['touchstart', 200], ['touchend', 200 + by]]) {
            const touch = new Touch({ identifier: 1, target: root, clientX: x, clientY: 100 });
            root.dispatchEvent(new TouchEvent(name, { touches: name === 'touchstart' ? [touch] : [], changedTouches: [touch], bubbles: true }));
          }
        }""",
        by,
    )


def test_keys_set_lengths_rests_and_bars_and_flags_follow(editor):
    visitor, score = editor
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


def test_n_walks_from_doubt_to_doubt_and_digits_take_a_reading(read_tab, tune_file):
    visitor = read_tab()
    page, score = visitor.page, visitor.page.locator("#sw-r-score")
    read(visitor, tune_file)
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
    visitor, score = editor
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
    visitor, score = editor
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


def test_a_bar_line_is_moved_on_the_picture_and_corrections_of_other_bars_stay(read_tab, tune_file):
    visitor = read_tab()
    page, score, picture = (
        visitor.page,
        *(visitor.page.locator(f"#sw-r-{name}") for name in ("score", "page")),
    )
    read(visitor, tune_file)
    note(score, FIRST).click()
    page.keyboard.press("c")
    expect(picked(score)).to_contain_text("C5", timeout=LONG)
    wide = picture.locator(".stack").bounding_box()["width"]
    picture.locator("[data-part=larger]").click()
    assert picture.locator(".stack").bounding_box()["width"] == pytest.approx(1.25 * wide, rel=0.02)
    picture.locator("[data-part=rule]").click()
    lines = picture.locator(".ruler.line")
    expect(lines).to_have_count(5)
    expect(picture.locator("[data-part=again]")).to_be_disabled()
    third = lines.nth(2)
    box, before = third.bounding_box(), int(third.get_attribute("aria-valuenow"))
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 - 24, box["y"] + 30, steps=3)
    page.mouse.up()
    assert int(third.get_attribute("aria-valuenow")) < before - 10
    page.keyboard.press("Shift+ArrowRight")
    picture.locator("[data-part=add]").click()
    expect(lines).to_have_count(6)
    page.keyboard.press("Delete")
    expect(lines).to_have_count(5)
    moved = lines.nth(2).get_attribute("aria-valuenow")
    picture.locator("[data-part=again]").click()
    expect(page.locator("#sw-r-remarks")).to_contain_text("given", timeout=LONG)
    assert moved in page.locator("#sw-r-remarks").inner_text()
    expect(note(score, FIRST)).to_have_attribute("aria-label", "C5 quarter", timeout=LONG)
    expect(lines).to_have_count(0)
    note(score, FIRST).click()
    page.keyboard.press("g")
    expect(picked(score)).to_contain_text("G4", timeout=LONG)
    assert visitor.errors == []


def test_a_finger_edits_on_a_phone(read_tab, tune_file):
    visitor = read_tab(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page, score = visitor.page, visitor.page.locator("#sw-r-score")
    read(visitor, tune_file)
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
    note(score, FIRST).tap()
    title = page.locator("#sw-r-choice [data-part=title]")
    expect(title).to_contain_text("Bar 1 ·", timeout=LONG)
    for by, bar in ((-120, "Bar 2 ·"), (120, "Bar 1 ·"), (20, "Bar 1 ·")):
        swept(page, by)
        expect(title).to_contain_text(bar, timeout=LONG)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert visitor.errors == []


def test_the_other_style_is_one_click_away(read_tab, tune_file):
    visitor = read_tab()
    page = visitor.page
    read(visitor, tune_file)
    button = page.locator("#sw-r-other-style")
    expect(button).to_have_text(say.OTHER_STYLE["printed"])
    button.click()
    expect(button).to_have_text(say.OTHER_STYLE["handwritten"], timeout=LONG)
    expect(page.get_by_role("radio", name=say.STYLES["handwritten"])).to_be_checked()
    assert score_texts.SCORE_VIEW["next"]
