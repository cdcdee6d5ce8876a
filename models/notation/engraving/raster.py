"""SVG as pixels, through CairoSVG."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from models.arrays import Grey


def png_of(
    svg: str | bytes,
    *,
    width: int | None = None,
    height: int | None = None,
    scale: float = 1.0,
    background: str | None = "white",
) -> bytes:
    """The drawing as PNG: ``width`` and ``height`` in pixels, or its own size times ``scale``.

    ``background`` None leaves the paper transparent.
    """
    import cairosvg

    made: bytes = cairosvg.svg2png(
        bytestring=svg.encode() if isinstance(svg, str) else svg,
        output_width=width,
        output_height=height,
        scale=scale,
        background_color=background,
    )
    return made


def grey_of(
    svg: str | bytes, *, width: int | None = None, height: int | None = None, scale: float = 1.0
) -> Grey:
    """The drawing on white paper as uint8 (H, W), sized as `png_of` says."""
    made = png_of(svg, width=width, height=height, scale=scale)
    with Image.open(io.BytesIO(made)) as picture:
        return np.array(picture.convert("L"), np.uint8)
