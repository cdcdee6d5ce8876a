"""The note network: a transposed note is the same picture moved along log-frequency, and the network knows it.

Every semitone's surroundings are described alike (convolutions), then each of the 88 keys gathers what stands at
the places of its own partials, above and below; time is pooled with attention; the keys compare themselves with each
other, an octave and a twelfth away above all. What the keyboard itself decides (which keys have no fundamental,
which have a knock) enters by a learned place of each key.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from models.transcribe.ear.spectrogram import LOWEST, PER_SEMITONE, SEMITONES, WINDOWS

FIRST_KEY, KEYS = 21, 88
PARTIALS = (-24, -19, -12, -7, 0, 7, 12, 16, 19, 24, 28, 31, 34, 36, 38, 40, 42, 43, 45, 47, 48, 51, 54, 57)
"""Semitones from a key to where it looks: partials 1 to 27, partial 1.5, and the keys that it may be a partial of."""
KINDS = ("note", "chord", "other")


@dataclass(frozen=True)
class EarSize:
    """Channels of the semitones, of the keys, and how many blocks follow."""

    semitone: int = 24
    key: int = 48
    blocks: int = 2
    places: int = 8

    def as_json(self) -> str:
        """For the weight file's metadata."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> EarSize:
        """The size that `as_json` wrote."""
        return cls(**json.loads(text))


class KeyBlock(nn.Module):
    """(B, C, 88, T) to the same, with what stands near in time and along the keyboard."""

    def __init__(self, channels: int, shape: tuple[int, int]) -> None:
        super().__init__()
        self.near = nn.Conv2d(
            channels, channels, shape, padding=(shape[0] // 2, shape[1] // 2), groups=channels, bias=False
        )
        self.norm = nn.BatchNorm2d(channels)
        self.wide = nn.Conv2d(channels, 2 * channels, 1)
        self.back = nn.Conv2d(2 * channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return x + self.back(nn.functional.relu(self.wide(self.norm(self.near(x)))))  # type: ignore[no-any-return]


class EarNetwork(nn.Module):
    """(B, 3, 444, T) log spectrogram to (B, 88) key logits and (B, 3) logits of `KINDS`."""

    def __init__(self, size: EarSize = EarSize()) -> None:
        super().__init__()
        self.size = size
        s, c = size.semitone, size.key
        self.fine = nn.Sequential(
            nn.Conv2d(len(WINDOWS), 12, (5, 1), padding=(2, 0), bias=False), nn.BatchNorm2d(12), nn.ReLU()
        )
        self.semitones = nn.Sequential(
            nn.Conv2d(12, s, (8, 3), stride=(PER_SEMITONE, 1), padding=(2, 1), bias=False),
            nn.BatchNorm2d(s),
            nn.ReLU(),
            nn.Conv2d(s, s, (3, 3), padding=1, bias=False),
            nn.BatchNorm2d(s),
            nn.ReLU(),
        )
        self.gather = nn.Conv2d(s * len(PARTIALS), c, 1, bias=False)
        self.place = nn.Parameter(torch.zeros(1, c, KEYS, 1))
        self.norm = nn.BatchNorm2d(c)
        self.keys = nn.Sequential(*(KeyBlock(c, (5, 3)) for _ in range(size.blocks)))
        self.attention = nn.Conv2d(c, 1, 1)
        self.merge = nn.Conv2d(2 * c, c, 1)
        self.place_after = nn.Parameter(torch.zeros(1, c, KEYS, 1))
        self.compare = nn.Sequential(*(KeyBlock(c, (39, 1)) for _ in range(2)))
        self.key = nn.Conv2d(c, 1, 1)
        self.kind = nn.Sequential(nn.Linear(2 * c + 2, 48), nn.ReLU(), nn.Linear(48, len(KINDS)))
        below = FIRST_KEY - LOWEST
        rows = torch.tensor([[key + below + offset for key in range(KEYS)] for offset in PARTIALS])
        self.pad_low = -int(rows.min())
        self.pad_high = int(rows.max()) - SEMITONES + 1
        self.register_buffer("rows", rows + self.pad_low, persistent=False)

    def forward(self, spectrogram: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the keys and of the kinds."""
        x = self.semitones(self.fine(spectrogram))
        x = nn.functional.pad(x, (0, 0, self.pad_low, self.pad_high))
        batch, channels, _, frames = x.shape
        looked = x[:, :, self.rows.flatten()].reshape(batch, channels * len(PARTIALS), KEYS, frames)  # type: ignore[operator]
        x = self.keys(torch.relu(self.norm(self.gather(looked) + self.place)))
        weight = torch.softmax(self.attention(x), 3)
        x = torch.relu(self.merge(torch.cat([(x * weight).sum(3, keepdim=True), x.amax(3, keepdim=True)], 1)))
        x = self.compare(x + self.place_after)
        keys = self.key(x)[:, 0, :, 0]
        top = keys.topk(2, 1).values
        kind = self.kind(torch.cat([x.mean((2, 3)), x.amax((2, 3)), top.detach()], 1))
        return keys, kind


def parameter_count(network: nn.Module) -> int:
    """How many numbers are learned."""
    return sum(p.numel() for p in network.parameters())
