"""Pictures that are damaged, lie about themselves, or unpack to far too much."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image, PngImagePlugin
from pillow_heif import register_heif_opener

from benchmarks.bad_inputs.case import STRANGE_NAMES, Case, changed, cut
from benchmarks.bad_inputs.rubbish import zipped
from models.arrays import Grey

register_heif_opener(thumbnails=False)

_KINDS = {
    "page.png": ("PNG", {}), "page.jpg": ("JPEG", {}), "page.gif": ("GIF", {}), "page.tif": ("TIFF", {"compression": "tiff_lzw"}),
    "page.bmp": ("BMP", {}), "page.webp": ("WEBP", {}), "page.jp2": ("JPEG2000", {}), "page.avif": ("AVIF", {}), "page.heic": ("HEIF", {}),
}  # fmt: skip


def music(height: int = 120, width: int = 160) -> Grey:
    """A small staff with heads."""
    grey = np.full((height, width), 255, np.uint8)
    for line in range(5):
        grey[30 + 8 * line : 32 + 8 * line, 8 : width - 8] = 0
    for n in range(4):
        grey[32 + 8 * n : 39 + 8 * n, 30 + 25 * n : 40 + 25 * n] = 0
    return grey


def encoded(image: Image.Image, kind: str = "PNG", **how: object) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def seeds() -> dict[str, bytes]:
    """A good file of every kind."""
    image = Image.fromarray(music()).convert("RGB")
    return {file: encoded(image, kind, **how) for file, (kind, how) in _KINDS.items()}


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk with its right checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, depth: int, colour: int, packed: bytes, *before: bytes) -> bytes:
    """A PNG of these bytes, whatever they are."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + head + b"".join(before) + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")
    )


def png_bomb(side: int, depth: int = 8) -> bytes:
    """Side x side grey pixels in a few hundred kB."""
    packed, row = zlib.compressobj(9), bytes(side * depth // 8 + 1)
    return png(side, side, depth, 0, b"".join(packed.compress(row) for _ in range(side)) + packed.flush())


def slow_jpeg(scans: int = 3000, side: int = 5000) -> bytes:
    """A progressive JPEG that goes over the same pixels again and again."""
    whole = encoded(Image.new("L", (side, side), 200), "JPEG", progressive=True, quality=50)
    starts = [at for at in range(len(whole) - 1) if whole[at : at + 2] == b"\xff\xda"]
    last = whole[starts[-1] : -2]
    return whole[:-2] + last * scans + whole[-2:]


def many_frames(frames: int = 300_000) -> bytes:
    """A GIF of very many empty frames."""
    first = encoded(Image.new("P", (64, 64)), "GIF")
    frame = b"\x21\xf9\x04\x00\x01\x00\x00\x00" + b",\0\0\0\0\x40\0\x40\0\0\x02\x02\x44\x01\0"
    return first[:-1] + frame * frames + b";"


def _directory(tags: list[tuple[int, int, int, int]], then: int) -> bytes:
    body = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return struct.pack("<H", len(tags)) + body + struct.pack("<I", then)


def tiff(tags: list[tuple[int, int, int, int]], then: int = 0, rest: bytes = b"") -> bytes:
    """A TIFF of one directory."""
    return b"II*\0" + struct.pack("<I", 8) + _directory(tags, then) + rest


def _tiff_tags(
    width: int, height: int, at: int, count: int, compression: int = 1
) -> list[tuple[int, int, int, int]]:
    return [
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, compression), (262, 3, 1, 1),
        (273, 4, 1, at), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, count),
    ]  # fmt: skip


def many_directories(count: int = 150_000) -> bytes:
    """A TIFF of very many pages of one kind."""
    out, at = bytearray(b"II*\0" + struct.pack("<I", 8)), 8
    size = 2 + 9 * 12 + 4
    for number in range(count):
        then = at + size if number + 1 < count else 0
        out += _directory(_tiff_tags(64, 64, 8, 4096), then)
        at += size
    return bytes(out)


def pictures() -> Iterator[Case]:
    """All of them."""
    good = seeds()
    yield from cut(good)
    yield from changed(good, 5, 1)
    yield from _bombs()
    yield from _lies()
    yield from _odd()
    for what, name in STRANGE_NAMES.items():
        yield Case.of(f"a name that is {what}, no picture", name, b"no picture")
        yield Case.of(f"a name that is {what}, cut off", name, good["page.png"][:90])
    yield from _two_kinds(good)


def _bombs() -> Iterator[Case]:
    yield Case("a PNG of 30000 x 30000", "bomb.png", lambda: png_bomb(30_000))
    yield Case("a PNG of 12000 x 12000 in 1 bit", "bomb.png", lambda: png_bomb(12_000, 1))
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "a" * 60_000_000, zip=True)
    yield Case("a PNG with a text bomb", "bomb.png", lambda: encoded(Image.fromarray(music()), pnginfo=text))
    profile = zlib.compress(bytes(80_000_000), 9)
    data = zlib.compress(bytes(65 * 64))
    yield Case.of(
        "a PNG with a profile bomb",
        "bomb.png",
        png(64, 64, 8, 0, data, png_chunk(b"iCCP", b"x\0\0" + profile)),
    )
    yield Case.of(
        "a PNG with far more data than pixels",
        "bomb.png",
        png(64, 64, 8, 0, zlib.compress(bytes(60_000_000), 9)),
    )
    yield Case("a JPEG of 65500 x 65500", "bomb.jpg", lambda: _resized(seeds()["page.jpg"], 65_500))
    yield Case("a JPEG in 3000 scans", "bomb.jpg", slow_jpeg)
    yield Case.of("a GIF of 65535 x 65535", "bomb.gif", b"GIF89a\xff\xff\xff\xff" + seeds()["page.gif"][10:])
    yield Case("a GIF of 300000 frames", "bomb.gif", many_frames)
    yield Case.of(
        "a BMP of 60000 x 60000", "bomb.bmp", _at(seeds()["page.bmp"], 18, struct.pack("<ii", 60_000, 60_000))
    )
    yield Case("a TIFF of 150000 pages", "bomb.tif", many_directories)
    yield Case.of(
        "a TIFF that goes in a circle",
        "bomb.tif",
        tiff(_tiff_tags(64, 64, 8, 4096), then=8, rest=bytes(4096)),
    )
    yield Case.of(
        "a TIFF of 4 billion pixels a side", "bomb.tif", tiff(_tiff_tags(2**32 - 1, 2**32 - 1, 8, 9))
    )
    strip = zlib.compress(bytes(7000 * 7000), 9)
    yield Case.of(
        "a TIFF of 49 megapixels in 48 kB",
        "bomb.tif",
        tiff(_tiff_tags(7000, 7000, 122, len(strip), 8), rest=strip),
    )
    yield Case.of(
        "a WebP of 16383 x 4000", "bomb.webp", encoded(Image.new("L", (16_383, 4_000)), "WEBP", quality=1)
    )
    yield Case.of(
        "a JPEG 2000 of a billion pixels a side", "bomb.jp2", _jp2_size(seeds()["page.jp2"], 1_000_000_000)
    )


def _lies() -> Iterator[Case]:
    data = zlib.compress(b"\0" * (65 * 64))
    for depth, colour in ((3, 0), (8, 1), (16, 3), (0, 0), (255, 255), (1, 6)):
        yield Case.of(f"a PNG of depth {depth}, colour {colour}", "lie.png", png(64, 64, depth, colour, data))
    for width, height in ((0, 64), (64, 0), (2**31, 1), (2**32 - 1, 2**32 - 1)):
        yield Case.of(f"a PNG of {width} x {height}", "lie.png", png(width, height, 8, 0, data))
    yield Case.of("a PNG without data", "lie.png", png(64, 64, 8, 0, b""))
    yield Case.of("a PNG of a palette without colours", "lie.png", png(64, 64, 8, 3, data))
    yield Case.of("a PNG with a wrong checksum", "lie.png", seeds()["page.png"].replace(b"IDAT", b"IDAt", 1))
    yield Case.of(
        "a PNG whose chunk is 2 GB long",
        "lie.png",
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**31 - 1) + b"IHDR" + bytes(30),
    )
    for tag, value in ((259, 65_535), (258, 999), (277, 60_000), (262, 99), (273, 2**31), (279, 2**32 - 1)):
        tags = [(t, k, n, value if t == tag else v) for t, k, n, v in _tiff_tags(64, 64, 122, 4096)]
        yield Case.of(f"a TIFF with tag {tag} = {value}", "lie.tif", tiff(tags, rest=bytes(4096)))
    yield Case.of("a TIFF without tags", "lie.tif", tiff([]))
    yield Case.of("a TIFF that begins behind its end", "lie.tif", b"II*\0" + struct.pack("<I", 2**31))
    yield Case.of(
        "a JPEG of nothing but markers", "lie.jpg", b"\xff\xd8" + b"\xff\xe0\x00\x02" * 20_000 + b"\xff\xd9"
    )
    yield Case.of(
        "a BMP of height -2147483648", "lie.bmp", _at(seeds()["page.bmp"], 22, struct.pack("<i", -(2**31)))
    )
    yield Case.of(
        "a BMP of 1 bit with a palette of 4 billion",
        "lie.bmp",
        _at(seeds()["page.bmp"], 46, b"\xff\xff\xff\xff"),
    )
    yield Case.of("a WebP that says 4 GB", "lie.webp", _at(seeds()["page.webp"], 4, b"\xff\xff\xff\xff"))
    exif = Image.Exif()
    exif[0x0112] = 99
    exif[0x010E] = "http://198.51.100.7/" + "x" * 5000
    yield Case.of(
        "a JPEG that lies on no side", "lie.jpg", encoded(Image.fromarray(music(8, 60)), "JPEG", exif=exif)
    )


def _odd() -> Iterator[Case]:
    for height, width in ((1, 1), (1, 10_000), (10_000, 1), (15, 400), (2, 2)):
        yield Case.of(
            f"a picture of {width} x {height}", "odd.png", encoded(Image.new("L", (width, height), 255))
        )
    for what, value in (("white", 255), ("black", 0), ("grey", 128)):
        yield Case.of(f"a {what} page", "odd.png", encoded(Image.new("L", (300, 400), value)))
    noise = np.random.default_rng(1).integers(0, 256, (200, 260)).astype(np.uint8)
    yield Case.of("noise as a page", "odd.png", encoded(Image.fromarray(noise)))
    ghost = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    yield Case.of("a page that is all transparent", "odd.png", encoded(ghost))
    for what, value in (("NaN", np.nan), ("infinite", np.inf), ("huge", 1e30), ("negative", -1e9)):
        yield Case.of(
            f"a float page of {what} pixels",
            "odd.tif",
            encoded(Image.fromarray(np.full((200, 200), value, np.float32)), "TIFF"),
        )
    for dpi in ((0, 0), (1e-6, 1e-6), (1, 4800), (100_000, 100_000)):
        yield Case.of(
            f"a page at {dpi[0]:g} x {dpi[1]:g} dpi", "odd.png", encoded(Image.fromarray(noise), dpi=dpi)
        )


def _two_kinds(good: dict[str, bytes]) -> Iterator[Case]:
    picture = good["page.png"]
    archive = zipped({"META-INF/container.xml": b"<container/>", "../../owned": b"x"})
    yield Case.of("a zip with a picture in front", "both.png", picture[:60] + archive)
    yield Case.of(
        "a GIF that is a script",
        "both.gif",
        b"GIF89a/*" + bytes(20) + b"*/=1;fetch('http://198.51.100.7')//;",
    )
    yield Case.of(
        "a PDF's name on a picture's beginning", "both.pdf", picture[:20] + b"%PDF-1.7\n" + picture[20:60]
    )
    yield Case.of(
        "a JPEG with a program in its comment",
        "both.jpg",
        b"\xff\xd8\xff\xfe\x00\x20<?php system('id'); ?>" + bytes(30),
    )
    yield Case.of(
        "HTML behind a picture's beginning", "both.png", picture[:40] + b"<script>alert(1)</script>"
    )
    yield Case.of(
        "an SVG behind a picture's beginning",
        "both.svg",
        picture[:33] + b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    )
    yield Case.of("RIFF that is no picture", "both.webp", b"RIFF\x10\0\0\0WAVEfmt " + bytes(16))


def _at(data: bytes, place: int, new: bytes) -> bytes:
    return data[:place] + new + data[place + len(new) :]


def _resized(jpeg: bytes, side: int) -> bytes:
    at = jpeg.index(b"\xff\xc0")
    return _at(jpeg, at + 5, struct.pack(">HH", side, side))


def _jp2_size(jp2: bytes, side: int) -> bytes:
    at = jp2.index(b"\xff\x51")
    return _at(jp2, at + 6, struct.pack(">II", side, side))
