"""Pages of which only the notes are known: which head is which note, and what of a strip is learned."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.read.page.staves import SPACE, Strip
from models.read.page.staves.staff import LINE_ROWS, STRIP_ROWS
from models.read.primitives.learned.classes import LOWEST
from models.read.primitives.learned.detect import Detection
from models.read.primitives.primitive import Style
from models.read.training.detector.autographs import autograph_pages, told_strips, written_staves
from models.read.training.detector.engraving import PACK_SPACE
from models.read.training.detector.heads_and_notes import Written, in_order, matched
from models.read.training.detector.pack import read_pack, write_pack
from models.read.training.detector.signs import UNKNOWN

TREBLE, BASS = 30, 18
SHRUNK = PACK_SPACE / SPACE


def head(x: float, position: int, *, name: str = "solid_head", chance: float = 0.9) -> Detection:
    """A head as the network tells it, its column in staff spaces."""
    places = np.full(39, 0.002, np.float32)
    places[position - LOWEST] = 0.9
    y = LINE_ROWS[-1] - position * SPACE / 2
    x *= SPACE
    return Detection({name: chance}, (x - 11, y - 10, x + 11, y + 10), places, (0.1, 0.8, 0.1))


def strip(*heads: Detection, width: int = 40) -> Strip:
    """A strip with staff lines and black heads."""
    ink = np.zeros((STRIP_ROWS, width * SPACE), np.uint8)
    for row in LINE_ROWS:
        ink[row - 1 : row + 2] = 255
    for one in heads:
        x0, y0, x1, y1 = (round(v) for v in one.box)
        ink[y0:y1, x0:x1] = 255
    nowhere = np.zeros(ink.shape, np.float32)
    return Strip(ink, nowhere, nowhere, 3.0)


def notes(*steps: int, clef: int = TREBLE) -> list[Written]:
    """Quarters one after the other, at staff positions under a clef."""
    return [Written(float(n), clef + step, "solid_head") for n, step in enumerate(steps)]


def test_heads_are_the_notes_at_their_positions_whatever_the_clef() -> None:
    places = (0, 4, 2, 7, 5, 3)
    heads = [head(4 + 4 * n, p) for n, p in enumerate(places)]
    for clef in (TREBLE, BASS):
        _, found = matched(heads, notes(*places, clef=clef))
        assert [(m.head, m.note, m.position) for m in found] == [(n, n, p) for n, p in enumerate(places)]


def test_a_clef_may_change_on_the_way() -> None:
    places = (0, 4, 2, 7, 5, 3, 1, 6)
    heads = [head(4 + 4 * n, p) for n, p in enumerate(places)]
    sung = notes(*places[:4]) + [Written(n.onset + 4, n.step, n.head) for n in notes(*places[4:], clef=BASS)]
    _, found = matched(heads, sung)
    assert [m.position for m in found] == list(places)


def test_a_head_without_a_note_and_a_note_without_a_head_are_left_out() -> None:
    heads = [head(4, 0), head(7, 9, chance=0.5), head(10, 4), head(16, 7), head(20, 5)]
    _, found = matched(heads, notes(0, 4, -5, 7, 5))
    assert [(m.head, m.note) for m in found] == [(0, 0), (2, 1), (3, 3), (4, 4)]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(-4, 12), max_size=7),
    st.lists(st.integers(-4, 12), max_size=7),
)
def test_matches_keep_the_order_of_both(seen: list[int], sung: list[int]) -> None:
    _, found = matched([head(4 + 3 * n, p) for n, p in enumerate(seen)], notes(*sung))
    for number in ([m.head for m in found], [m.note for m in found]):
        assert number == sorted(set(number))
    assert all(0 <= m.head < len(seen) and 0 <= m.note < len(sung) for m in found)


def test_chords_are_ordered_from_the_top_down() -> None:
    low, high, after = head(5, 0), head(5.2, 4), head(9, 2)
    assert in_order([after, low, high]) == [high, low, after]


def test_what_is_taught_stands_where_the_notes_say_and_nothing_where_one_is_missing() -> None:
    heads = [head(4 + 5 * n, p) for n, p in enumerate((0, 4, 2, 7, 5, 3))]
    lone = Detection({"sharp": 0.9}, (12 * SPACE, 130, 13 * SPACE, 190))
    drawn = strip(*heads)
    (page,) = told_strips([drawn], [[*heads[:2], *heads[3:], lone]], [notes(0, 4, 2, 7, 5, 3)])
    found = {m.position for m in page.signs if m.position != UNKNOWN}
    assert found == {0, 4, 7, 5, 3}
    assert {m.stem for m in page.signs if m.position != UNKNOWN} == {1}
    missed = heads[2].box
    where = [round(v * SHRUNK) for v in missed]
    assert page.grey[where[1] : where[3], where[0] : where[2]].min() == 255  # painted over
    known = [round(v * SHRUNK) for v in heads[1].box]
    assert page.grey[known[1] : known[3], known[0] : known[2]].mean() < 60  # and this one not
    assert "sharp" not in {m.name for m in page.signs}  # it stands in what is painted over


def test_a_chords_head_that_was_missed_is_taught_where_there_is_ink() -> None:
    seen = [head(4, 0), head(10, 4), head(16, 2)]
    unseen = head(10, 0)
    sung = [
        Written(0, TREBLE, "solid_head"), Written(1, TREBLE + 4, "solid_head"), Written(1, TREBLE, "solid_head"),
        Written(2, TREBLE + 2, "solid_head"),
    ]  # fmt: skip
    (page,) = told_strips([strip(*seen, unseen)], [seen], [sung])
    assert sorted(m.position for m in page.signs) == [0, 0, 2, 4]
    (page,) = told_strips([strip(*seen)], [seen], [sung])
    assert sorted(m.position for m in page.signs) == [0, 2]


def test_paper_that_nobody_wrote_on_is_passed_over() -> None:
    first = [head(4 + 4 * n, p) for n, p in enumerate((0, 4, 2, 7))]
    second = [head(4 + 4 * n, p) for n, p in enumerate((6, 1, 3, 5))]
    empty: list[Detection] = []
    pages = told_strips(
        [strip(*first), strip(), strip(*second)],
        [first, empty, second],
        [notes(0, 4, 2, 7), notes(6, 1, 3, 5, clef=BASS)],
    )
    assert [sorted(m.position for m in page.signs) for page in pages] == [[0, 2, 4, 7], [1, 3, 5, 6]]


class Told:
    """A network that sees the same heads on every strip."""

    def __init__(self, heads: list[Detection]) -> None:
        self._heads = heads

    def detections(self, strip: Strip, style: Style) -> list[Detection]:
        """What it sees."""
        assert style == "handwritten"
        return self._heads


def test_a_folder_of_pages_becomes_a_pack(tmp_path: Path) -> None:
    grey = np.full((500, 1000), 255, np.uint8)
    for line in range(5):
        grey[200 + 20 * line : 203 + 20 * line, 60:940] = 0
    cv2.imwrite(str(tmp_path / "page.jpg"), grey)
    told = [
        {"step": s, "octave": 4, "type": kind, "onset": n, "system": 1}
        for n, (s, kind) in enumerate((("E", "quarter"), ("B", "half"), ("G", "whole")))
    ]
    truth = {"parts": [{"staves": [{"staff": 1, "notes": told}]}]}
    (tmp_path / "page.json.gz").write_bytes(gzip.compress(json.dumps(truth).encode()))
    assert [[w.head for w in staff] for staff in written_staves(tmp_path / "page.json.gz")] == [
        ["solid_head", "hollow_head", "whole_head"]
    ]
    heads = [head(8, 0), head(16, 4, name="hollow_head"), head(24, 2, name="whole_head")]
    pack = tmp_path / "pack.zip"
    assert write_pack(pack, autograph_pages(tmp_path, Told(heads))) == 1
    (page,) = read_pack(pack)
    assert page.rows[:, 5].tolist() == [0, 4, 2]
