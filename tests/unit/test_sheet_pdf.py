import io
import threading
import zlib

import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream

from models.sheet import Limits, SheetError, TooLarge, open_pages
from tests.pages import drawn_pdf, staves

MUSIC = staves()
HEIGHT, WIDTH = MUSIC.shape
DPI = 150
SIZE = (WIDTH * 72 / DPI, HEIGHT * 72 / DPI)  # of the page, in points
BITS = np.packbits(MUSIC > 128, axis=1).tobytes()
BLACK_WHITE = np.where(MUSIC > 128, 255, 0)


def picture(pdf, pixels=MUSIC, *, width=WIDTH, height=HEIGHT, bits=8, **more):
    data = pixels if isinstance(pixels, bytes) else pixels.tobytes()
    how = {"Width": width, "Height": height, "BitsPerComponent": bits, "Filter": Name.FlateDecode, **more}
    if not more.get("ImageMask"):
        how.setdefault("ColorSpace", Name.DeviceGray)
    return Stream(pdf, zlib.compress(data, 9), Type=Name.XObject, Subtype=Name.Image, **how)


def drawn(x=0.0, y=0.0, width=SIZE[0], height=SIZE[1], name="A"):
    """The operators that put a picture there."""
    return f"q {width:.9f} 0 0 {height:.9f} {x:.9f} {y:.9f} cm /{name} Do Q "


def paged(pdf, operators, size=SIZE, pictures=None, **more):
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    resources = Dictionary(Font=Dictionary(F=font), XObject=Dictionary(pictures or {}))
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, *size]),
        Contents=Stream(pdf, operators.encode()),
        Resources=resources,
        **more,
    )
    pdf.pages.append(pikepdf.Page(page))


def saved(pdf):
    buffer = io.BytesIO()
    pdf.save(buffer)
    return buffer.getvalue()


def scan(operators=None, pixels=MUSIC, size=SIZE, page=None, **how):
    pdf = pikepdf.Pdf.new()
    paged(pdf, operators or drawn(), size, {"/A": picture(pdf, pixels, **how)}, **(page or {}))
    return saved(pdf)


def same(data, pixels):
    page = open_pages(data)[0]
    assert page.grey.shape == pixels.shape
    assert np.array_equal(page.grey, pixels)
    assert page.dpi == pytest.approx(DPI, abs=0.1)
    assert "scan" in page.note


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_turned_scan_gives_its_own_pixels_turned(degrees):
    same(scan(page={"Rotate": degrees}), np.rot90(MUSIC, -degrees // 90))


def test_a_scan_turned_by_its_matrix_too():
    width, height = SIZE
    same(scan(f"q 0 {width} {-height} 0 {height} 0 cm /A Do Q", size=(height, width)), np.rot90(MUSIC))


def test_a_mirrored_scan_is_seen_mirrored():
    width, height = SIZE
    same(scan(f"q {-width} 0 0 {height} {width} 0 cm /A Do Q"), MUSIC[:, ::-1])
    same(scan(f"q {width} 0 0 {-height} 0 {height} cm /A Do Q"), MUSIC[::-1])


def test_a_cropped_scan_shows_the_part_that_the_page_shows():
    width, height = SIZE
    same(scan(page={"CropBox": Array([0, 0, width / 2, height])}), MUSIC[:, : WIDTH // 2])
    same(scan(page={"CropBox": Array([0, height / 4, width, height])}), MUSIC[: HEIGHT * 3 // 4])
    turned = {"CropBox": Array([0, 0, width / 2, height]), "Rotate": 90}
    same(scan(page=turned), np.rot90(MUSIC[:, : WIDTH // 2], -1))


def test_a_narrow_margin_around_a_scan_is_left_away():
    width, height = SIZE
    same(scan(drawn(width * 0.02, height * 0.03), size=(width * 1.05, height * 1.05)), MUSIC)


def test_strips_are_put_together():
    pdf, rows, height = pikepdf.Pdf.new(), HEIGHT // 4, SIZE[1] / 4
    strips = {f"/A{n}": picture(pdf, MUSIC[n * rows : (n + 1) * rows], height=rows) for n in range(4)}
    paged(
        pdf, "".join(drawn(0, (3 - n) * height, height=height, name=f"A{n}") for n in range(4)), SIZE, strips
    )
    same(saved(pdf), MUSIC)


def test_a_scan_inside_a_form_is_found():
    pdf = pikepdf.Pdf.new()
    form = Stream(
        pdf,
        drawn(0.1, 0.2, 0.5, 0.6).encode(),
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([0, 0, 1, 1]),
        Resources=Dictionary(XObject=Dictionary({"/A": picture(pdf)})),
    )
    width, height = SIZE[0] / 0.5, SIZE[1] / 0.6
    paged(pdf, drawn(-0.1 * width, -0.2 * height, width, height, "F"), SIZE, {"/F": form})
    same(saved(pdf), MUSIC)


def test_words_read_by_a_machine_do_not_make_a_scan_a_drawing():
    words = "BT /F 9 Tf " + "".join(f"1 0 0 1 9 {n} Tm (word) Tj " for n in range(40)) + "ET "
    same(scan(drawn() + words.replace("BT", "BT 3 Tr", 1)), MUSIC)  # invisible, over the picture
    same(scan(words + drawn()), MUSIC)  # hidden below it


def test_a_stamp_on_a_scan_is_kept():
    page = open_pages(scan(drawn() + "BT /F 20 Tf 10 10 Td (Library) Tj ET"))[0]
    assert page.grey.shape == MUSIC.shape
    assert "scan" in page.note
    lower = slice(HEIGHT * 3 // 4, None)
    assert (page.grey[lower] < 128).sum() > (MUSIC[lower] < 128).sum() + 100
    assert np.array_equal(page.grey[: HEIGHT // 2], MUSIC[: HEIGHT // 2])


@pytest.mark.parametrize(
    ("how", "seen"),
    [
        ({"pixels": BITS, "bits": 1}, BLACK_WHITE),
        ({"pixels": BITS, "bits": 1, "Decode": Array([1, 0])}, 255 - BLACK_WHITE),
        ({"pixels": BITS, "bits": 1, "ImageMask": True}, BLACK_WHITE),
        ({"pixels": 255 - MUSIC, "Decode": Array([1, 0])}, MUSIC),
        ({"pixels": np.stack([MUSIC] * 3, axis=2), "ColorSpace": Name.DeviceRGB}, MUSIC),
    ],
    ids=["1 bit", "1 bit inverted", "stencil", "inverted", "colour"],
)
def test_pictures_are_seen_as_the_page_shows_them(how, seen):
    same(scan(**how), seen)


def test_a_transparent_picture_lies_on_white_paper():
    pdf = pikepdf.Pdf.new()
    mask = pdf.make_indirect(picture(pdf, 255 - MUSIC))
    paged(pdf, drawn(), SIZE, {"/A": picture(pdf, np.zeros_like(MUSIC), SMask=mask)})
    same(saved(pdf), MUSIC)


def test_of_layers_the_finest_counts():
    pdf = pikepdf.Pdf.new()
    paper = picture(pdf, np.full((80, 100), 255, np.uint8), width=100, height=80)
    ink = picture(pdf, BITS, bits=1, ImageMask=True)
    paged(pdf, drawn(name="P") + drawn(), SIZE, {"/P": paper, "/A": ink})
    same(saved(pdf), BLACK_WHITE)


def test_oblong_pixels_of_a_fax_are_made_square():
    page = open_pages(scan(pixels=np.ascontiguousarray(MUSIC[::2]), height=HEIGHT // 2))[0]
    assert page.grey.shape == MUSIC.shape
    assert page.dpi == pytest.approx(DPI, abs=0.1)


def test_a_picture_in_a_drawing_does_not_make_it_a_scan():
    page = open_pages(scan(drawn(width=SIZE[0] / 2)))[0]
    assert page.dpi == 75
    assert "drawn" in page.note


def test_notes_drawn_over_a_background_are_a_drawing():
    lines = "".join(f"10 {n} m 90 {n} l S " for n in range(5, 65, 2))
    page = open_pages(scan(drawn() + lines, np.full((HEIGHT, WIDTH), 240, np.uint8)))[0]
    assert "drawn" in page.note
    assert page.grey.min() < 160


def test_a_very_fine_scan_is_taken_as_fine_as_is_allowed():
    page = open_pages(scan(), limits=Limits(max_pixels=20_000))[0]
    assert 15_000 < page.grey.size <= 20_000
    assert page.dpi < DPI


def zeros(width, height, bits):
    packed, row = zlib.compressobj(9), bytes(width * bits // 8)
    return b"".join(packed.compress(row) for _ in range(height)) + packed.flush()


@pytest.mark.parametrize("times", [1, 40])
def test_a_bomb_inside_a_pdf_is_refused(times):
    pdf = pikepdf.Pdf.new()
    side, bits = (20_000, 8) if times == 1 else (4_000, 24)
    bomb = picture(pdf, b"", width=side, height=side)
    bomb.ColorSpace = Name.DeviceRGB if bits == 24 else Name.DeviceGray
    bomb.write(zeros(side, side, bits), filter=Name.FlateDecode)
    paged(pdf, drawn() * times, SIZE, {"/A": bomb})
    data = saved(pdf)
    assert len(data) < 2_000_000
    with pytest.raises(TooLarge, match="too large a picture"):
        open_pages(data)[0]


@pytest.mark.parametrize("box", [(1e9, 1e9), (14_400, 14_400), (595, 3), (-5, 10)])
def test_absurd_pages_are_refused(box):
    with pytest.raises(SheetError):
        open_pages(drawn_pdf(1, box))[0]


def test_a_pdf_of_thousands_of_pages_is_refused():
    with pytest.raises(TooLarge, match="3000 pages"):
        open_pages(drawn_pdf(3000))


def test_rubbish_before_the_first_line_is_forgiven():
    assert len(open_pages(b"\n\nrubbish\n" + drawn_pdf(2))) == 2


def test_pages_are_read_from_many_threads_at_once():
    pages = open_pages(scan())
    good = []

    def read():
        for _ in range(5):
            good.append(np.array_equal(pages[0].grey, MUSIC))

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert good == [True] * 30
