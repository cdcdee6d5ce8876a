"""The notation network as it is trained; `models.transcribe.score.note_network` runs it by NumPy."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.transcribe.score import note_network as spec
from models.transcribe.score.note_features import SIZE


class Block(nn.Module):
    """A residual convolution over the row of notes."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(spec.CHANNELS)
        self.conv = nn.Conv1d(spec.CHANNELS, spec.CHANNELS, 3, padding=dilation, dilation=dilation)
        self.leave = nn.Linear(spec.CHANNELS, spec.CHANNELS)

    def forward(self, h: Tensor) -> Tensor:
        """(batch, notes, channels) to the same."""
        y = self.conv(self.norm(h).transpose(1, 2)).transpose(1, 2)
        left: Tensor = self.leave(nn.functional.gelu(y, approximate="tanh"))
        return h + left


class Attention(nn.Module):
    """Notes look at each other by their distance in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(spec.CHANNELS)
        self.enter = nn.Linear(spec.CHANNELS, 3 * spec.CHANNELS)
        self.leave = nn.Linear(spec.CHANNELS, spec.CHANNELS)

    def forward(self, h: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """(batch, notes, channels) to the same; ``cos`` and ``sin`` (batch, 1, notes, pairs)."""
        b, n, c = h.shape
        asked = self.enter(self.norm(h)).view(b, n, 3, spec.HEADS, c // spec.HEADS).permute(2, 0, 3, 1, 4)
        q, k, v = asked[0], asked[1], asked[2]
        mixed = nn.functional.scaled_dot_product_attention(_turned(q, cos, sin), _turned(k, cos, sin), v)
        left: Tensor = self.leave(mixed.transpose(1, 2).reshape(b, n, c))
        return h + left


def _turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


class NotationNetwork(nn.Module):
    """The network that `note_network` runs."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Linear(SIZE, spec.CHANNELS)
        self.blocks = nn.ModuleList(Block(d) for d in spec.DILATIONS)
        self.attention = nn.ModuleList(Attention() for _ in spec.ATTENDS)
        self.norm = nn.LayerNorm(spec.CHANNELS)
        self.answer = nn.Linear(spec.CHANNELS, sum(spec.SIZES.values()))

    def forward(self, told: Tensor, times: Tensor) -> Tensor:
        """(batch, notes, `SIZE`) and seconds (batch, notes) to (batch, notes, answers)."""
        angle = (times - times[:, :1])[:, None, :, None] * torch.from_numpy(spec.frequencies()).to(told)
        cos, sin = angle.cos(), angle.sin()
        h = self.enter(told)
        for number, block in enumerate(self.blocks):
            h = block(h)
            if number in spec.ATTENDS:
                h = self.attention[spec.ATTENDS.index(number)](h, cos, sin)
        out: Tensor = self.answer(self.norm(h))
        return out
