"""The paper's networks made deeper and wider: the answers stay, and what is new can learn."""

import pytest
import torch

from models.upscale.growth import grown
from models.upscale.paper import KINDS, PaperNetwork, PaperSize


def trained(kind, blocks=2, channels=6):
    """A network whose every number has moved from where it began, norms and running statistics too."""
    torch.manual_seed(3)
    network = PaperNetwork(PaperSize(kind, blocks, channels))
    optimiser = torch.optim.SGD(network.parameters(), lr=0.05)
    for _ in range(3):
        optimiser.zero_grad()
        (network(torch.rand(2, 3, 8, 8)) - 0.5).square().mean().backward()
        optimiser.step()
    with torch.no_grad():
        for name, value in network.named_parameters():
            if name.endswith("weight") and value.ndim == 1:
                value.mul_(torch.rand_like(value) + 0.5)
    return network.eval()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(2, 6), (5, 6), (2, 16), (7, 16)], ids=["same", "deeper", "wider", "both"])
@pytest.mark.parametrize("training", [False, True], ids=["in use", "in training"])
def test_a_grown_network_gives_the_same_answers(kind, size, training):
    small = trained(kind)
    large = grown(small, PaperSize(kind, *size))
    assert large.size == PaperSize(kind, *size)
    small.train(training)
    large.train(training)
    picture = torch.rand(2, 3, 12, 10)
    with torch.no_grad():
        assert torch.allclose(large(picture), small(picture), atol=2e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_new_learns_from_the_first_steps(kind):
    large = grown(trained(kind), PaperSize(kind, 4, 12)).train()
    before = {name: value.detach().clone() for name, value in large.named_parameters()}
    optimiser = torch.optim.Adam(large.parameters(), lr=1e-3)
    for _ in range(3):
        optimiser.zero_grad()
        (large(torch.rand(2, 3, 8, 8)) - 0.3).square().mean().backward()
        optimiser.step()
    # every number moves, but for the biases that a following norm takes away again
    silent = [name for name, value in large.named_parameters() if torch.equal(value, before[name])]
    assert not [name for name in silent if not name.endswith("bias")]


def test_new_blocks_stand_behind_the_trained_ones_in_equal_shares():
    small = trained("edsr", blocks=2)
    large = grown(small, PaperSize("edsr", 6, 6))
    first = [block.layers[0].weight for block in large.body[:6]]
    assert torch.equal(first[0], small.body[0].layers[0].weight)
    assert torch.equal(first[3], small.body[1].layers[0].weight)
    assert all(bool((large.body[n].layers[-1].weight == 0).all()) for n in (1, 2, 4, 5))


@pytest.mark.parametrize(
    "size", [PaperSize("edsr", 2, 6), PaperSize("reference", 1, 6), PaperSize("reference", 2, 5)]
)
def test_no_network_grows_smaller_or_into_another_system(size):
    with pytest.raises(ValueError, match="cannot grow"):
        grown(trained("reference"), size)


def test_growing_leaves_the_random_numbers_of_others_alone():
    small = trained("edsr")
    torch.manual_seed(9)
    expected = torch.rand(3)
    torch.manual_seed(9)
    grown(small, PaperSize("edsr", 3, 8))
    assert torch.equal(torch.rand(3), expected)
