"""The sheet image of each of the 88 keys, 162x300, grey.

The drawings are shipped as one picture, ``note_images.png`` (all 88 below each other), so that the app need not
engrave them. ``python -m models.transcribe.classic.engraving`` draws them anew.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from models.transcribe.classic.keys import HEIGHT, KEYS, LOWEST, WIDTH, checked

__all__ = ["FILE", "HEIGHT", "WIDTH", "all_images", "note_image", "write_images"]

FILE = Path(__file__).with_name("note_images.png")


@lru_cache(maxsize=1)
def all_images() -> npt.NDArray[np.uint8]:
    """The sheet images of the keys 21 to 108, read-only, (88, 162, 300)."""
    with Image.open(FILE) as picture:
        images = np.array(picture, np.uint8).reshape(len(KEYS), HEIGHT, WIDTH)
    images.flags.writeable = False
    return images


def note_image(midi: int) -> npt.NDArray[np.uint8]:
    """The sheet image of one key, (162, 300), black ink on white. UnknownKey outside the keyboard."""
    return all_images()[checked(midi) - LOWEST].copy()  # type: ignore[no-any-return]


def write_images(folder: Path) -> list[Path]:
    """The files ``<midi>.png`` of all 88 keys, written into ``folder``, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for midi in KEYS:
        path = folder / f"{midi}.png"
        Image.fromarray(note_image(midi)).save(path, "PNG", optimize=True)
        written.append(path)
    return written
