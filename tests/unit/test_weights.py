import numpy as np
import pytest

from models import weights
from models.contracts.upscale import NETWORKS
from models.upscale.runtime import OnnxRuntime, receptive_radius
from models.upscale.tiling import run_tiles, to_grey


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the weights folder that a test may damage."""
    for file in weights.FOLDER.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    weights.load.cache_clear()
    yield tmp_path
    weights.load.cache_clear()


def test_every_shipped_network_loads_and_has_a_card():
    for name in weights.known():
        held = weights.load(name)
        assert held.arrays
        card = weights.card(name)
        for word in ("data", "licence", "command", "seed", "scores"):
            assert word in card.lower(), word


def test_weight_files_are_small_enough_for_git():
    for file in weights.FOLDER.glob("*.safetensors"):
        assert file.stat().st_size < 10_000_000


def test_no_old_version_lies_about():
    assert len(list(weights.FOLDER.glob("*.safetensors"))) == len(weights.known())


def test_a_damaged_file_is_noticed(folder):
    file = next(folder.glob("upscale-fast*.safetensors"))
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(weights.WeightsError, match="damaged"):
        weights.load("upscale-fast")


def test_a_missing_file_is_told_by_name(folder):
    file = next(folder.glob("upscale-fast*.safetensors"))
    file.unlink()
    with pytest.raises(weights.WeightsError, match=file.name):
        weights.load("upscale-fast")


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(weights.WeightsError, match="upscale-fast"):
        weights.load("upscale-slow")


@pytest.mark.parametrize("name", NETWORKS)
def test_shipped_networks_leave_paper_white_up_to_the_edge(name):
    """Why blank paper may bypass the network: its answer is white, beside the page's edge too."""
    held = weights.load(f"upscale-{name}")
    answer = OnnxRuntime(held, 1)(np.zeros((60, 50), np.float32))
    assert to_grey(answer).min() == 255


@pytest.mark.parametrize("name", NETWORKS)
def test_shipped_networks_turn_a_grey_stroke_into_a_black_one(name):
    held = weights.load(f"upscale-{name}")
    page = np.full((60, 60), 255, np.uint8)
    for y in range(20, 37, 4):
        page[y] = 150  # five staff lines, each less than a pixel thick
    large = run_tiles(page, OnnxRuntime(held, 1), radius=receptive_radius(held))
    middle = large[:, 100:140].mean(axis=1)
    lines = (middle < 128).astype(int)
    assert np.count_nonzero(np.diff(np.concatenate([[0], lines])) == 1) == 5
    assert middle[lines == 1].min() < 100  # far darker than the grey 150 that came in
