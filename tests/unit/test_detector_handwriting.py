"""Handwritten pages as the detector learns them, from an annotated page drawn by ourselves."""

import gzip
import json

import cv2
import numpy as np
import pytest

from models.read.training.detector import handwriting
from models.read.training.detector.handwriting import written_pages
from models.read.training.detector.signs import UNKNOWN

LINES = (200, 220, 240, 260, 280)
LEFT, RIGHT = 60, 940
PAGE = "CVC-MUSCIMA_W-07_N-01_D-ideal"


class Sheet:
    """A page with one staff and its annotation."""

    def __init__(self):
        self.ink = np.zeros((500, 1000), np.uint8)
        self.nodes = []
        self.notes = []

    def node(self, name, box, links=(), *, drawn=True):
        x0, y0, x1, y1 = box
        if drawn:
            self.ink[y0:y1, x0:x1] = 255
        number = len(self.nodes)
        mask = f"1:{(x1 - x0) * (y1 - y0)}"
        places = f"<Top>{y0}</Top><Left>{x0}</Left><Width>{x1 - x0}</Width><Height>{y1 - y0}</Height>"
        told = " ".join(map(str, links))
        self.nodes.append(
            f"<Node><Id>{number}</Id><ClassName>{name}</ClassName>{places}<Mask>{mask}</Mask>"
            f"<Outlinks>{told}</Outlinks></Node>"
        )
        return number

    def head(self, x, y, links, step):
        number = self.node("noteheadFull", (x, y - 9, x + 24, y + 9), links)
        self.notes.append({"id": number, "name": f"('{step[0]}', {step[1:]})"})

    def write(self, folder):
        for name in ("images", "annotations", "notes_derived", "specifications"):
            (folder / name).mkdir()
        cv2.imwrite(str(folder / "images" / f"{PAGE}.png"), self.ink)
        text = f"<Nodes>{''.join(self.nodes)}</Nodes>"
        (folder / "annotations" / f"{PAGE}.xml.gz").write_bytes(gzip.compress(text.encode()))
        (folder / "notes_derived" / f"{PAGE}.json").write_text(json.dumps(self.notes))
        (folder / "specifications" / "testset-dependent.txt").write_text("")


@pytest.fixture
def sheet(tmp_path, monkeypatch):
    monkeypatch.setattr(handwriting, "part_of_writer", lambda _writer, _test: "train")
    page = Sheet()
    lines = [page.node("staffLine", (LEFT, y, RIGHT, y + 2)) for y in LINES]
    staff = page.node("staff", (LEFT, LINES[0], RIGHT, LINES[-1] + 2), lines, drawn=False)
    for n in range(6):  # G4 on the second line, well in its place
        page.head(120 + 60 * n, 261, [staff], "G4")
    up = page.node("stem", (521, 200, 524, 262))
    sharp = page.node("accidentalSharp", (470, 232, 486, 272))
    page.head(500, 252, [staff, up, sharp], "G4")  # drawn almost half a space too high
    down = page.node("stem", (600, 241, 603, 310))
    page.head(600, 241, [staff, down], "B4")
    page.node("numeral3", (300, 120, 312, 140))
    page.node("numeral4", (90, 202, 106, 240))
    page.write(tmp_path)
    return tmp_path


def test_heads_stand_where_they_sound_however_the_hand_strayed(sheet):
    ((name, page),) = written_pages(sheet, "train")
    assert name == PAGE
    heads = [m for m in page.signs if m.name == "solid_head"]
    assert [h.position for h in heads] == [2, 2, 2, 2, 2, 2, 2, 4]
    assert [h.stem for h in heads] == [0, 0, 0, 0, 0, 0, 1, 2]
    (sharp,) = (m for m in page.signs if m.name == "sharp")
    assert sharp.position == 2


def test_a_figure_outside_the_staff_is_that_of_a_tuplet(sheet):
    ((_, page),) = written_pages(sheet, "train")
    names = {m.name: m for m in page.signs}
    assert "tuplet_digit" in names
    assert "digit_4" in names
    assert names["tuplet_digit"].position == UNKNOWN


def test_a_page_is_drawn_again_with_other_pens_where_it_was_written(sheet):
    plain, pen, pencil = (page for _, page in written_pages(sheet, "train", redrawn=True))
    assert plain.signs == pen.signs == pencil.signs
    head = next(m for m in plain.signs if m.name == "solid_head")
    x, y = round((head.box[0] + head.box[2]) / 2), round((head.box[1] + head.box[3]) / 2)
    blank = plain.grey[:40, :40].mean()
    for page in (plain, pen, pencil):
        assert page.grey.shape == plain.grey.shape
        assert page.grey[y, x] < blank - 60
    lines = round(14.0 / 20 * LINES[0])
    staff_line = pencil.grey[lines - 3 : lines + 4, 500].min()
    assert staff_line < pencil.grey[y, x] - 20, "pencil is fainter than what was printed"
    assert pencil.grey[y, x] > plain.grey[y, x] + 40


def test_pages_of_other_parts_are_left_out(sheet, monkeypatch):
    monkeypatch.setattr(handwriting, "part_of_writer", lambda _writer, _test: "test")
    assert list(written_pages(sheet, "train")) == []
