"""The score view on a page of its own: chosen, corrected, taken back, played and followed, by mouse, keys and touch."""

import socket
import subprocess
import sys
import time

import httpx
import pytest
from playwright.sync_api import expect

from scoreweb import score_texts
from tests.browser.accessibility import violations
from tests.conftest import ROOT

pytestmark = pytest.mark.browser
LONG = 30_000


@pytest.fixture(scope="module")
def address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.browser.score_page", str(port)], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    with httpx.Client(timeout=5, verify=False) as client:  # noqa: S501 - no certificates are read: nothing is encrypted here
        for _ in range(600):
            assert process.poll() is None, "the page did not come up"
            try:
                client.get(url)
                break
            except httpx.HTTPError:
                time.sleep(0.2)
    yield url
    process.terminate()
    process.wait(20)


@pytest.fixture
def seen(address, visit):
    def opened(**context):
        visitor = visit(address + context.pop("query", ""), **context)
        view = visitor.page.locator("#view")
        view.locator("g.note-like").first.wait_for()
        return visitor, view

    return opened


def note(view, identity):
    return view.locator(f"g.note-like[data-id='{identity}']")


def picked(view):
    return view.locator("[data-part=picked]")


def told(page):
    return page.locator("#told textarea, #told input").first


def dataset(view, name):
    return view.evaluate("(view, name) => [view, ...view.querySelectorAll('*')].find((e) => name in e.dataset)?.dataset[name]", name)  # fmt: skip


def test_a_note_is_reached_chosen_and_left_by_keys(seen):
    visitor, view = seen()
    page = visitor.page
    note(view, "n2").click()
    expect(picked(view)).to_contain_text("F♯4 eighth", timeout=LONG)
    expect(told(page)).to_have_value("picked n2", timeout=LONG)
    page.keyboard.press("ArrowRight")
    expect(view.locator("g.selected")).not_to_have_attribute("data-id", "n2")
    page.keyboard.press("ArrowLeft")
    expect(view.locator("g.selected")).to_have_attribute("data-id", "n2")
    page.keyboard.press("Control+ArrowRight")
    expect(picked(view)).to_contain_text("Bar 2")
    page.keyboard.press("Home")
    expect(view.locator("g.selected")).to_have_attribute("data-id", "n1")
    assert visitor.errors == []


def test_the_frame_is_where_the_note_is(seen):
    _, view = seen()
    bar = view.locator("rect.bar").nth(2)
    bar.click(position={"x": 130, "y": 147})
    expect(view.locator("rect.bar.chosen")).to_have_attribute("data-bar", "2")
    note(view, "n2").click()
    expect(view.locator("rect.bar.chosen")).to_have_attribute("data-bar", "1")


def test_every_key_does_what_the_help_says(seen):
    visitor, view = seen()
    page = visitor.page
    note(view, "n2").click()
    steps = [
        ("ArrowUp", "G4"), ("ArrowDown", "F♯4"), ("Control+ArrowUp", "F♯5"), ("Control+ArrowDown", "F♯4"),
        ("Alt+Shift+ArrowUp", "G4"), ("Alt+Shift+ArrowDown", "F♯4"), ("=", "F4"), ("+", "F♯4"), ("-", "F♭4"),
        ("d", "D4"), ("f", "F♯4"),
    ]  # fmt: skip
    for key, name in steps:
        page.keyboard.press(key)
        expect(picked(view)).to_contain_text(f"{name} ", timeout=LONG)
    page.keyboard.press("Delete")
    expect(view.locator("[data-id='n2-event']")).to_be_attached(timeout=LONG)
    for _ in steps:
        page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(view.locator("[data-part=undo]")).to_be_disabled(timeout=LONG)
    expect(note(view, "n2")).to_have_attribute("aria-label", "F♯4 eighth")
    page.keyboard.press("Control+y")
    expect(note(view, "n2")).to_have_attribute("aria-label", "G4 eighth", timeout=LONG)
    page.keyboard.press("Control+Shift+z")
    expect(note(view, "n2")).to_have_attribute("aria-label", "F♯4 eighth", timeout=LONG)
    assert visitor.errors == []


def test_an_answer_that_comes_late_brings_no_older_score_back(seen):
    visitor, view = seen()
    page, asked, late = visitor.page, [], []
    note(view, "n2").click()
    for name in ("G4", "G♯4", "A4"):
        page.keyboard.press("ArrowUp")
        expect(picked(view)).to_contain_text(f"{name} ", timeout=LONG)

    def hold_the_second(route):
        if "id" in (route.request.post_data_json["event_data"] or {}):
            route.continue_()
            return
        asked.append(route)
        number, response = len(asked), route.fetch()
        late.append(response) if number == 2 else route.fulfill(response=response)

    page.route("**/queue/join**", hold_the_second)
    for _ in range(3):
        page.keyboard.press("Control+z")
    page.wait_for_timeout(3000)
    asked[1].fulfill(response=late[0])
    page.wait_for_timeout(500)
    expect(view.locator("[data-part=undo]")).to_be_disabled(timeout=LONG)
    expect(note(view, "n2")).to_have_attribute("aria-label", "F♯4 eighth", timeout=LONG)
    assert visitor.errors == []


def test_a_finger_corrects_a_note_on_a_phone(seen):
    visitor, view = seen(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    note(view, "n2").tap()
    tools = view.locator("[data-part=edit]")
    for title, name in (("up", "G4"), ("flat", "G♭4"), ("natural", "G4"), ("down", "F♯4")):
        button = tools.get_by_role("button", name=score_texts.SCORE_TOOLS[title])
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 44
        button.tap()
        expect(picked(view)).to_contain_text(f"{name} ", timeout=LONG)
    view.locator("[data-part=undo]").tap()
    expect(picked(view)).to_contain_text("G4 ", timeout=LONG)
    view.locator("[data-part=redo]").tap()
    expect(picked(view)).to_contain_text("F♯4 ", timeout=LONG)
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_another_reading_of_a_note_is_chosen(seen):
    _, view = seen()
    note(view, "n2").click()
    view.locator("[data-part=readings]").get_by_role("button", name="D4 (30 %)").click()
    expect(picked(view)).to_contain_text("D4 ", timeout=LONG)


def test_n_walks_through_the_doubtful_places(seen):
    visitor, view = seen()
    doubts = view.locator("[data-part=doubts] .doubt > button:first-child")
    doubts.first.click()
    expect(view.locator("rect.bar.chosen")).to_have_attribute("data-bar", "3")
    visitor.page.keyboard.press("n")
    expect(view.locator("rect.bar.chosen")).to_have_attribute("data-bar", "2")


def test_one_clock_lights_the_score_and_a_recording_of_it(seen):
    visitor, view = seen()
    page = visitor.page
    note(view, "n2").click()
    play, time_ = view.locator("[data-part=play]"), view.locator("[data-part=time]")
    play.click()
    expect(view.locator("g.playing").first).to_be_attached(timeout=LONG)
    assert dataset(view, "playing") == "score"
    expect(time_).to_contain_text("/ 0:1", timeout=LONG)
    page.wait_for_timeout(1500)
    lag = view.evaluate(LAG)
    assert lag is not None
    assert lag < 0.15, "what is lit is what sounds"
    view.locator("[data-kind=recording]").click()
    expect(time_).to_contain_text("/ 0:2", timeout=LONG)
    expect(view.locator("g.playing").first).to_be_attached(timeout=LONG)
    assert dataset(view, "playing") == "recording"
    play.click()
    expect(view.locator("g.playing")).to_have_count(0)
    assert visitor.errors == []


def test_a_slider_goes_from_the_recording_to_the_detected_notes_while_both_play(seen):
    visitor, view = seen()
    visitor.page.evaluate(LISTEN)
    fade, share = view.locator("[data-part=fade]"), view.locator("[data-part=share]")
    expect(fade).to_be_hidden()  # the score has a tempo of its own
    view.locator("[data-kind=recording]").click()
    expect(view.locator("g.playing").first).to_be_attached(timeout=LONG)
    expect(fade).to_be_visible()
    assert visitor.page.evaluate(HEARD) == [1, 0]
    share.fill("50")
    visitor.page.wait_for_function(f"({HEARD})[1] > 0.5", timeout=LONG)
    assert visitor.page.evaluate(HEARD) == [0.71, 0.71], "as loud together as each alone"
    apart = visitor.page.evaluate("Math.abs(window.played[0].currentTime - window.played[1].currentTime)")
    assert apart < 0.5, "both are at the same place"
    share.fill("100")
    visitor.page.wait_for_function(f"({HEARD})[0] < 0.01", timeout=LONG)
    view.locator("[data-part=play]").click()
    visitor.page.wait_for_function(f"({HEARD})[1] === 0", timeout=LONG)
    assert visitor.errors == []


LISTEN = """() => {
  window.played = [];
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    if (!window.played.includes(this)) window.played.push(this);
    return play.call(this);
  };
}"""
HEARD = "[0, 1].map((n) => (window.played[n]?.paused === false ? Math.round(100 * window.played[n].volume) / 100 : 0))"


LAG = """async (view) => {
  // seconds from a change of what is lit to the time that the clock shows then, over the seconds of the notes
  const element = [view, ...view.querySelectorAll('*')].find((e) => 'sounding' in e.dataset);
  const value = () => Number(view.querySelector('[data-part=seek]').value);
  const first = value(), began = performance.now();
  await new Promise((done) => setTimeout(done, 600));
  const passed = (performance.now() - began) / 1000, end = 12.5;
  if (!element.dataset.sounding) return null;
  return Math.abs((value() - first) / 1000 * end - passed);
}"""


def test_playing_begins_at_the_chosen_note_and_slower_when_asked(seen):
    _, view = seen()
    note(view, "n2").click()
    assert 30 < int(view.locator("[data-part=seek]").input_value()) < 70, "0.6 of 12.5 s"
    view.locator("[data-part=tempo]").fill("50")
    expect(view.locator("[data-part=time]")).to_contain_text("/ 0:2")
    view.evaluate(FIRST_LIT)
    view.locator("[data-part=play]").click()
    expect(view.locator("g.playing").first).to_be_attached(timeout=LONG)
    assert "n2" in view.evaluate("() => window.firstLit").split()


FIRST_LIT = """(view) => {
  window.firstLit = '';
  new MutationObserver((changes) => {
    for (const { target } of changes) window.firstLit ||= target.dataset.sounding || '';
  }).observe(view.parentElement, { attributes: true, subtree: true, attributeFilter: ['data-sounding'] });
}"""


def test_what_is_chosen_is_played_over_and_over_after_a_bar_is_counted_in(seen):
    visitor, view = seen()
    visitor.page.evaluate(
        """() => { window.clicks = 0; const make = AudioContext.prototype.createOscillator;
        AudioContext.prototype.createOscillator = function () { window.clicks++; return make.call(this); }; }"""
    )
    note(view, "n2").click()
    view.locator("[data-part=loop]").click()
    expect(view.locator("[data-part=loop]")).to_have_attribute("aria-pressed", "true")
    view.get_by_label(score_texts.SCORE_VIEW["count"]).check()
    view.locator("[data-part=play]").click()
    expect(view.locator("g.playing").first).to_be_attached(timeout=LONG)
    assert visitor.page.evaluate("window.clicks") == 4, "one for each beat of the bar"
    visitor.page.wait_for_timeout(5000)
    assert int(view.locator("[data-part=seek]").input_value()) < 240, "the bar ends at 2.5 of 12.5 s"
    expect(view.locator("g.playing").first).to_be_attached(timeout=LONG)
    view.locator("[data-part=play]").click()
    assert visitor.errors == []


def test_playing_stays_in_sight(seen):
    visitor, _ = seen(viewport={"width": 390, "height": 700})
    long = visitor.page.locator("#long")
    long.locator("[data-part=play]").scroll_into_view_if_needed()
    before = visitor.page.evaluate("scrollY")
    long.locator("[data-part=seek]").fill("930")
    long.locator("[data-part=play]").click()
    expect(long.locator("g.playing").first).to_be_in_viewport(timeout=LONG)
    assert visitor.page.evaluate("scrollY") > before


def test_names_in_a_score_are_text(seen):
    visitor, _ = seen()
    assert visitor.page.evaluate("window.broken") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(seen, scheme):
    visitor, view = seen(query=f"/?__theme={scheme}", color_scheme=scheme)
    note(view, "n2").click()
    expect(told(visitor.page)).to_have_value("picked n2", timeout=LONG)
    for more in view.locator("summary").all():
        more.click()
    assert violations(visitor.page, "#view") == {}
