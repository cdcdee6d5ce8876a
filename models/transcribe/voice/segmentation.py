"""Notes in a track of pitch: where each begins and ends, and which pitch was meant.

A sung note glides in, wavers and glides out; words part it from the next by a dip or a gap, or not at all. The track is cut into notes and
gaps at the least cost, exactly, by dynamic programming, as in SwiftF0 (Nieradzik, 2025, "How notes are found"), with what singing needs
beside it: quiet frames (breath, the room) count as gaps, a dip within a held pitch begins a new note, and a glide into a note belongs to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FRAME_S = 0.016
Track = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pitches:
    """A track, one value every `FRAME_S`: MIDI pitch with fractions, chance 0 to 1 that it is voiced, level in decibels."""

    midi: Track
    voiced: Track
    level: Track


@dataclass(frozen=True)
class SungNote:
    """Seconds of onset and end, the pitch meant (MIDI number with fractions), its level in decibels, how likely it is 0 to 1."""

    onset_s: float
    end_s: float
    pitch: float
    level: float
    certainty: float


@dataclass(frozen=True)
class Habits:
    """What singers do; fitted by ``python -m benchmarks.voice --fit`` on the tunes of the develop side."""

    note_cost: float = 8.0
    cap: float = 3.0
    quiet_db: float = 21.0
    dip_db: float = 2.0
    dip_frames: int = 8
    dip_weight: float = 1.5
    scoop_s: float = 0.16
    scoop_semitones: float = 1.6
    fall_s: float = 0.1
    briefest_s: float = 0.12
    again_db: float = 6.0
    again_s: float = 0.3


def notes_of(track: Pitches, habits: Habits = Habits()) -> list[SungNote]:
    """The notes, in order; none overlap."""
    voiced = np.isfinite(track.midi) & (track.voiced > 0)
    if not voiced.any():
        return []
    sounding = track.voiced > 0.5
    if not sounding.any():
        return []
    loud = float(np.percentile(track.level[sounding], 90))
    chance = np.where(track.level > loud - habits.quiet_db, track.voiced, np.minimum(track.voiced, 0.02))
    parts = _parts(np.where(voiced, track.midi, 0.0), np.where(voiced, chance, 0.0), track.level, habits)
    parts = [own for part in _absorbed(parts, track, habits) for own in _again(*part, track.level, habits)]
    notes = []
    for begin, end in parts:
        if (end - begin) * FRAME_S < habits.briefest_s:
            continue
        pitch = _meant(track.midi[begin:end], chance[begin:end])
        certainty = float(np.mean(chance[begin:end]) * np.mean(np.abs(track.midi[begin:end] - pitch) < 0.8))
        notes.append(
            SungNote(
                begin * FRAME_S,
                end * FRAME_S,
                pitch,
                float(np.percentile(track.level[begin:end], 80)),
                float(np.clip(certainty, 0.0, 1.0)),
            )
        )
    return notes


def _parts(midi: Track, chance: Track, level: Track, habits: Habits) -> list[tuple[int, int]]:
    """Frames (begin, end) of the notes of least cost."""
    count, reach = len(midi), habits.dip_frames
    padded = np.pad(level, reach, mode="symmetric")
    left = np.maximum.reduce([padded[j : j + count] for j in range(reach + 1)])
    right = np.maximum.reduce([padded[reach + j : reach + j + count] for j in range(reach + 1)])
    dip = habits.dip_weight * np.maximum(0.0, np.minimum(left, right) - level - habits.dip_db)
    clipped = np.clip(chance, 0.01, 0.99)
    fixed = dip - np.log(clipped / (1 - clipped))
    used = midi[chance > 0]
    grid = np.arange(np.floor(used.min()), np.ceil(used.max()) + 0.01, 0.1)
    cost = np.full(len(grid), np.inf)
    start = np.zeros(len(grid), np.intp)
    back, chosen = np.zeros(count + 1, np.intp), np.full(count + 1, -1, np.intp)
    best = 0.0
    for t in range(count):
        fresh = best + habits.note_cost < cost
        start[fresh] = t
        cost[fresh] = best + habits.note_cost
        cost += np.minimum(np.abs(grid - midi[t]), habits.cap) * chance[t] + fixed[t]
        least = int(np.argmin(cost))
        if cost[least] < best:
            best, back[t + 1], chosen[t + 1] = float(cost[least]), start[least], least
        else:
            back[t + 1] = t
    parts, end = [], count
    while end > 0:
        begin = int(back[end])
        if chosen[end] >= 0:
            parts.append((begin, end))
        end = begin
    return parts[::-1]


def _absorbed(parts: list[tuple[int, int]], track: Pitches, habits: Habits) -> list[tuple[int, int]]:
    """The parts, a scoop joined to the note that it leads into, a fall to the note that it leaves."""
    joined: list[tuple[int, int]] = []
    for begin, end in parts:
        if joined and begin - joined[-1][1] <= 1:
            first, last = joined[-1]
            apart = abs(_middle(track, first, last) - _middle(track, begin, end))
            brief = (last - first) * FRAME_S < habits.scoop_s and apart < habits.scoop_semitones
            fall = (end - begin) * FRAME_S < habits.fall_s and apart < habits.scoop_semitones
            # the same pitch again, with no gap, was parted by a dip: it is a new syllable
            if apart > 0.3 and (brief or fall):
                joined[-1] = (first, end)
                continue
        joined.append((begin, end))
    return joined


def _again(begin: int, end: int, level: Track, habits: Habits) -> list[tuple[int, int]]:
    """The part, cut where a bow or a breath begins the same pitch again: the level falls well below what it was just before and is just after."""
    reach = round(habits.again_s / FRAME_S)
    own = level[begin:end]
    if len(own) < 2 * reach:
        return [(begin, end)]
    padded = np.pad(own, reach, mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, reach).max(1)
    depth = np.minimum(around[: len(own)], around[reach + 1 : reach + 1 + len(own)]) - own
    depth[:reach] = depth[len(own) - reach :] = 0.0
    at = int(depth.argmax())
    if depth[at] < habits.again_db:
        return [(begin, end)]
    return [
        *_again(begin, begin + at, level, habits),
        *_again(begin + at, end, level, habits),
    ]


def _middle(track: Pitches, begin: int, end: int) -> float:
    return float(np.median(track.midi[begin:end]))


def _meant(midi: Track, weight: Track) -> float:
    """The weighted median of a note's pitch, its first and last sixth left out."""
    edge = len(midi) // 6
    inner, share = midi[edge : len(midi) - edge], weight[edge : len(midi) - edge] + 1e-6
    order = np.argsort(inner)
    at = int(np.searchsorted(np.cumsum(share[order]), share.sum() / 2))
    return float(inner[order[min(at, len(order) - 1)]])
