"""The paper's networks: their sizes, their instance norm on whole pages, and their recipes in miniature."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from models.upscale.page_norm import localised, page_bytes, run_page
from models.upscale.paper import KINDS, PaperNetwork, PaperSize, cost_of, light_of, open_network
from models.upscale.train_paper import PaperRecipe, bicubic_lr, read_patches, train
from tests.packs import write_pack

SMALL = PaperSize("reference", blocks=2, channels=8)


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return write_pack(tmp_path_factory.mktemp("pack") / "pack.zip")


@pytest.fixture
def network():
    torch.manual_seed(0)
    return PaperNetwork(SMALL).eval()


def page(height=70, width=90):
    """White above, a busy lower half: two tiles of it have very different statistics."""
    grey = np.full((height, width), 255, np.uint8)
    grey[height // 2 :] = np.random.default_rng(1).integers(0, 256, (height - height // 2, width))
    return grey


def test_the_paper_network_has_the_size_that_the_paper_gives():
    assert cost_of(PaperNetwork()) == {"parameters": 3_885_059, "macs_per_lr_pixel": 4_342_464}


@pytest.mark.parametrize("kind", KINDS)
def test_every_system_enlarges_four_times(kind):
    network = PaperNetwork(PaperSize(kind, blocks=1, channels=4)).eval()
    assert network(torch.rand(2, 3, 9, 7)).shape == (2, 3, 36, 28)


def test_with_page_statistics_tiles_leave_no_seam(network):
    grey = page()
    whole = run_page(network, grey, tile=1000)
    tiled = run_page(network, grey, tile=16)
    assert np.abs(whole.astype(int) - tiled).max() <= 1
    with torch.inference_mode():
        direct = network(light_of(torch.from_numpy(grey)[None]))[0].mean(0).clamp(0, 1) * 255
    assert np.abs(direct.round().numpy() - whole).max() <= 1


def test_the_naive_way_leaves_seams(network):
    grey = page()
    naive = run_page(network, grey, tile=16, statistics="tile")
    assert np.abs(naive.astype(int) - run_page(network, grey, tile=16)).max() > 8


def test_local_statistics_leave_no_seam_either(network):
    grey = page()
    whole = run_page(network, grey, tile=1000, statistics="local")
    assert np.abs(whole.astype(int) - run_page(network, grey, tile=16, statistics="local")).max() <= 1


def test_a_window_larger_than_the_page_sees_what_instance_norm_sees(network):
    light = torch.rand(1, 3, 12, 12, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        plain = network(light)
        assert torch.allclose(localised(network, side=24)(light), plain, atol=1e-4)
        assert not torch.allclose(localised(network, side=3)(light), plain, atol=1e-3)


def test_the_page_tells_its_layers_and_tiles_and_may_be_stopped(network):
    told = []
    run_page(network, page(), tile=40, on_step=lambda done, total: told.append((done, total)))
    assert told == [(n, 3 + 6) for n in range(10)]

    def stop(done, _):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_page(network, page(), tile=40, on_step=stop)


def test_memory_grows_with_the_page():
    network = PaperNetwork(SMALL)
    assert page_bytes(network, 1000, 1000) - page_bytes(network, 500, 1000) == 4 * 8 * 4 * 500_000


def test_lr_is_pillows_bicubic_within_a_grey_level():
    high = np.random.default_rng(3).integers(0, 256, (64, 64), dtype=np.uint8)
    expected = np.asarray(Image.fromarray(high).resize((16, 16), Image.Resampling.BICUBIC)).astype(int)
    got = bicubic_lr(torch.from_numpy(high)[None])[0].numpy()
    assert np.abs(got - expected).max() <= 1


def test_the_paper_s_number_of_patches_comes_from_works_kept_apart(pack):
    train_side = read_patches([pack], "train", every_crop=False)
    test_side = read_patches([pack], "val", every_crop=False)
    assert train_side.grey.shape == (2460, 256, 256)
    assert test_side.grey.shape == (534, 256, 256)
    assert read_patches([pack], "train", every_crop=True).grey.shape[0] == 9


@pytest.mark.parametrize("kind", KINDS)
def test_each_recipe_learns_in_miniature_and_resumes(pack, tmp_path, kind, monkeypatch):
    monkeypatch.setattr("models.upscale.train_paper.FEATURE_STEPS", 2)
    recipe = PaperRecipe(PaperSize(kind, blocks=1, channels=4), batch=2, lr_side=16, rate=2e-3)
    out = tmp_path / "net.safetensors"
    first = train([pack], out, minutes=5, device="cpu", recipe=replace(recipe, steps=6), block=5)
    again = train([pack], out, minutes=5, device="cpu", recipe=replace(recipe, steps=12), block=5)
    assert (first["steps"], again["steps"]) == (6, 12)
    assert out.with_suffix(".png").exists()
    from safetensors import safe_open

    with safe_open(out, "numpy") as held:
        arrays = {k: held.get_tensor(k).astype(np.float32) for k in held.keys()}  # noqa: SIM118
        reopened = open_network(arrays, held.metadata()["size"])
    assert run_page(reopened, page(), tile=40).shape == (280, 360)
