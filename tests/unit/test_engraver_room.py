"""Verovio set up once, for everyone: layouts, pixels, and where each piece of ink lies."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from models.notation.engraving.marks import marks_of
from models.notation.engraving.raster import grey_of
from models.notation.engraving.toolkit import UNIT, lay_out
from models.notation.errors import EngravingFailed, TooLongScore, UnreadableScore
from models.notation.musicxml import write_musicxml
from models.notation.musicxml.container import musicxml_text
from models.sheet import EmptyFile, write_svg_pdf
from scripts.draw_examples import piece
from tests.scores import small_song

OPTIONS = {
    "scale": 100,
    "unit": UNIT,
    "pageWidth": 1800,
    "pageHeight": 900,
    "footer": "none",
    "svgViewBox": True,
}
SONG = piece("Song", bars=24, seed=3, piano=True, fifths=1)
WIDTH = 900


@pytest.fixture(scope="module")
def layout():
    return lay_out(SONG, OPTIONS)


def test_pages_are_counted_from_one_and_as_many_as_asked(layout):
    assert layout.page_count > 2
    assert len(list(layout.svgs())) == layout.page_count
    assert list(layout.svgs(2)) == [layout.svg(1), layout.svg(2)]


@pytest.mark.parametrize("text", ["", "  ", "<no", "plain words"])
def test_what_is_no_score_is_refused(text):
    with pytest.raises(EngravingFailed):
        lay_out(text, OPTIONS)


def test_options_of_one_score_do_not_reach_the_next():
    wide = lay_out(SONG, OPTIONS | {"pageWidth": 3000}).page_count
    assert wide < lay_out(SONG, OPTIONS).page_count


def test_any_thread_finds_the_fonts(layout):
    with ThreadPoolExecutor(1) as other:
        svg = other.submit(lambda: lay_out(SONG, OPTIONS).svg()).result()
    assert np.array_equal(grey_of(svg, width=WIDTH), grey_of(layout.svg(), width=WIDTH))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (SONG, {"E050", "E062", "E0A4", "stem", "barLine"}),
        (write_musicxml(small_song()).decode(), {"E050", "E0A4", "stem", "beam", "barLine", "slur"}),
    ],
)
def test_every_mark_has_ink_in_its_box(text, kinds):
    svg = lay_out(text, OPTIONS).svg()
    grey = grey_of(svg, width=WIDTH)
    marks = list(marks_of(svg, WIDTH))
    assert kinds <= {mark.kind for mark in marks}
    for mark in marks:
        x0, y0, x1, y1 = mark.box
        inside = grey[int(y0) : int(y1) + 1, int(x0) : int(x1) + 1]
        assert inside.size, mark
        assert inside.min() < 128, mark


def test_there_is_a_head_for_each_note_of_the_first_page(layout):
    svg = layout.svg()
    heads = sum(mark.kind in ("E0A2", "E0A3", "E0A4") for mark in marks_of(svg, WIDTH))
    assert heads == svg.count('class="notehead"')


def test_text_of_a_score_is_what_the_file_holds(tmp_path):
    plain = tmp_path / "song.musicxml"
    plain.write_bytes(write_musicxml(small_song()))
    assert musicxml_text(plain).encode() == write_musicxml(small_song())
    with pytest.raises(TooLongScore, match="song"):
        musicxml_text(plain, most_bytes=100)
    with pytest.raises(UnreadableScore):
        musicxml_text(tmp_path / "missing.mxl")


def test_drawings_become_the_same_pdf_each_time(layout):
    drawings = [(svg, 0.5) for svg in layout.svgs(2)]
    assert write_svg_pdf(drawings) == write_svg_pdf(drawings)
    with pytest.raises(EmptyFile):
        write_svg_pdf([])
