"""A small training pack of made-up staves and blots, for the recipes in miniature."""

import io
import json
import zipfile

import numpy as np
from PIL import Image

from models.upscale.pack import CROP


def write_pack(path, count=12):
    """The path of a pack of ``count`` crops, every fourth of them for validation."""
    rng = np.random.default_rng(0)
    rows = []
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            grey = np.full((CROP, CROP), 255, np.uint8)
            for y in range(20, CROP - 20, int(rng.integers(14, 20))):
                grey[y : y + 2] = 0
            for x in rng.integers(0, CROP - 20, 30):
                grey[int(x) : int(x) + 12, int(rng.integers(0, CROP - 20)) :][:, :16] = 0
            buffer = io.BytesIO()
            Image.fromarray(grey).save(buffer, "PNG")
            archive.writestr(f"{number:06d}.png", buffer.getvalue())
            rows.append({"work": str(number), "side": "val" if number % 4 == 0 else "train"})
        archive.writestr("manifest.json", json.dumps(rows))
    return path
