"""Whole pages through a network in tiles, with the result of one pass over the whole page.

A convolutional network without normalisation sees only ``radius`` pixels around each pixel. A tile that
carries a halo of that many pixels therefore gives exactly what the whole page would give in its core, and a
region farther than ``radius`` from any ink gives what white paper gives. Both facts are used here: pages are
planned as tiles around their ink, and blank paper never reaches the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d

from models.arrays import Grey

Ink = npt.NDArray[np.float32]
Network = Callable[[Ink], Ink]
"""Ink (H, W) float32, 0 paper, 1 black, to unclamped ink (4H, 4W)."""

SCALE = 4


@dataclass(frozen=True)
class Tile:
    """A rectangle of LR pixels whose result is kept: rows ``top`` to ``bottom``, columns ``left`` to ``right``."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def pixels(self) -> int:
        """Its area in LR pixels."""
        return (self.bottom - self.top) * (self.right - self.left)


def plan_tiles(grey: Grey, radius: int, largest: int, *, frame: bool = False) -> list[Tile]:
    """Disjoint tiles, at most ``largest`` pixels on a side, that hold every pixel within ``radius`` of ink.

    Ink is whatever is not exactly white (255): only there does the answer of blank paper hold without error.
    With ``frame`` the page's edge counts as ink. Rows come first, so that progress runs down the page.
    """
    inked = grey != 255
    if frame:
        inked[[0, -1]] = inked[:, [0, -1]] = True
    tiles = []
    for top, bottom in _spans(inked.any(axis=1), radius, largest):
        band = inked[max(0, top - radius) : bottom + radius]
        tiles += [Tile(top, bottom, left, right) for left, right in _spans(band.any(axis=0), radius, largest)]
    return tiles


def _spans(inked: npt.NDArray[np.bool_], radius: int, largest: int) -> Iterator[tuple[int, int]]:
    """Runs of positions within ``radius`` of an inked one, cut evenly into pieces of at most ``largest``."""
    near = maximum_filter1d(inked.astype(np.uint8), 2 * radius + 1, mode="constant")
    edges = np.flatnonzero(np.diff(near, prepend=0, append=0))
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        pieces = -(-(stop - start) // largest)
        cuts = [start + (stop - start) * i // pieces for i in range(pieces + 1)]
        yield from pairwise(cuts)


def run_tiles(
    grey: Grey,
    network: Network,
    *,
    radius: int,
    largest: int = 256,
    on_tile: Callable[[int, int], None] | None = None,
) -> Grey:
    """The page four times larger, uint8 (4H, 4W), equal to the untiled result up to 1/255.

    ``on_tile(done, total)`` is called before the first tile and after each; what it raises stops the work.
    Memory beyond the page and its result is bounded by one tile of ``largest + 2 * radius`` pixels a side.
    """
    height, width = grey.shape
    paper, edge_is_paper = _paper(network, radius)
    tiles = plan_tiles(grey, radius, largest, frame=not edge_is_paper)
    out = np.empty((SCALE * height, SCALE * width), np.uint8)
    if sum(t.pixels for t in tiles) < grey.size:
        out[...] = np.tile(paper, (height, width))
    for done, tile in enumerate(tiles):
        if on_tile:
            on_tile(done, len(tiles))
        top, left = max(0, tile.top - radius), max(0, tile.left - radius)
        bottom, right = min(height, tile.bottom + radius), min(width, tile.right + radius)
        large = to_grey(network(to_ink(grey[top:bottom, left:right])))
        rows = slice(SCALE * (tile.top - top), SCALE * (tile.bottom - top))
        columns = slice(SCALE * (tile.left - left), SCALE * (tile.right - left))
        out[SCALE * tile.top : SCALE * tile.bottom, SCALE * tile.left : SCALE * tile.right] = large[
            rows, columns
        ]
    if on_tile:
        on_tile(len(tiles), len(tiles))
    return out


def _paper(network: Network, radius: int) -> tuple[Grey, bool]:
    """What the network makes of one white pixel amid white, (4, 4) grey values, and whether that holds at the edge.

    At the edge of a page a convolution sees zeros where it would see the features of paper, which biases make
    different from zero; a well-trained network answers white all the same.
    """
    side = 2 * radius + 1
    answer = to_grey(network(np.zeros((side, side), np.float32)))
    paper = answer[SCALE * radius : SCALE * (radius + 1), SCALE * radius : SCALE * (radius + 1)]
    return paper, bool((answer == np.tile(paper, (side, side))).all())


def to_ink(grey: Grey) -> Ink:
    """Grey uint8 (0 black) as ink float32 (1 black)."""
    return (np.float32(255) - grey.astype(np.float32)) / np.float32(255)


def to_grey(ink: Ink) -> Grey:
    """Ink as grey uint8, clamped and rounded; the faintest grey level becomes paper.

    Networks leave a trace of ink beside a page's edge, where they see zeros for the features of paper. Stretching
    1/255..1 to 0..1 drops it, and being continuous keeps tiled and untiled results within one level.
    """
    stretched = np.rint((ink * 255 - 1) * (255 / 254))
    return np.asarray(255 - np.clip(stretched, 0, 255), np.uint8)
