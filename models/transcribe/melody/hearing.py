"""Notes of a melody: when each was struck, which key it is, when it ends.

The onset network says for each frame and key whether it was struck and whether it sounds. Where its answer peaks a note
begins; the ear then listens to the sound from there on. The chances of both are multiplied: the one knows the
context, the other the timbre.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import ClassVar

import numpy as np
import torch

from models import weights
from models.arrays import Samples
from models.transcribe.ear import Ear
from models.transcribe.heard import Guess, HeardNote
from models.transcribe.melody.network import OnsetNetwork, OnsetSize
from models.transcribe.melody.spectra import FRAMES_PER_SECOND, HOP, LOWEST, RATE
from models.transcribe.melody.strikes import FADED_DB, STRUCK_DB, faded, rise
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
        return self.heard(samples, rate, on_chunk=on_chunk)[0]

    def heard(
        self, samples: Samples, rate: int, *, on_chunk: Callable[[int, int], None] | None = None
    ) -> tuple[list[HeardNote], list[HeardNote]]:
        """As `hear`, and with the notes those onsets that were taken for clicks, echoes or beating strings."""
        sound = resampled(np.asarray(samples, np.float32), rate, RATE)
        peak = float(np.abs(sound).max()) if len(sound) else 0.0
        if peak < SILENT:
            return [], []
        sound = sound / peak
        struck, sounding = self._answers(sound, on_chunk)
        frames = onset_frames(struck.max(1))
        if not frames:
            return [], []
        times = [frame / FRAMES_PER_SECOND for frame in frames]
        heard = self._ear.windows(samples, rate, [max(0.0, t - 0.02) for t in times], WINDOW_S)
        levels = [_level(sound, time) for time in times]
        found = []
        for number, frame in enumerate(frames):
            column = struck[max(0, frame - 2) : frame + 3].max(0)
            chance = (column + FAINTEST) * (heard[number] + FAINTEST) ** EAR_SHARE
            chance = chance / chance.sum()
            key = int(chance.argmax())
            found.append(
                _Onset(frame, key, chance, float(chance[key] * min(1.0, column.max() * 1.2)), levels[number])
            )
        kept = _struck_ones(found, sound)
        loudest = max(levels)
        notes = []
        for onset, following in zip_longest(kept, kept[1:]):
            notes.append(onset.note(sounding, following.frame if following else len(sounding), loudest))
        left = [o.note(sounding, len(sounding), loudest) for o in found if o not in kept]
        return notes, left

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


@dataclass(frozen=True, eq=False)
class _Onset:
    """Something that was struck: its frame, the likeliest key, each key's chance, how sure that is, decibels."""

    frame: int
    key: int
    chance: Samples
    certainty: float
    level: float

    @property
    def time(self) -> float:
        """Seconds."""
        return self.frame / FRAMES_PER_SECOND

    def note(self, sounding: Samples, following: int, loudest: float) -> HeardNote:
        """The note that it is, where the next one begins at the frame ``following``."""
        order = np.argsort(self.chance)[::-1]
        end = _end(sounding[:, self.key], self.frame, following)
        return HeardNote(
            self.time,
            max((end - _ringing(end, following)) / FRAMES_PER_SECOND, self.time + BRIEFEST_S),
            LOWEST + self.key,
            _velocity(self.level - loudest),
            self.certainty,
            tuple(Guess(LOWEST + int(k), float(self.chance[k])) for k in order[1 : ALTERNATIVES + 1]),
        )


def _struck_ones(found: Sequence[_Onset], sound: Samples) -> list[_Onset]:
    """Those that are notes: no dampers that click, no key that sounds on and was not struck again, nothing that is gone at once."""
    kept: list[_Onset] = []
    for onset in found:
        midi = LOWEST + onset.key
        doubted = onset.certainty < DOUBTED
        if doubted and _level(sound, onset.time - 0.12) > onset.level + FALLEN_DB:
            continue
        if kept and kept[-1].key == onset.key and rise(sound, RATE, midi, onset.time) < STRUCK_DB:
            continue
        if doubted and faded(sound, RATE, midi, onset.time) > FADED_DB:
            continue
        kept.append(onset)
    return kept


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
