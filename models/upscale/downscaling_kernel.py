"""How a page was made small: by a bicubic filter, or otherwise.

An area average holds less than a bicubic filter's answer of the same size: a staff line thinner than a LR pixel leaves the
same grey wherever in the pixel it runs, while wider filters, whose reaches overlap, tell its place. One small network
cannot be best at both, so a page is looked at first.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

from models.arrays import Grey
from models.upscale.runtime import Runtime
from models.upscale.tiling import to_grey, to_ink

OTHERS = (Image.Resampling.BOX, Image.Resampling.BILINEAR, Image.Resampling.HAMMING, Image.Resampling.LANCZOS)
"""The filters that the bicubic one is weighed against."""

LIKE = 0.32
"""A page is taken for a bicubic one where the bicubic filter misses it by at most this share of the other filters' least
squared miss. Bicubic patches give 0.23 at most, patches by area averaging 0.39 at least (37 DeepScores patches and 32
crops of works held out of training: ``python -m benchmarks.upscale_filters``)."""

HAMMING = 0.3
"""The same share must be at most this times `hamming_miss`, else the page is taken for one that Hamming's filter made small:
of bicubic patches one in 37 and none in 62 exceed it, of Hamming's four in five."""

SIDE = 96
"""LR pixels a side of the window that is looked at."""


def looks_bicubic(grey: Grey, network: Runtime, otherwise: Runtime) -> bool:
    """Whether a page, uint8 (H, W), was reduced by a bicubic filter; see `miss` and `hamming_miss`.

    ``network`` and ``otherwise`` enlarge ink as trained on bicubic LR and on what other filters leave.
    """
    told = miss(grey, network)
    return told <= LIKE and told <= HAMMING * hamming_miss(grey, otherwise)


def miss(grey: Grey, network: Runtime) -> float:
    """The bicubic filter's squared miss of a page, uint8 (H, W), over the other filters' least, on its busiest window.

    ``network`` enlarges ink as trained on bicubic LR; reduced again, its answer gives the window back if it was one.
    """
    missed = _misses(grey, network)
    return missed(Image.Resampling.BICUBIC) / max(1e-9, min(missed(other) for other in OTHERS))


def hamming_miss(grey: Grey, otherwise: Runtime) -> float:
    """Hamming's squared miss of a page over the bicubic filter's, by what the network for other pages makes of it.

    Hamming's filter is so like the bicubic one that the network for bicubic LR fits its pages to its own filter.
    """
    missed = _misses(grey, otherwise)
    return missed(Image.Resampling.HAMMING) / max(1e-9, missed(Image.Resampling.BICUBIC))


def _misses(grey: Grey, network: Runtime) -> Callable[[Image.Resampling], float]:
    """The squared miss of each filter: how far it is from a page's busiest window when it reduces the network's answer."""
    window = _busiest(grey)
    large = Image.fromarray(to_grey(network(to_ink(window))))
    size = window.shape[1], window.shape[0]

    def missed(by: Image.Resampling) -> float:
        again = np.asarray(large.resize(size, by), np.float32)
        return float(np.square(again - window).mean())

    return missed


def _busiest(grey: Grey) -> Grey:
    """The window of `SIDE` with the most ink, or the whole page where it is smaller."""
    height, width = (min(SIDE, side) for side in grey.shape)
    ink = cv2.boxFilter(
        255 - grey,
        cv2.CV_32S,
        (width, height),
        anchor=(0, 0),
        normalize=False,
        borderType=cv2.BORDER_CONSTANT,
    )
    inside = ink[: grey.shape[0] - height + 1, : grey.shape[1] - width + 1]
    top, left = np.unravel_index(int(inside.argmax()), inside.shape)
    return grey[top : top + height, left : left + width]
