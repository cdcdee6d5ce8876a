"""A long piece read page by page at another engine: the pages' order, their progress, and what ends it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from models.contracts.read import PAGE_NAME, ReadAnswer, ReadPageAnswer, ReadPageRequest, ReadRequest
from models.engine import BadRequest, Cancelled, Job, LocalEngine
from models.engine.wire import dumps, loads
from models.glyph import Glyph
from models.read.fan_out import PagesElsewhere
from models.read.reader import Reader
from models.read.reading import PageDetections, PageReading
from models.read.service import ReadService, lean
from tests.drawn_staves import drawn_page
from tests.engine_services import eventually


class Pages:
    """Reads a page as its own brightness; a page of 13 is refused, one of 99 waits until it is not wanted any more."""

    name = PAGE_NAME
    request_type = ReadPageRequest
    answer_type = ReadPageAnswer
    max_batch = 1
    batch_wait_s = 0.0

    def __init__(self):
        self.ended = threading.Event()
        self.asked = []
        self.glyphs = {}

    def run(self, jobs: Sequence[Job[ReadPageRequest]]):
        (job,) = jobs
        number = int(job.request.grey[0, 0])
        self.asked.append((number, job.request.style, job.request.primitives, job.request.bar_milliseconds))
        self.glyphs[number] = "".join(glyph.text for glyph in job.request.glyphs)
        job.report(1, 2, "half")
        if number == 13:
            raise BadRequest("This page cannot be read.")
        try:
            while number == 99:
                job.check()
        except Cancelled:
            self.ended.set()
            raise
        return [ReadPageAnswer(PageReading(PageDetections((number, number), None)), 0.1)]


@pytest.fixture
def pages():
    service = Pages()
    with LocalEngine([service], queue_size=3) as engine:
        service.engine = engine
        yield service


def piece(*numbers, **more):
    return ReadRequest(tuple(np.full((4, 4), number, np.uint8) for number in numbers), **more)


def test_pages_come_back_in_their_order_however_many_there_are(pages):
    heard = []
    job = Job(piece(*range(1, 13), style="printed", bar_milliseconds=5.0), on_progress=heard.append)
    read = PagesElsewhere(lambda: pages.engine, at_once=8)(job)  # the queue takes three
    assert [page.detections.shape[0] for page in read] == list(range(1, 13))
    assert {asked[1:] for asked in pages.asked} == {("printed", job.request.primitives, 5.0)}
    assert len(pages.asked) == 12
    shares = [progress.fraction for progress in heard]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(0.95)
    assert heard[-1].note == "12 of 12 pages are read"


def test_each_page_goes_with_its_own_characters(pages):
    own = tuple((Glyph(letter, "serif", (0.0, 0.0, 1.0, 1.0), (0.0, 1.0)),) for letter in "ab")
    PagesElsewhere(lambda: pages.engine)(Job(piece(1, 2, glyphs=own)))
    assert pages.glyphs == {1: "a", 2: "b"}


def test_a_page_that_is_refused_ends_the_piece_and_takes_the_others_back(pages):
    with pytest.raises(BadRequest, match=r"^This page cannot be read\.$"):
        PagesElsewhere(lambda: pages.engine)(Job(piece(13, 99)))
    eventually(lambda: pages.engine.health()["services"][PAGE_NAME]["waiting"] == 0)
    assert pages.engine.run(
        PAGE_NAME, ReadPageRequest(np.full((4, 4), 7, np.uint8))
    ).page.detections.shape == (7, 7)


def test_a_piece_that_is_taken_back_takes_its_pages_back(pages):
    job = Job(piece(99, 1))
    eventually_cancelled = threading.Timer(0.2, lambda: job.interrupt(Cancelled()))
    eventually_cancelled.start()
    with pytest.raises(Cancelled):
        PagesElsewhere(lambda: pages.engine)(job)
    assert pages.ended.wait(60)


def test_only_pieces_of_several_pages_are_shared_out(pages):
    class Reader:
        def __init__(self):
            self.did = []

        def read(self, pages, **more):
            self.did.append(("read", len(pages)))
            raise BadRequest

        def joined(self, read, *, top, progress):
            self.did.append(("joined", [page.detections.shape[0] for page in read], top))
            raise BadRequest

    reader = Reader()
    service = ReadService(open_reader=lambda _: reader, read_pages=PagesElsewhere(lambda: pages.engine))
    with LocalEngine([service]) as engine:
        for request in (piece(1), piece(3, 4, top=2)):
            with pytest.raises(BadRequest):
                engine.run("read", ReadRequest(**{**vars(request), "primitives": "classical"}))
    assert reader.did == [("read", 1), ("joined", [3, 4], 2)]


def test_pages_that_travelled_are_joined_to_the_very_reading_that_one_machine_gives():
    reader = Reader(recogniser=None)
    greys = [drawn_page(width=700), drawn_page(width=800)]
    here = reader.read(greys, primitives="classical")
    there = reader.joined([travelled(reader.page(grey, primitives="classical")) for grey in greys])
    assert here.found_music
    assert len(here.pages) == len(there.pages) == 2
    assert dumps(timeless(here)) == dumps(timeless(there))


def travelled(page):
    return loads(dumps(ReadPageAnswer(page, 0.0)), ReadPageAnswer).page


def timeless(reading):
    pages = tuple(replace(page, seconds=None) for page in reading.pages)
    return ReadAnswer(lean(replace(reading, pages=pages)), "classical", 0.0)
