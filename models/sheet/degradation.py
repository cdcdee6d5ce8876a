"""Clean pages made to look as printers, scanners and cameras deliver them: for training and for measuring.

One function and three recipes. Each recipe draws its random numbers in a fixed order, so that a pack made again
with the same seed holds the same pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from models.arrays import Grey

Recipe = Literal["print", "camera", "low-scan"]
Floats = npt.NDArray[Any]

LOW_SCAN = 0.25
"""Side of a ``low-scan`` by that of its page: 300 dpi become 75."""


def degraded(grey: Grey, rng: np.random.Generator, recipe: Recipe, *, space: float = 20.0) -> Grey:
    """The page, uint8 (H, W), as a poor original: a new array, of the same size but for ``low-scan``.

    ``print``: ink that has spread or thinned, out of focus by a share of ``space`` (the staff space in pixels), grey
    ink on grey paper, noise, sometimes 1-bit. ``camera``: uneven light, perhaps out of focus, noise, perhaps JPEG.
    ``low-scan``: a quarter as large, soft, grey ink on uneven paper, noise.
    """
    return _RECIPES[recipe](grey, rng, space)


def _print(grey: Grey, rng: np.random.Generator, space: float) -> Grey:
    page: Floats = grey.astype(np.float32)
    thick = rng.uniform(-0.45, 0.45)
    if abs(thick) > 0.15:
        soft = _blurred(page, space * 0.035)
        page = np.clip((soft - 128) * rng.uniform(1.5, 4.0) + 128 - thick * 200, 0, 255)
    if rng.random() < 0.7:
        page = _blurred(page, float(rng.uniform(0.2, 0.09 * space)))
    low, high = rng.uniform(0, 90), rng.uniform(200, 255)
    page = low + page * (high - low) / 255
    page += rng.normal(0, rng.uniform(0, 9), page.shape)
    if rng.random() < 0.3:
        page = np.where(page < rng.uniform(100, 160), 0.0, 255.0)
    return _whole(page)


def _camera(grey: Grey, rng: np.random.Generator, _: float) -> Grey:
    black, white = rng.uniform(0, 0.4), rng.uniform(0.7, 1.0)
    height, width = grey.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    shadow = rng.uniform(0, 0.5) * (0.5 + 0.5 * (np.cos(angle) * x / width + np.sin(angle) * y / height))
    light = (black + (white - black) * grey.astype(np.float32) / 255) * (1 - shadow)
    if rng.random() < 0.6:
        light = _blurred(light, rng.uniform(0.2, 0.7))
    light = light + rng.normal(0, rng.uniform(0, 0.04), light.shape)
    page = _whole(light * 255)
    return _as_jpeg(page, int(rng.integers(30, 90))) if rng.random() < 0.6 else page


def _low_scan(grey: Grey, rng: np.random.Generator, _: float) -> Grey:
    small = cv2.resize(grey, None, fx=LOW_SCAN, fy=LOW_SCAN, interpolation=cv2.INTER_AREA)
    soft = _blurred(small.astype(np.float32), 0.45)
    height, width = soft.shape
    paper = 238.0 - 14.0 * np.linspace(0, 1, width)[None] * np.linspace(1, 0.4, height)[:, None]
    return _whole(45.0 + (paper - 45.0) * soft / 255.0 + rng.normal(0.0, 3.0, soft.shape))


_RECIPES: dict[Recipe, Callable[[Grey, np.random.Generator, float], Grey]] = {
    "print": _print,
    "camera": _camera,
    "low-scan": _low_scan,
}


def _blurred(page: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(page, (0, 0), sigma))


def _as_jpeg(page: Grey, quality: int) -> Grey:
    packed = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)


def _whole(page: Floats) -> Grey:
    return np.clip(page, 0, 255).astype(np.uint8)
