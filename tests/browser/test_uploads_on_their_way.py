"""While a file is on its way no job can be started without it, on every tab; one that cannot be sent is told."""

import pytest
from playwright.sync_api import expect

from models.notation.musicxml import write_musicxml
from scoreweb import texts as messages
from scoreweb.jobs.read import texts as read_texts
from scoreweb.jobs.transcribe import texts as transcribe_texts
from scoreweb.widgets.examples import EXAMPLES
from tests.browser.slow_uploads import slow_uploads
from tests.scores import small_song

pytestmark = pytest.mark.browser

PIANO, SONG = (next(p for p in EXAMPLES if p.name == n) for n in ("piano-small.png", "song-75dpi.png"))
LONG = 60_000


class Field:
    """A tab with a file field: where its parts are."""

    def __init__(self, page, tab, file, start, problem, estimate):
        self.page, self.tab, self._file = page, tab, file
        self.start, self.problem, self.estimate = map(page.locator, (start, problem, estimate))

    def open(self):
        if self.tab:
            self.page.get_by_role("tab", name=self.tab).click()
        self.start.wait_for()

    def give(self, path):
        self.page.locator(f"{self._file} input[type=file]").set_input_files(str(path))


TABS = {
    "upscale": (None, "#sw-file", "#sw-start", "#sw-problem", "#sw-estimate"),
    "read": (read_texts.TAB, "#sw-r-file", "#sw-r-start", "#sw-r-problem", "#sw-r-estimate"),
}


@pytest.fixture(params=TABS)
def field(request, demo, visit):
    field = Field(visit(demo.url).page, *TABS[request.param])
    field.open()
    return field


def test_a_job_cannot_be_started_before_its_file_is_there(field):
    held, arrive = slow_uploads(field.page)
    field.give(PIANO)
    expect(field.start).to_be_disabled(timeout=LONG)
    expect(field.estimate).to_have_text(messages.SENDING)
    assert held
    arrive()
    expect(field.start).to_be_enabled(timeout=LONG)
    expect(field.estimate).to_contain_text("on this machine", timeout=LONG)
    expect(field.problem.locator("[role=alert]")).to_have_count(0)


def test_a_file_that_cannot_be_sent_is_told_and_frees_the_button(field):
    field.page.route("**/gradio_api/upload*", lambda route: route.abort())
    field.give(PIANO)
    expect(field.problem).to_contain_text(messages.UNSENT, timeout=LONG)
    expect(field.start).to_be_enabled()
    field.page.unroute("**/gradio_api/upload*")
    field.give(SONG)
    expect(field.estimate).to_contain_text("on this machine", timeout=LONG)
    expect(field.problem.locator("[role=alert]")).to_have_count(0)
    expect(field.start).to_be_enabled()


def test_a_score_to_be_played_is_waited_for_as_well(demo, visit, tmp_path):
    song = tmp_path / "song.musicxml"
    song.write_bytes(write_musicxml(small_song()))
    page = visit(demo.url).page
    field = Field(
        page,
        transcribe_texts.TAB,
        "#sw-sonify-file",
        "#sw-sonify-start",
        "#sw-sonify-note",
        "#sw-sonify-progress",
    )
    field.open()
    _, arrive = slow_uploads(page)
    field.give(song)
    expect(field.start).to_be_disabled(timeout=LONG)
    arrive()
    expect(field.start).to_be_enabled(timeout=LONG)
    field.start.click()
    expect(page.locator("#sw-sonify-wav")).to_be_visible(timeout=LONG)
