"""Each of the three jobs, on the page, by the API and as a command: refused for memory, charged, refused for the hour."""

from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from PIL import Image
from typer.testing import CliRunner

from models.engine import LocalEngine
from models.read.service import ReadService
from models.upscale.service import UpscaleAnswer, UpscaleService
from scoreweb.cli import app
from scoreweb.errors import VisitorError
from scoreweb.jobs.read import run as read
from scoreweb.jobs.read.endpoint import ReadEndpoint
from scoreweb.jobs.read.options import ReadOptions
from scoreweb.jobs.read.pieces import ReadWork
from scoreweb.jobs.transcribe import run as transcribe
from scoreweb.jobs.transcribe.endpoint import TranscribeEndpoint
from scoreweb.jobs.transcribe.options import TranscribeOptions
from scoreweb.jobs.upscale import run as upscale
from scoreweb.jobs.upscale.endpoint import UpscaleEndpoint
from scoreweb.jobs.upscale.options import UpscaleOptions
from scoreweb.metering import Limits
from scoreweb.settings import Settings
from scoreweb.workspace import Workspaces
from tests.bare_host import BareHost
from tests.doubtful_readings import StandIn
from tests.listener import Listener
from tests.pages import encoded, staves

CLIENT = "somebody"


class Plain(UpscaleService):
    def __init__(self):
        super().__init__()
        self.ran = 0

    def run(self, jobs):
        self.ran += 1
        height, width = jobs[0].request.grey.shape
        return [UpscaleAnswer(np.full((4 * height, 4 * width), 255, np.uint8), "fast", "", "test", 0.5)]


class Reading(ReadService):
    def __init__(self):
        super().__init__(open_reader=lambda _: StandIn())
        self.ran = 0

    def run(self, jobs):
        self.ran += 1
        return super().run(jobs)


class Hearing(Listener):
    def __init__(self):
        super().__init__()
        self.ran = 0

    def run(self, jobs):
        self.ran += 1
        return super().run(jobs)


def picture(folder):
    (folder / "page.png").write_bytes(encoded(Image.fromarray(staves())))
    return folder / "page.png"


def sound(folder):
    moments = np.arange(8000) / 16_000
    soundfile.write(folder / "tone.wav", 0.4 * np.sin(2 * np.pi * 440 * moments), 16_000)
    return folder / "tone.wav"


def run_upscale(host, file):
    workspace = host.workspaces.of("s")
    upscale.open_score(workspace.work(upscale.UpscaleWork), [file], host.settings)
    return list(upscale.run(host, workspace, [0], UpscaleOptions("bicubic"), CLIENT))


def run_read(host, file):
    workspace = host.workspaces.of("s")
    read.open_score(workspace.work(ReadWork), [file], host.settings)
    return list(read.run(host, workspace, ReadOptions(), CLIENT))


def run_transcribe(host, file):
    workspace = host.workspaces.of("s")
    folder = file.parent / ("a" * 64)
    folder.mkdir()
    upload = file.rename(folder / file.name)
    work = workspace.work(transcribe.TranscribeWork)
    transcribe.open_recording(work, str(upload), file.name, folder.parent)
    return list(transcribe.run(host, workspace, None, TranscribeOptions(), CLIENT))


def call_upscale(host, file, request):
    return UpscaleEndpoint(host)._upscaled({"path": str(file)}, UpscaleOptions("bicubic"), 1, request)


def call_read(host, file, request):
    return ReadEndpoint(host)._read({"path": str(file)}, ReadOptions(), request)


def call_transcribe(host, file, request):
    return TranscribeEndpoint(host)._transcribed({"path": str(file)}, TranscribeOptions(), request)


JOBS = {
    "upscale": (Plain, picture, run_upscale, call_upscale, "out.png"),
    "read": (Reading, picture, run_read, call_read, "out"),
    "transcribe": (Hearing, sound, run_transcribe, call_transcribe, "out"),
}


@pytest.fixture(params=JOBS)
def job(request, tmp_path):
    make, file, run, call, out = JOBS[request.param]
    service = make()
    host = BareHost(service, workspaces=Workspaces(tmp_path / "cache"))
    yield SimpleNamespace(
        name=request.param,
        service=service,
        host=host,
        file=file(tmp_path),
        run=run,
        call=call,
        out=tmp_path / out,
    )
    host.engine.close()


@pytest.fixture
def request_of_somebody(job, monkeypatch):
    monkeypatch.setattr(job.host.budgets, "client_of", lambda _: CLIENT)
    return SimpleNamespace(session_hash="s")


def test_the_page_refuses_a_job_for_memory(job):
    job.host.limits = Limits(memory_bytes=10)
    with pytest.raises(VisitorError, match="MB of memory"):
        job.run(job.host, job.file)
    assert job.service.ran == 0
    assert not job.host.workspaces.of("s").is_busy


def test_the_api_refuses_a_job_for_memory(job, request_of_somebody):
    job.host.limits = Limits(memory_bytes=10)
    with pytest.raises(VisitorError, match="MB of memory"):
        job.call(job.host, job.file, request_of_somebody)
    assert job.service.ran == 0


def test_the_command_refuses_a_job_for_memory(job, monkeypatch):
    monkeypatch.setattr("scoreweb.host.open_engine", lambda _, **more: LocalEngine([job.service]))
    monkeypatch.setattr("scoreweb.host.limits", lambda _: Limits(memory_bytes=10))
    done = CliRunner().invoke(app, [job.name, str(job.file), str(job.out)])
    assert done.exit_code == 1
    assert "MB of memory" in done.stderr
    assert job.service.ran == 0
    assert not job.out.exists()


def test_page_and_api_charge_the_visitor_the_same(job, request_of_somebody):
    job.call(job.host, job.file, request_of_somebody)
    by_api = job.host.seconds_spent(CLIENT)
    assert by_api > 0
    again = JOBS[job.name][1](job.file.parent)
    job.run(job.host, again)
    assert job.host.seconds_spent(CLIENT) > by_api, "the page charges too"
    assert job.host.seconds_spent(CLIENT) == pytest.approx(2 * by_api, rel=0.9)
    assert job.service.ran == 2


@pytest.mark.parametrize("path", ["page", "api"])
def test_page_and_api_refuse_who_has_spent_the_hour(job, request_of_somebody, path):
    job.host.budgets.seconds.charge(CLIENT, Settings().client_seconds_per_hour + 1)
    with pytest.raises(VisitorError, match="come back later"):
        job.run(job.host, job.file) if path == "page" else job.call(job.host, job.file, request_of_somebody)
    assert job.service.ran == 0
