"""Sound to what the network looks at: a log-frequency spectrogram in three resolutions.

Four bins a semitone from 25 Hz to 15 kHz. At A0 the fundamental is mostly missing and neighbouring keys lie 1.6 Hz
apart, so that the key must be found by the spacing of its partials: a window of half a second separates them. C8 is
gone in a few tens of milliseconds: a window of 32 ms sees it while it lasts. The middle window serves between.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

RATE = 32_000
HOP = 2_048
WINDOWS = (16_384, 4_096, 1_024)
PER_SEMITONE = 4
LOWEST, SEMITONES = 20, 111
"""MIDI number of the lowest semitone, and how many there are."""
BINS = SEMITONES * PER_SEMITONE
FLOOR = 1e-7


class LogSpectrogram(nn.Module):
    """(B, n) sound at 32 kHz to (B, 3, 444, T) log power, T = ceil(n / 2048); the loudness of a take drops out."""

    def __init__(self) -> None:
        super().__init__()
        for size in WINDOWS:
            self.register_buffer(f"window{size}", torch.hann_window(size), persistent=False)
            filters = torch.from_numpy(filterbank(size))
            self.register_buffer(f"filters{size}", filters, persistent=False)

    def forward(self, sound: Tensor) -> Tensor:
        """(B, 3, 444, T) of (B, n)."""
        frames = max(1, -(-sound.shape[1] // HOP))
        powers = [self._power(sound, frames, size) for size in WINDOWS]
        stacked = torch.stack(powers, 1)
        reference = stacked[:, 1].mean((1, 2))[:, None, None, None] + 1e-12
        return (torch.log10(stacked / reference + FLOOR) + 3.0) / 2.0

    def _power(self, sound: Tensor, frames: int, size: int) -> Tensor:
        """(B, 444, T) mean power near each bin, of windows centred in each hop."""
        step = min(HOP, size)
        count = frames * (HOP // step)
        before = size // 2 - step // 2
        after = max(0, (count - 1) * step + size - before - sound.shape[1])
        padded = nn.functional.pad(sound, (max(0, before), after))
        pieces = padded.unfold(1, size, step)[:, :count]
        spectrum = torch.fft.rfft(pieces * self.get_buffer(f"window{size}"))
        filters = self.get_buffer(f"filters{size}")
        kept = spectrum[..., : filters.shape[0]]
        power = (kept.real.square() + kept.imag.square()) / size
        mapped = power @ filters
        return mapped.reshape(mapped.shape[0], frames, HOP // step, BINS).mean(2).transpose(1, 2)  # type: ignore[no-any-return]


def filterbank(size: int) -> np.ndarray:
    """(FFT bins, 444) float32 weights, each column summing to 1: triangles of a log-frequency bin or of an FFT bin,
    whichever is wider.
    """
    spacing = RATE / size
    hertz = np.arange(size // 2 + 1) * spacing
    semitone = LOWEST + (np.arange(BINS) - (PER_SEMITONE - 1) / 2) / PER_SEMITONE
    centre = 440 * 2 ** ((semitone - 69) / 12)
    half = np.maximum(centre * (2 ** (1 / (12 * PER_SEMITONE)) - 1), spacing)
    weights = np.maximum(0, 1 - np.abs(hertz[:, None] - centre) / half)
    weights /= weights.sum(0) + 1e-12
    # The long window is asked only for what it is there for: partials below 3 kHz.
    top = int(3_000 / spacing) if size == WINDOWS[0] else len(hertz)
    if size == WINDOWS[0]:
        weights[:, centre > 2_900] = 0
    return np.asarray(weights[:top], np.float32)
