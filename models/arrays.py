"""The arrays that pages and recordings are made of, and the boxes on them, named once for the whole project."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
"""A page or a part of one, (H, W): 0 is black, 255 white."""

Mask = npt.NDArray[np.bool_]
"""Pixels that belong to something, (H, W)."""

Samples = npt.NDArray[np.float32]
"""One channel of sound, (n,), about -1 to 1."""

Box = tuple[float, float, float, float]
"""A rectangle: left, top, right and bottom (x0, y0, x1, y1), y downwards; in pixels or staff spaces, as is said."""
