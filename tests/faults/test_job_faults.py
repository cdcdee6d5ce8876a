"""Jobs on a desk when what they stand on fails: the engine, the disk, the collection. Nothing of the visitor's is lost."""

import errno
import sqlite3
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.contracts.upscale import UpscaleAnswer, UpscaleRequest
from models.engine import Cancelled, DeadlinePassed, EngineBusy, LocalEngine
from models.upscale.service import UpscaleService
from scoreweb import texts as messages
from scoreweb.contributing import Agreement, contribute
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.guard import Budgets
from scoreweb.host import Host, limits, open_host
from scoreweb.jobs.upscale import texts as say
from scoreweb.jobs.upscale.options import UpscaleOptions
from scoreweb.jobs.upscale.run import UpscaleWork, open_score, run
from scoreweb.settings import Settings
from scoreweb.widgets.examples import EXAMPLES
from scoreweb.workspace import Workspaces
from storage import StorageError

PIANO = next(p for p in EXAMPLES if p.name == "piano-small.png")
YES = Agreement(agrees=True, own=True, of_age=True, licence="CC0-1.0")


class Scripted(UpscaleService):
    """The service with its computing replaced by what a test wants to happen."""

    def __init__(self, happening):
        super().__init__()
        self._happening = happening

    def estimate(self, request):
        return UpscaleService.estimate(self, UpscaleRequest(request.grey, "bicubic"))

    def run(self, jobs):
        return [self._happening(job) for job in jobs]


@pytest.fixture
def make_host(tmp_path):
    opened = []

    def make(happening=None, **settings):
        configured = Settings(data_dir=tmp_path / "data", **settings)
        if happening is None:
            host = open_host(configured, tmp_path / "cache")
        else:
            real = open_host(configured, tmp_path / "cache")
            real.engine.close()
            host = Host(
                configured,
                LocalEngine([Scripted(happening)], queue_size=1),
                real.store,
                Workspaces(tmp_path / "cache"),
                Budgets(configured),
                limits(configured),
                real.housekeeping,
            )
        opened.append(host)
        return host

    yield make
    for host in opened:
        host.close()


def workspace_with_upload(host, tmp_path):
    workspace = host.workspaces.of("visitor")
    uploaded = tmp_path / PIANO.name
    with Image.open(PIANO) as piano:
        piano.save(uploaded)  # other bytes than the example, whose results are remembered
    open_score(workspace.work(UpscaleWork), [uploaded], host.settings)
    return workspace


def finished(job):
    height, width = job.request.grey.shape
    return UpscaleAnswer(np.full((4 * height, 4 * width), 255, np.uint8), "fast", "", "test", 0.5)


def test_an_engine_that_raises_gives_a_sentence_and_the_next_job_runs(make_host, tmp_path):
    calls = []

    def happening(job):
        calls.append(job)
        if len(calls) == 1:
            raise RuntimeError("secret: /etc/passwd")
        return finished(job)

    host = make_host(happening)
    workspace = workspace_with_upload(host, tmp_path)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the sentence is what matters
        list(run(host, workspace, [0], UpscaleOptions(), "client"))
    assert "passwd" not in sentence_of(caught.value)
    assert sentence_of(caught.value).endswith(".")
    list(run(host, workspace, [0], UpscaleOptions(), "client"))
    assert len(workspace.work(UpscaleWork).results) == 1


def test_an_engine_that_hangs_is_given_up_at_the_deadline(make_host, tmp_path):
    hang = threading.Event()

    def happening(job):
        if not hang.is_set():
            hang.wait(30)
        return finished(job)

    host = make_host(happening, deadline_s=0.3)
    workspace = workspace_with_upload(host, tmp_path)
    with pytest.raises(DeadlinePassed):
        list(run(host, workspace, [0], UpscaleOptions(), "client"))
    hang.set()
    host.limits = limits(Settings(deadline_s=60))
    list(run(host, workspace, [0], UpscaleOptions(), "client"))
    assert len(workspace.work(UpscaleWork).results) == 1


def test_a_full_queue_says_busy(make_host, tmp_path):
    hold, begun = threading.Event(), threading.Event()

    def happening(job):
        begun.set()
        hold.wait(30)
        return finished(job)

    host = make_host(happening)
    workspace = workspace_with_upload(host, tmp_path)
    page = np.full((64, 64), 200, np.uint8)
    first = host.engine.submit("upscale", UpscaleRequest(page))
    assert begun.wait(30)
    second = host.engine.submit("upscale", UpscaleRequest(page))
    with pytest.raises(EngineBusy) as busy:
        list(run(host, workspace, [0], UpscaleOptions(), "client"))
    assert "again" in sentence_of(busy.value)
    hold.set()
    first.result(30)
    second.result(30)


def test_cancelling_between_two_pages_keeps_the_first(make_host, tmp_path):
    host = make_host(finished)
    workspace = workspace_with_upload(host, tmp_path)
    steps = run(host, workspace, [0, 0], UpscaleOptions(), "client")
    with pytest.raises(Cancelled):
        for _ in steps:
            if len(workspace.work(UpscaleWork).results) == 1:
                workspace.work(UpscaleWork).cancel()
    assert len(workspace.work(UpscaleWork).results) == 1
    assert not workspace.is_busy


def test_two_jobs_at_one_desk_are_refused(make_host, tmp_path):
    host = make_host(finished)
    workspace = workspace_with_upload(host, tmp_path)
    steps = run(host, workspace, [0], UpscaleOptions(), "client")
    next(steps)
    with pytest.raises(VisitorError, match=messages.ALREADY_RUNNING):
        list(run(host, workspace, [0], UpscaleOptions(), "client"))
    steps.close()
    list(run(host, workspace, [0], UpscaleOptions(), "client"))


def test_a_page_that_needs_too_much_memory_is_refused_before_any_work(make_host, tmp_path):
    def must_not_run(job):
        raise AssertionError

    host = make_host(must_not_run)
    workspace = workspace_with_upload(host, tmp_path)
    host.limits = limits(host.settings.model_copy(update={"memory_mb": 1}))
    with pytest.raises(VisitorError):
        list(run(host, workspace, [0], UpscaleOptions(), "client"))
    host.close()


def test_a_page_over_the_limit_is_scaled_down_to_it(make_host, tmp_path):
    host = make_host(finished, page_megapixels=0.01)
    workspace = workspace_with_upload(host, tmp_path)
    list(run(host, workspace, [0], UpscaleOptions(), "client"))
    (result,) = workspace.work(UpscaleWork).results
    assert result.pixels().size <= 16 * 10_000
    assert "scaled down" in result.facts


def test_a_spent_budget_is_told(make_host, tmp_path):
    host = make_host(finished, client_seconds_per_hour=0.1)
    workspace = workspace_with_upload(host, tmp_path)
    list(run(host, workspace, [0], UpscaleOptions(), "client"))
    with pytest.raises(VisitorError, match=messages.SECONDS_BUDGET):
        list(run(host, workspace, [0], UpscaleOptions(), "client"))
    list(run(host, workspace, [0], UpscaleOptions(), "another client"))


def test_a_disk_that_fills_while_results_are_written_gives_a_sentence(make_host, tmp_path, monkeypatch):
    host = make_host(finished)
    workspace = workspace_with_upload(host, tmp_path)

    def full(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space") as caught:
        list(run(host, workspace, [0], UpscaleOptions(), "client"))
    assert sentence_of(caught.value) == messages.DISK_FULL
    monkeypatch.undo()
    list(run(host, workspace, [0], UpscaleOptions(), "client"))
    assert len(workspace.work(UpscaleWork).results) == 1


def test_a_locked_collection_keeps_the_result_on_the_desk(make_host, tmp_path):
    host = make_host(finished)
    workspace = workspace_with_upload(host, tmp_path)
    list(run(host, workspace, [0], UpscaleOptions(), "client"))
    database = next((tmp_path / "data").glob("*.sqlite*"))
    locker = sqlite3.connect(database, isolation_level=None)
    try:
        locker.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError) as busy:
            contribute(host, workspace.work(UpscaleWork).results[0], YES, "", say.CONTRIBUTION, "client")
        assert "again" in sentence_of(busy.value)
    finally:
        locker.close()
    assert workspace.work(UpscaleWork).results[0].full.exists()
    receipt = contribute(host, workspace.work(UpscaleWork).results[0], YES, "", say.CONTRIBUTION, "client")
    assert len(host.store.contributions(receipt.token)) == 1


def test_what_is_kept_is_the_whole_job(make_host, tmp_path):
    host = make_host(finished)
    workspace = workspace_with_upload(host, tmp_path)
    list(run(host, workspace, [0], UpscaleOptions(), "client"))
    receipt = contribute(host, workspace.work(UpscaleWork).results[0], YES, "", say.CONTRIBUTION, "client")
    kept = host.store.contributions(receipt.token)[0]
    assert {"input", "result"} <= {str(m.role) for m in kept.media}
    assert kept.licence == "CC0-1.0"


@pytest.mark.parametrize("missing", ["agrees", "own", "of_age"])
def test_without_every_tick_nothing_is_kept(make_host, tmp_path, missing):
    host = make_host(finished)
    workspace = workspace_with_upload(host, tmp_path)
    list(run(host, workspace, [0], UpscaleOptions(), "client"))
    ticks = {"agrees": True, "own": True, "of_age": True, "licence": "CC0-1.0"} | {missing: False}
    with pytest.raises(VisitorError):
        contribute(
            host, workspace.work(UpscaleWork).results[0], Agreement(**ticks), "", say.CONTRIBUTION, "client"
        )
    assert host.store.health()["counts"]["submission"] == 0


def test_a_host_that_does_not_collect_keeps_nothing(make_host, tmp_path):
    host = make_host(finished, collect=False)
    workspace = workspace_with_upload(host, tmp_path)
    list(run(host, workspace, [0], UpscaleOptions(), "client"))
    with pytest.raises(VisitorError, match=messages.NOT_COLLECTING):
        contribute(host, workspace.work(UpscaleWork).results[0], YES, "", say.CONTRIBUTION, "client")


def test_an_unforeseen_error_is_logged_under_the_number_that_is_shown(caplog):
    sentence = sentence_of(ZeroDivisionError("inner detail"))
    number = sentence.split("number ")[1].split(")")[0]
    assert number in caplog.text
    assert "inner detail" not in sentence
