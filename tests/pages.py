"""Files of pages made by code: images of every mode, PDFs drawn and scanned, and unfit files of all kinds."""

import io
import struct
import zipfile
import zlib

import numpy as np


def encoded(image, fmt="PNG", **how):
    buffer = io.BytesIO()
    image.save(buffer, fmt, **how)
    return buffer.getvalue()


def staves(height=240, width=320, space=8.0, thickness=1.4, top=40.0, count=2, slope=0.0):
    """Grey paper with staves, anti-aliased by area, and a few heads so that it is not ruled paper."""
    fine = 8
    grey = np.full((height * fine, width), 1.0)
    rows = np.arange(height * fine)[:, None] / fine
    shift = slope * np.arange(width)[None, :]
    for staff in range(count):
        for line in range(5):
            y = top + staff * 12 * space + line * space + shift
            grey[np.abs(rows - y) <= thickness / 2] = 0.0
    small = grey.reshape(height, fine, width).mean(axis=1)
    page = np.clip(np.rint(small * 255), 0, 255).astype(np.uint8)
    yy, xx = np.mgrid[:height, :width]
    for n in range(6):
        cy, cx = top + (n % 4) * space + slope * 50 * n, 40 + 45 * n
        page[((yy - cy) / (0.5 * space)) ** 2 + ((xx - cx) / (0.65 * space)) ** 2 < 1] = 0
    return page


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(side=30_000):
    """A PNG of side x side grey pixels in about a hundred kB."""
    packed = zlib.compressobj(9)
    row = b"\0" * (side + 1)
    data = b"".join(packed.compress(row) for _ in range(side)) + packed.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")
    )


def drawn_pdf(pages=1, size=(595, 842)):
    """A PDF with vector lines, written by hand."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for _ in range(pages):
        lines = "".join(f"50 {700 - 7 * n} m 545 {700 - 7 * n} l S\n" for n in range(10))
        number = len(objects) + 1
        kids.append(f"{number} 0 R")
        box = f"[0 0 {size[0]} {size[1]}]"
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox {box} /Contents {number + 1} 0 R >>")
        objects.append(f"<< /Length {len(lines)} >>\nstream\n{lines}endstream")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {pages} >>"
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    return out + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode()


def locked_pdf():
    import pikepdf

    buffer = io.BytesIO()
    with pikepdf.open(io.BytesIO(drawn_pdf())) as document:
        document.save(buffer, encryption=pikepdf.Encryption(owner="secret", user="secret"))
    return buffer.getvalue()


def zipped():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big.xml", b"0" * 1_000_000)
    return buffer.getvalue()
