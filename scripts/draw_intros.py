"""The pictures at the top of the tabs, before and after, from our own music: ``python -m scripts.draw_intros``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from PIL import Image, ImageDraw

from models.arrays import Grey
from models.contracts.upscale import UpscaleRequest
from models.notation.engraving.engrave import Look, engrave
from models.notation.engraving.raster import grey_of
from models.sheet.degradation import degraded
from scoreweb.host import open_engine
from scoreweb.settings import Settings
from scoreweb.widgets.sounds import FOLDER
from scripts.draw_examples import piece

WIDTH, HEIGHT, GAP = 520, 176, 72
"""Of each half and of the arrow between, in pixels: twice as large as on the page, for fine screens."""
PICTURES = Path(__file__).parents[1] / "scoreweb" / "widgets" / "pictures"
SMALL = 4.0
"""Staff space of the blurred line, in pixels."""


def main() -> None:
    """Writes intro-upscale.png, intro-read.png and intro-transcribe.png."""
    tune = piece("", bars=4, seed=11, piano=False, fifths=1).encode()
    line = engrave(tune, Look(layout="line", header=False, margin=8.0, staff_space=SMALL)).pages[0]
    small = grey_of(line.svg, width=round(line.width))
    middle = int(np.flatnonzero((small < 235).mean(axis=1) > 0.6).mean())  # of the staff
    room = HEIGHT // 8
    small = np.pad(small, ((room, room), (0, 0)), constant_values=255)[
        middle : middle + 2 * room, : WIDTH // 4
    ]
    with open_engine(Settings()) as engine:
        large = engine.submit("upscale", UpscaleRequest(small, "best")).result(600).grey
    size = (large.shape[1], large.shape[0])
    blurred = np.asarray(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC))
    _write("intro-upscale.png", blurred, large)
    clean = grey_of(line.svg, width=4 * round(line.width))
    clean = np.pad(clean, ((4 * room, 4 * room), (0, 0)), constant_values=255)
    clean = clean[4 * middle : 4 * middle + HEIGHT, :WIDTH]
    tilted = np.asarray(Image.fromarray(clean).rotate(-3, Image.Resampling.BICUBIC, fillcolor=255))
    photo = degraded(tilted, np.random.default_rng(3), "camera", space=4 * SMALL)
    _write("intro-read.png", photo, clean)
    _write("intro-transcribe.png", _waveform(), clean)


def _waveform() -> Grey:
    sound, rate = soundfile.read(FOLDER / "waltz.flac")
    sound = sound[: 4 * rate] if sound.ndim == 1 else sound[: 4 * rate, 0]
    peaks = [float(np.abs(part).max()) for part in np.array_split(sound, WIDTH // 4)]
    picture = Image.new("L", (WIDTH, HEIGHT), 255)
    pen = ImageDraw.Draw(picture)
    for n, peak in enumerate(peaks):
        half = 2 + 0.42 * HEIGHT * peak / max(peaks)
        pen.rectangle((4 * n, HEIGHT / 2 - half, 4 * n + 2, HEIGHT / 2 + half), fill=70)
    return np.asarray(picture)


def _write(name: str, before: Grey, after: Grey) -> None:
    picture = Image.new("L", (2 * WIDTH + GAP, HEIGHT), 255)
    for left, half in ((0, before), (WIDTH + GAP, after)):
        part = Image.fromarray(half[:HEIGHT, :WIDTH])
        picture.paste(part, (left, max(0, (HEIGHT - part.height) // 2)))
    pen = ImageDraw.Draw(picture)
    middle, y = WIDTH + GAP / 2, HEIGHT / 2
    pen.line((middle - 20, y, middle + 14, y), fill=90, width=5)
    pen.polygon([(middle + 22, y), (middle + 4, y - 12), (middle + 4, y + 12)], fill=90)
    picture.quantize(16).save(PICTURES / name, optimize=True)


if __name__ == "__main__":
    main()
