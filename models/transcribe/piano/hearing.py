"""The piano network with its weights, listening to a recording piece by piece in bounded memory."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import ClassVar

import numpy as np
import torch

from models import weights
from models.arrays import Samples
from models.transcribe.heard import HeardNote
from models.transcribe.melody.spectra import RATE
from models.transcribe.piano.decoding import Chances, NoteTracker, Thresholds
from models.transcribe.piano.network import VELOCITY, PianoNetwork, PianoSize
from models.transcribe.piano.spectra import HOP
from models.transcribe.sound import resampled

NAME = "transcribe-piano"
CHUNK = 688
"""Frames heard at once: 16 seconds."""
MARGIN = 56
"""Frames of context on each side, at least what the network can see."""
LEVEL_DB = -20.0
"""Decibels that the loudest twentieth of a second is brought to, the middle of what the network learned from."""
SILENT_DB = -66.0
FRAME_S = 0.05


class PianoEar:
    """Make it by `open`; several threads may use it."""

    _opened: ClassVar[dict[str, PianoEar]] = {}
    _lock = threading.Lock()

    def __init__(self, held: weights.Weights, device: str = "cpu") -> None:
        self.weights, self._device = held, device
        size = json.loads(held.metadata["size"])
        network = PianoNetwork(PianoSize(size["channels"], size["shown"], tuple(size["dilations"])))
        state = {name: torch.from_numpy(array) for name, array in held.arrays.items()}
        network.load_state_dict(state, strict=False)
        self._network = network.to(device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
        self.thresholds = Thresholds(**json.loads(held.metadata.get("thresholds", "{}")))

    @classmethod
    def open(cls, device: str = "cpu") -> PianoEar:
        """The network with the shipped weights on ``device``, loaded once for each. `weights.WeightsError` without them."""
        with cls._lock:
            if device not in cls._opened:
                cls._opened[device] = cls(weights.load(NAME), device)
            return cls._opened[device]

    def notes(
        self, samples: Samples, rate: int, *, on_chunk: Callable[[int, int], None] | None = None
    ) -> Iterator[tuple[list[HeardNote], list[HeardNote]]]:
        """(settled notes, candidates so far) of mono float32 ``samples`` after each 16 seconds, and at the end.

        ``on_chunk(done, total)`` is called before each piece and may raise to stop. Silence gives no notes.
        """
        tracker = NoteTracker(self.thresholds)
        for chances in self.chances(samples, rate, on_chunk=on_chunk):
            yield tracker.push(chances), tracker.candidates
        yield tracker.flush(), tracker.candidates

    @torch.inference_mode()
    def chances(
        self, samples: Samples, rate: int, *, on_chunk: Callable[[int, int], None] | None = None
    ) -> Iterator[Chances]:
        """(4, frames, 88) chances that a key is struck, sounds, ends, and how hard it was struck, 16 seconds at a time."""
        gain = gain_of(samples, rate)
        seconds = len(samples) / rate
        frames = int(seconds * RATE) // HOP + 1
        total = -(-frames // CHUNK)
        for number in range(total):
            if on_chunk:
                on_chunk(number, total)
            if not gain:
                continue
            begin = number * CHUNK
            early, late = max(0, begin - MARGIN), begin + CHUNK + MARGIN
            piece = samples[round(early * HOP / RATE * rate) : round(late * HOP / RATE * rate)]
            sound = resampled(np.asarray(piece, np.float32) * np.float32(gain), rate, RATE)
            heard, _ = self._network(torch.from_numpy(sound).to(self._device)[None])
            heard = torch.sigmoid(heard[0, :, begin - early : begin - early + min(CHUNK, frames - begin)])
            heard[VELOCITY].clamp_(0, 1)
            yield heard.cpu().numpy()
        if on_chunk:
            on_chunk(total, total)


def gain_of(samples: Samples, rate: int) -> float:
    """What brings a recording's loudest twentieth of a second to `LEVEL_DB`; 0 for silence."""
    step = max(1, round(FRAME_S * rate))
    loudest = 0.0
    for begin in range(0, len(samples), step * 4096):
        piece = samples[begin : begin + step * 4096]
        whole = len(piece) // step * step
        parts = [np.square(piece[:whole].reshape(-1, step), dtype=np.float64).mean(1)] if whole else []
        if whole < len(piece):
            parts.append(np.square(piece[whole:], dtype=np.float64).sum(keepdims=True) / step)
        loudest = max(loudest, *(float(part.max()) for part in parts))
    if 10 * np.log10(loudest + 1e-12) < SILENT_DB:
        return 0.0
    return float(10 ** (LEVEL_DB / 20) / np.sqrt(loudest))
