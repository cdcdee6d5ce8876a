"""Log-frequency spectra of three window lengths, 43 frames a second: what the piano network hears.

The bands and the windows are those of `models.transcribe.melody.spectra` (three bins a semitone from A0 to 10.5 kHz). Frames are
twice as far apart, so that polyphony is cheap; the short window keeps the finer step, two looks a frame, so that onsets stay sharp.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.transcribe.melody.spectra import FLOOR_DB, RATE, WINDOWS, log_bank

HOP = 512
"""Samples between frames: 23.2 ms."""
FRAMES_PER_SECOND = RATE / HOP
LOOKS = (1, 1, 2)
"""How often each window of `WINDOWS` looks in a frame."""
SPECTRA = sum(LOOKS)
TOPS_HZ = (5_000.0, 11_025.0, 11_025.0)
"""How high each window reaches: the long one is there for partials that lie close together."""


class PianoSpectra(nn.Module):
    """Samples (N, S) at `RATE` in, levels (N, `SPECTRA`, frames, `BINS`) out: 0 silence, 1 full scale.

    Frame t is centred on t * `HOP`; of the short window's two looks the first is half a frame earlier.
    """

    def __init__(self) -> None:
        super().__init__()
        for window, top in zip(WINDOWS, TOPS_HZ, strict=True):
            self.register_buffer(f"window{window}", torch.hann_window(window), persistent=False)
            kept = int(top / RATE * window) + 1
            self.register_buffer(f"bank{window}", log_bank(window)[:kept].contiguous(), persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        """See the class."""
        frames = samples.shape[-1] // HOP + 1
        levels = []
        for window, looks in zip(WINDOWS, LOOKS, strict=True):
            step = HOP // looks
            hann, bank = self.get_buffer(f"window{window}"), self.get_buffer(f"bank{window}")
            early = window // 2 + (looks - 1) * step
            padded = nn.functional.pad(samples, (early, window // 2 + HOP))
            pieces = padded.unfold(-1, window, step)[..., : frames * looks, :]
            spectrum = torch.fft.rfft(pieces * hann)[..., : bank.shape[0]]
            power = torch.view_as_real(spectrum).square().sum(-1) * (4.0 / window) ** 2
            decibels = 10.0 * torch.log10(power @ bank + 1e-10)
            level = (decibels / -FLOOR_DB + 1.0).clamp(0.0, 1.25)
            levels += [level[:, look::looks] for look in range(looks)]
        return torch.stack(levels, 1)
