import os
import warnings

import numpy as np
import pytest
from PIL import Image

from models.sheet import (
    AbsurdTarget,
    EmptyFile,
    TargetSize,
    TooLarge,
    Truncated,
    UnreadableFile,
    factor_for,
    open_pages,
    resize_to,
    write_pdf,
)
from tests.pages import encoded, png_bomb, png_chunk, staves

MUSIC = staves()
DEEP = MUSIC.astype(np.float64)


def opened(values, fmt="TIFF"):
    return open_pages(encoded(Image.fromarray(values), fmt))[0].grey.astype(int)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        (DEEP.astype(np.uint16) * 257, 0),
        (DEEP.astype(np.uint16) * 16, 1),
        (DEEP.astype(np.int32) * 257, 0),
        (DEEP.astype(np.int32), 0),
        (DEEP.astype(np.float32) / 255, 0),
        (DEEP.astype(np.float32), 0),
        (DEEP.astype(np.float32) * 257, 0),
        (DEEP.astype(np.float32) * 4e6, 0),
    ],
    ids=["16 bits", "12 of 16 bits", "32 bits", "8 of 32 bits", "0..1", "0..255", "0..65535", "more"],
)
def test_deeper_values_are_brought_to_eight_bits(values, error):
    assert np.abs(opened(values) - MUSIC).max() <= error


def test_values_that_were_not_measured_are_paper():
    grey = opened(np.where(MUSIC > 128, np.nan, 0).astype(np.float32))
    assert np.array_equal(grey, np.where(MUSIC > 128, 255, 0))


def test_what_lies_below_black_is_black():
    grey = opened((DEEP - 40).astype(np.float32))
    assert np.array_equal(grey[MUSIC <= 40], np.zeros_like(grey[MUSIC <= 40]))


def test_lab_files_give_their_lightness():
    lab = Image.merge("LAB", [Image.fromarray(MUSIC)] + [Image.new("L", MUSIC.shape[::-1], 128)] * 2)
    assert np.array_equal(open_pages(encoded(lab, "TIFF"))[0].grey, MUSIC)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_undone(orientation):
    upright = Image.fromarray(MUSIC)
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    for fmt in ("PNG", "TIFF"):
        assert np.array_equal(open_pages(encoded(stored, fmt, exif=exif))[0].grey, MUSIC)


def test_a_colour_that_stands_for_nothing_is_paper():
    colour = Image.merge("RGB", [Image.fromarray(np.where(MUSIC > 128, 7, 0).astype(np.uint8))] * 3)
    page = open_pages(encoded(colour, transparency=(7, 7, 7)))[0]
    assert np.array_equal(page.grey, np.where(MUSIC > 128, 255, 0))


@pytest.mark.parametrize("fmt", ["PNG", "WEBP"])
def test_moving_pictures_give_their_first_frame_and_say_so(fmt):
    first, second = Image.fromarray(MUSIC).convert("RGB"), Image.fromarray(255 - MUSIC).convert("RGB")
    how = {"lossless": True} if fmt == "WEBP" else {}
    pages = open_pages(encoded(first, fmt, save_all=True, append_images=[second], **how))
    assert len(pages) == 1
    assert np.array_equal(pages[0].grey, MUSIC)
    assert "first frame" in pages[0].note


def test_the_thumbnail_that_a_telephone_adds_is_no_page():
    small = Image.fromarray(MUSIC).convert("RGB")
    pages = open_pages(encoded(small, "MPO", save_all=True, append_images=[small]))
    assert len(pages) == 1
    assert pages[0].note == ""


def test_a_dark_photo_is_not_taken_for_white_on_black():
    dim = (MUSIC / 255 * 90 + 20).astype(np.uint8)
    assert not open_pages(encoded(Image.fromarray(dim)))[0].looks_inverted
    assert open_pages(encoded(Image.fromarray(130 - dim)))[0].looks_inverted


@pytest.mark.parametrize("fmt", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
@pytest.mark.parametrize("kept", [0.4, 0.9])
def test_a_file_that_was_cut_off_is_told_as_such(fmt, kept):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (200, 200)).astype(np.uint8))
    data = encoded(noise, fmt)
    with pytest.raises(Truncated, match="cut off"):
        list(open_pages(data[: int(kept * len(data))]))


def test_a_bomb_behind_a_first_page_is_refused():
    small, large = Image.fromarray(MUSIC).convert("1"), Image.new("1", (9000, 9000))
    data = encoded(small, "TIFF", save_all=True, append_images=[large], compression="group4")
    assert len(data) < 100_000
    pages = open_pages(data)
    assert pages[0].grey.shape == MUSIC.shape
    with pytest.raises(TooLarge):
        pages[1]


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP"])
def test_bombs_in_the_margins_of_a_png_do_no_harm(kind):
    import zlib

    png = encoded(Image.fromarray(MUSIC))
    bomb = png_chunk(kind, b"k\0\0" + zlib.compress(bytes(30_000_000), 9))
    try:
        assert np.array_equal(open_pages(png[:33] + bomb + png[33:])[0].grey, MUSIC)
    except Truncated as refused:
        assert "damaged" in str(refused)  # noqa: PT017 - either is well


class TestWhateverPillowWasTold:
    """Pillow's limit on pixels is the whole process's, and other code may move it."""

    @pytest.fixture(autouse=True)
    def put_back(self, monkeypatch):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)

    def test_no_limit_lets_no_bomb_in(self):
        Image.MAX_IMAGE_PIXELS = None
        with pytest.raises(TooLarge, match="megapixels"):
            open_pages(png_bomb(9000))

    def test_a_lower_limit_is_told_as_too_large(self):
        Image.MAX_IMAGE_PIXELS = MUSIC.size // 4
        with pytest.raises(TooLarge):
            open_pages(encoded(Image.fromarray(MUSIC)))

    def test_warnings_made_errors_are_told_as_too_large(self):
        Image.MAX_IMAGE_PIXELS = MUSIC.size * 2 // 3
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(TooLarge):
                open_pages(encoded(Image.fromarray(MUSIC)))


def test_a_path_in_the_name_is_not_repeated(tmp_path):
    for name in ("/srv/secret/page.png", "C:\\Users\\secret\\page.png"):
        with pytest.raises(UnreadableFile) as refused:
            open_pages(tmp_path / "absent", name=name)
        assert "page.png" in str(refused.value)
        assert "secret" not in str(refused.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "page.png")
    with pytest.raises(UnreadableFile):
        open_pages(tmp_path / "page.png")


@pytest.mark.parametrize("dpi", [0, -300, float("nan"), 1e9])
def test_a_pdf_of_no_size_is_refused(dpi):
    with pytest.raises(AbsurdTarget, match="dpi"):
        write_pdf([MUSIC], dpi)


def test_a_pdf_of_no_pages_is_refused():
    with pytest.raises(EmptyFile):
        write_pdf([], 300)


@pytest.mark.parametrize("value", [0, -20, float("inf"), float("nan")])
def test_a_target_that_is_no_size_is_refused(value):
    page = open_pages(encoded(Image.fromarray(MUSIC), dpi=(75, 75)))[0]
    with pytest.raises(AbsurdTarget, match="greater than zero"):
        factor_for(TargetSize("dpi", value), page)


def test_shrinking_averages_and_growing_keeps_flat_ink_flat():
    lines = np.tile(np.array([0, 255], np.uint8), (8, 8))
    assert np.array_equal(np.unique(resize_to(lines, 0.5)), [128])
    assert np.array_equal(resize_to(lines, 1.0), lines)
    assert np.array_equal(np.unique(resize_to(np.full((9, 9), 77, np.uint8), 2.3)), [77])
