"""One note's sound drawn as its 162x300 sheet image, by the network asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch

from models import weights
from models.contracts.transcribe import BEST, CLASSIC
from models.transcribe.classic.best import BestDecoder, latent
from models.transcribe.classic.images import all_images
from models.transcribe.classic.keys import KEYS, LOWEST
from models.transcribe.classic.networks import ClassicNetwork, ClassicSize
from models.transcribe.classic.spectrogram import from_onset, mono, resampled, spectrogram


@dataclass(frozen=True)
class NoteImage:
    """``grey`` (162, 300) uint8, black ink on white; ranked (MIDI number, certainty), best first; who drew it."""

    grey: npt.NDArray[np.uint8]
    ranked: tuple[tuple[int, float], ...]
    network: str


def draw_keys(certainty: npt.NDArray[np.float32], *, device: str = "cpu") -> npt.NDArray[np.uint8]:
    """The image that ``best`` draws of certainties (88,) over the keys, (162, 300) uint8."""
    with torch.inference_mode():
        drawn = _best(device)(latent(torch.from_numpy(np.ascontiguousarray(certainty))[None]).to(device))
    return _grey(drawn[0, 0].cpu().numpy())


def draw_classic(
    samples: npt.NDArray[np.float32], rate: int, network: str, *, device: str = "cpu"
) -> NoteImage:
    """The image that one of the dissertation's networks makes of a sound.

    Its ranking comes from the image: the keys whose sheet images are nearest to it in squared error. BadSound for
    silence and the like; `weights.WeightsError` for a network that is not shipped.
    """
    heard = spectrogram(from_onset(resampled(mono(samples), rate)))
    with torch.inference_mode():
        drawn = classic_network(network, device)(torch.from_numpy(heard)[None, None].to(device))[0, 0]
    grey = _grey(drawn.cpu().numpy())
    return NoteImage(grey, nearest_keys(grey), network)


def nearest_keys(grey: npt.NDArray[np.uint8], best: int = 5) -> tuple[tuple[int, float], ...]:
    """(MIDI number, certainty) of the sheet images nearest to a drawn one; certainties fall off with squared error."""
    error = np.square(all_images().astype(np.float32) - grey.astype(np.float32)).mean((1, 2))
    share = np.exp(-(error - error.min()) / 60.0)
    share /= share.sum()
    order = np.argsort(share)[::-1][:best]
    return tuple((LOWEST + int(k), float(share[k])) for k in order)


@lru_cache(maxsize=2)
def _best(device: str) -> BestDecoder:
    held = weights.load(CLASSIC + BEST)
    network = BestDecoder()
    network.load_state_dict({k: torch.from_numpy(v) for k, v in held.arrays.items()}, strict=False)
    return network.to(device).eval()


@lru_cache(maxsize=8)
def classic_network(name: str, device: str = "cpu") -> ClassicNetwork:
    """One of the dissertation's networks, such as ``smoothl1-5x5``. `weights.WeightsError` where it is not shipped."""
    return network_of(weights.load(CLASSIC + name)).to(device)


def network_of(held: weights.Weights) -> ClassicNetwork:
    """The network whose numbers and size a weight file of `train` holds, ready to draw."""
    size = ClassicSize(**json.loads(held.metadata["size"]))
    network = ClassicNetwork(size)
    network.load_state_dict({k: torch.from_numpy(v) for k, v in held.arrays.items()}, strict=False)
    return network.eval()


def _grey(ink: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    return np.asarray(np.rint(255 * (1 - np.clip(ink, 0, 1))), np.uint8)


def certainties(ranked: tuple[tuple[int, float], ...]) -> npt.NDArray[np.float32]:
    """(88,) over the keys from a ranked list; what is not ranked is 0."""
    spread = np.zeros(len(KEYS), np.float32)
    for midi, certainty in ranked:
        spread[midi - LOWEST] = certainty
    return spread
