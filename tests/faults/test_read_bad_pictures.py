"""Pictures that are no music, files that are no pictures, and a reader that breaks: a sentence, and nothing lost."""

import threading

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from models.contracts.read import ReadRequest
from models.engine import BadRequest, Cancelled, EngineBusy, LocalEngine, ServiceFailed
from models.read.reader import Reader
from models.read.service import ReadService
from models.sheet import SheetError
from scoreweb.cli import app
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.jobs.read import texts as say
from scoreweb.jobs.read.options import ReadOptions, given_of, music_of
from scoreweb.jobs.read.pieces import ReadWork
from scoreweb.jobs.read.run import open_score, run
from scoreweb.metering import Limits
from scoreweb.settings import Settings
from scoreweb.workspace import Workspace
from tests.bare_host import BareHost
from tests.doubtful_readings import StandIn
from tests.pages import drawn_pdf, encoded, locked_pdf, png_bomb, staves, zipped

RANDOM = np.random.default_rng(0)


def cat():
    """Soft blobs of grey, as a photograph of anything but music."""
    y, x = np.mgrid[:240, :320]
    soft = sum(
        90 * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * s**2))
        for cx, cy, s in RANDOM.uniform((0, 0, 10), (320, 240, 60), (30, 3))
    )
    return np.clip(soft + RANDOM.normal(60, 6, soft.shape), 0, 255).astype(np.uint8)


NO_MUSIC = {
    "one pixel": np.zeros((1, 1), np.uint8),
    "a row": np.zeros((1, 500), np.uint8),
    "a column": np.full((500, 1), 255, np.uint8),
    "tiny": RANDOM.integers(0, 256, (15, 15), dtype=np.uint8),
    "white": np.full((300, 400), 255, np.uint8),
    "black": np.zeros((300, 400), np.uint8),
    "noise": RANDOM.integers(0, 256, (240, 320), dtype=np.uint8),
    "cat": cat(),
    "chequers": (np.indices((240, 320)).sum(0) // 8 % 2 * 255).astype(np.uint8),
}


@pytest.fixture(scope="module")
def reader():
    return Reader()


@pytest.mark.parametrize("name", list(NO_MUSIC))
def test_a_picture_without_music_is_told_so(reader, name):
    service = ReadService(open_reader=lambda _: reader)
    with LocalEngine([service]) as engine:
        answer = engine.run("read", ReadRequest((NO_MUSIC[name],)))
    assert not answer.reading.found_music
    with pytest.raises(VisitorError) as told:
        music_of(answer)
    assert str(told.value) == say.NO_MUSIC


def test_staves_without_notes_are_no_error(reader):
    """Empty staves may be read as bars of nothing; what comes out must still be a score or a sentence."""
    blank = staves(300, 500, space=10.0, count=2)
    blank[:, :] = np.where(blank < 128, blank, 255)
    service = ReadService(open_reader=lambda _: reader)
    with LocalEngine([service]) as engine:
        answer = engine.run("read", ReadRequest((blank,)))
    for way in answer.reading.interpretations:
        assert answer.reading.score(way).parts


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.png", b""),
        ("zeros.png", b"\0" * 5000),
        ("garbage.png", b"not a picture at all"),
        ("truncated.png", encoded(Image.fromarray(NO_MUSIC["noise"]))[:3000]),
        ("bomb.png", png_bomb()),
        ("pixel.png", encoded(Image.new("L", (1, 1)))),
        ("zip.png", zipped()),
        ("cut.pdf", b"%PDF-1.7\n1 0 obj\n<<"),
        ("locked.pdf", locked_pdf()),
        ("long.pdf", drawn_pdf(pages=300)),
    ],
)
def test_a_file_that_is_none_is_told_by_the_command_and_by_the_page(tmp_path, name, content):
    file = tmp_path / name
    file.write_bytes(content)
    done = CliRunner().invoke(app, ["read", str(file), str(tmp_path / "out")])
    assert done.exit_code == 1
    assert done.stderr.startswith(f"{name}: ")
    assert done.stderr.strip().endswith(".")
    assert "wrong on our side" not in done.stderr
    assert not (tmp_path / "out").exists()
    workspace = Workspace(tmp_path / "workspace")
    with pytest.raises(SheetError):
        open_score(workspace.work(ReadWork), [file], Settings())
    assert workspace.work(ReadWork).upload is None
    assert not [p for p in workspace.folder.rglob("*") if p.is_file()]


def test_too_many_pixels_in_all_pages_are_told_before_any_is_read():
    class Page:
        grey = np.broadcast_to(np.uint8(255), (20_000, 10_000))
        glyphs = ()
        looks_inverted = False

        def fitted(self, most_pixels):
            return self

    with pytest.raises(VisitorError, match="megapixels together"):
        given_of([Page()] * 3)


@pytest.fixture
def host_with():
    hosts = []

    def made(reader, **settings):
        hosts.append(BareHost(ReadService(open_reader=lambda _: reader), **settings))
        return hosts[-1]

    yield made
    for host in hosts:
        host.engine.close()


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "page.png").write_bytes(encoded(Image.fromarray(staves())))
    workspace = Workspace(tmp_path / "workspace")
    open_score(workspace.work(ReadWork), [tmp_path / "page.png"], Settings())
    return workspace


def run_read(host, workspace):
    return list(run(host, workspace, ReadOptions(), "somebody"))


class Broken(StandIn):
    def read(self, pages, **more):
        raise RuntimeError("/a/path of ours")


class Waiting(StandIn):
    def __init__(self):
        super().__init__()
        self.entered, self.go = threading.Event(), threading.Event()

    def read(self, pages, *, progress=None, **more):
        self.entered.set()
        while not self.go.wait(0.01):
            progress("waiting", 0.1)
        return super().read(pages, progress=progress, **more)


def test_a_reader_that_breaks_costs_neither_the_file_nor_the_last_reading(host_with, workspace):
    run_read(host_with(StandIn()), workspace)
    last, files = workspace.work(ReadWork).result, dict(workspace.work(ReadWork).result.files)
    with pytest.raises(ServiceFailed) as failed:
        run_read(host_with(Broken()), workspace)
    assert "/a/path" not in sentence_of(failed.value)
    assert workspace.work(ReadWork).result is last
    assert all(path.exists() for path in files.values())
    assert run_read(host_with(StandIn()), workspace)[-1].share == 1.0
    assert workspace.work(ReadWork).result is not last
    assert not any(path.exists() for path in files.values()), "the earlier reading's files are gone"


def test_a_page_without_music_keeps_the_last_reading(host_with, workspace, tmp_path):
    host = host_with(StandIn())
    run_read(host, workspace)
    last = workspace.work(ReadWork).result
    workspace.work(ReadWork).upload.files[0][0].write_bytes(encoded(Image.new("L", (300, 200), 255)))
    with pytest.raises(VisitorError, match="No music"):
        run_read(host, workspace)
    assert workspace.work(ReadWork).result is last


def test_cancelling_frees_the_workspace(host_with, workspace):
    reader = Waiting()
    host = host_with(reader)
    steps = run(host, workspace, ReadOptions(), "somebody")
    next(steps)
    while not reader.entered.is_set():
        next(steps)
    workspace.work(ReadWork).cancel()
    with pytest.raises(Cancelled):
        for _ in steps:
            pass
    reader.go.set()
    assert not workspace.is_busy


def test_a_visitor_who_leaves_in_the_middle_frees_the_reader(host_with, workspace):
    reader = Waiting()
    host = host_with(reader)
    steps = run(host, workspace, ReadOptions(), "somebody")
    next(steps)
    while not reader.entered.is_set():
        next(steps)
    steps.close()
    assert not workspace.is_busy


def test_a_second_job_in_a_workspace_and_a_full_queue_are_told(host_with, workspace, tmp_path):
    reader = Waiting()
    host = host_with(reader)
    steps = run(host, workspace, ReadOptions(), "somebody")
    next(steps)
    while not reader.entered.is_set():
        next(steps)
    with pytest.raises(VisitorError, match="still running"):
        run_read(host, workspace)
    request = ReadRequest((staves(),))
    tickets = [host.engine.submit("read", request)]
    with pytest.raises(EngineBusy):
        for _ in range(3):
            tickets.append(host.engine.submit("read", request))
    reader.go.set()
    assert list(steps)[-1].share == 1.0


def test_no_time_left_and_nothing_to_read_are_told(host_with, workspace, tmp_path):
    host = host_with(StandIn(), client_seconds_per_hour=0.001)
    host.budgets.seconds.charge("somebody", 1.0)
    with pytest.raises(VisitorError, match="computing time"):
        run_read(host, workspace)
    with pytest.raises(VisitorError, match="Choose a score"):
        run_read(host_with(StandIn()), Workspace(tmp_path / "empty"))
    small = host_with(StandIn())
    small.limits = Limits(memory_bytes=1000)
    with pytest.raises(VisitorError, match="memory"):
        run_read(small, workspace)


def test_unknown_primitives_are_refused_by_the_service(host_with):
    with pytest.raises(BadRequest, match=r"no primitives .imagined."):
        host_with(StandIn()).engine.run("read", ReadRequest((staves(),), primitives="imagined"))
