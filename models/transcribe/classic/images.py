"""The sheet image of each of the 88 keys, 162x300, grey; and the command that draws them.

The drawings are shipped as one picture, ``note_images.png`` (all 88 below each other), so that the app needs no
engraver for them. ``python -m models.transcribe.classic.images`` draws them anew (requirements-dev.txt).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from models.transcribe.classic.keys import KEYS, LOWEST, checked

HEIGHT, WIDTH = 162, 300
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


def contact_sheet(columns: int = 8) -> Image.Image:
    """All 88 images on one picture, lowest key first: for the eye."""
    images = all_images()
    rows = -(-len(images) // columns)
    sheet = np.full((rows * (HEIGHT + 4), columns * (WIDTH + 4)), 200, np.uint8)
    for i, image in enumerate(images):
        y, x = (i // columns) * (HEIGHT + 4), (i % columns) * (WIDTH + 4)
        sheet[y : y + HEIGHT, x : x + WIDTH] = image
    return Image.fromarray(sheet)


if __name__ == "__main__":
    from models.transcribe.classic.engraving import engrave

    drawn = np.concatenate([engrave(midi) for midi in KEYS])
    Image.fromarray(drawn).save(FILE, "PNG", optimize=True)
    print(f"{FILE.name}: {FILE.stat().st_size} bytes")  # noqa: T201 - a command says what it wrote
