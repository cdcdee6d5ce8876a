"""The paper's network window by window: every pixel covered, no border left, blank paper untouched."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.upscale import blending
from models.upscale.blending import OVERLAP, fade, run_windows, starts, windows_with_ink
from models.upscale.methods import bicubic
from models.upscale.page_norm import TRAINED_ON
from models.upscale.paper import PaperNetwork, PaperSize


@pytest.fixture
def network():
    torch.manual_seed(0)
    return PaperNetwork(PaperSize("reference", blocks=2, channels=8)).eval()


class Position(torch.nn.Module):
    """Stands for a network: each window comes out in a grey of its own, so that borders would show."""

    size = PaperSize("reference", 1, 1)

    def __init__(self):
        super().__init__()
        self.asked = 0

    def forward(self, light):
        self.asked += 1
        return torch.full((1, 3, 4 * light.shape[2], 4 * light.shape[3]), 0.1 + 0.1 * (self.asked % 5))


def music(height, width):
    return np.random.default_rng(1).integers(0, 256, (height, width)).astype(np.uint8)


@given(st.integers(1, 700))
def test_windows_cover_every_axis_and_share_enough(length):
    begun = starts(length)
    assert begun[0] == 0
    assert begun[-1] + TRAINED_ON >= length
    assert begun[-1] == max(0, length - TRAINED_ON)
    assert all(a + TRAINED_ON - b >= OVERLAP for a, b in itertools.pairwise(begun))


def test_weights_fade_where_windows_meet_but_not_at_the_edge():
    middle = fade(TRAINED_ON, first=False, last=False)
    assert middle[0] < 0.01
    assert middle[-1] < 0.01
    assert np.allclose(middle, middle[::-1])
    ramp = middle[: 4 * OVERLAP]
    assert np.allclose(ramp + ramp[::-1], 1, atol=1e-6)
    assert fade(TRAINED_ON, first=True, last=True).min() == 1


def test_no_border_is_left_between_windows():
    large = run_windows(Position(), music(150, 170), plain=bicubic).astype(int)
    assert large.min() < 60
    assert large.max() > 90  # windows differ
    assert max(np.abs(np.diff(large, axis=a)).max() for a in (0, 1)) <= 5


@pytest.mark.parametrize("shape", [(5, 7), (64, 64), (65, 200), (130, 64)])
def test_pages_of_any_size_come_out_four_times_larger(network, shape):
    large = run_windows(network, music(*shape), plain=bicubic)
    assert large.shape == (4 * shape[0], 4 * shape[1])


def test_a_page_of_one_window_is_what_the_network_answers(network):
    grey = music(50, 60)
    with torch.inference_mode():
        light = torch.from_numpy(grey).float().div(255).expand(1, 3, -1, -1)
        direct = network(light)[0].mean(0).clamp(0, 1).mul(255).round().numpy()
    assert np.abs(run_windows(network, grey, plain=bicubic) - direct).max() <= 1


def test_blank_paper_is_never_asked_and_stays_white():
    grey = np.full((300, 200), 255, np.uint8)
    stand_in = Position()
    assert run_windows(stand_in, grey, plain=bicubic).min() == 255
    grey[:60] = music(60, 200)
    large = run_windows(stand_in, grey, plain=bicubic)
    assert large[4 * 130 :].min() == 255
    assert stand_in.asked == windows_with_ink(grey) == len(starts(200)) * 2


def test_a_few_specks_are_enlarged_plainly():
    grey = np.full((64, 64), 255, np.uint8)
    grey[30, 30 : 30 + blending.FEWEST - 1] = 0
    stand_in = Position()
    assert np.array_equal(run_windows(stand_in, grey, plain=bicubic), bicubic(grey))
    assert stand_in.asked == 0


def test_rows_are_told_and_the_work_may_be_stopped(network):
    told = []
    run_windows(
        network, music(130, 64), plain=bicubic, on_step=lambda done, total: told.append((done, total))
    )
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]

    def stop(done, total):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        run_windows(network, music(130, 64), plain=bicubic, on_step=stop)
