"""Pages whose file tells its characters: signs and words are what they say, not what the picture resembles."""

from dataclasses import replace

import numpy as np
import pytest

from models.contracts.read import ReadRequest
from models.engine import BadRequest, Job
from models.glyph import Glyph
from models.read.page.layout import layout_of
from models.read.primitives.classical import ClassicalExtractor
from models.read.primitives.drawn import ENOUGH, speaks, with_drawn
from models.read.reader import Reader
from models.read.service import ReadService
from models.read.text.drawn import lines_told
from models.read.text.letters import letters_on
from tests.drawn_staves import drawn_page
from tests.unit.test_read_words import a_page

SOLID, HOLLOW, SHARP, NO_SIGN = "\ue0a4", "\ue0a3", "\ue262", "\ue920"


def glyph(text, box, font="Leland"):
    return Glyph(text, font, tuple(map(float, box)), (float(box[0]), float(box[3])))


@pytest.fixture(scope="module")
def staff():
    return layout_of(drawn_page()).systems[0].staves[0]


@pytest.fixture(scope="module")
def seen(staff):
    return ClassicalExtractor().extract(staff.strip)


def heads(found):
    return [p for p in found if p.label in ("solid_head", "hollow_head") and p.certainty > 0.5]


def told(staff, found, text=SOLID):
    return [glyph(text, staff.upload_box(p.box)) for p in heads(found)]


def test_boxes_find_their_way_to_the_strip_and_back(staff, seen):
    for p in heads(seen):
        there = staff.strip_box(staff.upload_box(p.box))
        assert there == pytest.approx(p.box, abs=2.5)


def test_some_noteheads_of_a_music_font_tell_a_page(staff, seen):
    glyphs = told(staff, seen)
    assert len(glyphs) >= ENOUGH
    assert speaks(glyphs)
    assert not speaks(glyphs[: ENOUGH - 1])
    assert not speaks(
        [replace(g, text="w") for g in glyphs]
    )  # a font before SMuFL: its letters may mean anything


def test_a_head_is_what_its_character_says(staff, seen):
    glyphs = told(staff, seen)
    glyphs[2] = replace(glyphs[2], text=HOLLOW)
    found = heads(with_drawn(seen, glyphs, staff))
    assert [p.label for p in found] == ["hollow_head" if n == 2 else "solid_head" for n in range(len(glyphs))]
    assert [p.position for p in found] == pytest.approx([p.position for p in heads(seen)], abs=0.3)


def test_what_no_character_drew_is_hardly_a_sign(staff, seen):
    glyphs = told(staff, seen)
    del glyphs[1]
    found = heads(with_drawn(seen, glyphs, staff))
    assert len(found) == len(glyphs)


def test_a_sign_that_the_picture_hides_is_there(staff, seen):
    first = staff.upload_box(heads(seen)[0].box)
    sharp = (first[0] - 34, first[1] - 18, first[0] - 14, first[3] + 18)
    found = with_drawn(seen, [*told(staff, seen), glyph(SHARP, sharp), glyph(NO_SIGN, sharp)], staff)
    (added,) = [p for p in found if p.label == "sharp"]
    assert added.certainty > 0.9
    assert added.position == pytest.approx(heads(seen)[0].position, abs=0.4)
    assert [p.id for p in found] == [f"p{n}" for n in range(len(found))]


def test_two_voices_on_one_head_are_one_head(staff, seen):
    glyphs = told(staff, seen)
    assert len(heads(with_drawn(seen, [*glyphs, glyphs[0]], staff))) == len(glyphs)


def test_small_heads_are_grace_notes(staff, seen):
    x0, y0, x1, y1 = staff.upload_box(heads(seen)[0].box)
    small = glyph(SOLID, (x0 + 4, y0 + 4, x1 - 5, y1 - 4))
    found = with_drawn(seen, [*told(staff, seen)[1:], small], staff)
    assert [p.label for p in found if p.certainty > 0.9].count("grace_head") == 1


def test_reading_asks_the_characters(seen, staff):
    """A page of quarter notes whose file says that the heads are hollow is one of half notes."""
    glyphs = told(staff, seen, HOLLOW)
    reader = Reader(recogniser=None)
    reading = reader.read([drawn_page()], glyphs=[glyphs])
    labels = [d.label for d in reading.pages[0].detections]
    assert labels.count("hollow_head") == len(glyphs)
    assert "solid_head" not in labels
    assert [d.label for d in reader.read([drawn_page()]).pages[0].detections].count("solid_head") == len(
        glyphs
    )


def test_words_are_those_of_the_file():
    _, layout = a_page()
    letters = letters_on(layout.page, layout.systems)
    title = next(row for row in letters.rows if row.above is None)
    wanted = "Morning Air"
    assert sum(len(word.pieces) for word in title.words) >= 8  # it is another title that the picture shows
    left, right = title.words[0].x0, title.words[-1].x1
    step = (right - left) / len(wanted)
    word = title.words[0]
    page = layout.page
    glyphs = []
    for n, letter in enumerate(wanted):
        if letter != " ":
            corners = [[left + n * step, word.y0], [left + (n + 0.9) * step, word.y1]]
            one = glyph(letter, page.upload_points(np.array(corners)).ravel(), "Edwin")
            glyphs.append(replace(one, last=letter == "g"))
    lines, rest = lines_told(letters, glyphs, page)
    assert [t.text for t in lines[0].tokens] == ["Morning", "Air"]
    assert lines[0].row is title
    assert rest.rows == ()  # a file that tells words tells all


def test_a_page_without_words_is_read_as_a_picture():
    _, layout = a_page()
    letters = letters_on(layout.page, layout.systems)
    for glyphs in ((), (glyph(SHARP, (100, 100, 120, 140)),)):
        assert lines_told(letters, glyphs, layout.page) == ([], letters)


def test_characters_of_every_page_or_of_none():
    page = np.full((200, 300), 255, np.uint8)
    (answer,) = ReadService().run([Job(ReadRequest((page, page), glyphs=((),)))])
    assert isinstance(answer, BadRequest)
