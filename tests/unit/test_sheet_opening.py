import numpy as np
import pytest
from PIL import Image

from models.sheet import Limits, open_pages, write_pdf
from tests.pages import drawn_pdf, encoded, staves

MUSIC = staves()


def opened(data, **limits):
    return open_pages(data, limits=Limits(**limits))[0]


@pytest.mark.parametrize("fmt", ["PNG", "BMP", "GIF", "TIFF", "WEBP"])
def test_lossless_formats_give_their_own_pixels(fmt):
    how = {"lossless": True} if fmt == "WEBP" else {}
    page = opened(encoded(Image.fromarray(MUSIC), fmt, **how))
    assert np.array_equal(page.grey, MUSIC)
    assert page.grey.dtype == np.uint8


def test_jpeg_is_nearly_the_same():
    page = opened(encoded(Image.fromarray(MUSIC), "JPEG", quality=95))
    assert np.abs(page.grey.astype(int) - MUSIC).mean() < 3


def test_one_bit_palette_and_colour_keep_black_black_and_white_white():
    black_white = np.where(MUSIC > 128, 255, 0).astype(np.uint8)
    image = Image.fromarray(black_white)
    for mode in ("1", "L", "P", "RGB", "CMYK", "I", "F", "LA", "RGBA"):
        fmt = "TIFF" if mode in {"CMYK", "F", "I"} else "PNG"
        page = opened(encoded(image.convert(mode), fmt))
        assert np.abs(page.grey.astype(int) - black_white).max() <= 1, mode


def test_sixteen_bits_are_brought_to_eight():
    deep = Image.fromarray(MUSIC.astype(np.uint16) * 257)
    assert np.array_equal(opened(encoded(deep)).grey, MUSIC)


def test_black_on_transparent_becomes_black_on_white():
    rgba = np.zeros((*MUSIC.shape, 4), np.uint8)
    rgba[..., 3] = 255 - MUSIC
    page = opened(encoded(Image.fromarray(rgba)))
    assert np.abs(page.grey.astype(int) - MUSIC).max() <= 1


def test_a_transparent_palette_colour_becomes_white():
    image = Image.fromarray(np.where(MUSIC > 128, 1, 0).astype(np.uint8), "P")
    image.putpalette([0, 0, 0, 10, 10, 10] + [0] * 762)
    page = opened(encoded(image, transparency=1))
    assert np.array_equal(page.grey, np.where(MUSIC > 128, 255, 0))


def test_exif_rotation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by 90 degrees
    data = encoded(Image.fromarray(MUSIC), "JPEG", exif=exif, quality=95)
    page = opened(data)
    assert page.grey.shape == (MUSIC.shape[1], MUSIC.shape[0])
    assert np.abs(page.grey.astype(int) - np.rot90(MUSIC, -1)).mean() < 3


def test_an_animation_gives_its_first_frame_and_says_so():
    frames = [Image.fromarray(MUSIC), Image.fromarray(255 - MUSIC)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    pages = open_pages(data)
    assert len(pages) == 1
    assert np.array_equal(pages[0].grey, MUSIC)
    assert "first frame" in pages[0].note


def test_a_tiff_of_several_pages_gives_them_all():
    other = np.ascontiguousarray(MUSIC[::-1])
    data = encoded(Image.fromarray(MUSIC), "TIFF", save_all=True, append_images=[Image.fromarray(other)])
    pages = open_pages(data)
    assert [p.label for p in pages] == ["Page 1", "Page 2"]
    assert np.array_equal(pages[1].grey, other)


def test_resolution_is_read_where_it_makes_sense():
    assert opened(encoded(Image.fromarray(MUSIC), dpi=(150, 150))).dpi == pytest.approx(150, abs=0.1)
    assert opened(encoded(Image.fromarray(MUSIC), dpi=(1, 1))).dpi is None
    assert opened(encoded(Image.fromarray(MUSIC))).dpi is None


def test_white_on_black_is_noticed_not_changed():
    page = opened(encoded(Image.fromarray(255 - MUSIC)))
    assert page.looks_inverted
    assert np.array_equal(page.grey, 255 - MUSIC)
    assert not opened(encoded(Image.fromarray(MUSIC))).looks_inverted


def test_a_scanned_pdf_page_gives_the_scans_own_pixels():
    pages = open_pages(write_pdf([MUSIC, MUSIC[:100]], 120))
    assert [p.grey.shape for p in pages] == [(240, 320), (100, 320)]
    assert np.array_equal(pages[0].grey, MUSIC)
    assert pages[0].dpi == pytest.approx(120, abs=0.5)
    assert "120 dpi" in pages[0].note


def test_a_drawn_pdf_page_is_rendered_at_the_chosen_resolution():
    page = opened(drawn_pdf(), pdf_dpi=75)
    assert page.dpi == 75
    assert abs(page.grey.shape[0] - 842 * 75 / 72) <= 1
    assert abs(page.grey.shape[1] - 595 * 75 / 72) <= 1
    assert page.grey.min() < 128
    assert page.grey.max() == 255
    assert "drawn" in page.note


def test_pages_are_asked_for_by_number():
    pages = open_pages(drawn_pdf(3))
    assert len(pages) == len(list(pages)) == 3
    for wrong in (-1, 3):
        with pytest.raises(IndexError):
            pages[wrong]


def test_a_file_is_known_by_its_content_not_its_name(tmp_path):
    file = tmp_path / "page.pdf"
    file.write_bytes(encoded(Image.fromarray(MUSIC)))
    assert np.array_equal(open_pages(file)[0].grey, MUSIC)
