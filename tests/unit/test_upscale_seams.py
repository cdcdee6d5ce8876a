"""The trained instance-norm network on a page: no seam is visible, and the naive way would leave one."""

import numpy as np
import pytest

from benchmarks.upscale_seams import step_at_borders
from models.contracts.upscale import PAPER, networks, note_of, weights_name
from models.upscale.methods import open_method
from models.upscale.page_norm import run_page
from models.upscale.paper import open_network
from models.weights import card, load
from scoreweb.widgets.examples import a4_at_75_dpi

TILE = 48


@pytest.fixture(scope="module")
def network():
    held = load("upscale-reference-narrow")
    return open_network(held.arrays, held.metadata["size"])


@pytest.fixture(scope="module")
def page():
    return a4_at_75_dpi()[60:220, 40:280]


@pytest.fixture(scope="module")
def whole(network, page):
    return run_page(network, page, tile=1000)


@pytest.mark.parametrize("statistics", ["page", "local"])
def test_no_seam_is_visible(network, page, whole, statistics):
    if statistics == "local":
        whole = run_page(network, page, tile=1000, statistics="local")
    tiled = run_page(network, page, tile=TILE, statistics=statistics)
    assert np.abs(whole.astype(int) - tiled).max() <= 1
    assert abs(step_at_borders(whole, tiled, TILE)) < 0.01


@pytest.mark.parametrize("overlap", [0, 16])
def test_the_naive_way_leaves_visible_ones_whatever_the_overlap(network, page, whole, overlap):
    naive = run_page(network, page, tile=TILE, overlap=overlap, statistics="tile")
    assert np.abs(naive.astype(int) - whole).max() > 32
    assert step_at_borders(whole, naive, TILE) > 0.1


@pytest.mark.parametrize("model", PAPER)
def test_the_paper_s_systems_answer_and_say_what_they_are(model, page):
    assert model in networks()
    assert open_method(model, "cpu", 1).enlarge(page[:40, :50]).grey.shape == (160, 200)
    told, about = note_of(model), load(weights_name(model)).metadata
    assert f"{int(about['steps']):,} steps on a CPU" in told
    assert ("narrow stand-in" in told) == weights_name(model).endswith("-narrow")
    assert ("stand-in of" in card(weights_name(model))) == weights_name(model).endswith("-narrow")


def test_other_models_need_no_excuse():
    assert note_of("fast") == note_of("bicubic") == ""
