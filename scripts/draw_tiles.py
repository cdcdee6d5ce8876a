"""Draws the pictures on the tiles of the page's examples: the top of a page, the pitches of a recording.

``python -m scripts.draw_tiles`` writes ``scoreweb/widgets/pictures/tile-*.png`` from the examples that lie there.
"""

from __future__ import annotations

import numpy as np
import soundfile
from PIL import Image

from models.arrays import Grey
from models.sheet import open_pages
from scoreweb.widgets.examples import EXAMPLES, READ_EXAMPLES
from scoreweb.widgets.sounds import SOUNDS
from scoreweb.widgets.tiles import tile_picture

SIZE = 264, 120
"""Width and height of a tile's picture in pixels."""
_LEVELS = 16
_FRAME, _HOP = 4096, 512
_LOWEST, _OCTAVES, _STEPS = 65.4, 5, 24  # hertz, and rows of a tile to an octave


def top_of_page(grey: Grey) -> Image.Image:
    """The upper part of a page, as wide as the tile, from its first ink on."""
    height = round(grey.shape[1] * SIZE[1] / SIZE[0])
    first = int(np.argmax((grey < 128).any(axis=1)))
    start = min(max(0, first - 8), max(0, grey.shape[0] - height))
    return Image.fromarray(grey[start : start + height]).resize(SIZE, Image.Resampling.LANCZOS)


def pitches(samples: np.ndarray, rate: int) -> Image.Image:
    """How strong each pitch is over time: lowest at the foot, dark where it is strong."""
    window = np.hanning(_FRAME)
    starts = np.arange(0, max(1, len(samples) - _FRAME), _HOP)
    padded = np.pad(samples, (0, _FRAME))
    power = np.abs(np.fft.rfft([padded[s : s + _FRAME] * window for s in starts]))
    rows = _LOWEST * 2.0 ** (np.arange(_OCTAVES * _STEPS) / _STEPS)
    level = np.array([np.interp(rows, np.fft.rfftfreq(_FRAME, 1 / rate), frame) for frame in power]).T
    loud = np.clip(1 + np.log10(level / level.max() + 1e-9) / 2.0, 0, 1)
    return Image.fromarray((255 * (1 - loud[::-1])).astype(np.uint8)).resize(SIZE, Image.Resampling.BILINEAR)


def main() -> None:
    """Writes a picture for each example."""
    drawn = {path: top_of_page(open_pages(path)[0].grey) for path in (*EXAMPLES, *READ_EXAMPLES)}
    for path in SOUNDS:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        drawn[path] = pitches(samples.mean(axis=1), rate)
    for path, picture in drawn.items():
        picture.quantize(_LEVELS).save(tile_picture(path), optimize=True)


if __name__ == "__main__":
    main()
