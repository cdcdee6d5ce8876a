"""What the ear hears in a recording of one note: ranked keys with certainties, and what the player should know.

`Ear` finds the note inside the take, looks at its first 1.6 seconds and names the key. It may be used from several
threads.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from models import weights
from models.arrays import Samples
from models.transcribe.ear.network import FIRST_KEY, KINDS, EarNetwork, EarSize
from models.transcribe.ear.spectrogram import RATE, LogSpectrogram
from models.transcribe.sound import resampled

NAME = "transcribe-ear"
LOOK_S = 1.6
"""Seconds of a note that are looked at: what the network was trained on at most."""
BEFORE_S = 0.025
FRAME = RATE // 100
SILENT_DB, QUIET_DB = -66.0, -42.0
CLIPPED_SHARE = 2e-3
BATCH = 16

SILENCE = "Nothing is to be heard: check the microphone, or play louder."
NO_NOTE = "No piano note is to be heard in this recording: what follows is a guess."
TOO_QUIET = "The recording is very quiet: move nearer, or raise the level."
CLIPPED = "The recording is clipped: lower the level and play again."
SEVERAL = "More than one note sounds at once: the strongest is named."
UNSURE = "The key is not certain: look at the other suggestions too."


@dataclass(frozen=True)
class Hearing:
    """Ranked (MIDI number, certainty 0..1), best first; chances that it is one note, several, or something else.

    ``ranked`` is empty for silence. ``onset_s`` is where the note begins in the take. ``hints`` are sentences.
    """

    ranked: tuple[tuple[int, float], ...]
    kinds: dict[str, float]
    onset_s: float
    hints: tuple[str, ...]

    @property
    def midi(self) -> int | None:
        """The best key, None for silence."""
        return self.ranked[0][0] if self.ranked else None

    @property
    def is_note(self) -> float:
        """The chance that a single piano note sounds."""
        return self.kinds.get("note", 0.0)


class Ear:
    """The note network, ready to listen. Make it by `Ear.open`."""

    _opened: ClassVar[dict[str, Ear]] = {}
    _lock = threading.Lock()

    def __init__(self, held: weights.Weights, device: str = "cpu") -> None:
        self.weights, self._device = held, device
        self._network = EarNetwork(EarSize.from_json(held.metadata["size"]))
        state = {name: torch.from_numpy(array) for name, array in held.arrays.items()}
        self._network.load_state_dict(state, strict=False)
        self._network.to(device).eval()
        self._spectrogram = LogSpectrogram().to(device).eval()
        self._temperature = float(held.metadata.get("temperature", "1"))

    @classmethod
    def open(cls, device: str = "cpu") -> Ear:
        """The ear with the shipped weights on ``device``, loaded once for each.

        `weights.WeightsError` when they are missing or damaged.
        """
        with cls._lock:
            if device not in cls._opened:
                cls._opened[device] = cls(weights.load(NAME), device)
            return cls._opened[device]

    def hear(self, samples: Samples, rate: int, *, best: int = 5) -> Hearing:
        """What sounds in mono float32 ``samples``: the ``best`` likeliest keys, and hints."""
        peak = float(np.abs(samples).max()) if len(samples) else 0.0
        if _db(peak) < SILENT_DB:
            return Hearing((), {"other": 1.0}, 0.0, (SILENCE,))
        sound = resampled(np.asarray(samples, np.float32), rate, RATE)
        onset = onset_of(sound)
        begin = max(0, onset - round(BEFORE_S * RATE))
        clip = sound[begin : begin + round(LOOK_S * RATE)]
        keys, kinds = self._chances(clip[None])
        order = np.argsort(keys[0])[::-1][:best]
        ranked = tuple((FIRST_KEY + int(k), float(keys[0, k])) for k in order)
        chances = {name: float(chance) for name, chance in zip(KINDS, kinds[0], strict=True)}
        return Hearing(ranked, chances, onset / RATE, tuple(_hints(samples, peak, ranked, chances)))

    def windows(self, samples: Samples, rate: int, times_s: Sequence[float], seconds: float) -> Samples:
        """(len(times_s), 88) chances of the keys in windows of ``seconds`` that begin at each time."""
        sound = resampled(np.asarray(samples, np.float32), rate, RATE)
        count = max(FRAME, round(seconds * RATE))
        found = np.zeros((len(times_s), 88), np.float32)
        for first in range(0, len(times_s), BATCH):
            starts = [max(0, round(t * RATE)) for t in times_s[first : first + BATCH]]
            clips = [sound[s : s + count] for s in starts]
            batch = np.stack([np.pad(c, (0, count - len(c))) for c in clips])
            found[first : first + BATCH] = self._chances(batch)[0]
        return found

    @torch.inference_mode()
    def _chances(self, clips: Samples) -> tuple[Samples, Samples]:
        loudest = np.abs(clips).max(1, keepdims=True) + 1e-9
        sound = torch.from_numpy(np.ascontiguousarray(clips / loudest)).to(self._device)
        keys, kinds = self._network(self._spectrogram(sound))
        chances = torch.softmax(keys / self._temperature, 1).cpu().numpy()
        return np.asarray(chances, np.float32), np.asarray(torch.softmax(kinds, 1).cpu().numpy(), np.float32)


def onset_of(sound: Samples) -> int:
    """The sample (at 32 kHz) at which the take grows loud: a third of the way, in decibels, from its floor to its peak."""
    frames = len(sound) // FRAME
    if frames < 2:
        return 0
    power = np.square(sound[: frames * FRAME].reshape(frames, FRAME)).mean(1)
    level = 10 * np.log10(power + 1e-12)
    peak, floor = float(level.max()), float(np.percentile(level, 10))
    threshold = max(peak - 26.0, floor + 0.35 * (peak - floor))
    return int(np.argmax(level >= threshold)) * FRAME


def _hints(
    samples: Samples, peak: float, ranked: tuple[tuple[int, float], ...], kinds: dict[str, float]
) -> list[str]:
    hints = []
    if _db(peak) < QUIET_DB:
        hints.append(TOO_QUIET)
    elif (np.abs(samples) > 0.999 * peak).mean() > CLIPPED_SHARE and peak > 0.5:
        hints.append(CLIPPED)
    if kinds["other"] > 0.5:
        hints.append(NO_NOTE)
    elif kinds["chord"] > 0.5:
        hints.append(SEVERAL)
    elif ranked[0][1] < 0.6:
        hints.append(UNSURE)
    return hints


def _db(amplitude: float) -> float:
    return 20 * float(np.log10(amplitude + 1e-9))
