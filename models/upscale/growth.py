"""A trained network of the paper made deeper and wider without changing what it answers.

Widening, for all three systems: a new channel's own weights begin at random, and every weight by which an old channel
would hear a new one begins at zero. So the old channels carry what they carried, and the new ones, which nobody hears
yet, have something to say as soon as training lets them be heard: the gradient of a zero weight is not zero where the
channel that it hears is not.

Normalisation does not spoil this. Instance norm and batch norm take mean and variance of each channel by itself, so an
old channel, whose numbers are unchanged, has unchanged statistics however many channels stand beside it (a layer norm
over channels could not be widened so). What a norm asks for is that a new channel *has* a variance: were its weights
zero, as the identity would suggest, the norm would divide by the root of its epsilon alone and blow up rounding noise.
That is why new channels begin at random and are silenced where they are heard, not where they speak.

A pixel shuffle takes the channels 4c to 4c+3 as the four places of channel c, so new channels of the convolution before
it come after all old ones and become new channels after it.

Deepening: a new block's last layer (SRResNet: its last batch norm) is zero, so the block adds nothing. New blocks stand
behind the trained ones in equal shares.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.upscale.paper import PaperNetwork, PaperSize


@torch.no_grad()
def grown(small: PaperNetwork, size: PaperSize, *, seed: int = 1) -> PaperNetwork:
    """A network of ``size`` that gives the answers of ``small`` up to rounding, in training as in use.

    ValueError where ``size`` is another system, shallower or narrower.
    """
    old = small.size
    if old.kind != size.kind or size.blocks < old.blocks or size.channels < old.channels:
        raise ValueError(f"{old} cannot grow into {size}")
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        large = PaperNetwork(size)
    places = _places(old.blocks, size.blocks)
    for number in range(size.blocks):
        if number not in places:
            _silence(large.body[number])
    pairs: list[tuple[nn.Module, nn.Module]] = [(small.head, large.head), (small.enlarge, large.enlarge)]
    pairs += [(small.body[n], large.body[place]) for n, place in enumerate(places)]
    ends = range(len(small.body) - old.blocks)  # the closing convolution, and SRResNet's batch norm
    pairs += [(small.body[old.blocks + n], large.body[size.blocks + n]) for n in ends]
    for source, target in pairs:
        _widen(source, target)
    return large.train(small.training)


def _places(old: int, new: int) -> list[int]:
    """Where the old blocks stand among the new: each first of its share."""
    return [n * new // old for n in range(old)]


def _silence(block: nn.Module) -> None:
    """The last layer that holds weights becomes zero, so that the block adds nothing to what passes by it."""
    last = [m for m in block.modules() if isinstance(m, (nn.Conv2d, nn.BatchNorm2d))][-1]
    assert last.weight is not None and last.bias is not None  # noqa: S101, PT018 - for the type checker
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)


def _widen(source: nn.Module, target: nn.Module) -> None:
    """Copies every number of ``source`` to its place in the wider ``target``, module by module."""
    for name, module in source.named_modules():
        wide = target.get_submodule(name)
        for key, value in [
            *module.named_parameters(recurse=False),
            *module.named_buffers(recurse=False),
        ]:
            _copy(value, wide.get_parameter(key) if key in wide._parameters else wide.get_buffer(key))


def _copy(value: Tensor, wide: Tensor) -> None:
    if value.ndim == 4:  # (leaving, entering, height, width): old channels do not hear new ones
        leaving, entering = value.shape[:2]
        wide[:leaving] = 0
        wide[:leaving, :entering] = value
    elif value.ndim == 1:
        wide[: len(value)] = value
    else:
        wide.copy_(value)
