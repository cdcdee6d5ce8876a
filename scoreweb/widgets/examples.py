"""The examples on the page: our own music, drawn by ``scripts/draw_examples.py``."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from scoreweb import texts as messages

_FOLDER = Path(__file__).with_name("pictures")

EXAMPLES: dict[Path, str] = {_FOLDER / name: label for name, label in messages.EXAMPLE_LABELS.items()}
"""Each example's file and what it is called."""
READ_EXAMPLES: dict[Path, str] = {
    _FOLDER / name: label for name, label in messages.READ_EXAMPLE_LABELS.items()
}
"""The same of those to be read: short ones, so that nobody waits long."""


@lru_cache(maxsize=1)
def _names() -> dict[bytes, str]:
    return {hashlib.sha256(path.read_bytes()).digest(): path.name for path in (*EXAMPLES, *READ_EXAMPLES)}


def example_name(file: Path) -> str | None:
    """Which of our examples a file is, by its content; None for any other file."""
    return _names().get(hashlib.sha256(file.read_bytes()).digest())


@lru_cache(maxsize=1)
def a4_at_75_dpi() -> npt.NDArray[np.uint8]:
    """A whole page at 75 dpi, uint8 (877, 620): what times are quoted for."""
    with Image.open(_FOLDER / "song-75dpi.png") as picture:
        return np.asarray(picture.convert("L"))


@lru_cache(maxsize=1)
def blank_a4() -> npt.NDArray[np.uint8]:
    """An empty A4 page at 300 dpi, uint8 (3508, 2480): what the time of reading is quoted for."""
    return np.full((3508, 2480), 255, np.uint8)
