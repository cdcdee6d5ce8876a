"""The Transcribe tab as a visitor meets it; a stand-in hears the notes, everything else is real."""

import json
import re
import shutil
import sqlite3
import time
from itertools import groupby

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Error, expect

from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.score import Pitch
from scoreweb import texts as messages
from scoreweb.jobs.data import texts as data_texts
from scoreweb.jobs.transcribe import texts as say
from tests.browser.accessibility import violations
from tests.browser.conftest import QUIET, Visit
from tests.browser.transcribing import LONG, SCALE, give, tones, transcribed
from tests.scores import small_song

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def microphone(driver, tmp_path_factory):
    """A browser whose microphone plays a scale over and over."""
    path = tmp_path_factory.mktemp("microphone") / "played.wav"
    soundfile.write(path, tones(SCALE, 48_000, before=0.0), 48_000, subtype="PCM_16")
    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    browser = driver.chromium.launch(
        executable_path=shutil.which("chromium"),
        args=[*QUIET, *fake, f"--use-file-for-fake-audio-capture={path}"],
    )
    yield browser
    browser.close()


def download(page, kind, folder):
    expect(page.locator(f"#sw-get-{kind}")).to_be_enabled(timeout=LONG)
    with page.expect_download() as arriving:
        page.locator(f"#sw-get-{kind}").click()
    target = folder / f"got.{kind}"
    arriving.value.save_as(target)
    return target.read_bytes()


def pitches(musicxml):
    return [
        note.pitch.midi
        for _, _, event in read_musicxml(musicxml).events()
        for note in event.notes
        if not note.tie_stop
    ]


def await_pitches(page, folder, wanted):
    """Waits until the MusicXML behind the button has these notes: the button follows the view a moment later."""
    until, got = time.monotonic() + LONG / 1000, None
    while got != wanted and time.monotonic() < until:
        try:
            got = pitches(download(page, "musicxml", folder))
        except Error:  # the file of a moment ago is gone
            continue
    assert got == wanted


def test_what_the_microphone_hears_becomes_a_sheet(listening_demo, microphone, tmp_path):
    visitor = Visit(microphone, listening_demo.url)
    page = visitor.page
    page.get_by_role("tab", name=say.TAB).click()
    recorder = page.locator("#sw-recorder")
    recorder.locator("[data-part=record]").click()
    expect(recorder.locator("[data-part=time]")).to_have_text(re.compile(r"0:0[4-9]"), timeout=LONG)
    rough = recorder.locator("[data-part=rough]").inner_text().split()
    # Rough by its label: on a starved machine a name may be missed or wrong; most must be of the tune.
    names = {Pitch.from_midi(m).label for m in SCALE}
    assert len(rough) >= 3
    assert sum(name in names for name in rough) >= 0.6 * len(rough)
    recorder.locator("[data-part=stop]").click()
    expect(page.locator("#sw-t-estimate")).to_contain_text("s of sound", timeout=LONG)
    told = page.evaluate(
        "() => Object.assign({}, ...[document.querySelector('#sw-recorder'), ...document.querySelectorAll('#sw-recorder *')].map(e => e.dataset.filters ? e.dataset : {}))"
    )
    assert told["filters"] == "off"
    # An overloaded machine may starve the browser's audio thread for a moment; it must stay a moment, and be told.
    assert int(told["lost"]) < 0.02 * int(told["frames"])
    assert int(told["frames"]) > 4 * int(told["rate"])
    page.locator("#sw-t-start").click()
    expect(page.locator("#sw-get-musicxml")).to_be_visible(timeout=LONG)
    # The browser's stand-in microphone stumbles on a busy machine and so strikes a tone twice: no tone of the tune follows itself.
    heard = [pitch for pitch, _ in groupby(pitches(download(page, "musicxml", tmp_path)))]
    at = heard.index(60)  # the microphone may be in the middle of its tune
    assert heard[at : at + 4] == SCALE[:4]
    assert visitor.errors == []
    assert visitor.outside(listening_demo.url) == []
    visitor.context.close()


def test_a_doubtful_note_is_chosen_anew_and_every_file_follows(tab, scale, tmp_path):
    visitor = tab()
    page = visitor.page
    transcribed(visitor, scale)
    score = page.locator("#sw-t-score")
    assert score.locator("g.note-like[aria-label*='4']").count() >= len(SCALE) - 1
    expect(page.locator("#sw-said")).to_contain_text("Tempo estimated")
    doubts = score.locator("[data-part=doubts] .doubt")
    expect(doubts).to_have_count(2)
    expect(doubts.first).to_contain_text("E4")
    doubts.first.get_by_role("button", name="E5").click()
    expect(doubts).to_have_count(1, timeout=LONG)
    wanted = [60, 62, 76, *SCALE[3:]]
    await_pitches(page, tmp_path, wanted)
    score.locator("g.note-like[data-id=n0]").click()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(score.locator("[data-part=picked]")).to_contain_text("D4", timeout=LONG)
    await_pitches(page, tmp_path, [62, *wanted[1:]])
    page.keyboard.press("Control+z")
    expect(score.locator("[data-part=picked]")).to_contain_text("C♯4", timeout=LONG)
    page.keyboard.press("Control+y")
    expect(score.locator("[data-part=picked]")).to_contain_text("D4", timeout=LONG)
    assert download(page, "png", tmp_path).startswith(b"\x89PNG")
    assert download(page, "pdf", tmp_path).startswith(b"%PDF-")
    assert download(page, "midi", tmp_path).startswith(b"MThd")
    assert download(page, "performance", tmp_path).startswith(b"MThd")
    assert b"<svg" in download(page, "svg", tmp_path)
    page.locator("#sw-metre input").click()
    page.locator("li[role=option]", has_text="3/4").click()
    page.locator("#sw-rewrite").click()
    expect(page.locator("#sw-said")).to_contain_text("Metre as given: 3/4", timeout=LONG)
    await_pitches(page, tmp_path, [62, *wanted[1:]])
    score.locator("[data-part=undo]").click()
    expect(page.locator("#sw-said")).not_to_contain_text("Metre as given: 3/4", timeout=LONG)
    assert visitor.errors == []


def test_handles_choose_the_part_that_is_written(tab, scale, tmp_path):
    visitor = tab()
    page = visitor.page
    give(visitor, scale)
    begin = page.get_by_role("slider", name=messages.RECORDER["begin"])
    expect(begin).to_be_visible(timeout=LONG)
    assert 0 < float(begin.get_attribute("aria-valuenow")) < 0.2  # silence is left out
    expect(page.locator("#sw-t-estimate")).to_contain_text("s of sound", timeout=LONG)
    begin.focus()
    page.keyboard.press("Shift+ArrowRight")
    page.locator("#sw-t-start").click()
    expect(page.locator("#sw-get-musicxml")).to_be_visible(timeout=LONG)
    assert pitches(download(page, "musicxml", tmp_path)) == SCALE[2:]


def test_the_estimate_follows_the_handles(tab, scale):
    visitor = tab()
    page = visitor.page
    give(visitor, scale)
    estimate = page.locator("#sw-t-estimate")
    expect(estimate).to_contain_text("s of sound", timeout=LONG)
    before = estimate.inner_text()
    page.get_by_role("slider", name=messages.RECORDER["begin"]).focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(estimate).not_to_have_text(before, timeout=LONG)
    length = float(page.get_by_role("slider", name=messages.RECORDER["end"]).get_attribute("aria-valuenow"))
    begin = float(page.get_by_role("slider", name=messages.RECORDER["begin"]).get_attribute("aria-valuenow"))
    expect(estimate).to_contain_text(f"{length - begin:.1f} s of sound")


def followed(page):
    """The score in the box that plays sheets, heard until a note is lit."""
    view = page.locator("#sw-sonify-score")
    expect(view.locator("[data-part=paper] g.note-like").first).to_be_visible(timeout=LONG)
    view.locator("[data-part=play]").click()
    expect(view.locator("g.playing").first).to_be_attached(timeout=LONG)
    return view


def test_a_musicxml_file_is_seen_heard_and_followed(tab, tmp_path):
    file = tmp_path / "song.musicxml"
    file.write_bytes(write_musicxml(small_song()))
    visitor = tab()
    page = visitor.page
    page.locator("#sw-sonify-start").click()
    expect(page.locator("#sw-sonify-note")).to_contain_text(say.SONIFY_FIRST, timeout=LONG)
    page.locator("#sw-sonify-file input[type=file]").set_input_files(str(file))
    page.locator("#sw-sonify-start").click()
    view = followed(page)
    view.locator("[data-part=play]").click()
    expect(view.locator("g.playing")).to_have_count(0)
    expect(page.locator("#sw-sonify-progress")).to_contain_text("s of sound", timeout=LONG)
    with page.expect_download() as arriving:
        page.locator("#sw-sonify-wav").click()
    arriving.value.save_as(tmp_path / "song.wav")
    samples, rate = soundfile.read(tmp_path / "song.wav")
    assert len(samples) > rate
    assert np.abs(samples).max() > 0.05
    assert visitor.errors == []
    assert visitor.outside(page.url.split("/?")[0].rstrip("/")) == []


def test_a_file_that_is_no_score_gets_a_sentence(tab, tmp_path):
    (tmp_path / "song.musicxml").write_text("<score-partwise>")
    page = tab().page
    page.locator("#sw-sonify-file input[type=file]").set_input_files(str(tmp_path / "song.musicxml"))
    page.locator("#sw-sonify-start").click()
    note = page.locator("#sw-sonify-note [role=alert]")
    expect(note).to_be_visible(timeout=LONG)
    assert note.inner_text().endswith(".")
    assert "wrong on our side" not in note.inner_text()


def test_the_score_is_shown_once_and_score_recording_and_detected_notes_are_heard(tab, scale):
    visitor = tab()
    page = visitor.page
    transcribed(visitor, scale)
    assert page.locator("g.note-like[data-id=n0]").count() == 1
    score = page.locator("#sw-t-score")
    for kind in ("recording", "detected", "score"):
        score.locator(f"[data-kind={kind}]").click()
        lit = score.locator("g.playing").first
        expect(lit).to_be_attached(timeout=LONG)
        expect(score.locator(f"[data-kind={kind}]")).to_have_attribute("aria-pressed", "true")
    score.locator("[data-part=play]").click()
    expect(score.locator("g.playing")).to_have_count(0)
    assert visitor.errors == []


@pytest.mark.parametrize(
    ("name", "content"),
    [("noise.wav", b"no sound at all"), ("silence.wav", None), ("music.mid", b"MThd\0\0\0\6")],
)
def test_a_bad_file_gets_a_sentence_and_the_page_goes_on(tab, scale, tmp_path, name, content):
    file = tmp_path / name
    if content is None:
        soundfile.write(file, np.zeros(44_100), 44_100)
    else:
        file.write_bytes(content)
    visitor = tab()
    page = visitor.page
    give(visitor, file)
    if content is None:
        expect(page.locator("#sw-t-estimate")).to_contain_text("s of sound", timeout=LONG)
        page.locator("#sw-t-start").click()
    problem = page.locator("#sw-t-problem [role=alert], #sw-t-refusal [role=alert]")
    expect(problem).to_be_visible(timeout=LONG)
    text = problem.inner_text()
    assert text.endswith(".")
    assert "wrong on our side" not in text
    assert str(tmp_path) not in text
    transcribed(visitor, scale)
    expect(problem).to_be_hidden()


def test_starting_with_nothing_and_cancelling_are_told(tab, scale, tmp_path):
    samples, rate = soundfile.read(scale, dtype="float32")
    samples, rate = (
        samples[::4],
        rate // 4,
    )  # a small file of much sound: still at work when Cancel is pressed
    long = tmp_path / "long.wav"
    soundfile.write(long, np.tile(samples, max(1, round(240 * rate / len(samples)))), rate, subtype="PCM_16")
    visitor = tab()
    page = visitor.page
    page.locator("#sw-t-start").click()
    expect(page.locator("#sw-t-refusal")).to_contain_text(say.SOUND_FIRST, timeout=LONG)
    give(visitor, long)
    expect(page.locator("#sw-t-estimate")).to_contain_text("s of sound", timeout=LONG)
    page.locator("#sw-t-start").click()
    expect(page.locator("#sw-t-cancel")).to_be_enabled(timeout=LONG)
    page.locator("#sw-t-cancel").click()
    expect(page.locator("#sw-t-progress")).to_contain_text(messages.CANCELLED, timeout=LONG)
    expect(page.locator("#sw-t-start")).to_be_enabled()


def test_a_take_and_its_correction_are_given_and_seen(tab, scale, listening_demo):
    visitor = tab()
    page = visitor.page
    transcribed(visitor, scale)
    page.locator("#sw-t-score [data-part=doubts] .doubt").first.get_by_role("button", name="E5").click()
    expect(page.locator("#sw-t-score [data-part=doubts] .doubt")).to_have_count(1, timeout=LONG)
    page.get_by_role("button", name=say.CONTRIBUTION["title"]).click()
    page.locator("#sw-t-keep-button").click()
    expect(page.locator("#sw-t-keep-note")).to_contain_text(say.CONTRIBUTION["must_agree"], timeout=LONG)
    for label in (say.CONTRIBUTION["agree"], say.CONTRIBUTION["own"], messages.KEEP_AGE):
        page.locator("#sw-t-keep").get_by_label(label).check()
    page.locator("#sw-t-keep").get_by_label(messages.LICENCES["CC0-1.0"]).check()
    page.locator("#sw-t-keep-button").click()
    expect(page.locator("#sw-t-keep-note")).to_contain_text(say.CONTRIBUTION["corrected"], timeout=LONG)
    token = page.locator("#sw-t-token textarea, #sw-t-token input").first.input_value()
    database = next(listening_demo.data.glob("*.sqlite*"))
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        assert connection.execute("select task from submission").fetchall() == [("transcribe",)]
        kinds = {kind for (kind,) in connection.execute("select kind from media")}
        (payload,) = connection.execute("select payload from correction").fetchone()
    assert kinds == {"audio", "score"}
    assert [note["midi"] for note in json.loads(payload)] == [60, 62, 76, *SCALE[3:]]
    page.get_by_role("tab", name=data_texts.TAB).click()
    page.locator("#sw-data-token input, #sw-data-token textarea").first.fill(token)
    page.locator("#sw-data-show").click()
    expect(page.locator("#sw-data-list li")).to_contain_text(data_texts.TASKS["transcribe"], timeout=LONG)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(tab, scale, scheme):
    visitor = tab(query=f"/?__theme={scheme}", color_scheme=scheme)
    for full in (False, True):
        if full:
            transcribed(visitor, scale)
            visitor.page.get_by_role("button", name=say.CLASSIC).click()
            visitor.page.get_by_role("button", name=say.CONTRIBUTION["title"]).click()
        assert violations(visitor.page) == {}


def test_a_phone_shows_all_of_it_without_sideways_scrolling(tab, scale):
    visitor = tab(viewport={"width": 390, "height": 844})
    transcribed(visitor, scale)
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 390
