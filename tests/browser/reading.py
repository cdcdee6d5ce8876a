"""The Read tab with a stand-in for the reader: opened, a score given and read, and what comes out looked at."""

import time

import pytest
from PIL import Image
from playwright.sync_api import Error, expect

from models.notation.musicxml import read_musicxml
from scoreweb.jobs.read import texts as say
from tests.browser.visits import Visit
from tests.conftest import Demo
from tests.doubtful_readings import doubtful_tune

LONG = 60_000


@pytest.fixture(scope="session")
def reading_demo(tmp_path_factory):
    """The page with a stand-in for the reader, which takes its time."""
    demo = Demo(tmp_path_factory.mktemp("reading"), "-m", "tests.reading_host", READER_PAUSE_S="0.8")
    yield demo.wait()
    demo.stop()


@pytest.fixture(scope="session")
def tune_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("scores") / "tune.png"
    Image.fromarray(doubtful_tune()[1].pages[0]).save(path)
    return path


@pytest.fixture
def read_tab(reading_demo, visit):
    def opened(**context):
        visitor = visit(reading_demo.url + context.pop("query", ""), **context)
        visitor.page.get_by_role("tab", name=say.TAB).click()
        visitor.page.locator("#sw-r-start").wait_for()
        return visitor

    return opened


@pytest.fixture(scope="module")
def score_read(reading_demo, tune_file, chromium):
    visitor = Visit(chromium, reading_demo.url)
    visitor.page.get_by_role("tab", name=say.TAB).click()
    read(visitor, tune_file)
    yield visitor
    visitor.context.close()


@pytest.fixture
def read_score(score_read):
    """A visitor whose score is read, the same for all tests of a module: what a test changed is taken back after it."""
    score_read.errors.clear()
    yield score_read
    score = score_read.page.locator("#sw-r-score")
    undo, paper = score.locator("[data-part=undo]"), score.locator("[data-part=paper]")
    for _ in range(40):
        expect(paper).not_to_have_attribute("aria-busy", "true", timeout=LONG)
        if undo.is_disabled():
            break
        undo.click()
    expect(undo).to_be_disabled()


def give(visitor, path):
    visitor.page.locator("#sw-r-file input[type=file]").set_input_files(str(path))


def read(visitor, path):
    give(visitor, path)
    expect(visitor.page.locator("#sw-r-estimate")).to_contain_text("on this machine", timeout=LONG)
    visitor.page.locator("#sw-r-start").click()
    expect(visitor.page.locator("#sw-r-get-pdf")).to_be_enabled(timeout=LONG)


def download(page, kind, folder):
    expect(page.locator(f"#sw-r-get-{kind}")).to_be_enabled(timeout=LONG)
    with page.expect_download() as arriving:
        page.locator(f"#sw-r-get-{kind}").click()
    target = folder / f"got.{kind}"
    arriving.value.save_as(target)
    return target.read_bytes()


def bar(musicxml, number):
    part = read_musicxml(musicxml).parts[0]
    return [n.pitch.name for e in part.bars[number - 1].events if e.staff == 1 for n in e.notes]


def await_bars(page, folder, wanted):
    """Waits until the MusicXML behind the button has these notes by bar: the button follows the view a moment later."""
    until, got = time.monotonic() + LONG / 1000, None
    while time.monotonic() < until:
        try:
            data = download(page, "musicxml", folder)
        except Error:  # the file of a moment ago is gone
            continue
        got = {number: bar(data, number) for number in wanted}
        if got == wanted:
            return
    assert got == wanted


def look_at(page, number):
    page.locator("#sw-r-page rect.bar").nth(number - 1).click()
    expect(page.locator("#sw-r-choice [data-part=title]")).to_contain_text(f"Bar {number} ·", timeout=LONG)
