"""A picture of a single note laid where the shipped sheet images have it: a scan never lies quite so.

Clef and metre are alike for all keys of a clef. The picture's ink, without its staff lines, is correlated with the mean
image of each of the four clefs by Fourier transforms, and moved to where the correlation is highest.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft2, rfft2

from models.arrays import Grey
from models.transcribe.classic.errors import BadImage
from models.transcribe.classic.images import HEIGHT, WIDTH, all_images
from models.transcribe.classic.keys import KEYS, writing

FARTHEST = 9
"""Pixels that a picture may be moved by."""
ALIKE = 0.5
"""The correlation, 1 for equal pictures, below which a picture does not show a single note."""


def registered(grey: Grey) -> Grey:
    """The picture (162, 300) in its place, paper white where nothing was. BadImage when it is no note's image."""
    if grey.shape != (HEIGHT, WIDTH):
        raise BadImage(
            "Only a sheet image of one note, 162 pixels high and 300 wide, can be sounded by itself."
        )
    paper = float(np.percentile(grey, 90))
    ink = np.clip((paper - grey.astype(np.float64)) / max(1.0, paper), 0, 1)
    if np.square(ink).sum() < 1:
        raise BadImage("The picture is empty: there is no note on it to sound.")
    ink = _standing(ink)
    size = max(1e-6, float(np.sqrt(np.square(ink).sum())))
    correlation = irfft2(_clefs() * np.conj(rfft2(ink)), s=(HEIGHT, WIDTH), axes=(1, 2)) / size
    reach = np.r_[-FARTHEST : FARTHEST + 1]
    near = correlation[:, reach[:, None], reach[None, :]].max(0)
    if near.max() < ALIKE:
        raise BadImage("This picture is not a sheet image of one note: read it as a score first.")
    down, right = np.unravel_index(int(near.argmax()), near.shape)
    return _moved(grey, int(reach[down]), int(reach[right]), round(paper))


def _standing(ink: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What is left of ink when each row's mean is taken away: the signs, without the lines that any staff has."""
    return np.asarray(ink - ink.mean(-1, keepdims=True))


def _moved(grey: Grey, down: int, right: int, paper: int) -> Grey:
    edges = np.pad(grey, FARTHEST, constant_values=paper)
    top, left = FARTHEST - down, FARTHEST - right
    return edges[top : top + HEIGHT, left : left + WIDTH]


@lru_cache(maxsize=1)
def _clefs() -> npt.NDArray[np.complex128]:
    """Transforms of the four clefs' mean inks, each of length 1."""
    marks = [(writing(key).clef, writing(key).shift) for key in KEYS]
    ink = 1 - all_images() / 255
    means = np.stack([ink[[m == mark for m in marks]].mean(0) for mark in sorted(set(marks))])
    means = _standing(means)
    means /= np.sqrt(np.square(means).sum((1, 2), keepdims=True))
    return np.asarray(rfft2(means, axes=(1, 2)))
