"""Sound to the picture that the networks look at: mono, 22.05 kHz, a mel spectrogram in decibels by torchaudio.

The dissertation names the steps (resample if needed, mix down if needed, MelSpectrogram, decibels) and not their
numbers; the customary ones of the time are used, which resolve the bass badly: that is part of what its section 3.5
observes. The best network has a front end of its own.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
import torchaudio
from torch import Tensor

from models.transcribe.classic.errors import BadSound
from models.transcribe.classic.networks import FRAMES, MELS

RATE = 22050
WINDOW, HOP = 1024, 512
SAMPLES = HOP * (FRAMES - 1)
"""2.2 seconds: shorter sounds are filled up with silence, longer ones cut."""
RANGE_DB = 80.0
SHORTEST = 0.05
"""Seconds below which nothing can be a note."""


def mono(samples: npt.NDArray[np.floating] | npt.NDArray[np.integer]) -> npt.NDArray[np.float32]:
    """One channel of float32 from (n,) or (n, channels); integers are scaled to -1..1. BadSound when not finite."""
    sound = np.asarray(samples)
    if sound.ndim not in {1, 2} or sound.size == 0:
        raise BadSound("There are no samples to listen to.")
    if np.issubdtype(sound.dtype, np.integer):
        sound = sound.astype(np.float32) / -float(np.iinfo(sound.dtype).min or -1)
    if not np.isfinite(sound).all():
        raise BadSound("The recording holds samples that are no numbers; record or export it again.")
    return np.asarray(sound if sound.ndim == 1 else sound.mean(axis=1), np.float32)


def resampled(sound: npt.NDArray[np.float32], rate: int) -> npt.NDArray[np.float32]:
    """The sound at 22.05 kHz. BadSound when the rate is not one that sound has."""
    if not 1000 <= rate <= 768_000:
        raise BadSound(f"A sampling rate of {rate} Hz is not one that recordings have.")
    if rate == RATE:
        return sound
    answer = torchaudio.functional.resample(torch.from_numpy(sound), rate, RATE)
    return np.asarray(answer.numpy(), np.float32)


def from_onset(sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The sound from shortly before its loudest 10 ms rise onward, where the data set's notes start too."""
    frame = RATE // 100
    count = len(sound) // frame
    if count < 3:
        return sound
    level = np.sqrt(np.square(sound[: count * frame].reshape(count, frame)).mean(axis=1))
    first = int(np.argmax(level > 0.2 * level.max()))
    return sound[max(0, (first - 2) * frame) :]


def spectrogram(sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(64, 96) float32 in -1..1 of mono sound at 22.05 kHz: decibels below the loudest, 80 dB of them.

    BadSound when it is silent or too short.
    """
    if len(sound) < SHORTEST * RATE:
        raise BadSound(f"The sound is shorter than {SHORTEST:g} s: hold the note a little longer.")
    clip = np.zeros(SAMPLES, np.float32)
    clip[: min(SAMPLES, len(sound))] = sound[:SAMPLES]
    loudest = float(np.abs(clip).max())
    if loudest < 1e-5:
        raise BadSound("The recording is silent.")
    with torch.inference_mode():
        decibels: Tensor = _decibels()(_mel()(torch.from_numpy(clip / loudest)))
    return np.asarray((decibels - decibels.max()) / (RANGE_DB / 2) + 1, np.float32)


@lru_cache(maxsize=1)
def _mel() -> torchaudio.transforms.MelSpectrogram:
    return torchaudio.transforms.MelSpectrogram(RATE, n_fft=WINDOW, hop_length=HOP, n_mels=MELS)


@lru_cache(maxsize=1)
def _decibels() -> torchaudio.transforms.AmplitudeToDB:
    return torchaudio.transforms.AmplitudeToDB("power", top_db=RANGE_DB)
