import io

import numpy as np
import pytest
from PIL import Image

from models.sheet import (
    EmptyFile,
    Limits,
    LockedPdf,
    NotAPicture,
    SheetError,
    TooLarge,
    TooSmall,
    Truncated,
    UnreadableFile,
    open_pages,
)
from tests.pages import drawn_pdf, encoded, locked_pdf, png_bomb, staves, zipped

MUSIC = Image.fromarray(staves())
SVG = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def noise(fmt):
    pixels = np.random.default_rng(0).integers(0, 255, (200, 200)).astype(np.uint8)
    return encoded(Image.fromarray(pixels), fmt)


BAD = {
    "empty": (b"", EmptyFile),
    "zeros": (b"\0" * 5000, EmptyFile),
    "garbage": (b"this is not a picture", NotAPicture),
    "svg": (SVG, NotAPicture),
    "html": (b"<!doctype html><title>score</title>", NotAPicture),
    "zip": (zipped(), NotAPicture),
    "half a png": (noise("PNG")[:20_000], Truncated),
    "half a jpeg": (noise("JPEG")[:8_000], Truncated),
    "a png's first bytes": (encoded(MUSIC)[:20], Truncated),
    "bomb": (png_bomb(), TooLarge),
    "12000 squared, 1 bit": (encoded(Image.new("1", (12_000, 12_000))), TooLarge),
    "too small": (encoded(MUSIC.resize((3, 400))), TooSmall),
    "locked pdf": (locked_pdf(), LockedPdf),
    "broken pdf": (b"%PDF-1.7\n1 0 obj\n<<", NotAPicture),
    "pdf without pages": (drawn_pdf(0), SheetError),
    "many pages": (drawn_pdf(60), TooLarge),
    "poster": (drawn_pdf(1, (90_000, 90_000)), TooLarge),
    "stamp": (drawn_pdf(1, (8, 8)), TooSmall),
}


@pytest.mark.parametrize("name", list(BAD))
def test_every_unfit_file_is_refused_with_a_sentence(name):
    data, kind = BAD[name]
    with pytest.raises(kind) as refused:
        list(open_pages(data, name="score.png"))
    text = str(refused.value)
    assert text[0].isupper()
    assert text.endswith(".")
    assert len(text) > 20


def test_a_bomb_is_refused_before_its_pixels_are_made(monkeypatch):
    def must_not_load(self):
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", must_not_load)
    with pytest.raises(TooLarge):
        open_pages(png_bomb(8_000))


def test_too_many_bytes_are_refused_whatever_they_hold(tmp_path):
    file = tmp_path / "big.png"
    file.write_bytes(encoded(MUSIC) + b"\0" * 3_000_000)
    with pytest.raises(TooLarge, match="MB"):
        open_pages(file, limits=Limits(max_bytes=1_000_000))


@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_a_path_that_is_no_file_is_told_without_the_path(tmp_path, kind):
    path = tmp_path / "absent.png" if kind == "missing" else tmp_path
    with pytest.raises(UnreadableFile) as refused:
        open_pages(path, name="my page")
    assert "my page" in str(refused.value)
    assert str(tmp_path) not in str(refused.value)


def test_a_good_file_opens_after_all_that():
    for data, _ in BAD.values():
        with pytest.raises(SheetError):
            list(open_pages(data))
    assert len(open_pages(encoded(MUSIC))) == 1
    assert len(open_pages(drawn_pdf(2))) == 2


def test_a_damaged_page_inside_a_tiff_is_told():
    buffer = io.BytesIO()
    MUSIC.save(buffer, "TIFF", save_all=True, append_images=[MUSIC], compression="tiff_lzw")
    data = bytearray(buffer.getvalue())
    data[len(data) // 2 :] = b"\0" * (len(data) - len(data) // 2)
    with pytest.raises(SheetError):
        list(open_pages(bytes(data)))
