"""The metronome before a recording and the roll of detected notes behind it, as a visitor meets them."""

import re
import shutil

import pytest
import soundfile
from playwright.sync_api import expect

from scoreweb.jobs.transcribe import texts as say
from tests.browser.conftest import QUIET, Visit
from tests.browser.transcribing import LONG, SCALE, tones, transcribed

pytestmark = pytest.mark.browser


def test_the_metronome_counts_in_and_its_tempo_is_given(listening_demo, driver, tmp_path):
    path = tmp_path / "played.wav"
    soundfile.write(path, tones(SCALE, 48_000, before=0.0), 48_000, subtype="PCM_16")
    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    browser = driver.chromium.launch(
        executable_path=shutil.which("chromium"),
        args=[*QUIET, *fake, f"--use-file-for-fake-audio-capture={path}"],
    )
    visitor = Visit(browser, listening_demo.url)
    page = visitor.page
    page.get_by_role("tab", name=say.TAB).click()
    recorder = page.locator("#sw-recorder")
    expect(recorder.locator("[data-part=beats]")).to_be_hidden()
    recorder.locator("[data-part=metronome]").select_option("in")
    recorder.locator("[data-part=beats]").fill("120")
    recorder.locator("[data-part=bar]").select_option("3/4")
    recorder.locator("[data-part=record]").click()
    expect(recorder.locator("[data-part=time]")).to_have_text(re.compile("Count-in: [123]"), timeout=LONG)
    expect(recorder.locator("[data-part=time]")).to_have_text(re.compile(r"0:0[2-9]"), timeout=LONG)
    recorder.locator("[data-part=stop]").click()
    expect(page.locator("#sw-t-estimate")).to_contain_text("s of sound", timeout=LONG)
    expect(page.locator("#sw-tempo input, #sw-tempo textarea").first).to_have_value("120")
    expect(page.locator("#sw-metre input")).to_have_value("3/4")
    page.locator("#sw-t-start").click()
    expect(page.locator("#sw-said")).to_contain_text("Tempo as given: 120", timeout=LONG)
    expect(page.locator("#sw-said")).to_contain_text("Metre as given: 3/4")
    assert visitor.errors == []
    browser.close()


def test_the_roll_shows_the_notes_and_its_slider_takes_doubtful_ones_out(listening_demo, visit, tmp_path):
    path = tmp_path / "scale.wav"
    soundfile.write(path, tones(SCALE), 44_100, subtype="PCM_16")
    visitor = visit(listening_demo.url)
    page = visitor.page
    page.get_by_role("tab", name=say.TAB).click()
    transcribed(visitor, path)
    page.get_by_role("button", name=say.ROLL).click()
    roll = page.locator("#sw-roll")
    expect(roll.locator("canvas")).to_be_visible(timeout=LONG)
    expect(roll.locator("[data-part=told]")).to_have_text("8 notes are written, 0 are not")
    colours = roll.locator("canvas").evaluate(
        "(canvas) => { const d = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;"
        " let notes = 0; for (let i = 0; i < d.length; i += 4) notes += d[i] === 255 && d[i + 1] === 157 && d[i + 2] === 46; return notes; }"
    )
    assert colours > 500
    roll.locator("[data-part=least]").evaluate(
        "(slider) => { slider.value = 0.75; slider.dispatchEvent(new Event('input')); slider.dispatchEvent(new Event('change')); }"
    )
    expect(roll.locator("[data-part=told]")).to_have_text(
        re.compile("[1-7] notes are written, [1-7] are not"), timeout=LONG
    )
    assert visitor.errors == []
