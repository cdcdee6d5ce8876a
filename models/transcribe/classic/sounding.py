"""Sound from a sheet image by the reversed network: its mel spectrogram, and from that the sound.

Phases are not predicted but found in two steps: each spectral peak is followed from frame to frame as a sinusoid
whose frequency a parabola through the peak gives (single-pass spectrogram inversion, Beauregard, Harish and Wyse
2015), and then Griffin and Lim's iteration (1984) with momentum (Perraudin, Balazs and Sondergaard 2013) makes the
frames agree. The first step matters most: from random phases the iteration gives the bass a beating that hides the key.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
import torchaudio
from torch import Tensor

from models import weights
from models.transcribe.classic.registration import registered
from models.transcribe.classic.reversed import BANDS, TIMES, ReversedNetwork

NAME = "transcribe-reversed"

RATE = 22050
WINDOW, HOP = 8192, 512
RANGE_DB = 80.0
LOWEST_HZ = 20.0
ITERATIONS = 24
MOMENTUM = 0.99
SAMPLES = HOP * (TIMES - 1)

Sound = npt.NDArray[np.float32]


def sound_of_image(grey: npt.NDArray[np.uint8]) -> tuple[Sound, int]:
    """(samples, rate): 2.2 s of mono sound that the reversed network makes of a note's sheet image (162, 300).

    The image may be shifted by a few pixels. BadImage when it is not a sheet image; `weights.WeightsError` where the weights are missing.
    """
    return sound_of_decibels(decibels_of_image(grey)), RATE


def decibels_of_image(grey: npt.NDArray[np.uint8]) -> Tensor:
    """The spectrogram (640, 96), 0..1, that the reversed network makes of a note's sheet image. Raises as `sound_of_image`."""
    ink = 1 - torch.from_numpy(registered(grey).astype(np.float32)) / 255
    with torch.inference_mode():
        drawn: Tensor = _network()(ink[None, None])[0, 0]
    return drawn.clamp(0, 1)


@lru_cache(maxsize=1)
def _network() -> ReversedNetwork:
    held = weights.load(NAME)
    network = ReversedNetwork()
    network.load_state_dict({k: torch.from_numpy(v) for k, v in held.arrays.items()}, strict=False)
    return network.eval()


def mel_decibels(sound: Sound) -> Tensor:
    """(640, 96) in 0..1 of mono sound at 22.05 kHz: mel energies in decibels, 1 the loudest, 0 80 dB below it."""
    clip = torch.zeros(SAMPLES)
    clip[: min(len(sound), SAMPLES)] = torch.from_numpy(sound[:SAMPLES])
    power = (
        torch.stft(clip, WINDOW, HOP, window=_window(), return_complex=True, pad_mode="constant").abs() ** 2
    )
    energies = _bands() @ power
    decibels = 10 * torch.log10(energies.clamp_min(1e-12))
    return ((decibels - decibels.max()) / RANGE_DB + 1).clamp_min(0)


def sound_of_decibels(decibels: Tensor, iterations: int = ITERATIONS) -> Sound:
    """Mono sound at 22.05 kHz, peak 0.9, of a spectrogram (640, 96) as `mel_decibels` gives it."""
    magnitude = _magnitude(decibels)
    spectrum = torch.polar(magnitude, _phases(magnitude))
    before = torch.zeros_like(spectrum)
    for _ in range(iterations):
        agreed = _analysed(_synthesised(spectrum))
        pushed = agreed + MOMENTUM * (agreed - before)
        before = agreed
        spectrum = magnitude * pushed / pushed.abs().clamp_min(1e-12)
    sound = np.array(_synthesised(spectrum).numpy(), np.float32)
    fade = RATE // 20
    sound[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return np.asarray(0.9 * sound / max(1e-9, float(np.abs(sound).max())), np.float32)


def _magnitude(decibels: Tensor) -> Tensor:
    """Magnitudes (bins, frames): the mel bands' densities joined by straight lines in decibels over frequency."""
    below = decibels.clamp(0, 1)
    density = (below - 1) * RANGE_DB - 10 * torch.log10(_bands().sum(1, keepdim=True).clamp_min(1e-9))
    low, share = _neighbours()
    joined = density[low] * (1 - share)[:, None] + density[low + 1] * share[:, None]
    silent = below[low] * (1 - share)[:, None] + below[low + 1] * share[:, None] <= 0.01
    magnitude = 10 ** (joined / 20)
    magnitude[silent] = 0
    magnitude[: int(LOWEST_HZ * WINDOW / RATE)] = 0
    return magnitude


def _phases(magnitude: Tensor) -> Tensor:
    """Phases (bins, frames): every bin turns as fast as the sinusoid at the peak to whose slopes it belongs."""
    values = magnitude.numpy().astype(np.float64)
    phases = np.zeros(values.shape)
    at = np.arange(len(values))
    running = np.zeros(len(values))
    for t in range(values.shape[1]):
        m = np.log(values[:, t] + 1e-9)
        peaks = np.flatnonzero((m[1:-1] > m[:-2]) & (m[1:-1] >= m[2:]) & (values[1:-1, t] > 0)) + 1
        if len(peaks):
            left, top, right = m[peaks - 1], m[peaks], m[peaks + 1]
            shift = 0.5 * (left - right) / np.minimum(left - 2 * top + right, -1e-9)
            turn = 2 * np.pi * (peaks + np.clip(shift, -0.5, 0.5)) * HOP / WINDOW
            owner = np.searchsorted((peaks[1:] + peaks[:-1]) / 2, at)
            owned = peaks[owner]
            # Neighbouring bins of one sinusoid alternate in sign, because a frame's phase is that of its beginning.
            running = running[owned] + turn[owner] + np.pi * ((at - owned) % 2)
        phases[:, t] = running
    return torch.from_numpy(phases).float()


def _synthesised(spectrum: Tensor) -> Tensor:
    return torch.istft(spectrum, WINDOW, HOP, window=_window(), length=SAMPLES)


def _analysed(sound: Tensor) -> Tensor:
    return torch.stft(sound, WINDOW, HOP, window=_window(), return_complex=True, pad_mode="constant")


@lru_cache(maxsize=1)
def _window() -> Tensor:
    return torch.hann_window(WINDOW)


@lru_cache(maxsize=1)
def _bands() -> Tensor:
    """(640, 4097) triangular mel filters from 20 Hz to half the rate."""
    filters = torchaudio.functional.melscale_fbanks(WINDOW // 2 + 1, LOWEST_HZ, RATE / 2, BANDS, RATE)
    return filters.T.contiguous()  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def _centres() -> Tensor:
    """The bins, not whole, at which the bands' middles lie."""
    ends = 2595 * np.log10(1 + np.array([LOWEST_HZ, RATE / 2]) / 700)
    middles = 700 * (10 ** (np.linspace(*ends, BANDS + 2)[1:-1] / 2595) - 1)  # type: ignore[call-overload]
    return torch.from_numpy(middles * WINDOW / RATE).float()


@lru_cache(maxsize=1)
def _neighbours() -> tuple[Tensor, Tensor]:
    """For every bin the band below it and how far (0..1) it lies on the way to the next band."""
    centres = _centres()
    bins = torch.arange(WINDOW // 2 + 1, dtype=torch.float32)
    low = (torch.searchsorted(centres, bins) - 1).clamp(0, BANDS - 2)
    share = ((bins - centres[low]) / (centres[low + 1] - centres[low])).clamp(0, 1)
    return low, share
