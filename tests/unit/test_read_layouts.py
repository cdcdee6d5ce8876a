"""A second plausible layout: the page is read under it too, and it stands among the interpretations with its probability."""

import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest

from models.engine.wire import dumps, loads
from models.notation.musicxml import read_musicxml, write_musicxml
from models.read.page_primitives import layouts_of
from models.read.piece import page_layouts, piece_layouts
from models.read.ranking.agreement import together
from models.read.reader import Reader
from models.read.reading import PageDetections, PageReading, PageSystems, Reading
from models.read.report import reading_report, schema
from models.read.service import lean
from models.read.structure import LAYOUT, layout_doubt, layout_words
from models.read.upright import upright
from scoreweb.jobs.read.options import ReadOptions, write_reading
from scoreweb.jobs.read.result import ReadResult
from scoreweb.jobs.read.showing import choice_of, interpretation_text, page_of
from scoreweb.jobs.read.structure import structure_of
from scoreweb.languages.catalogue import retold
from scoreweb.languages.spoken import speaking
from tests.unit.test_read_bar_durations import bar
from tests.unit.test_reader_end_to_end import piano
from tests.worn_pages import engraved, worn


class Counting:
    """An extractor that counts how many staves it was asked for."""

    def __init__(self, inner):
        self.inner, self.asked = inner, 0

    def extract(self, strip, **more):
        self.asked += 1
        return self.inner.extract(strip, **more)

    def __getattr__(self, name):
        return getattr(self.inner, name)


@pytest.fixture(scope="module")
def pages():
    page, bars = engraved(piano())
    return {"clear": page, "faint": worn(page, bars, 0.5), "gone": worn(page, bars, 1.0)}


@pytest.fixture(scope="module")
def extractor():
    return Counting(Reader(recogniser=None)._extractors["classical"])


@pytest.fixture(scope="module")
def readings(pages, extractor):
    reader = Reader({"classical": extractor}, recogniser=None)
    out, asked = {}, {}
    for name, page in pages.items():
        before = extractor.asked
        out[name] = reader.read([page], primitives="classical")
        asked[name] = extractor.asked - before
    return out, asked


@pytest.fixture(scope="module")
def faint(readings):
    return readings[0]["faint"]


def test_where_the_layout_is_plain_there_is_one(readings):
    clear = readings[0]["clear"]
    assert {way.layout for way in clear.interpretations} == {0}
    assert clear.others == ()
    assert clear.doubts == ((),)
    assert clear.staves_of_systems(0) == [2]


def test_a_faint_brace_gives_a_second_layout_as_an_interpretation_of_its_own(faint):
    assert {way.layout for way in faint.interpretations} == {0, 1}
    sizes = {way.layout: faint.under(way).staves_of_systems(0) for way in faint.interpretations}
    assert sizes == {0: [2], 1: [1, 1]}, "columns that sound together decide what ink leaves open"
    assert [way.rank for way in faint.interpretations] == [1, 2, 3, 4, 5]
    certainties = [way.certainty for way in faint.interpretations]
    assert certainties == sorted(certainties, reverse=True)
    assert sum(certainties) + faint.none_of_these == pytest.approx(1.0)


def test_no_staff_is_looked_at_twice_for_it(readings):
    asked = readings[1]
    assert asked["faint"] == asked["clear"] == 2


def test_the_page_says_first_what_the_other_layout_is(readings):
    gone = readings[0]["gone"]
    first = gone.doubts[0][0]
    assert first.endswith("it is read as 2 staves that each stand alone, and may be one system of 2 staves.")
    assert all(gone.is_doubtful(bar, gone.interpretations[0]) for bar in range(len(gone.bars)))
    with speaking("de"):
        assert "eine Akkolade aus 2 Notensystemen" in retold(first)
        assert "systems" not in retold(first)


def test_each_layout_is_a_score_of_its_own_and_the_right_one_is_among_them(faint):
    found = {}
    for way in faint.interpretations[:2]:
        score = read_musicxml(write_musicxml(faint.score(way)))
        found[way.layout] = [(part.staves, len(part.bars)) for part in score.parts]
        assert faint.right_bars(way) <= len(faint.under(way).bars)
    assert [(2, 8)] in found.values()
    assert found[0] != found[1]


def test_the_report_holds_the_bars_of_both_layouts(faint, tmp_path):
    told = json.loads(json.dumps(reading_report(faint)))
    jsonschema.validate(told, schema())
    counts = [len(one["bars"]) for one in told["pages"][0]["systems"]]
    (other,) = told["layouts"]
    others = [len(one["bars"]) for one in other["pages"][0]["systems"]]
    assert sorted([counts, others]) == [[8], [8, 8]]
    for way in told["interpretations"]:
        assert len(way["bars"]) == sum(others if way["layout"] else counts)
    second = next(way for way in faint.interpretations if way.layout == 1)
    assert reading_report(faint.under(second)) == reading_report(faint), "whatever is looked at"
    files = write_reading(tmp_path, faint, [np.full((640, 2478), 255, np.uint8)])
    assert sum(path.name.startswith("rank") and path.suffix == ".musicxml" for path in files) == 5


def test_a_reading_with_two_layouts_travels_and_turns(faint):
    thin = lean(faint)
    there = loads(dumps(thin), Reading)
    second = next(way for way in there.interpretations if way.layout == 1)
    assert there.score(second) == faint.score(second)
    lying = replace(thin, pages=(replace(thin.pages[0], turns=1),))
    height = thin.pages[0].shape[0]
    x0, y0, x1, y1 = thin.under(second).place(3)[1]
    assert upright(lying).under(second).place(3)[1] == (height - y1, x0, height - y0, x1)


def test_a_visitor_takes_the_other_layout_and_goes_back(faint, pages, tmp_path):
    result = ReadResult(tmp_path / "r", "r.png", lean(faint), ReadOptions(), "classical", 0.1)
    result.write_pages((pages["faint"],))
    result.write()
    texts = [interpretation_text(result, way) for way in result.reading.interpretations[:2]]
    assert "staves joined otherwise" in texts[1]
    assert "joined" not in texts[0]
    first = len(result.reading.bars)
    result.look_at(first - 1)
    other = result.reading.interpretations[1]
    result.choose_interpretation(other.rank)
    assert len(result.reading.bars) != first
    assert result.is_corrected
    assert [one.based_on_rank for one in result.corrections()] == [other.rank]
    assert len(page_of(result)["bars"]) == len(result.reading.bars)
    assert choice_of(result) is None, "no bar of the other layout is looked at"
    result.look_at(2)
    assert choice_of(result)["bar"] == 2
    result.undo()
    assert len(result.reading.bars) == first
    assert not result.is_corrected
    assert len(result.submission().predictions) == len(faint.interpretations)


def test_bar_lines_corrected_in_the_other_layout_are_read_again_in_that_layout(faint, pages):
    for way in faint.interpretations[:2]:
        reading = faint.under(way)
        _, y0, x1, y1 = reading.place(0)[1]
        sent = {"page": 0, "lines": [[(y0 + y1) / 2, [x1 + 5.0]]], "joined": []}
        (known,) = structure_of(sent, reading, ())
        again = Reader(recogniser=None).read([pages["faint"]], primitives="classical", structure=(known,))
        if way.layout:
            assert again.staves_of_systems(0) == reading.staves_of_systems(0)
            assert again.others == ()
        assert again.place(0)[1][2] == pytest.approx(x1 + 5.0, abs=6)


def test_columns_that_contradict_each_other_part_staves():
    notes = {n: [bar(told) for told in rows] for n, rows in enumerate((["2 4", "4 4 4"], ["4 2", "2 4"]))}
    alone = ((notes[0],), (notes[1],))
    joined = ((notes[0], notes[1]),)
    assert together(alone) == 0.0
    assert together(joined) > 0.3
    moved = [replace(one, frame=replace(one.frame, right=one.frame.right + 3.0)) for one in notes[1]]
    assert together(((notes[0], moved),)) < -0.6
    assert together(((notes[0], notes[0]),)) == 0.0, "any two tunes of one rhythm have their notes in line"
    page = PageReading(PageDetections((9, 9), 10.0), alone, layout=0.5, others=(PageSystems(joined, 0.4),))
    best, other = page_layouts(page)
    assert best.systems == joined
    assert best.grade + other.grade == pytest.approx(0.9)


# Pages of a piece


def page_of_systems(sizes, grade=1.0, others=()):
    """A page whose systems have so many staves, none with a bar; ``others`` are further (sizes, grade)."""

    def systems(counts):
        return tuple(tuple(() for _ in range(count)) for count in counts)

    return PageReading(
        PageDetections((100, 100), 10.0),
        systems(sizes),
        layout=grade,
        others=tuple(PageSystems(systems(told), share) for told, share in others),
    )


def layouts_of_piece(pages):
    return piece_layouts([page_layouts(page) for page in pages])


def test_a_piece_without_doubt_has_one_layout_and_it_is_certain():
    assert [(one.pages, one.share) for one in layouts_of_piece([page_of_systems([2, 2], 0.7)] * 2)] == [
        ((0, 0), 1.0)
    ]


def test_a_doubtful_page_has_two_layouts_with_their_shares():
    doubtful = page_of_systems([1, 1], 0.6, [([2], 0.35)])
    found = layouts_of_piece([doubtful])
    assert [one.pages for one in found] == [(0,), (1,)]
    assert [one.share for one in found] == pytest.approx([0.6, 0.35])


def test_the_other_pages_of_a_piece_decide_what_a_page_leaves_open():
    doubtful = page_of_systems([1, 1], 0.5, [([2], 0.45)])
    plain = page_of_systems([2, 2])
    found = layouts_of_piece([plain, doubtful, plain])
    assert found[0].pages == (0, 1, 0)
    assert found[0].share > 0.85
    assert layouts_of_piece([page_of_systems([1]), doubtful])[0].pages == (0, 0)


def test_layouts_that_are_hardly_plausible_are_not_told():
    found = layouts_of_piece([page_of_systems([1, 1], 0.85, [([2], 0.11)])] * 2)
    assert found[0].pages == (0, 0)
    assert all(one.share >= 0.1 for one in found)


def test_layouts_that_differ_in_blank_staves_alone_are_one(pages, monkeypatch):
    from models.read import page_primitives
    from models.read.given import GivenStructure
    from models.read.page.preparation import prepare
    from models.read.page.staves import Grouping, find_systems

    staves = [staff for system in find_systems(prepare(pages["clear"])) for staff in system.staves]
    monkeypatch.setattr(
        page_primitives,
        "unwritten",
        lambda systems, _: [n for n, s in enumerate(systems) if len(s.staves) == 1][1:],
    )
    ways = [Grouping(((0, 1),), 0.5), Grouping(((0,), (1,)), 0.3), Grouping(((0,),), 0.2)]
    found = layouts_of(ways, staves, [[], []], [[], []], GivenStructure())
    assert [one.grade for one in found] == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(
    ("staves", "words"),
    [
        ([4], "one system of 4 staves"),
        ([2, 2], "2 systems of 2 staves each"),
        ([1, 1, 1], "3 staves that each stand alone"),
        ([3, 2], "systems of 3, 2 staves"),
        ([1], "systems of 1 staves"),
    ],
)
def test_layouts_in_words(staves, words):
    assert layout_words(staves) == words


def test_a_doubt_without_a_rival_names_none():
    assert layout_doubt(None) == LAYOUT
