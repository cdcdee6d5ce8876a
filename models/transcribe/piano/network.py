"""The piano network: for each frame and key whether it was struck, whether it sounds, whether it ends, and how hard it was struck.

Each key gathers the surroundings of its own partials (harmonic stacking: Bittner et al., "A lightweight instrument-agnostic model for
polyphonic note transcription", ICASSP 2022), here in spectra of three window lengths; onsets, frames, offsets and velocities are learned
together as in Hawthorne et al., "Onsets and Frames" (ISMIR 2018). What tells a key from its octave is what the keys an octave, a twelfth
and so on away do: each block therefore weighs all keys by their distance, beside its neighbours in time and pitch.
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
AROUND = 2
"""Bins on each side of a partial that a key sees."""
STRUCK, SOUNDING, ENDING, VELOCITY = range(4)
ANSWERS = 4
RARE = -4.0
"""The logit that all but velocities begin with: most keys are silent most of the time."""


@dataclass(frozen=True)
class PianoSize:
    """Channels, channels that keys show each other, and dilations (in frames) of the residual blocks."""

    channels: int = 32
    shown: int = 8
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 4, 2, 1)


class _Distances(nn.Module):
    """(M, 88, R) to (M, 88, R): each key's channel the sum of all keys', weighed by their distance in semitones."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, 2 * KEYS - 1) / KEYS**0.5 / 2)
        keys = torch.arange(KEYS)
        self.register_buffer("apart", keys[:, None] - keys[None] + KEYS - 1, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        matrices = self.weight[:, self.get_buffer("apart")]
        return torch.bmm(x.permute(2, 0, 1), matrices).permute(1, 2, 0)


class _Block(nn.Module):
    """(N, T, 88, C): neighbours in time and pitch, then the whole keyboard."""

    def __init__(self, size: PianoSize, dilation: int) -> None:
        super().__init__()
        c, r = size.channels, size.shown
        self.local = nn.Conv2d(c, c, 3, padding=(dilation, 1), dilation=(dilation, 1), bias=False)
        self.norm = nn.BatchNorm2d(c)
        self.show = nn.Linear(c, r)
        self.far = _Distances(r)
        self.mix = nn.Linear(c, c)
        self.see = nn.Linear(r, c, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        n, t, k, _ = x.shape
        y = torch.relu(self.norm(self.local(x.permute(0, 3, 1, 2)))).permute(0, 2, 3, 1)
        shown = torch.relu(self.show(y)).view(n * t, k, -1)
        far = self.far(shown).reshape(n, t, k, -1)
        return torch.relu(x + self.mix(y) + self.see(far))


class PianoNetwork(nn.Module):
    """Samples (N, S) at `melody.spectra.RATE` in; logits (N, `ANSWERS`, frames, 88) and of the pedal (N, frames) out."""

    def __init__(self, size: PianoSize = PianoSize()) -> None:
        super().__init__()
        self.size = size
        self.spectra = PianoSpectra()
        self.register_buffer("gathered", _gathered(), persistent=False)
        c = size.channels
        self.first = nn.Linear(self.get_buffer("gathered").shape[1], c, bias=False)
        self.place = nn.Parameter(torch.zeros(KEYS, c))
        self.norm = nn.BatchNorm2d(c)
        self.blocks = nn.Sequential(*(_Block(size, d) for d in size.dilations))
        self.last = nn.Conv2d(c, ANSWERS, (3, 1), padding=(1, 0))
        nn.init.constant_(self.last.bias[:VELOCITY], RARE)  # type: ignore[index]
        self.pedal = nn.Linear(2 * c, 1)

    def forward(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        with torch.no_grad():
            levels = self.spectra(samples)
        return self.hear(levels)

    def hear(self, levels: Tensor) -> tuple[Tensor, Tensor]:
        """The logits of `PianoSpectra`'s levels."""
        n, spectra, frames, bins = levels.shape
        index = self.get_buffer("gathered")
        flat = levels.permute(0, 2, 1, 3).reshape(n * frames, spectra * bins)
        flat = nn.functional.pad(flat, (0, 1))
        seen = flat.index_select(1, index.reshape(-1)).view(n, frames, KEYS, -1)
        x = self.first(seen) + self.place
        x = torch.relu(self.norm(x.permute(0, 3, 1, 2))).permute(0, 2, 3, 1)
        x = self.blocks(x)
        pedal = self.pedal(torch.cat([x.amax(2), x.mean(2)], 2))[..., 0]
        return self.last(x.permute(0, 3, 1, 2)), pedal


def _gathered() -> Tensor:
    """(88, features) places of each key's surroundings in a frame of all spectra laid end to end; beyond them, silence."""
    rows = []
    for key in range(KEYS):
        row = []
        for spectrum, harmonics in enumerate(STACK):
            for harmonic in harmonics:
                middle = BINS_PER_KEY * key + 1 + harmonic_shift(harmonic)
                for place in range(middle - AROUND, middle + AROUND + 1):
                    inside = 0 <= place < BINS
                    row.append(spectrum * BINS + place if inside else len(STACK) * BINS)
        rows.append(row)
    return torch.tensor(rows)
