"""A score that was read, corrected: readings of bars, notes by keys, other interpretations; the frame and what sounds on both sides."""

import pytest
from playwright.sync_api import expect

from tests.browser.reading import LONG, await_bars, look_at

pytestmark = pytest.mark.browser
SECOND_BAR, THIRD_BAR = ["D5", "C5", "B4"], ["A4", "C#5", "E4", "F#4"]


def test_a_note_is_corrected_by_keys_and_stays_so_when_another_bar_is_read_otherwise(read_score, tmp_path):
    page = read_score.page
    score = page.locator("#sw-r-score")
    note = score.locator("g.note-like[data-id=p1s1b3t1n2]")
    note.click()
    expect(page.locator("#sw-r-choice [data-part=title]")).to_contain_text("Bar 3", timeout=LONG)
    note.focus()
    for _ in range(5):
        page.keyboard.press("ArrowUp")
    expect(score.locator("[data-part=picked]")).to_contain_text("A4", timeout=LONG)
    look_at(page, 2)
    page.locator("#sw-r-choice [data-part=choices] button").nth(1).click()
    expect(page.locator("#sw-r-choice [data-part=choices] button").nth(1)).to_have_attribute(
        "aria-pressed", "true", timeout=LONG
    )
    await_bars(page, tmp_path, {2: ["E5", *SECOND_BAR[1:]], 3: [*THIRD_BAR[:2], "A4", THIRD_BAR[3]]})
    score.locator("g.note-like[data-id=p1s1b3t1n2]").focus()
    page.keyboard.press("Delete")
    expect(score.locator("g.note-like[data-id=p1s1b3t1n2]")).to_have_attribute(
        "aria-label", "rest quarter", timeout=LONG
    )
    await_bars(page, tmp_path, {3: [*THIRD_BAR[:2], THIRD_BAR[3]]})
    assert read_score.errors == []


def test_one_frame_on_page_and_score_follows_the_chosen_note(read_score):
    page = read_score.page
    frames = [page.locator(f"#sw-r-{name} rect.bar.chosen") for name in ("page", "score")]
    look_at(page, 2)
    page.locator("#sw-r-score g.note-like[data-id=p1s1b3t1n2]").click()
    for frame in frames:
        expect(frame).to_have_attribute("data-bar", "2", timeout=LONG)
    expect(page.locator("#sw-r-choice [data-part=title]")).to_contain_text("Bar 3", timeout=LONG)


def test_a_sharp_survives_up_and_down_and_steps_are_taken_back_and_done_again(read_score, tmp_path):
    page = read_score.page
    score = page.locator("#sw-r-score")
    sharp = score.locator("g.note-like[aria-label^='C♯5']")
    sharp.click()
    page.keyboard.press("ArrowUp")
    expect(score.locator("[data-part=picked]")).to_contain_text("D5", timeout=LONG)
    page.keyboard.press("ArrowDown")
    expect(score.locator("[data-part=picked]")).to_contain_text("C♯5", timeout=LONG)
    await_bars(page, tmp_path, {3: THIRD_BAR})
    page.keyboard.press("Control+z")
    expect(score.locator("[data-part=picked]")).to_contain_text("D5", timeout=LONG)
    page.keyboard.press("Control+y")
    expect(score.locator("[data-part=picked]")).to_contain_text("C♯5", timeout=LONG)
    assert read_score.errors == []


def test_a_mark_that_was_left_out_is_put_in_by_a_click_or_by_keys_and_taken_back(read_score, tmp_path):
    page = read_score.page
    marks, put = page.locator("#sw-r-page rect.loose"), page.locator("#sw-r-page button.put")
    undo = page.locator("#sw-r-score [data-part=undo]")
    expect(marks).to_have_count(3)
    expect(page.locator("#sw-r-page [data-part=loose]")).to_be_visible()
    head = page.get_by_role("button", name="Bar 4: a notehead that is not in the score", exact=True)
    head.click()
    expect(page.locator("#sw-r-choice [data-part=title]")).to_contain_text("Bar 4", timeout=LONG)
    put.click()
    expect(marks).to_have_count(2, timeout=LONG)
    await_bars(page, tmp_path, {4: ["G4", "B4"]})
    undo.click()
    expect(marks).to_have_count(3, timeout=LONG)
    head.focus()
    page.keyboard.press("Enter")
    expect(put).to_be_focused()
    page.keyboard.press("Escape")
    expect(put).to_be_hidden()
    expect(head).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(marks).to_have_count(2, timeout=LONG)
    assert read_score.errors == []


def test_another_interpretation_of_the_whole_can_be_taken(read_score, tmp_path):
    page = read_score.page
    page.locator("#sw-r-way input").click()
    options = page.locator("li[role=option]")
    assert options.count() == 5
    options.nth(1).click()
    expect(page.locator("#sw-r-score [data-part=undo]")).to_be_enabled(timeout=LONG)
    await_bars(page, tmp_path, {2: ["E5", *SECOND_BAR[1:]]})


def test_playing_lights_notes_and_the_bar_on_the_page(read_score):
    page = read_score.page
    page.locator("#sw-r-score [data-part=play]").click()
    expect(page.locator("#sw-r-score g.playing").first).to_be_attached(timeout=LONG)
    expect(page.locator("#sw-r-page rect.bar.sounding")).to_have_count(1, timeout=LONG)
    page.locator("#sw-r-score [data-part=play]").click()
    expect(page.locator("#sw-r-page rect.bar.sounding")).to_have_count(0, timeout=LONG)


def test_a_staff_can_be_left_out_of_the_sound(read_score):
    score = read_score.page.locator("#sw-r-score")
    staves = score.locator("[data-part=mix] input[type=checkbox]")
    expect(staves).to_have_count(2)
    score.evaluate(
        """(score) => { window.heard = []; new MutationObserver((changes) => {
          for (const { target } of changes) window.heard.push(...(target.dataset.sounding || '').split(' ').filter(Boolean));
        }).observe(score, { attributes: true, subtree: true, attributeFilter: ['data-sounding'] }); }"""
    )
    staves.nth(1).uncheck()
    score.locator("[data-part=seek]").fill("0")
    score.locator("[data-part=play]").click()
    expect(score.locator("g.playing").first).to_be_attached(timeout=LONG)
    read_score.page.wait_for_timeout(1500)
    score.locator("[data-part=play]").click()
    heard = set(read_score.page.evaluate("window.heard"))
    assert heard
    assert all("t1n" in one for one in heard), "the upper staff only"
    staves.nth(1).check()


def test_bars_of_the_page_are_reached_by_keys(read_score):
    page = read_score.page
    page.locator("#sw-r-page rect.bar").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#sw-r-choice [data-part=title]")).to_contain_text("Bar 2 · 3 readings", timeout=LONG)
    page.locator("#sw-r-choice [data-part=choices] button").nth(2).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#sw-r-choice [data-part=choices] button").nth(2)).to_have_attribute(
        "aria-pressed", "true", timeout=LONG
    )
    assert page.evaluate("document.activeElement.className") == "own", "the place is not lost"
