"""The onset network: for each of the 88 keys and each frame, whether it was struck and whether it sounds.

Harmonics are stacked as channels (the idea of Bittner et al., "A lightweight instrument-agnostic model for
polyphonic note transcription", ICASSP 2022, there on one constant-Q spectrum), here from three window lengths at once,
so that small kernels see a key's partials from the sub-octave to the twentieth together.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.transcribe.melody.spectra import BINS, BINS_PER_KEY, KEYS, Spectra, harmonic_shift

STACK = (
    (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0, 16.0, 20.0),
    (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0),
    (1.0, 2.0, 4.0, 8.0, 16.0),
)
"""Partials taken from each window of `Spectra`, longest window first."""


@dataclass(frozen=True)
class OnsetSize:
    """Channels and dilations (in frames) of the residual blocks."""

    channels: int = 28
    dilations: tuple[int, ...] = (1, 2, 4, 1)


class _Block(nn.Module):
    """Time and neighbouring keys, then what the whole keyboard does: loudest and mean of each channel."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.local = nn.Conv2d(channels, channels, (5, 3), padding=(2 * dilation, 1), dilation=(dilation, 1))
        self.norm = nn.BatchNorm2d(channels)
        self.whole = nn.Linear(2 * channels, channels)
        self.mix = nn.Conv2d(channels, channels, 1)
        self.out = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.norm(self.local(x)))
        whole = torch.cat([y.amax(3), y.mean(3)], 1).transpose(1, 2)
        y = y + self.whole(whole).transpose(1, 2)[..., None]
        return torch.relu(x + self.out(self.mix(torch.relu(y))))


class OnsetNetwork(nn.Module):
    """Samples (N, S) at `spectra.RATE` in; logits (N, 2, frames, 88) out: struck in this frame, sounding."""

    def __init__(self, size: OnsetSize = OnsetSize()) -> None:
        super().__init__()
        self.size = size
        self.spectra = Spectra()
        self.stack = [(w, harmonic_shift(h)) for w, some in enumerate(STACK) for h in some]
        c = size.channels
        self.first = nn.Conv2d(len(self.stack) + 2, c, (3, 5), stride=(1, BINS_PER_KEY), padding=(1, 2))
        self.norm = nn.BatchNorm2d(c)
        self.blocks = nn.Sequential(*(_Block(c, d) for d in size.dilations))
        self.last = nn.Conv2d(c, 2, (3, 1), padding=(1, 0))

    def forward(self, samples: Tensor) -> Tensor:
        """See the class."""
        with torch.no_grad():
            levels = self.spectra(samples)
        return self.hear(levels)

    def hear(self, levels: Tensor) -> Tensor:
        """The logits of `Spectra`'s levels (N, 3, frames, `BINS`)."""
        wide = KEYS * BINS_PER_KEY
        low = min(0, *(shift for _, shift in self.stack))
        high = max(shift for _, shift in self.stack) + wide - BINS
        padded = nn.functional.pad(levels, (-low, max(0, high)))
        parts = [padded[:, w, :, s - low : s - low + wide] for w, s in self.stack]
        place = torch.linspace(-1, 1, wide, device=levels.device).expand_as(parts[0])
        stacked = torch.stack([*parts, place, place.square()], 1)
        x = torch.relu(self.norm(self.first(stacked.contiguous(memory_format=torch.channels_last))))
        return self.last(self.blocks(x))  # type: ignore[no-any-return]
