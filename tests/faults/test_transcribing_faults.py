"""A transcribing job when something breaks: the visitor gets a sentence and keeps the take and the last sheet."""

import threading

import numpy as np
import pytest
import soundfile

from models.engine import Cancelled, EngineBusy, LocalEngine, ServiceFailed
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.guard import Gate
from scoreweb.jobs.transcribe import run as listening
from scoreweb.jobs.transcribe.options import Wish
from scoreweb.jobs.transcribe.run import lay_take, listen
from scoreweb.jobs.upscale.options import Limits
from scoreweb.settings import Settings
from tests.listener import Listener

TONE = 0.4 * np.sin(2 * np.pi * 440 * np.arange(8000) / 16_000)


class Host:
    def __init__(self, service, **settings):
        self.settings = Settings(**settings)
        self.gate = Gate(self.settings)
        self.engine = LocalEngine([service], queue_size=1)
        self.limits = Limits(deadline_s=20)


@pytest.fixture
def desk(tmp_path):
    from scoreweb.workspace import Desk

    folder = tmp_path / ("a" * 64)
    folder.mkdir()
    soundfile.write(folder / "tone.wav", TONE, 16_000)
    desk = Desk(tmp_path / "desk-0")
    lay_take(desk, str(folder / "tone.wav"), "tone.wav", tmp_path)
    return desk


@pytest.fixture
def host_with():
    hosts = []

    def made(service, **settings):
        hosts.append(Host(service, **settings))
        return hosts[-1]

    yield made
    for host in hosts:
        host.engine.close()


def run(host, desk):
    return list(listen(host, desk, None, Wish(), "somebody"))


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


def test_a_network_that_breaks_costs_neither_take_nor_last_sheet(host_with, desk):
    run(host_with(Listener()), desk)
    last = desk.transcript
    with pytest.raises(ServiceFailed) as failed:
        run(host_with(Broken()), desk)
    assert "path" not in sentence_of(failed.value)
    assert desk.transcript is last
    assert desk.take is not None
    assert last.files["musicxml"].exists()
    run(host_with(Listener()), desk)
    assert desk.transcript is not last


def test_a_full_queue_says_busy_and_frees_the_desk(host_with, desk, tmp_path):
    service = Waiting()
    host = host_with(service)
    request = listening.start
    from models.transcribe.sound import open_sound

    sound = open_sound(desk.take.path)
    request(host.engine, sound, Wish(), 20)
    assert service.entered.wait(5)
    request(host.engine, sound, Wish(), 20)
    with pytest.raises(EngineBusy):
        run(host, desk)
    service.go.set()
    assert not desk.running.locked()


def test_cancelling_ends_the_job_and_keeps_the_take(host_with, desk):
    service = Waiting()
    host = host_with(service)
    steps = listen(host, desk, None, Wish(), "somebody")
    next(steps)
    next(steps)
    desk.cancel()
    with pytest.raises(Cancelled):
        list(steps)
    assert desk.take is not None
    assert not desk.running.locked()


def test_who_has_spent_the_hour_is_told(host_with, desk):
    host = host_with(Listener(), client_seconds_per_hour=1)
    host.gate.seconds.spend("somebody", 2)
    with pytest.raises(VisitorError, match="come back later"):
        run(host, desk)


def test_a_disk_that_is_full_keeps_the_last_sheet(host_with, desk, monkeypatch):
    import errno
    from pathlib import Path

    host = host_with(Listener())
    run(host, desk)
    last = desk.transcript

    def full(self, data):
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="no space") as refused:
            run(host, desk)
    assert "disk is full" in sentence_of(refused.value)
    assert desk.transcript is last
    assert last.files["musicxml"].exists()
