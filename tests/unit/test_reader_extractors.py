"""The door for other extractors: the reader asks one by its name, and nothing classical besides."""

import sys

import numpy as np
import pytest

from models.engine import BadRequest, Job
from models.read.extractors import DEFAULT, EXTRACTORS, PRIMITIVES
from models.read.grammar import Functions
from models.read.page.staves import LINE_ROWS, SPACE
from models.read.primitives import BlobShape, Primitive, position_at
from models.read.primitives.registry import shipped_extractors
from models.read.reader import Reader
from models.read.service import ReadRequest, ReadService
from models.read.tokens import tokens_of
from tests.drawn_staves import drawn_page


def blob(label, *, sure=0.9, **more):
    box = (4.0 * SPACE, float(LINE_ROWS[3]), 5.0 * SPACE, float(LINE_ROWS[4]))
    shape = BlobShape(1.0, 1.0, 0.8, 1.0, 0.2, 20.0, (0.0,) * 7)
    middle = position_at((box[1] + box[3]) / 2)
    return Primitive("p0", "blob", box, 4.5, middle, {label: sure}, blob=shape, **more)


class OneHead:
    """Finds one head on every staff, whatever is there; tells what it was asked."""

    def __init__(self, style="printed", turned=False):
        self.style, self.turned, self.asked = style, turned, []

    def extract(self, strip, *, style="printed"):
        self.asked.append(style)
        return [blob("whole_head")]

    def style_of(self, strips):
        return self.style

    def upside_down(self, strips):
        return self.turned


def test_the_reader_reads_by_the_extractor_that_is_named():
    one = OneHead()
    reading = Reader({"mine": one}).read([drawn_page(staves=2)], primitives="mine")
    assert one.asked == ["printed", "printed"]
    assert [d.label for d in reading.pages[0].detections] == ["whole_head", "whole_head"]
    assert len(reading.bars) == 2


def test_there_is_nothing_classical_where_it_is_left_out(monkeypatch):
    from models.read.primitives import shipped

    def refused(style):
        raise AssertionError("prototypes were asked for")

    monkeypatch.setattr(shipped, "load_prototypes", refused)
    for module in [m for name, m in sys.modules.items() if name.startswith("models.read.primitives.")]:
        if hasattr(module, "load_prototypes"):
            monkeypatch.setattr(module, "load_prototypes", refused)
    reader = Reader({"mine": OneHead()})
    assert reader.read([drawn_page()], primitives="mine").found_music
    with pytest.raises(ValueError, match=r"There are no classical primitives; there are mine ones\."):
        reader.read([drawn_page()], primitives="classical")


def test_style_and_orientation_are_the_extractors():
    one = OneHead("handwritten", turned=True)
    reading = Reader({"mine": one}).read([drawn_page()], primitives="mine")
    assert one.asked == ["handwritten"]
    assert {"Read as handwriting.", "Turned by 180 degrees."} <= set(reading.pages[0].notes)
    Reader({"mine": one}).read([drawn_page()], primitives="mine", style="printed")
    assert one.asked == ["handwritten", "printed"], "who asks for a style gets it"


def test_a_page_read_again_is_not_searched_for_staves_again(monkeypatch):
    from models.read import reader as module

    looked = []
    find = module.layout_of
    monkeypatch.setattr(module, "layout_of", lambda *a, **k: (looked.append(1), find(*a, **k))[1])
    page = drawn_page()
    reader = Reader({"mine": OneHead()})
    first = reader.read([page], primitives="mine")
    again = reader.read([page], primitives="mine", style="handwritten", top=1)
    assert looked == [1]
    assert first.bars[0].readings[0].staves[0].signs.timed == again.bars[0].readings[0].staves[0].signs.timed


def test_productions_may_call_functions_of_the_readers(tmp_path):
    (tmp_path / "own.grammar").write_text(
        "Production all GL: Nodes = {(1, blob)} Edges = {} GR: Nodes = {(1, head)} Edges = {} Embed = {(1,1)}"
        " Attrib: { All(1') = All(1); 1'.fill = 2; 1'.sure = likely(1.whole_head); } Apply = {1.whole_head}"
    )
    called = []
    functions = Functions().register("likely", lambda grade: (called.append(grade), 0.5)[1], ("value",))
    reader = Reader({"mine": OneHead()}, functions, grammar=tmp_path, calibrate=False)
    reading = reader.read([drawn_page()], primitives="mine")
    assert called
    assert set(called) == {0.9}
    (head,) = reading.bars[0].readings[0].staves[0].signs.timed[0].heads
    assert head.certainty == 0.5


@pytest.mark.parametrize(("below", "octave"), [(0.0, 0.0), (1.0, 1.0)])
def test_the_figure_below_a_clef_is_the_extractors_to_see(below, octave):
    (token,) = tokens_of([blob("treble_clef", octave_below=below)])
    assert token.attributes["octave"] == octave
    (doubtful,) = tokens_of([blob("treble_clef", sure=0.2, octave_below=below)])
    assert "octave" not in doubtful.attributes


# The registry


def test_the_service_describes_what_is_registered():
    offered = ReadService().describe()["options"]
    assert [choice["name"] for choice in offered["primitives"]] == list(EXTRACTORS) == list(PRIMITIVES)
    assert PRIMITIVES[0] == DEFAULT == ReadRequest(()).primitives
    for style in (choice["name"] for choice in offered["styles"]):
        assert ReadService().estimate(ReadRequest((drawn_page(),), style)).seconds > 0


def test_what_is_not_registered_is_refused_with_a_sentence():
    (answer,) = ReadService().run([Job(ReadRequest((drawn_page(),), primitives="guessed"))])
    assert isinstance(answer, BadRequest)
    assert str(answer) == f"There are no primitives 'guessed'; there are {', '.join(PRIMITIVES)}."


@pytest.mark.parametrize("name", PRIMITIVES)
def test_every_registered_extractor_keeps_the_protocols_promises(name):
    from models.read.page.layout import layout_of

    extractor = shipped_extractors()[name]
    strips = [staff.strip for system in layout_of(drawn_page(staves=2)).systems for staff in system.staves]
    found = extractor.extract(strips[0])
    assert found == extractor.extract(strips[0]), "the same answer for the same strip"
    assert len({p.id for p in found}) == len(found)
    assert [p.box[0] for p in found] == sorted(p.box[0] for p in found)
    assert sum(p.label == "solid_head" for p in found) >= 5
    blank = np.zeros_like(strips[0].ink)
    from dataclasses import replace

    assert extractor.extract(replace(strips[0], ink=blank)) == []
    assert extractor.style_of([]) == "printed"
    assert not extractor.upside_down([])
    assert not extractor.upside_down(strips), "no clef says so"
