"""The picture of what scans become: ``python -m scripts.scan_picture docs/results/scan.png``.

Our own example is made to look like a scan (grey ink, blur, noise, JPEG) and enlarged by each model, one strip each.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from models.contracts.upscale import UpscaleRequest
from scoreweb.host import open_engine
from scoreweb.settings import Settings
from scoreweb.widgets.examples import a4_at_75_dpi

BOX = (10, 45, 310, 125)


def scanned() -> np.ndarray:
    """The example as a scanner might see it, uint8."""
    soft = Image.fromarray(a4_at_75_dpi()).filter(ImageFilter.GaussianBlur(0.35))
    noise = np.random.default_rng(0).normal(0, 3, (soft.height, soft.width))
    grey = np.clip(60 + np.asarray(soft, np.float32) * 0.72 + noise, 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, "JPEG", quality=70)
    return np.asarray(Image.open(buffer))


def main(out: Path) -> None:
    """Writes the picture."""
    page = scanned()
    strips = []
    with open_engine(Settings()) as engine:
        for model in ("bicubic", "fast", "scan"):
            large = engine.run("upscale", UpscaleRequest(page, model)).grey
            strips.append(Image.fromarray(large).crop(tuple(4 * v for v in BOX)))
    width, height = strips[0].size
    picture = Image.new("L", (width, len(strips) * (height + 6) - 6), 0)
    for number, strip in enumerate(strips):
        picture.paste(strip, (0, number * (height + 6)))
    picture.save(out, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
