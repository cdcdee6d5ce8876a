"""The device that a host names reaches every service, and every network that torch runs lies on it.

A machine without a GPU tests this with torch's ``meta`` device, whose tensors have no numbers: where a network and its
input both lie on it, the work is done and only the way back fails, with a message of its own; a tensor left behind on
the CPU fails with another one.
"""

from typing import ClassVar

import numpy as np
import pytest
import torch

from models import accelerator, weights
from models.read.primitives import registry
from models.read.primitives.classical import ClassicalExtractor
from models.read.service import ReadService
from models.transcribe.classic.drawing import draw_classic, draw_keys
from models.transcribe.ear import Ear
from models.transcribe.melody.hearing import MelodyEar
from models.transcribe.registry import MODES, VOICE
from scoreweb import local_engine
from scoreweb.settings import Settings
from tests.tones import RATE, piano_note

COMES_BACK = "Cannot copy out of meta tensor"


@pytest.fixture
def fake_gpu(monkeypatch):
    asked = []

    def pick(choice):
        asked.append(choice)
        return torch.device("meta")

    monkeypatch.setattr(local_engine, "pick_device", pick)
    return asked


def test_all_services_run_on_the_device_of_the_settings(fake_gpu):
    with local_engine.open_local_engine(Settings(device="cuda")) as engine:
        about = {name: service["about"] for name, service in engine.health()["services"].items()}
    assert fake_gpu == ["cuda"]
    assert {name: told["device"] for name, told in about.items()} == dict.fromkeys(about, "meta")
    assert len(about) == 3


class Recorded(ClassicalExtractor):
    """An extractor that remembers where it was opened."""

    devices: ClassVar[list[str]] = []

    def __init__(self, *, device):
        self.devices.append(device)


def test_every_extractor_of_the_reader_is_opened_on_the_device(monkeypatch):
    monkeypatch.setattr(registry, "EXTRACTORS", {"recorded": f"{__name__}:Recorded"})
    ReadService(device="meta").warm()
    assert Recorded.devices == ["meta"]


def test_a_gpu_that_is_not_there_is_told_in_a_sentence(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(accelerator.NoSuchDevice, match="choose auto or cpu"):
        local_engine.open_local_engine(Settings(device="cuda"))


# the tracker of a voice runs in onnxruntime, on the processor
@pytest.mark.parametrize("mode", [m for m in MODES if m.name != VOICE], ids=lambda mode: mode.name)
def test_the_networks_of_every_listener_lie_on_the_device(mode):
    with pytest.raises(NotImplementedError, match=COMES_BACK):
        mode.open("meta").hear(piano_note(60), RATE)


@pytest.mark.parametrize(("network", "name"), [(Ear, "transcribe-ear"), (MelodyEar, "transcribe-onsets")])
def test_each_network_lies_on_the_device_by_itself(network, name):
    others = () if network is Ear else (Ear.open(),)
    with pytest.raises(NotImplementedError, match=COMES_BACK):
        network(weights.load(name), *others, "meta").hear(piano_note(60), RATE)


def test_the_networks_that_draw_a_note_lie_on_the_device():
    with pytest.raises(NotImplementedError, match=COMES_BACK):
        draw_keys(np.eye(88, dtype=np.float32)[39], device="meta")
    with pytest.raises(NotImplementedError, match=COMES_BACK):
        draw_classic(piano_note(60), RATE, "smoothl1-5x5", device="meta")


def test_networks_are_opened_once_for_each_device():
    assert Ear.open("cpu") is Ear.open()
    assert Ear.open("meta") is Ear.open("meta") is not Ear.open("cpu")
    assert MelodyEar.open("meta") is MelodyEar.open("meta") is not MelodyEar.open("cpu")
