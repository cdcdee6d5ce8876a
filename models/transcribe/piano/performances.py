"""What pianists did: keys struck, held and let go, and the pedal, read from MIDI files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

PEDAL = 64
"""MIDI controller of the sustain pedal, and the value from which it is down."""


@dataclass(frozen=True)
class Performance:
    """``notes`` (n, 4) float32: onset and key release in seconds, MIDI number, velocity, by onset; ``pedals`` (m, 2): down, up."""

    work: str
    notes: npt.NDArray[np.float32]
    pedals: npt.NDArray[np.float32]


def read_performance(path: Path, work: str) -> Performance:
    """The performance in a MIDI file; all its tracks together. OSError, ValueError or EOFError where it is none."""
    import mido

    held: dict[int, tuple[float, int]] = {}
    notes: list[tuple[float, float, int, int]] = []
    pedals: list[tuple[float, float]] = []
    now, down = 0.0, None

    def release(key: int) -> None:
        if key in held:
            onset, velocity = held.pop(key)
            if now > onset:
                notes.append((onset, now, key, velocity))

    for message in mido.MidiFile(path, clip=True):
        now += message.time
        if message.type == "note_on" and message.velocity:
            release(message.note)
            held[message.note] = (now, message.velocity)
        elif message.type in {"note_off", "note_on"}:
            release(message.note)
        elif message.type == "control_change" and message.control == PEDAL:
            if message.value >= PEDAL and down is None:
                down = now
            elif message.value < PEDAL and down is not None:
                pedals.append((down, now))
                down = None
    for key in list(held):
        release(key)
    if down is not None and now > down:
        pedals.append((down, now))
    return Performance(
        work,
        np.asarray(sorted(notes), np.float32).reshape(-1, 4),
        np.asarray(pedals, np.float32).reshape(-1, 2),
    )
