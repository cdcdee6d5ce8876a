"""Log-frequency spectra at three window lengths: what the onset network hears.

A long window (372 ms) separates A0 from its neighbour by its partials, a short one (23 ms) finds when a hammer fell; both
are laid on one scale of three bins a semitone, so that a key's partials lie at the same distances for all keys.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

RATE = 22_050
"""Samples a second that `Spectra` hears: C8 (4186 Hz) keeps its second partial."""
HOP = 256
"""Samples between frames: 11.6 ms."""
FRAMES_PER_SECOND = RATE / HOP
WINDOWS = (8192, 2048, 512)
KEYS = 88
LOWEST = 21
"""MIDI number of A0, the first key."""
BINS_PER_KEY = 3
BINS = 309
"""Three bins a semitone from A0's lower edge to 10.5 kHz."""
LOWEST_HZ = 27.5 * 2 ** (-1 / (12 * BINS_PER_KEY))
FLOOR_DB = -80.0


class Spectra(nn.Module):
    """Samples (N, S) at `RATE` in, levels (N, 3, frames, `BINS`) out: 0 silence, 1 full scale, frame t centred on t * `HOP`."""

    def __init__(self) -> None:
        super().__init__()
        for window in WINDOWS:
            self.register_buffer(f"window{window}", torch.hann_window(window), persistent=False)
            self.register_buffer(f"bank{window}", log_bank(window), persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        """See the class."""
        frames = samples.shape[-1] // HOP + 1
        levels = []
        for window in WINDOWS:
            hann = getattr(self, f"window{window}")
            padded = nn.functional.pad(samples, (window // 2, window // 2))
            spectrum = torch.stft(padded, window, HOP, window, hann, center=False, return_complex=True)
            power = (spectrum.abs() * (2.0 / window * 2.0)).square().transpose(1, 2)[:, :frames]
            decibels = 10.0 * torch.log10(power @ getattr(self, f"bank{window}") + 1e-10)
            levels.append((decibels / -FLOOR_DB + 1.0).clamp(0.0, 1.25))
        return torch.stack(levels, 1)


def log_bank(window: int) -> Tensor:
    """Weights (window // 2 + 1, `BINS`) that take power from the window's bins to the scale of `Spectra`.

    Each bin is a triangle reaching to its neighbours, or to one bin of the window where those lie closer.
    """
    hz = torch.arange(window // 2 + 1, dtype=torch.float64) * RATE / window
    centres = LOWEST_HZ * 2 ** (torch.arange(BINS, dtype=torch.float64) / (12 * BINS_PER_KEY))
    step = centres * (2 ** (1 / (12 * BINS_PER_KEY)) - 1)
    reach = step.clamp(min=RATE / window)
    weights = (1.0 - (hz[:, None] - centres[None]).abs() / reach[None]).clamp(min=0.0)
    # a tone of unit power gives unit level: a triangle of unit height keeps peaks, wide ones sum noise
    return weights.to(torch.float32)


def harmonic_shift(harmonic: float) -> int:
    """Bins between a key's fundamental and its partial."""
    return round(12 * BINS_PER_KEY * math.log2(harmonic))
