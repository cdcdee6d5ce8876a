"""What the piano network should say of a clip, and how wrong it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from models.transcribe.melody.spectra import KEYS, LOWEST
from models.transcribe.piano.mixing import Clip
from models.transcribe.piano.network import ENDING, SOUNDING, STRUCK, VELOCITY
from models.transcribe.piano.spectra import FRAMES_PER_SECOND

WIDTH = 1.6
"""Frames from an onset at which its bump has fallen to nothing."""
HELD_BACK = 0.05
"""Seconds before a clip's end from which an onset is not asked for."""


@dataclass(frozen=True)
class Shares:
    """What each part of the loss counts; how much more a struck frame than one that is not."""

    struck: float = 1.0
    struck_weight: float = 2.0
    sounding: float = 0.2
    ending: float = 0.15
    velocity: float = 0.6
    pedal: float = 0.02


def targets(clip: Clip, frames: int) -> tuple[Tensor, Tensor]:
    """(4, frames, 88): struck, sounding, ending, velocity, the last of which counts where struck is; and (frames,) the pedal."""
    wanted = np.zeros((4, frames, KEYS), np.float32)
    for note in clip.notes:
        key = note.midi - LOWEST
        start, end = note.onset * FRAMES_PER_SECOND, note.offset * FRAMES_PER_SECOND
        if note.onset >= -WIDTH / FRAMES_PER_SECOND:
            _bump(wanted[STRUCK, :, key], start)
            near = slice(max(0, round(start) - 1), max(0, round(start) + 2))
            wanted[VELOCITY, near, key] = note.loudness
        _bump(wanted[ENDING, :, key], end)
        wanted[SOUNDING, max(0, round(start)) : max(0, round(start) + 1, round(end)), key] = 1.0
    pedal = np.zeros(frames, np.float32)
    for down, up in clip.pedals:
        pedal[max(0, round(down * FRAMES_PER_SECOND)) : max(0, round(up * FRAMES_PER_SECOND))] = 1.0
    return torch.from_numpy(wanted), torch.from_numpy(pedal)


def _bump(row: np.ndarray, centre: float) -> None:
    first, last = max(0, int(np.ceil(centre - WIDTH))), min(len(row) - 1, int(centre + WIDTH))
    for frame in range(first, last + 1):
        row[frame] = max(row[frame], min(1.0, 1.25 * (1 - abs(frame - centre) / WIDTH)))


def losses(answers: Tensor, pedal: Tensor, wanted: Tensor, down: Tensor, shares: Shares) -> dict[str, Tensor]:
    """Each part of the loss, a frame, summed over keys; "all" is what is minimised."""
    entropy = nn.functional.binary_cross_entropy_with_logits
    weight = 1.0 + (shares.struck_weight - 1.0) * wanted[:, STRUCK]
    mask = (wanted[:, STRUCK] > 0.3).float()
    velocity = (torch.sigmoid(answers[:, VELOCITY]) - wanted[:, VELOCITY]).square() * mask
    parts = {
        "struck": KEYS * entropy(answers[:, STRUCK], wanted[:, STRUCK], weight),
        "sounding": KEYS * entropy(answers[:, SOUNDING], wanted[:, SOUNDING]),
        "ending": KEYS * entropy(answers[:, ENDING], wanted[:, ENDING]),
        "velocity": KEYS * velocity.mean(),
        "pedal": entropy(pedal, down),
    }
    parts["all"] = sum((getattr(shares, name) * part for name, part in parts.items()), torch.zeros(()))
    return parts
