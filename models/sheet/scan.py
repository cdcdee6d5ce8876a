"""Scans inside PDF pages: which page is really a picture, how fine it is, and its own pixels the way they lie.

A scanner's PDF wraps one picture, or a few strips or layers of it, in a page. Rendering such a page resamples it by
fractions of a pixel, which blurs thin lines; so where one picture is the page, its pixels are taken as they are,
turned, mirrored and cropped as the page shows them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from models.arrays import Grey
from models.sheet.picture import to_grey

POINTS = 72.0
"""To an inch."""

_COVERS = 0.85  # share of the page that pictures must cover to make it a scan
_LAYER = (
    0.3  # share of the page that a picture covers when its resolution is the scan's; smaller ones are stamps
)
_MOST_MARKS = 12  # drawn lines and words (a library's stamp, a page number) beyond which a page is a drawing
_MOST_OBJECTS = 100_000  # nobody's scan has more
_HIDDEN_TEXT = (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)
_SHEARED = 1e-3
_SQUARE = 0.02  # by which a picture's resolutions across and down may differ, and its pixels still be square


@dataclass(frozen=True)
class Embedded:
    """A picture on a page: where its first pixel's corner lies and how its rows and columns run.

    `corner`, `along` (a whole row) and `down` (a whole column) are in points, x to the right and y downwards from the
    upper left of the page as it is seen; `width` and `height` count pixels.
    """

    image: Any
    corner: tuple[float, float]
    along: tuple[float, float]
    down: tuple[float, float]
    width: int
    height: int

    @property
    def dpi(self) -> tuple[float, float]:
        """Pixels to an inch along a row and down a column."""
        lengths = np.hypot(*self.along), np.hypot(*self.down)
        return tuple(
            POINTS * n / max(float(length), 1e-6)
            for n, length in zip((self.width, self.height), lengths, strict=True)
        )  # type: ignore[return-value]

    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom in points, whichever way the picture lies."""
        corners = [
            (
                self.corner[0] + i * self.along[0] + j * self.down[0],
                self.corner[1] + i * self.along[1] + j * self.down[1],
            )
            for i in (0, 1)
            for j in (0, 1)
        ]
        x, y = zip(*corners, strict=True)
        return min(x), min(y), max(x), max(y)

    def share_of(self, width: float, height: float) -> float:
        """The share of a page of that many points which the picture covers, 0..1."""
        left, top, right, bottom = self.box()
        across = max(0.0, min(right, width) - max(left, 0.0))
        return across * max(0.0, min(bottom, height) - max(top, 0.0)) / (width * height)


@dataclass(frozen=True)
class Scan:
    """A page that is a scan: its resolution, and the pictures it is pieced together from, where it is no more."""

    dpi: float
    pieces: list[Embedded]


def pictures_on(page: Any) -> list[Embedded]:  # noqa: ANN401 - pypdfium2 has no types
    """Every picture that the page draws, in order."""
    return [what for what in _drawn_on(page) if isinstance(what, Embedded)]


def scan_on(page: Any) -> Scan | None:  # noqa: ANN401
    """The scan that the page is; None for a drawn page."""
    width, height = page.get_size()
    pictures: list[Embedded] = []
    marks = 0
    for what in _drawn_on(page):
        if not isinstance(what, Embedded):
            marks += 1
            continue
        pictures.append(what)
        if what.share_of(width, height) >= _COVERS:
            marks = 0  # it hides what was drawn before: often the words that a machine has read
    shares = [picture.share_of(width, height) for picture in pictures]
    if sum(shares) < _COVERS or marks > _MOST_MARKS:
        return None
    layers = [p for p, share in zip(pictures, shares, strict=True) if share >= _LAYER] or pictures
    dpi = max(max(picture.dpi) for picture in layers)
    if not 20 <= dpi <= 2400:
        return None
    one_size = all(abs(side / dpi - 1) < _SQUARE for picture in pictures for side in picture.dpi)
    return Scan(dpi, pictures if one_size and marks == 0 else [])


def own_pixels(pieces: list[Embedded], rendered: Grey, size: tuple[float, float]) -> Grey | None:
    """The pictures' own pixels, uint8 (H, W), as the page of `size` points shows them; None where that is not sure.

    `rendered` is the page rendered at any resolution: what does not look like it (masks, transparency) is not taken.
    """
    if not pieces:
        return None
    pixel = POINTS / float(np.mean([piece.dpi for piece in pieces]))  # in points
    boxes = [piece.box() for piece in pieces]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
    own = np.full((round((bottom - top) / pixel), round((right - left) / pixel)), 255, np.uint8)
    for piece, box in zip(pieces, boxes, strict=True):
        turned = _turned(piece)
        if turned is None:
            return None
        x, y = round((box[0] - left) / pixel), round((box[1] - top) / pixel)
        place = own[y : y + turned.shape[0], x : x + turned.shape[1]]
        place[:] = turned[: place.shape[0], : place.shape[1]]
    x0, y0 = max(0, round(-left / pixel)), max(0, round(-top / pixel))
    x1, y1 = round((size[0] - left) / pixel), round((size[1] - top) / pixel)
    own = np.ascontiguousarray(own[y0:y1, x0:x1])
    window = rendered[
        round(max(0.0, top) / size[1] * rendered.shape[0]) : round(bottom / size[1] * rendered.shape[0]),
        round(max(0.0, left) / size[0] * rendered.shape[1]) : round(right / size[0] * rendered.shape[1]),
    ]
    return own if _alike(own, window) else None


def _turned(piece: Embedded) -> Grey | None:
    """A picture's pixels as they lie on the page; None where they lie askew or cannot be had."""
    try:
        grey = to_grey(piece.image.get_bitmap(render=False).to_pil())
    except (pypdfium2.PdfiumError, ValueError, OSError, RuntimeError):
        return None
    along, down = np.array(piece.along), np.array(piece.down)
    if abs(along[0]) < abs(along[1]):
        grey, along, down = grey.T, down, along
    if abs(along[1]) > _SHEARED * abs(along[0]) or abs(down[0]) > _SHEARED * abs(down[1]):
        return None
    return grey[:: 1 if down[1] > 0 else -1, :: 1 if along[0] > 0 else -1]


def _alike(own: Grey, rendered: Grey) -> bool:
    """Whether two pictures of the same thing agree when both are blurred to some fifty fields across."""
    if min(*rendered.shape, *own.shape) < 4:
        return False
    fields = (min(48, *own.shape, *rendered.shape),) * 2
    a, b = (cv2.resize(p, fields, interpolation=cv2.INTER_AREA).astype(np.float64) for p in (own, rendered))
    if min(a.std(), b.std()) < 2.0:
        return bool(np.abs(a - b).mean() < 6.0)
    return bool(np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.85 and np.abs(a - b).mean() < 20.0)


def _drawn_on(page: Any) -> Iterator[Embedded | None]:  # noqa: ANN401
    """What the page draws, in order: an Embedded for a picture, None for a line, a visible word or a shading."""
    to_seen = _to_seen(page)
    for number, thing in enumerate(page.get_objects(max_depth=6)):
        if number >= _MOST_OBJECTS:
            return
        if thing.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            width, height = thing.get_px_size()
            if width > 0 and height > 0:
                yield _embedded(thing, to_seen, width, height)
        elif thing.type == pdfium.FPDF_PAGEOBJ_TEXT:
            if pdfium.FPDFTextObj_GetTextRenderMode(thing.raw) not in _HIDDEN_TEXT:
                yield None
        elif thing.type != pdfium.FPDF_PAGEOBJ_FORM:
            yield None


def _embedded(image: Any, to_seen: pypdfium2.PdfMatrix, width: int, height: int) -> Embedded:  # noqa: ANN401
    matrix, container = image.get_matrix(), image.container
    while container is not None:
        matrix, container = matrix.multiply(container.get_matrix()), container.container
    matrix = matrix.multiply(to_seen)
    corner, right, below = (matrix.on_point(*p) for p in ((0, 1), (1, 1), (0, 0)))  # rows run from the top
    return Embedded(
        image,
        corner,
        (right[0] - corner[0], right[1] - corner[1]),
        (below[0] - corner[0], below[1] - corner[1]),
        width,
        height,
    )


def _to_seen(page: Any) -> pypdfium2.PdfMatrix:  # noqa: ANN401
    """From the page's own points (y upwards, not turned) to points of the page as it is seen (y downwards)."""
    crop, media = page.get_cropbox(), page.get_mediabox()
    left, bottom = max(crop[0], media[0]), max(crop[1], media[1])
    right, top = min(crop[2], media[2]), min(crop[3], media[3])
    turned = {
        0: (1, 0, 0, -1, -left, top),
        90: (0, 1, 1, 0, -bottom, -left),
        180: (-1, 0, 0, 1, right, -bottom),
        270: (0, -1, -1, 0, top, right),
    }
    return pypdfium2.PdfMatrix(*turned[page.get_rotation() % 360])
