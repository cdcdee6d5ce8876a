"""Scores drawn: ids, boxes, moments, many threads, and nothing harmful in the SVG."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pypdfium2
import pytest
from defusedxml.ElementTree import fromstring
from PIL import Image

from models.notation.engraving.engrave import SINGLE_LINE, Look, bar_picture, engrave
from models.notation.engraving.pictures import svg_to_pdf, svg_to_png
from models.notation.errors import EngravingFailed
from models.notation.excerpt import excerpt
from models.notation.musicxml import write_musicxml
from tests.scores import small_song

HOSTILE = '<script>alert(1)</script><a href="javascript:x" onload="x">'


@pytest.fixture(scope="module")
def drawn():
    return engrave(small_song())


def test_every_note_and_rest_has_its_box_on_a_page(drawn):
    wanted = {n.id for _, _, e in small_song().events() for n in e.notes} | {"r10", "r15", "r19", "r20"}
    assert wanted <= set(drawn.boxes)
    for page, (x0, y0, x1, y1) in drawn.boxes.values():
        assert 0 <= x0 < x1 <= drawn.pages[page].width
        assert 0 <= y0 < y1 <= drawn.pages[page].height


def test_bars_stand_in_order_from_left_to_right(drawn):
    lefts = [box[0] for _, box in drawn.bars]
    assert len(lefts) == 5
    assert lefts == sorted(lefts)


def test_black_ink_is_where_the_boxes_say():
    drawn = engrave(small_song())
    image = Image.open(io.BytesIO(svg_to_png(drawn.pages[0], width=round(drawn.pages[0].width))))
    grey = np.asarray(image.convert("L"))
    for identity in ("n1", "n3", "n9"):
        x0, y0, x1, y1 = (round(v) for v in drawn.boxes[identity][1])
        assert grey[y0:y1, x0:x1].mean() < 170, identity


def test_the_tempo_mark_is_drawn_as_outlines_not_as_letters_of_a_font(drawn):
    svg = drawn.svgs[0]
    assert not re.search("[\ue000-\uf8ff]", svg)
    assert "@font-face" not in svg
    image = Image.open(io.BytesIO(svg_to_png(drawn.pages[0], width=2000))).convert("L")
    x0 = 0
    assert np.asarray(image)[:, x0:].min() < 60


@pytest.mark.parametrize("layout", ["pages", "scroll", "line"])
def test_no_text_of_a_score_becomes_markup(layout):
    song = small_song()
    part = replace(song.parts[0], name=HOSTILE)
    data = write_musicxml(
        replace(song, parts=(part,), title=HOSTILE, composer=HOSTILE, assumptions=(HOSTILE,))
    )
    lyric = (
        b"<lyric><syllabic>single</syllabic><text>&lt;script&gt;alert(1)&lt;/script&gt;</text></lyric></note>"
    )
    for page in engrave(data.replace(b"</note>", lyric), Look(layout=layout)).pages:
        root = fromstring(page.svg)
        allowed = {"svg", "g", "defs", "path", "use", "rect", "ellipse", "circle", "polygon", "polyline", "line", "text", "tspan", "style"}  # fmt: skip
        assert {e.tag.rpartition("}")[2] for e in root.iter()} <= allowed
        for element in root.iter():
            for name, value in element.items():
                assert not name.lower().startswith("on")
                assert not name.endswith("href") or value.startswith("#")
                assert "javascript" not in value.lower()


def test_bad_input_gets_a_sentence():
    for data in (b"", b"<xml", b"\xff\xfe\x00", b"hello", b"<score-partwise/>"):
        with pytest.raises(EngravingFailed):
            engrave(data)
    assert engrave(small_song()).pages, "the engraver lives on"


def test_many_threads_get_the_same_drawing():
    with ThreadPoolExecutor(8) as pool:
        drawings = list(pool.map(lambda _: engrave(small_song()).svgs[0], range(16)))
    assert len(set(drawings)) == 1


def test_one_line_is_as_wide_as_its_music():
    assert len(engrave(small_song(), SINGLE_LINE).pages) == 1
    short = engrave(excerpt(small_song(), 0, 1), SINGLE_LINE).pages[0]
    assert short.width < engrave(small_song(), SINGLE_LINE).pages[0].width / 2


def test_the_picture_of_a_bar_shows_the_clef_that_holds_there():
    cut = excerpt(small_song(), 3, 4)
    assert [(c.staff, c.clef.sign) for c in cut.parts[0].bars[0].clefs] == [(1, "G"), (2, "C")]
    assert cut.parts[0].bars[0].key.fifths == 1
    assert bar_picture(small_song(), 3).width > 50
    with pytest.raises(IndexError):
        bar_picture(small_song(), 9)


def test_a_pdf_has_a_page_for_each_page():
    pages = engrave(small_song(), Look(layout="pages")).pages
    assert len(pypdfium2.PdfDocument(svg_to_pdf([*pages, *pages]))) == 2 * len(pages)
    with pytest.raises(EngravingFailed):
        svg_to_pdf([])
    with pytest.raises(EngravingFailed):
        svg_to_png(pages[0], width=100_000)
