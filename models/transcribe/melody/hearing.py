"""Notes of a melody: when each was struck, which key it is, when it ends.

The onset network says for each frame and key whether it was struck and whether it sounds. Where its answer peaks a note
begins; the ear then listens to the sound from there on. The chances of both are multiplied: the one knows the
context, the other the timbre.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

import numpy as np
import torch

from models import weights
from models.arrays import Samples
from models.transcribe.ear import Ear
from models.transcribe.heard import Guess, HeardNote
from models.transcribe.melody.network import OnsetNetwork, OnsetSize
from models.transcribe.melody.restrikes import change
from models.transcribe.melody.spectra import FRAMES_PER_SECOND, HOP, LOWEST, RATE
from models.transcribe.sound import resampled

NAME = "transcribe-onsets"
CHUNK_S, MARGIN_S = 20.0, 1.0
"""Long recordings are heard in pieces that overlap by a margin on each side; what the margins say is dropped."""
STRUCK = 0.3
"""How sure the network must be that something was struck. At 0.2 it begins to hear echoes."""
APART = 6
"""Frames (70 ms) between two onsets; a trill is slower."""
SOUNDING = 0.3
BRIEFEST_S = 0.03
DAMPER_S = 0.06
"""A string sounds on for about so long after its key is let go; at most half of the silence that follows is taken for it."""
WINDOW_S = 0.8
EAR_SHARE = 0.5
"""Exponent of the ear's chances beside the onset network's."""
FAINTEST = 1e-3
ALTERNATIVES = 4
DOUBTED, FALLEN_DB = 0.6, 3.0
"""A doubtful note at which the sound grows weaker is no note but a key let go, whose damper clicks."""
SURE = 0.95
"""How sure the network must be of a key struck again while it sounds, so that its partials are not asked."""
SILENT = 10 ** (-66 / 20)


class MelodyEar:
    """The onset network and the ear together. Make it by `open`; several threads may use it."""

    _opened: ClassVar[dict[str, MelodyEar]] = {}
    _lock = threading.Lock()

    def __init__(self, held: weights.Weights, ear: Ear, device: str = "cpu") -> None:
        self.weights, self._ear, self._device = held, ear, device
        size = json.loads(held.metadata["size"])
        self._network = OnsetNetwork(OnsetSize(size["channels"], tuple(size["dilations"])))
        state = {name: torch.from_numpy(array) for name, array in held.arrays.items()}
        self._network.load_state_dict(state, strict=False)
        self._network.to(device).eval()

    @classmethod
    def open(cls, device: str = "cpu") -> MelodyEar:
        """The network with the shipped weights on ``device``, loaded once for each.

        `weights.WeightsError` when they are missing.
        """
        with cls._lock:
            if device not in cls._opened:
                cls._opened[device] = cls(weights.load(NAME), Ear.open(device), device)
            return cls._opened[device]

    def hear(
        self, samples: Samples, rate: int, *, on_chunk: Callable[[int, int], None] | None = None
    ) -> list[HeardNote]:
        """The notes of mono float32 ``samples`` in order; one at a time, as in a melody.

        ``on_chunk(done, total)`` is called for each 20 seconds and may raise to stop. Silence gives no notes.
        """
        sound = resampled(np.asarray(samples, np.float32), rate, RATE)
        peak = float(np.abs(sound).max()) if len(sound) else 0.0
        if peak < SILENT:
            return []
        sound = sound / peak
        struck, sounding = self._answers(sound, on_chunk)
        frames = onset_frames(struck.max(1))
        if not frames:
            return []
        times = [frame / FRAMES_PER_SECOND for frame in frames]
        heard = self._ear.windows(samples, rate, [max(0.0, t - 0.02) for t in times], WINDOW_S)
        levels = [_level(sound, time) for time in times]
        loudest = max(levels)
        notes: list[HeardNote] = []
        for number, (frame, time) in enumerate(zip(frames, times, strict=True)):
            column = struck[max(0, frame - 2) : frame + 3].max(0)
            chance = (column + FAINTEST) * (heard[number] + FAINTEST) ** EAR_SHARE
            chance = chance / chance.sum()
            order = np.argsort(chance)[::-1]
            key = int(order[0])
            following = frames[number + 1] if number + 1 < len(frames) else len(struck)
            end = _end(sounding[:, key], frame, following)
            certainty = float(chance[key] * min(1.0, column.max() * 1.2))
            if certainty < DOUBTED and _level(sound, time - 0.12) > levels[number] + FALLEN_DB:
                continue
            again = bool(notes) and notes[-1].midi == LOWEST + key
            if again and column.max() < SURE and not change(sound, time, LOWEST + key).struck:
                # the note before goes on: this was a beat of its strings, a click, or its damper
                if _rings(notes[-1], time):
                    notes[-1] = replace(notes[-1], offset_s=_offset(time, end, following))
                continue
            others = tuple(Guess(LOWEST + int(k), float(chance[k])) for k in order[1 : ALTERNATIVES + 1])
            notes.append(
                HeardNote(
                    time,
                    _offset(time, end, following),
                    LOWEST + key,
                    _velocity(levels[number] - loudest),
                    certainty,
                    others,
                )
            )
        return notes

    @torch.inference_mode()
    def _answers(
        self, sound: Samples, on_chunk: Callable[[int, int], None] | None
    ) -> tuple[Samples, Samples]:
        """(frames, 88) chances that a key is struck, and that it sounds."""
        chunk, margin = (round(s * RATE) // HOP * HOP for s in (CHUNK_S, MARGIN_S))
        total = -(-len(sound) // chunk)
        parts = []
        for number in range(total):
            if on_chunk:
                on_chunk(number, total)
            begin = number * chunk
            early = max(0, begin - margin)
            piece = np.ascontiguousarray(sound[early : begin + chunk + margin])
            answer = torch.sigmoid(self._network(torch.from_numpy(piece).to(self._device)[None]))[0]
            first = (begin - early) // HOP
            parts.append(answer[:, first : first + chunk // HOP].cpu())
        if on_chunk:
            on_chunk(total, total)
        joined = torch.cat(parts, 1).numpy()
        return joined[0], joined[1]


def onset_frames(struck: Samples) -> list[int]:
    """The frames at which the chance (n,) that anything is struck peaks above `STRUCK`, at least `APART` apart."""
    frames: list[int] = []
    for frame in np.flatnonzero(struck > STRUCK).tolist():
        near = struck[max(0, frame - APART) : frame + APART + 1]
        if struck[frame] < near.max() or (frames and frame - frames[-1] <= APART):
            continue
        frames.append(frame)
    return frames


def _end(sounding: Samples, frame: int, following: int) -> int:
    """The frame at which a key has faded: below `SOUNDING`, or when the next note begins."""
    begin = min(frame + 3, len(sounding))
    quiet = np.flatnonzero(sounding[begin:following] < SOUNDING)
    return int(begin + quiet[0]) if len(quiet) else following


def _offset(time: float, end: int, following: int) -> float:
    """Seconds at which the key of a note struck at ``time`` was let go."""
    return max((end - _ringing(end, following)) / FRAMES_PER_SECOND, time + BRIEFEST_S)


def _rings(note: HeardNote, time: float) -> bool:
    """Whether a note was heard until just before ``time``."""
    return time - note.offset_s <= 2 * DAMPER_S


def _ringing(end: int, following: int) -> float:
    """Frames for which the damped string was still heard."""
    return min(DAMPER_S * FRAMES_PER_SECOND, (following - end) / 2)


def _level(sound: Samples, time: float) -> float:
    """Decibels of 100 ms from a time on."""
    begin = max(0, round(time * RATE))
    piece = sound[begin : begin + RATE // 10]
    return 10 * float(np.log10(np.square(piece).mean() + 1e-9)) if len(piece) else -90.0


def _velocity(decibels: float) -> int:
    """A MIDI velocity from the level below the loudest note, which is given 100: 40 dB span the keyboard's touch."""
    return int(np.clip(round(100 + 1.8 * decibels), 20, 110))
