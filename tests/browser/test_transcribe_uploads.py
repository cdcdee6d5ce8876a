"""Recordings on their way to the Transcribe tab: nothing is started without them, and what they replace ends with the true reason."""

import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect

from scoreweb.jobs.transcribe import texts as say
from tests.browser.slow_uploads import slow_uploads
from tests.browser.transcribing import LONG, SCALE, give_to, tones

pytestmark = pytest.mark.browser


def test_while_another_file_is_on_its_way_the_last_one_cannot_be_started(tab, scale, tmp_path):
    silence = tmp_path / "silence.wav"
    soundfile.write(silence, np.zeros(44_100), 44_100)
    page = tab().page
    give_to(page, silence)
    expect(page.locator("#sw-t-estimate")).to_contain_text("s of sound", timeout=LONG)
    waiting, arrive = slow_uploads(page)
    give_to(page, scale)
    start = page.locator("#sw-t-start")
    expect(start).to_be_disabled(timeout=LONG)
    expect(page.locator("#sw-t-estimate")).not_to_contain_text("s of sound")
    page.wait_for_timeout(500)
    assert len(waiting) == 1
    arrive()
    expect(start).to_be_enabled(timeout=LONG)
    start.click()
    expect(page.locator("#sw-get-musicxml")).to_be_visible(timeout=LONG)
    expect(page.locator("#sw-t-progress")).not_to_contain_text("Cancelled")


def test_a_file_that_cannot_be_sent_frees_the_button_and_the_last_one_is_gone(tab, scale):
    page = tab().page
    give_to(page, scale)
    expect(page.locator("#sw-t-estimate")).to_contain_text("s of sound", timeout=LONG)
    page.route("**/gradio_api/upload*", lambda route: route.abort())
    give_to(page, scale)
    expect(page.locator("#sw-recorder [data-part=notice]")).to_contain_text("could not be sent", timeout=LONG)
    start = page.locator("#sw-t-start")
    expect(start).to_be_enabled(timeout=LONG)
    start.click()
    expect(page.locator("#sw-t-refusal")).to_contain_text(say.SOUND_FIRST, timeout=LONG)


def test_another_file_in_the_middle_of_a_job_ends_it_with_the_true_reason(tab, scale, tmp_path):
    long = tmp_path / "long.wav"
    soundfile.write(long, np.tile(tones(SCALE), 3), 44_100, subtype="PCM_16")
    page = tab().page
    give_to(page, long)
    expect(page.locator("#sw-t-estimate")).to_contain_text("s of sound", timeout=LONG)
    page.locator("#sw-t-start").click()
    expect(page.locator("#sw-t-progress [role=progressbar]")).to_be_visible(timeout=LONG)
    give_to(page, scale)
    expect(page.locator("#sw-t-estimate")).to_contain_text("s of sound", timeout=LONG)
    expect(page.locator("#sw-t-progress")).not_to_contain_text("Cancelled")
    start = page.locator("#sw-t-start")
    expect(start).to_be_enabled(timeout=LONG)
    start.click()
    expect(page.locator("#sw-get-musicxml")).to_be_visible(timeout=LONG)
