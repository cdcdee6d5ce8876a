"""What the notation network is told of each note: its key, its neighbours in time and pitch, its length and loudness."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

TOGETHER = 0.035
"""Seconds within which onsets are one chord."""
SIZE = 30
"""Numbers a note."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def chords_of(onsets: npt.ArrayLike) -> Ints:
    """The number of the chord of each onset (rising): all within `TOGETHER` of a chord's first are one."""
    times = np.asarray(onsets, float)
    chord = np.zeros(len(times), np.int64)
    first = 0
    for i in range(1, len(times)):
        if times[i] - times[first] > TOGETHER:
            first = i
            chord[i] = chord[i - 1] + 1
        else:
            chord[i] = chord[i - 1]
    return chord


def features(onsets: Floats, offsets: Floats, midis: Floats, velocities: Floats) -> npt.NDArray[np.float32]:
    """(n, `SIZE`) of n notes in order of onset, and of key within a chord."""
    n = len(onsets)
    out = np.zeros((n, SIZE), np.float32)
    if not n:
        return out
    chord = chords_of(onsets)
    firsts = np.flatnonzero(np.diff(chord, prepend=-1))
    starts = onsets[firsts]
    size = np.bincount(chord)
    lowest = np.minimum.reduceat(midis, firsts)
    highest = np.maximum.reduceat(midis, firsts)
    loudest = np.maximum.reduceat(velocities, firsts)
    held = np.maximum(offsets - onsets, 0.01)
    out[np.arange(n), (midis % 12).astype(int)] = 1.0
    out[:, 12] = (midis - 60) / 20
    out[:, 13] = np.log(held) + 1.0
    window = np.ones(41) / 41
    padded = np.pad(velocities, 20, mode="edge")
    local = np.convolve(padded, window, "valid")
    out[:, 14] = (velocities - local) / 12
    for column, distance in ((15, 1), (16, -1), (17, 2), (18, -2)):
        gap = _gaps(starts, distance)
        out[:, column] = (np.log(gap + 0.02) + 1.2)[chord]
    out[:, 19] = (midis == lowest[chord]) * 1.0
    out[:, 20] = (midis == highest[chord]) * 1.0
    out[:, 21] = np.minimum(size[chord], 8) / 4
    out[:, 22] = (midis - lowest[chord]) / 20
    out[:, 23] = (highest[chord] - midis) / 20
    for column, distance in ((24, 1), (25, -1)):
        out[:, column] = np.clip(_shifted(midis, distance) - midis, -24, 24) / 12
    out[:, 26] = ((loudest - local[firsts]) / 12)[chord]
    out[:, 27] = (_shifted(lowest, -1) - lowest)[chord] / 24
    out[:, 28] = (_shifted(lowest, 1) - lowest)[chord] / 24
    out[:, 29] = _since_same_key(onsets, midis)
    return np.asarray(np.clip(out, -4, 4), np.float32)


def _gaps(starts: Floats, distance: int) -> Floats:
    """Seconds from each chord to the one so many before (positive) or after (negative) it; 2 s where there is none."""
    gap = np.full(len(starts), 2.0)
    step = abs(distance)
    if len(starts) > step:
        apart = starts[step:] - starts[:-step]
        if distance > 0:
            gap[step:] = apart
        else:
            gap[:-step] = apart
    return gap


def _shifted(values: Floats, distance: int) -> Floats:
    """Each value's neighbour before (positive) or after (negative); itself at the edge."""
    out = values.copy()
    if distance > 0:
        out[distance:] = values[:-distance]
    elif len(values) > 1:
        out[:distance] = values[-distance:]
    return out


def _since_same_key(onsets: Floats, midis: Floats) -> Floats:
    """The logarithm of the seconds since the key was last struck, shifted; for 4 s where it was not."""
    last: dict[int, float] = {}
    out = np.zeros(len(onsets))
    for i, (at, midi) in enumerate(zip(onsets, midis, strict=True)):
        out[i] = np.log(min(4.0, at - last.get(int(midi), -9.0)) + 0.02)
        last[int(midi)] = at
    return out
