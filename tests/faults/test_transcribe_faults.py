"""A transcribing job when something breaks: the visitor gets a sentence and keeps the take and the last sheet."""

import threading

import numpy as np
import pytest
import soundfile

from models.engine import Cancelled, EngineBusy, ServiceFailed
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.jobs.transcribe.options import SERVICE, TranscribeOptions, request_of
from scoreweb.jobs.transcribe.run import TranscribeWork, open_recording, run
from tests.bare_host import BareHost
from tests.listener import Listener

TONE = 0.4 * np.sin(2 * np.pi * 440 * np.arange(8000) / 16_000)


@pytest.fixture
def workspace(tmp_path):
    from scoreweb.workspace import Workspace

    folder = tmp_path / ("a" * 64)
    folder.mkdir()
    soundfile.write(folder / "tone.wav", TONE, 16_000)
    workspace = Workspace(tmp_path / "workspace-0")
    open_recording(workspace.work(TranscribeWork), str(folder / "tone.wav"), "tone.wav", tmp_path)
    return workspace


@pytest.fixture
def host_with():
    hosts = []

    def made(service, **settings):
        hosts.append(BareHost(service, **settings))
        return hosts[-1]

    yield made
    for host in hosts:
        host.engine.close()


def run_transcribe(host, workspace):
    return list(run(host, workspace, None, TranscribeOptions(), "somebody"))


class Broken(Listener):
    def _heard(self, job):
        raise RuntimeError("/a/path of ours")


class Waiting(Listener):
    def __init__(self):
        super().__init__()
        self.entered, self.go = threading.Event(), threading.Event()

    def _heard(self, job):
        self.entered.set()
        while not self.go.wait(0.01):
            job.check()
        return super()._heard(job)


def test_a_network_that_breaks_costs_neither_take_nor_last_sheet(host_with, workspace):
    run_transcribe(host_with(Listener()), workspace)
    last = workspace.work(TranscribeWork).result
    last.print_out()
    with pytest.raises(ServiceFailed) as failed:
        run_transcribe(host_with(Broken()), workspace)
    assert "path" not in sentence_of(failed.value)
    assert workspace.work(TranscribeWork).result is last
    assert workspace.work(TranscribeWork).recording is not None
    assert last.files["musicxml"].exists()
    run_transcribe(host_with(Listener()), workspace)
    assert workspace.work(TranscribeWork).result is not last


def test_a_full_queue_says_busy_and_frees_the_workspace(host_with, workspace, tmp_path):
    service = Waiting()
    host = host_with(service)
    from models.transcribe.sound import open_sound

    sound = open_sound(workspace.work(TranscribeWork).recording.path)
    host.engine.submit(SERVICE, request_of(sound, TranscribeOptions()))
    assert service.entered.wait(5)
    host.engine.submit(SERVICE, request_of(sound, TranscribeOptions()))
    with pytest.raises(EngineBusy):
        run_transcribe(host, workspace)
    service.go.set()
    assert not workspace.is_busy


def test_cancelling_ends_the_job_and_keeps_the_take(host_with, workspace):
    service = Waiting()
    host = host_with(service)
    steps = run(host, workspace, None, TranscribeOptions(), "somebody")
    next(steps)
    next(steps)
    workspace.work(TranscribeWork).cancel()
    with pytest.raises(Cancelled):
        list(steps)
    assert workspace.work(TranscribeWork).recording is not None
    assert not workspace.is_busy


def test_who_has_spent_the_hour_is_told(host_with, workspace):
    host = host_with(Listener(), client_seconds_per_hour=1)
    host.budgets.seconds.charge("somebody", 2)
    with pytest.raises(VisitorError, match="come back later"):
        run_transcribe(host, workspace)


def test_a_disk_that_is_full_costs_the_files_only_until_there_is_room(host_with, workspace, monkeypatch):
    import errno
    from pathlib import Path

    host = host_with(Listener())
    run_transcribe(host, workspace)
    last = workspace.work(TranscribeWork).result

    def full(self, data):
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="no space") as refused:
            last.print_out()
    assert "disk is full" in sentence_of(refused.value)
    assert workspace.work(TranscribeWork).result is last
    assert last.score is not None
    last.print_out()
    assert last.files["musicxml"].exists()
