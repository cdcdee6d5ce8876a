"""Results as PNG without loss, the same bytes for the same page."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from models.arrays import Grey


def write_png(grey: Grey, *, dpi: float | None = None, bilevel: bool = False) -> bytes:
    """A PNG of uint8 (H, W), 8-bit grey or (threshold 128) 1-bit, with its resolution where that is known."""
    image = Image.fromarray(grey)
    if bilevel:
        image = image.point([0] * 128 + [255] * 128, "1")
    buffer = io.BytesIO()
    more: dict[str, Any] = {"dpi": (dpi, dpi)} if dpi else {}
    # Level 6 costs seconds on a whole page and saves a tenth.
    image.save(buffer, "PNG", compress_level=3, **more)
    return buffer.getvalue()
