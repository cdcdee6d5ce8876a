"""The Transcribe tab opened, given a recording, and started: what its browser tests begin with."""

import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect

from scoreweb.jobs.transcribe import texts as say

LONG = 15_000
SCALE = [60, 62, 64, 65, 67, 69, 71, 72]


def tones(midis, rate=44_100, seconds=0.35, gap=0.15, before=0.2):
    parts = [np.zeros(round(before * rate))]
    for midi in midis:
        t = np.arange(round(seconds * rate)) / rate
        fade = np.minimum(1, np.minimum(t, seconds - t) / 0.01)
        parts += [
            0.4 * fade * np.sin(2 * np.pi * 440 * 2 ** ((midi - 69) / 12) * t),
            np.zeros(round(gap * rate)),
        ]
    return np.concatenate(parts)


@pytest.fixture(scope="module")
def scale(tmp_path_factory):
    path = tmp_path_factory.mktemp("sounds") / "scale.wav"
    soundfile.write(path, tones(SCALE), 44_100, subtype="PCM_16")
    return path


@pytest.fixture
def tab(listening_demo, visit):
    def opened(**context):
        visitor = visit(listening_demo.url + context.pop("query", ""), **context)
        visitor.page.get_by_role("tab", name=say.TAB).click()
        visitor.page.locator("#sw-recorder [data-part=record]").wait_for()
        return visitor

    return opened


def give_to(page, path):
    page.locator("#sw-recorder input[type=file]").set_input_files(str(path))


def give(visitor, path):
    """The file chosen; it has arrived when the browser says so, and what it showed of the last one is gone."""
    give_to(visitor.page, path)
    expect(visitor.page.locator("[data-pending=no]")).to_be_attached(timeout=LONG)


def transcribed(visitor, path):
    give(visitor, path)
    expect(visitor.page.locator("#sw-t-estimate")).to_contain_text("s of sound", timeout=LONG)
    visitor.page.locator("#sw-t-start").click()
    expect(visitor.page.locator("#sw-get-musicxml")).to_be_visible(timeout=LONG)
