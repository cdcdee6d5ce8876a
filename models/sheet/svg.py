"""Pages drawn as SVG: rendered at a chosen resolution, with nothing fetched from anywhere."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from PIL import Image

from models.arrays import Grey
from models.sheet.errors import NotAPicture, TooLarge, TooSmall
from models.sheet.page import Limits, Page

_A4_INCHES = 11.7
"""Programs write a page's size in pixels of any fineness: a longer side than A4's is taken for A4's."""
_PIXELS_AN_INCH = 96.0
"""Of CSS, which SVG follows."""
_UNITS = {
    "": 1 / _PIXELS_AN_INCH,
    "px": 1 / _PIXELS_AN_INCH,
    "in": 1.0,
    "mm": 1 / 25.4,
    "cm": 1 / 2.54,
    "pt": 1 / 72,
    "pc": 1 / 6,
}
_MOST_ELEMENTS = 300_000
"""That a page may draw, each use of a symbol counted with all that the symbol draws."""

_OUTSIDE = re.compile(rb"@import|url\(\s*[\"']?\s*(?!#)", re.IGNORECASE)
"""What a style sheet may load."""

_AFTER_THE_END = re.compile(r"[zZ][\s,]*[^MmZzLlHhVvCcSsQqTtAa\s,]")
"""Anything but a command behind the end of an outline, which nothing draws and the library would look at for ever."""

_NOT_SVG = "That SVG is damaged or cut off. Export it again."
_REFERS = (
    "That SVG refers to other files, which are not fetched. Export it with everything inside, or as PDF."
)


def looks_like_svg(data: bytes) -> bool:
    """Whether the bytes begin as an SVG does, plain text (compressed SVG is not taken)."""
    head = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(b"<") and b"<svg" in data[:8192]


def read_svg(data: bytes, limits: Limits) -> Page:
    """The drawing on white as one page, at ``limits.pdf_dpi`` as a drawn page of a PDF is.

    Raises NotAPicture where it is damaged or refers to anything outside itself, TooLarge or TooSmall by ``limits``, before
    anything is drawn.
    """
    import cairosvg  # it loads a system library: only where an SVG is opened

    root = _parsed(data)
    _refuse_bombs(data, root)
    width, height = _inches(root)
    dpi = limits.pdf_dpi
    size = round(width * dpi), round(height * dpi)
    if size[0] * size[1] > limits.max_pixels:
        raise TooLarge("That SVG is far too large to be a page. Export it at a usual paper size.")
    if min(size) < limits.min_side:
        raise TooSmall("That SVG is too small to hold music. Export it at a usual paper size.")
    try:
        png = cairosvg.svg2png(  # which by itself fetches nothing
            bytestring=data, output_width=size[0], output_height=size[1], background_color="white"
        )
    except Exception as error:
        raise NotAPicture(_NOT_SVG) from error
    with Image.open(io.BytesIO(png)) as image:
        grey: Grey = np.asarray(image.convert("L"), np.uint8)
    note = f"a drawing, rendered at {dpi:.0f} dpi (a file like this is sharp already)"
    return Page(grey, 0, "Page 1", round(dpi, 2), note, drawn=True)


def _parsed(data: bytes) -> Any:  # noqa: ANN401 - an element
    try:
        root = ElementTree.fromstring(data)
    except DefusedXmlException as error:
        raise NotAPicture(_REFERS) from error
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError) as error:
        raise NotAPicture(_NOT_SVG) from error
    if _name(root) != "svg":
        raise NotAPicture(_NOT_SVG)
    return root


def _refuse_bombs(data: bytes, root: Any) -> None:  # noqa: ANN401
    """TooLarge where symbols that use symbols would draw without end, NotAPicture for what lies outside the file and for outlines without end."""
    if _OUTSIDE.search(data):
        raise NotAPicture(_REFERS)
    if any(_AFTER_THE_END.search(element.get("d", "")) for element in root.iter()):
        raise NotAPicture(_NOT_SVG)
    by_id = {element.get("id"): element for element in root.iter() if element.get("id")}
    counted: dict[int, float] = {}

    def drawn(element: Any, depth: int) -> float:  # noqa: ANN401
        if id(element) in counted:
            return counted[id(element)]
        if depth > 200:
            raise TooLarge("That SVG is nested too deeply to be a page of music. Export it again, or as PDF.")
        counted[id(element)] = float("inf")  # a symbol that uses itself
        count = 1.0 + sum(drawn(child, depth + 1) for child in element)
        reference = next((v for k, v in element.attrib.items() if k.rsplit("}", 1)[-1] == "href"), None)
        if reference and _name(element) != "a":
            if not reference.startswith("#"):
                raise NotAPicture(_REFERS)
            if _name(element) == "use" and reference[1:] in by_id:
                count += drawn(by_id[reference[1:]], depth + 1)
        counted[id(element)] = count
        return count

    if drawn(root, 0) > _MOST_ELEMENTS:
        raise TooLarge("That SVG draws far too much for a page of music. Export it again, or as PDF.")


def _inches(root: Any) -> tuple[float, float]:  # noqa: ANN401
    """Width and height on paper: as told, or as an A4 page of the same proportions where pixels or nothing are told."""
    box = [float(v) for v in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", root.get("viewBox") or "")]
    sides = []
    for attribute, place in (("width", 2), ("height", 3)):
        found = re.fullmatch(r"\s*(\d*\.?\d+)\s*([a-z]*)\s*", root.get(attribute) or "")
        if found and found[2] in _UNITS:
            sides.append(float(found[1]) * _UNITS[found[2]])
        elif len(box) == 4:
            sides.append(box[place] * _UNITS["px"])
    if len(sides) != 2 or not all(0 < side < 1e6 for side in sides):
        raise NotAPicture("That SVG tells no size. Export it again, or as PDF.")
    longest = max(sides)
    ratio = min(1.0, _A4_INCHES / longest)
    return sides[0] * ratio, sides[1] * ratio


def _name(element: Any) -> str:  # noqa: ANN401
    return str(element.tag).rsplit("}", 1)[-1]
