"""From the piano network's answers to notes, frame by frame: notes are handed on while the music goes on.

A key is struck where its chance of that peaks, and sounds until its chance of sounding falls, its string is damped, or it is struck again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from models.transcribe.heard import Guess, HeardNote
from models.transcribe.melody.spectra import KEYS, LOWEST
from models.transcribe.piano.spectra import FRAMES_PER_SECOND

Chances = npt.NDArray[np.float32]
INTERVALS = (12, 19, 24, 7, 1, 2)
"""Semitones to keys that a note is most often mistaken for."""
ALTERNATIVES = 4
BRIEFEST_S = 0.03
LOW_END, HIGH_END = 3, 4
"""Keys at either end of the keyboard: seldom played, so that the network says less of them, and in music that has none next to nothing."""
HAMMERED, FAR = 24, (43, 50)
"""The blow of a hammer on one of so many lowest keys rings by itself, about so many semitones above them."""
CLUSTERED = 8
"""Of so many highest keys, two neighbours at once are one string: it lies between the keys that the network knows."""
OVERTONES = (12, 19, 24, 28, 31)
"""Semitones from a key to its partials."""
BLOWN, RANG = 9, 36
"""The blow of one of so many lowest keys rings anywhere up to so many semitones above it."""
PASSING_S, SURE = 0.25, 0.85
"""What falls silent so soon while the key below it, struck with it, sounds on was that key's overtone or blow, unless it is as likely as this."""
FAINTEST = 0.01


@dataclass(frozen=True)
class Thresholds:
    """From which chance on a key counts as struck, and is kept as a candidate; and when it no longer sounds.

    Fitted by ``python -m benchmarks.piano --fit`` on the develop side.
    """

    struck: float = 0.55
    candidate: float = 0.15
    sounding: float = 0.3
    ending: float = 0.5
    apart: int = 3
    again: float = 0.6
    ends: float = 0.3
    """From which chance on one of the `LOW_END` or `HIGH_END` counts as struck."""
    far: float = 0.8
    """The same `FAR` above a low key that is struck at the same time."""


@dataclass
class _Open:
    """A key that was struck and has not ended yet; ``peak`` is the frame of its onset."""

    peak: int
    note: HeardNote


class NoteTracker:
    """Takes the chances of frame after frame and gives notes back as soon as nothing can change them.

    Candidates, struck with less chance than `Thresholds.struck`, are collected in ``candidates``.
    """

    def __init__(self, thresholds: Thresholds = Thresholds()) -> None:
        self.thresholds = thresholds
        self.candidates: list[HeardNote] = []
        self._held = np.zeros((4, 0, KEYS), np.float32)
        self._first = 0
        self._next = 0
        self._open: dict[int, _Open] = {}
        self._ready: list[HeardNote] = []

    def push(self, chances: Chances) -> list[HeardNote]:
        """Notes settled by the next frames' chances (4, frames, 88): struck, sounding, ending, velocity."""
        self._held = np.concatenate([self._held, chances], 1)
        reach = self.thresholds.apart + 1
        self._read(self._first + self._held.shape[1] - reach)
        keep = max(0, self._next - self._first - reach)
        self._held, self._first = self._held[:, keep:], self._first + keep
        # a note that peaks in a later frame may yet begin a little before that frame
        return self._settled((self._next - 1) / FRAMES_PER_SECOND)

    def flush(self) -> list[HeardNote]:
        """The rest of the notes: the music is over."""
        last = self._first + self._held.shape[1]
        self._read(last)
        for key in list(self._open):
            self._close(key, last)
        self.candidates.sort(key=lambda note: note.onset_s)
        return self._settled(np.inf)

    def _read(self, until: int) -> None:
        begin, reach = self._next - self._first, self.thresholds.apart
        end = until - self._first
        if end <= begin:
            return
        struck = self._held[0]
        low = max(0, begin - reach)
        window = np.pad(struck[low : end + reach], ((reach, reach), (0, 0)))
        rows = struck[low : min(len(struck), end + reach)]
        highest = np.max([window[k : k + len(rows)] for k in range(2 * reach + 1)], axis=0)
        peaks = (rows >= highest) & (rows > self.thresholds.candidate)
        for frame in range(begin, end):
            absolute = self._first + frame
            for key in list(self._open):
                self._see(key, frame, absolute)
            for key in np.flatnonzero(peaks[frame - low]).tolist():
                self._strike(int(key), frame, absolute)
        self._next = until

    def _see(self, key: int, frame: int, absolute: int) -> None:
        opened = self._open[key]
        if absolute < opened.peak + 2:
            return
        sounding, ending = self._held[1, frame, key], self._held[2, frame, key]
        if sounding < self.thresholds.sounding or (ending > self.thresholds.ending and sounding < 0.5):
            self._close(key, absolute)

    def _strike(self, key: int, frame: int, absolute: int) -> None:
        struck = self._held[0, :, key]
        chance = float(struck[frame])
        if frame and struck[frame - 1] == struck[frame]:
            return  # of two equal frames the first is the onset
        limit = self.thresholds
        opened = self._open.get(key)
        if opened is not None and absolute - opened.peak <= limit.apart:
            return
        note = HeardNote(
            max(0.0, (absolute + _beside(struck, frame)) / FRAMES_PER_SECOND),
            0.0,
            LOWEST + key,
            int(np.clip(round(127 * float(self._held[3, frame, key])), 1, 127)),
            min(1.0, chance),
            self._others(key, frame),
        )
        if chance < self._least(key, frame, opened is not None) or self._beside_another(key, frame):
            self.candidates.append(replace(note, offset_s=note.onset_s + self._lasting(key, frame)))
            return
        if opened is not None:
            self._close(key, absolute)
        self._open[key] = _Open(absolute, note)

    def _least(self, key: int, frame: int, sounds: bool) -> float:
        """The chance from which on a key counts as struck."""
        limit = self.thresholds
        if key < LOW_END or key >= KEYS - HIGH_END:
            return limit.again if sounds else min(limit.ends, limit.struck)
        low = self._held[0, max(0, frame - 2) : frame + 3, max(0, key - FAR[1]) : max(0, key - FAR[0] + 1)]
        low = low[:, : max(0, HAMMERED - max(0, key - FAR[1]))]
        if low.size and float(low.max()) >= limit.struck:
            return max(limit.far, limit.again if sounds else limit.struck)
        return limit.again if sounds else limit.struck

    def _beside_another(self, key: int, frame: int) -> bool:
        """Whether the highest keys' neighbour is struck more clearly at the same time."""
        if key < KEYS - CLUSTERED:
            return False
        around = self._held[0, max(0, frame - 2) : frame + 3]
        own = float(around[:, key].max())
        return any(float(around[:, other].max()) > own for other in (key - 1, key + 1) if other < KEYS)

    def _lasting(self, key: int, frame: int) -> float:
        """Seconds that a candidate sounds, as far as can be seen."""
        quiet = np.flatnonzero(self._held[1, frame + 1 :, key] < self.thresholds.sounding)
        frames = int(quiet[0]) + 1 if len(quiet) else self._held.shape[1] - frame
        return max(BRIEFEST_S, frames / FRAMES_PER_SECOND)

    def _others(self, key: int, frame: int) -> tuple[Guess, ...]:
        around = self._held[0, max(0, frame - 1) : frame + 2].max(0)
        found = []
        for step in INTERVALS:
            for other in (key - step, key + step):
                if 0 <= other < KEYS and FAINTEST < around[other] <= self.thresholds.struck:
                    found.append(Guess(LOWEST + other, float(around[other])))
        return tuple(sorted(found, key=lambda guess: -guess.certainty)[:ALTERNATIVES])

    def _close(self, key: int, absolute: int) -> None:
        opened = self._open.pop(key)
        end = max(absolute / FRAMES_PER_SECOND, opened.note.onset_s + BRIEFEST_S)
        note = replace(opened.note, offset_s=end)
        if (
            end - note.onset_s < PASSING_S
            and note.certainty < SURE
            and self._over_another(key, opened.peak, absolute)
        ):
            self.candidates.append(note)
            return
        self._ready.append(note)

    def _over_another(self, key: int, peak: int, absolute: int) -> bool:
        """Whether a key that was struck with this one, and whose overtone or blow it may be, sounds on."""
        # as far ahead as is always known, so that it does not matter in which pieces the chances come
        later = self._held[1, min(absolute - self._first + self.thresholds.apart, self._held.shape[1] - 1)]
        return any(
            abs(other.peak - peak) <= self.thresholds.apart
            and (key - lower in OVERTONES or (lower < BLOWN and 0 < key - lower <= RANG))
            and later[lower] > self.thresholds.sounding
            for lower, other in self._open.items()
        )

    def _settled(self, before: float) -> list[HeardNote]:
        """Ended notes that began before second ``before`` and before any that still sounds, so that all come in order."""
        self._ready.sort(key=lambda note: (note.onset_s, note.midi))
        first = min([before, *(opened.note.onset_s for opened in self._open.values())])
        count = sum(1 for note in self._ready if note.onset_s < first)
        settled, self._ready = self._ready[:count], self._ready[count:]
        return settled


def _beside(struck: Sequence[float] | Chances, frame: int) -> float:
    """How far, -0.5 to 0.5 frames, the peak of a parabola through three frames lies from the middle one."""
    if not 0 < frame < len(struck) - 1:
        return 0.0
    before, at, after = (float(struck[frame + d]) for d in (-1, 0, 1))
    bend = before - 2 * at + after
    return float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < -1e-9 else 0.0
