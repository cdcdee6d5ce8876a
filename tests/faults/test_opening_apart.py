"""Hostile files of pages: opened in another process, they cost their sender a sentence and nobody else anything."""

import os
import signal

import numpy as np
import pytest
from PIL import Image

from benchmarks.bad_inputs.drawings import pdf, stream, svg
from benchmarks.bad_inputs.pictures import many_directories, many_frames, slow_jpeg
from models import limited
from models.sheet import Limits, SheetError, TooLarge, open_files, open_pages
from models.sheet.apart import open_apart
from models.sheet.errors import TooDemanding
from tests.pages import drawn_pdf, encoded, staves

GOOD = encoded(Image.fromarray(staves()))


def forms_in_forms(depth=12, times=10):
    objects = []
    for n in range(depth):
        inside = b"/A Do " * times if n + 1 < depth else b"0 0 m 9 9 l S"
        resources = b"/Resources << /XObject << /A %d 0 R >> >>" % (6 + n) if n + 1 < depth else b""
        objects.append(stream(b"/Type /XObject /Subtype /Form /BBox [0 0 900 900] " + resources, inside))
    return pdf(*objects, resources=b"<< /XObject << /A 5 0 R >> >>", content=b"/A Do")


def patterns_in_patterns(depth=9, times=10):
    """Each of ten shapes filled with a pattern of ten shapes, and so on: what counting of symbols does not find."""
    shape = '<rect width="9" height="9" {}/>'
    fills = ["", *(f'fill="url(#a{n})"' for n in range(depth))]
    parts = [
        f'<pattern id="a{n}" width="9" height="9" patternUnits="userSpaceOnUse">{shape.format(fills[n]) * times}</pattern>'
        for n in range(depth)
    ]
    return svg("".join(parts) + shape.format(fills[depth]))


@pytest.fixture(autouse=True)
def nothing_runs_on():
    yield
    limited.close()


def test_pages_are_those_that_are_opened_here(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(drawn_pdf(2))
    second.write_bytes(GOOD)
    for files in ([(first, "a.pdf")], [(second, "b.png")], [(first, "a.pdf"), (second, "b.png")]):
        here, there = list(open_files(files)), list(open_apart(files))
        assert [page.label for page in there] == [page.label for page in here]
        assert all(np.array_equal(one.grey, other.grey) for one, other in zip(here, there, strict=True))
    drawn, same = open_pages(drawn_pdf())[0], open_apart([(drawn_pdf(), "a.pdf")])[0]
    assert np.array_equal(drawn.redrawn(150).grey, same.redrawn(150).grey)


def test_what_is_refused_here_is_refused_there_in_the_same_words():
    for data in (b"", b"no picture", GOOD[:40], drawn_pdf(60)):
        with pytest.raises(SheetError) as here:
            list(open_pages(data, name="a"))
        with pytest.raises(type(here.value)) as there:
            list(open_apart([(data, "a")]))
        assert str(there.value) == str(here.value)


@pytest.mark.parametrize(
    "data", [forms_in_forms(), patterns_in_patterns()], ids=["a PDF that draws for ever", "an SVG that does"]
)
def test_what_draws_for_ever_is_ended_and_the_next_file_is_opened(monkeypatch, data):
    monkeypatch.setattr(limited, "COMPUTING_S", 1.0)
    with pytest.raises(TooDemanding) as told:
        list(open_apart([(data, "a")]))
    assert str(told.value).endswith(".")
    assert len(open_apart([(GOOD, "a.png")])) == 1


def test_a_decoder_that_crashes_costs_one_sentence_and_no_more():
    pages = open_apart([(GOOD, "a.png")])
    (process,) = limited.running()
    os.kill(process, signal.SIGSEGV)
    with pytest.raises(TooDemanding):
        pages[0]
    assert pages[0].grey.shape == staves().shape


def test_a_jpeg_of_thousands_of_passes_is_refused_before_any_is_made(monkeypatch):
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda _: pytest.fail("decoded"))
    with pytest.raises(TooLarge, match="passes"):
        open_pages(slow_jpeg(scans=400, side=64))
    few = encoded(Image.fromarray(staves()), "JPEG", progressive=True)
    monkeypatch.undo()
    assert open_pages(few)[0].grey.shape == staves().shape


def seeks_of(kind, monkeypatch):
    seen, seek = [], kind.seek
    monkeypatch.setattr(kind, "seek", lambda self, frame: (seen.append(frame), seek(self, frame))[1])
    return seen


def test_frames_are_not_counted_where_one_is_taken(monkeypatch):
    from PIL.GifImagePlugin import GifImageFile

    seen = seeks_of(GifImageFile, monkeypatch)
    page = open_pages(many_frames(2000))[0]
    assert page.note == "the first frame of an animation"
    assert max(seen, default=0) <= 1


def test_pages_of_a_tiff_are_counted_no_further_than_the_limit(monkeypatch):
    from PIL.TiffImagePlugin import TiffImageFile

    seen = seeks_of(TiffImageFile, monkeypatch)
    with pytest.raises(TooLarge, match="more than 5 pages"):
        open_pages(many_directories(300), limits=Limits(max_pages=5))
    assert max(seen) <= 6
