"""The paper's networks: their sizes, their instance norm on whole pages, and their recipes in miniature."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

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


@pytest.mark.parametrize("statistics", ["ink", "page"])
def test_ink_and_page_statistics_leave_no_seam(network, statistics):
    grey = page()
    whole = run_page(network, grey, statistics=statistics, tile=1000)
    tiled = run_page(network, grey, statistics=statistics, tile=16)
    assert np.abs(whole.astype(int) - tiled).max() <= 1


def test_page_statistics_are_those_of_the_page_in_one_piece(network):
    grey = page()
    whole = run_page(network, grey, statistics="page", tile=16)
    with torch.inference_mode():
        direct = network(light_of(torch.from_numpy(grey)[None]))[0].mean(0).clamp(0, 1) * 255
    assert np.abs(direct.round().numpy() - whole).max() <= 1


def test_blank_paper_around_the_music_changes_nothing_with_ink_statistics():
    """The network of one block sees 4 pixels far; the music's own windows end within its blank border of 40."""
    torch.manual_seed(1)
    network = PaperNetwork(PaperSize("reference", blocks=1, channels=8)).eval()
    music = np.full((150, 150), 255, np.uint8)
    music[40:-40, 40:-40] = np.random.default_rng(1).integers(0, 256, (70, 70))
    large = np.full((400, 150), 255, np.uint8)
    large[:150] = music
    inside = np.s_[4 * 40 : 4 * 110, 4 * 40 : 4 * 110]
    alike, apart = (
        np.abs(
            run_page(network, music, statistics=statistics)[inside].astype(int)
            - run_page(network, large, statistics=statistics)[inside]
        ).max()
        for statistics in ("ink", "page")
    )
    assert alike <= 1 < apart


def test_a_blank_page_has_the_page_s_statistics(network):
    blank = np.full((40, 50), 255, np.uint8)
    assert np.array_equal(run_page(network, blank), run_page(network, blank, statistics="page"))


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


def opened(weights):
    with safe_open(weights, "numpy") as held:
        arrays = {k: held.get_tensor(k).astype(np.float32) for k in held.keys()}  # noqa: SIM118
        return open_network(arrays, held.metadata()["size"])


@pytest.mark.parametrize("kind", KINDS)
def test_each_recipe_learns_in_miniature_and_resumes(pack, tmp_path, kind, monkeypatch):
    monkeypatch.setattr("models.upscale.train_paper.FEATURE_STEPS", 2)
    recipe = PaperRecipe(PaperSize(kind, blocks=1, channels=4), batch=2, lr_side=16, rate=2e-3)
    out = tmp_path / "net.safetensors"
    first = train([pack], out, minutes=5, device="cpu", recipe=replace(recipe, steps=6), block=5)
    again = train([pack], out, minutes=5, device="cpu", recipe=replace(recipe, steps=12), block=5)
    assert (first["steps"], again["steps"]) == (6, 12)
    assert out.with_suffix(".png").exists()
    assert run_page(opened(out), page(), tile=40).shape == (280, 360)


def test_a_recipe_may_begin_as_a_smaller_trained_network(pack, tmp_path):
    small = PaperRecipe(PaperSize("reference", 1, 4), batch=2, lr_side=16, rate=2e-3, steps=20)
    train([pack], tmp_path / "small.safetensors", minutes=5, device="cpu", recipe=small, block=5)
    large = replace(
        small,
        size=PaperSize("reference", 3, 6),
        grow_from=tmp_path / "small.safetensors",
        small_until=0.5,
        rate=1e-9,
        steps=2,
    )
    train([pack], tmp_path / "large.safetensors", minutes=5, device="cpu", recipe=large, block=1)
    pages = [
        run_page(opened(tmp_path / f"{name}.safetensors"), page(), tile=40) for name in ("small", "large")
    ]
    assert np.abs(pages[0].astype(int) - pages[1]).max() <= 2  # half precision in both files
