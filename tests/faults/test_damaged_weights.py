"""Weights that are damaged, or not those that the index names: the visitor is told, the host's log names the file, the rest goes on."""

import json
import time

import pytest

from models import weights
from models.contracts.upscale import UpscaleRequest
from models.engine import EngineError, LocalEngine
from models.upscale.service import UpscaleService
from scoreweb.errors import sentence_of
from tests.pages import staves


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A weights folder of which a test may damage files."""
    for file in weights.FOLDER.iterdir():
        if file.suffix != ".safetensors" or file.name.startswith("upscale-fast"):
            (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    weights.load.cache_clear()
    yield tmp_path
    weights.load.cache_clear()


def flip_a_bit(folder):
    file = next(folder.glob("upscale-fast-[0-9]*.safetensors"))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def cut(folder):
    file = next(folder.glob("upscale-fast-[0-9]*.safetensors"))
    file.write_bytes(file.read_bytes()[:500])


def change_the_index(folder):
    file = folder / "index.json"
    index = json.loads(file.read_text())
    index["upscale-fast"]["sha256"] = "0" * 64
    file.write_text(json.dumps(index))


@pytest.mark.parametrize("damage", [flip_a_bit, cut, change_the_index])
def test_the_visitor_is_told_and_other_models_go_on(folder, damage, caplog):
    damage(folder)
    grey = staves(64, 80, top=10.0, count=1)
    with LocalEngine([UpscaleService()]) as engine:
        with pytest.raises(EngineError) as told:
            engine.submit("upscale", UpscaleRequest(grey, "fast")).result(60)
        sentence = sentence_of(told.value)
        assert sentence.endswith(".")
        assert str(folder) not in sentence
        until = time.monotonic() + 20  # the answer may be there before its line in the log
        while "upscale-fast" not in caplog.text and time.monotonic() < until:
            time.sleep(0.05)
        assert "upscale-fast" in caplog.text, "the host's log names the file"
        assert engine.health()["ok"]
        enlarged = engine.submit("upscale", UpscaleRequest(grey, "bicubic")).result(60)
    assert enlarged.grey.shape == (4 * grey.shape[0], 4 * grey.shape[1])
