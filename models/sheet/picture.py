"""Images of every mode as grey arrays: white paper stays white, whatever the file calls it."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageOps
from pillow_heif import register_heif_opener

from models.arrays import Grey
from models.sheet.errors import NotAPicture, TooLarge, TooSmall, Truncated
from models.sheet.fax import TALL, has_fax_pixels
from models.sheet.page import Limits, Page

_DAMAGE = (
    OSError,  # UnidentifiedImageError is one
    MemoryError,
    RuntimeError,  # and with it RecursionError
    Warning,  # where the process turns warnings into errors
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    AttributeError,
    struct.error,
    zlib.error,
)
"""What Pillow raises on damaged files, found by feeding it thousands."""

register_heif_opener(thumbnails=False)

FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "AVIF", "JPEG2000", "HEIF")
"""What Pillow may try: every further format is a further way in for hostile files."""


def picture_count(data: bytes, limits: Limits) -> int:
    """How many pages the image file holds; only a TIFF has more than one. SheetError when it is none."""
    with _opened(data) as image:
        _check_size(image.width, image.height, limits)
        count = _pages_in(image, limits.max_pages) if image.format == "TIFF" else 1
    if count > limits.max_pages:
        raise TooLarge(
            f"That file has more than {limits.max_pages} pages, which is the most that is taken. Split it first."
        )
    return count


def _pages_in(tiff: Image.Image, most: int) -> int:
    """How many pages a TIFF has, at most one more than asked for: a hostile one may have a million, or go in a circle."""
    for number in range(1, most + 1):
        try:
            tiff.seek(number)
        except EOFError:
            return number
    return most + 1


def read_picture(data: bytes, index: int, limits: Limits) -> Page:
    """One page of an image file."""
    with _opened(data) as image:
        if index:
            image.seek(index)
        _check_size(image.width, image.height, limits)
        note = ""
        # whether there is a second frame, not how many there are: counting goes through all of them
        if image.format in {"GIF", "PNG", "WEBP"} and getattr(image, "is_animated", False):
            note = "the first frame of an animation"
        across, down = _resolution(image)
        if image.getexif().get(_ORIENTATION, 1) in _ON_ITS_SIDE:
            across, down = down, across
        two_tones = image.mode == "1"
        lossy = image.format in {"JPEG", "MPO", "HEIF", "AVIF"}
        grey = to_grey(ImageOps.exif_transpose(image))
    if across and down and not _alike(across, down):
        grey, note = _squared(grey, across, down, limits), f"its {across:.0f} x {down:.0f} dpi made square"
        across = down = max(across, down)
    elif two_tones and not across and has_fax_pixels(grey):
        grey, note = _squared(grey, TALL, 1.0, limits), "its fax pixels made square"
    return Page(grey, index, f"Page {index + 1}", across if down else None, note, lossy)


def to_grey(image: Image.Image) -> Grey:
    """Any picture as uint8 (H, W); what is transparent becomes white; 16 bits and floats are brought to 8."""
    if image.mode in {"I;16", "I;16B", "I;16L", "I;16N", "I", "F"}:
        return _deep_grey(image)
    if image.mode in {
        "LAB",
        "YCbCr",
    }:  # the first band is lightness already, and Pillow has no way from LAB to grey
        return np.asarray(image.getchannel(0), np.uint8)
    if image.mode == "P" and "transparency" not in image.info:
        image = image.convert("RGB")
    elif image.mode in {"P", "PA", "LA", "La", "RGBA", "RGBa"} or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    return np.asarray(image.convert("L"), np.uint8)


def _deep_grey(image: Image.Image) -> Grey:
    values = np.asarray(image, np.float64)
    values = np.nan_to_num(values, nan=np.inf)  # what was not measured is bare paper
    top = float(values[np.isfinite(values)].max(initial=0.0))
    # 16-bit scanners fill the range, but files hold 0..1, 8-bit and 12-bit values in deeper modes too. Paper is
    # bright, so the brightest pixel decides; a page too dark for that is left dark.
    full = 65535.0
    if image.mode == "F" and top <= 1.0:
        full = 1.0
    elif top <= 255.0:
        full = 255.0
    elif 1024.0 < top <= 4095.0:
        full = 4095.0
    elif top > 65535.0:
        full = top
    return np.clip(np.rint(np.minimum(values, full) * (255.0 / full)), 0, 255).astype(np.uint8)


def _resolution(image: Image.Image) -> tuple[float | None, float | None]:
    """Dots an inch across and down that the file tells; None, None where it tells none or nonsense."""
    try:
        across, down = (float(v) for v in image.info.get("dpi", (0, 0))[:2])
    except (TypeError, ValueError, ZeroDivisionError):
        return None, None
    if (
        not all(10 <= v <= 4800 for v in (across, down))
        or not 1 / _LONGEST_PIXEL <= across / down <= _LONGEST_PIXEL
    ):
        return None, None
    return across, down


_ORIENTATION = 0x0112
"""The EXIF tag; values from 5 on stand for a picture that lies on its side."""
_ON_ITS_SIDE = (5, 6, 7, 8)
_LONGEST_PIXEL = 2.5
"""How much longer than wide a pixel may be and still be meant so: a fax's are twice as high as wide."""


def _alike(across: float, down: float) -> bool:
    return abs(across - down) < 0.05 * across


def _squared(grey: Grey, across: float, down: float, limits: Limits) -> Grey:
    """The page of oblong pixels (a fax) as one of square pixels, at the finer of its two resolutions."""
    finer = max(across, down)
    size = round(grey.shape[1] * finer / across), round(grey.shape[0] * finer / down)
    _check_size(*size, limits)
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC), np.uint8)


def _check_size(width: int, height: int, limits: Limits) -> None:
    if width * height > limits.max_pixels:
        raise TooLarge(
            f"That picture has {width} x {height} pixels; at most {limits.max_pixels // 1_000_000} megapixels are taken. "
            "Scale it down first."
        )
    if min(width, height) < limits.min_side:
        raise TooSmall(f"That picture has only {width} x {height} pixels: there is no music to see in it.")


_SCAN = b"\xff\xda"
_MOST_SCANS = 200
"""Of a JPEG: cameras and programs write 1 to 10, and each goes over all pixels."""

_BEGINNINGS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"RIFF")
"""Of files that are images, whatever is wrong with the rest."""


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """The image, its pixels not decoded; whatever goes wrong with it becomes a SheetError."""
    if data.startswith(b"\xff\xd8") and data.count(_SCAN) > _MOST_SCANS:
        raise TooLarge("That JPEG is stored in far too many passes. Save it again.")
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        # Pillow's own limit is the whole process's and anyone may move it: _check_size does not rely on it
        raise TooLarge("That picture is far too large to be a page. Scale it down first.") from error
    except _DAMAGE as error:
        if data.startswith(_BEGINNINGS):
            raise Truncated(_CUT_OFF) from error
        raise NotAPicture(
            "That file is not an image or PDF that can be read here. Use PNG, JPEG, HEIC, AVIF, TIFF, GIF, BMP, WebP, JPEG 2000, SVG or PDF."
        ) from error
    with image:
        try:
            yield image
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise TooLarge(
                "A picture in that file is far too large to be a page. Scale it down first."
            ) from error
        except _DAMAGE as error:
            raise Truncated(_CUT_OFF) from error


_CUT_OFF = "That file is damaged or cut off. Save or scan it again."
