"""The piano network: for each frame and key whether it was struck, whether it sounds, whether it ends, and how hard it was struck.

Harmonics are stacked as channels (Bittner et al., "A lightweight instrument-agnostic model for polyphonic note
transcription", ICASSP 2022), here from three window lengths; onsets, frames, offsets and velocities are learned together as
in Hawthorne et al., "Onsets and Frames" (ISMIR 2018). What tells a key from its octave is what the keys an octave, a twelfth and
so on away do: each block therefore gathers them, beside its neighbours in time and pitch and the whole keyboard.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.transcribe.melody.spectra import BINS, BINS_PER_KEY, KEYS, harmonic_shift
from models.transcribe.piano.spectra import PianoSpectra

SHORT = (1.0, 2.0, 4.0, 8.0, 16.0)
STACK = (
    (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0, 16.0, 20.0),
    (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0),
    SHORT,
    SHORT,
)
"""Partials taken from each spectrum of `PianoSpectra`."""
INTERVALS = (-24, -19, -12, -7, -5, 5, 7, 12, 19, 24, 28, 36)
"""Semitones of the keys that share partials with a key."""
STRUCK, SOUNDING, ENDING, VELOCITY = range(4)
ANSWERS = 4


@dataclass(frozen=True)
class PianoSize:
    """Channels, channels that other keys hand over, and dilations (in frames) of the residual blocks."""

    channels: int = 40
    reach: int = 10
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 4, 2, 1)


class _Block(nn.Module):
    """Neighbours in time and pitch; then keys at musical intervals, and the loudest and mean of the whole keyboard."""

    def __init__(self, size: PianoSize, dilation: int) -> None:
        super().__init__()
        c, r = size.channels, size.reach
        self.local = nn.Conv2d(c, c, 3, padding=(dilation, 1), dilation=(dilation, 1), bias=False)
        self.norm = nn.BatchNorm2d(c)
        self.hand = nn.Conv2d(c, r, 1)
        self.far = nn.Conv2d(r * len(INTERVALS), c, 1, bias=False)
        self.whole = nn.Linear(2 * r, c)
        self.mix = nn.Conv2d(c, c, 1, bias=False)
        self.out = nn.BatchNorm2d(c)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.norm(self.local(x)))
        handed = torch.relu(self.hand(y))
        whole = self.whole(torch.cat([handed.amax(3), handed.mean(3)], 1).transpose(1, 2)).transpose(1, 2)
        edge = max(map(abs, INTERVALS))
        wide = nn.functional.pad(handed, (edge, edge))
        far = torch.cat([wide[..., edge + i : edge + i + KEYS] for i in INTERVALS], 1)
        return torch.relu(x + self.out(self.mix(y) + self.far(far) + whole[..., None]))


class PianoNetwork(nn.Module):
    """Samples (N, S) at `melody.spectra.RATE` in; logits (N, `ANSWERS`, frames, 88) and of the pedal (N, frames) out."""

    def __init__(self, size: PianoSize = PianoSize()) -> None:
        super().__init__()
        self.size = size
        self.spectra = PianoSpectra()
        self.stack = [(w, harmonic_shift(h)) for w, some in enumerate(STACK) for h in some]
        c = size.channels
        self.first = nn.Conv2d(
            len(self.stack) + 2, c, (3, 5), stride=(1, BINS_PER_KEY), padding=(1, 2), bias=False
        )
        self.norm = nn.BatchNorm2d(c)
        self.blocks = nn.Sequential(*(_Block(size, d) for d in size.dilations))
        self.last = nn.Conv2d(c, ANSWERS, (3, 1), padding=(1, 0))
        self.pedal = nn.Linear(2 * c, 1)

    def forward(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        with torch.no_grad():
            levels = self.spectra(samples)
        return self.hear(levels)

    def hear(self, levels: Tensor) -> tuple[Tensor, Tensor]:
        """The logits of `PianoSpectra`'s levels."""
        wide = KEYS * BINS_PER_KEY
        low = min(0, *(shift for _, shift in self.stack))
        high = max(shift for _, shift in self.stack) + wide - BINS
        padded = nn.functional.pad(levels, (-low, max(0, high)))
        parts = [padded[:, w, :, s - low : s - low + wide] for w, s in self.stack]
        place = torch.linspace(-1, 1, wide, device=levels.device).expand_as(parts[0])
        stacked = torch.stack([*parts, place, place.square()], 1)
        x = torch.relu(self.norm(self.first(stacked.contiguous(memory_format=torch.channels_last))))
        x = self.blocks(x)
        pedal = self.pedal(torch.cat([x.amax(3), x.mean(3)], 1).transpose(1, 2))[..., 0]
        return self.last(x), pedal
