"""Pages turned and cut on the page of the app are what a job gets, on Upscale and Read alike."""

import numpy as np
import pytest
from PIL import Image

from models.read.service import ReadService
from models.sheet.framing import WHOLE, Framing
from models.upscale.service import UpscaleAnswer, UpscaleService
from scoreweb.jobs.read import run as read
from scoreweb.jobs.read.options import ReadOptions
from scoreweb.jobs.read.pieces import ReadWork
from scoreweb.jobs.upscale import run as upscale
from scoreweb.jobs.upscale.options import UpscaleOptions
from scoreweb.uploads import Upload
from scoreweb.widgets.page_frame import frame_value, framing_of
from scoreweb.workspace import Workspaces
from tests.bare_host import BareHost
from tests.doubtful_readings import StandIn
from tests.pages import encoded, staves

LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


def upload(*names, pages=None, origins=None):
    files = tuple((name, name) for name in names)
    return Upload(files, pages or len(names), origins or names, "an example")


class Plain(UpscaleService):
    asked = ()

    def run(self, jobs):
        self.asked = [job.request.grey.shape for job in jobs]
        height, width = self.asked[0]
        return [UpscaleAnswer(np.full((4 * height, 4 * width), 255, np.uint8), "fast", "", "test", 0.5)]


@pytest.fixture
def picture(tmp_path):
    (tmp_path / "page.png").write_bytes(encoded(Image.fromarray(staves(400, 700))))
    return tmp_path / "page.png"


def test_the_enlarged_page_is_the_turned_and_cut_one(picture, tmp_path):
    service = Plain()
    host = BareHost(service, workspaces=Workspaces(tmp_path / "cache"))
    workspace = host.workspaces.of("s")
    work = workspace.work(upscale.UpscaleWork)
    pages = upscale.open_score(work, [picture], host.settings)
    height, width = pages[0].grey.shape
    work.upload.frame(0, Framing(1, LEFT_HALF))
    list(upscale.run(host, workspace, [0], UpscaleOptions("bicubic"), "somebody"))
    assert service.asked == [(width, height // 2)]
    host.engine.close()


def test_the_page_read_and_looked_at_is_the_turned_one(picture, tmp_path):
    reader = StandIn()
    host = BareHost(ReadService(open_reader=lambda _: reader), workspaces=Workspaces(tmp_path / "cache"))
    workspace = host.workspaces.of("s")
    work = workspace.work(ReadWork)
    before = read.open_score(work, [picture], host.settings)[0].grey
    work.upload.frame(0, Framing(2))
    list(read.run(host, workspace, ReadOptions(), "somebody"))
    with Image.open(work.result.pages[0]) as shown:
        assert np.array_equal(np.asarray(shown.convert("L")), before[::-1, ::-1])
    host.engine.close()


def test_an_example_that_was_turned_is_no_example_any_more():
    one = upload("a.png")
    one.frame(0, Framing(1))
    assert one.example is None


@pytest.mark.parametrize(
    ("names", "framed"),
    [
        (("a", "b", "c"), {1: Framing(1)}),
        (("b", "a"), {0: Framing(1)}),
        (("b",), {0: Framing(1)}),
        (("a",), {}),
    ],
    ids=["one more", "moved", "one less", "gone"],
)
def test_pages_stay_framed_when_other_files_come_go_or_move(names, framed):
    before = upload("a", "b")
    before.frame(1, Framing(1))
    now = upload(*names)
    now.framed_as(before)
    assert now.framings == framed


def test_behind_files_of_several_pages_more_can_be_added_but_not_in_front():
    before = upload("a.pdf", pages=3)
    before.frame(2, Framing(1))
    behind, front = upload("a.pdf", "b", pages=4), upload("b", "a.pdf", pages=4)
    behind.framed_as(before)
    front.framed_as(before)
    assert (behind.framings, front.framings) == ({2: Framing(1)}, {})


def test_what_a_browser_sends_becomes_a_framing_or_nothing():
    sent = {"turns": 3, "corners": [list(corner) for corner in LEFT_HALF]}
    assert framing_of(sent) == Framing(3, LEFT_HALF)
    for wrong in ({}, {"turns": 4}, {"turns": True}, {"corners": [[0, 0]] * 4}, {"corners": [1, 2, 3, 4]}):
        assert framing_of({**sent, **wrong} if wrong else {}) is None
    assert framing_of({**sent, "corners": [["nan", 0], *sent["corners"][1:]]}) is None


def test_corners_are_set_on_the_turned_page():
    value = frame_value(staves(400, 700), Framing(1), 1, 3)
    assert value["width"] < value["height"]
    assert (value["page"], value["pages"], value["turns"]) == (1, 3, 1)
    assert value["corners"] == [list(corner) for corner in WHOLE]
