"""The service for one page of a piece: where several machines share the pages, each runs this."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from models.arrays import Grey
from models.contracts.read import (
    PAGE_NAME,
    PRIMITIVES,
    STYLES,
    ReadPageAnswer,
    ReadPageRequest,
)
from models.engine import BadRequest, Job, each_alone
from models.glyph import Glyph
from models.read.given import GivenStructure
from models.read.opening import OpenedOnce
from models.read.page.preparation import Enlarge
from models.read.reading import PageReading
from models.read.service import Enlarger

_UNITS = 1000


class OnePageReader(Protocol):
    """What reads a page by itself: `models.read.reader.Reader`, or a stand-in for tests."""

    def page(
        self,
        grey: Grey,
        *,
        style: str = ...,
        primitives: str = ...,
        progress: Callable[[str, float], None] | None = ...,
        bar_milliseconds: float = ...,
        glyphs: Sequence[Glyph] = ...,
        structure: GivenStructure | None = ...,
    ) -> PageReading:
        """See `models.read.reader.Reader.page`."""
        ...


class ReadPageService:
    """Answers `ReadPageRequest`s one at a time; the reader is opened when first asked for."""

    name = PAGE_NAME
    request_type = ReadPageRequest
    answer_type = ReadPageAnswer
    max_batch = 1
    batch_wait_s = 0.0

    def __init__(
        self, open_reader: Callable[[Enlarge | None], OnePageReader], *, enlarge: Enlarger | None = None
    ) -> None:
        """``open_reader`` as `models.read.service.reader_with` gives it; ``enlarge`` as for `ReadService`."""
        self._opened = OpenedOnce(open_reader, enlarge)

    def run(self, jobs: Sequence[Job[ReadPageRequest]]) -> Sequence[ReadPageAnswer | Exception]:
        """An answer, or the error, for each page."""
        return each_alone(jobs, self._read)

    def warm(self) -> None:
        """The grammar and the networks are loaded, so that the first page need not wait."""
        self._opened.reader()

    def _read(self, job: Job[ReadPageRequest]) -> ReadPageAnswer:
        with self._opened.wanted(job.check):
            return self._answered(job)

    def _answered(self, job: Job[ReadPageRequest]) -> ReadPageAnswer:
        request = job.request
        if request.grey.ndim != 2 or not request.grey.size:
            raise BadRequest("A page to read must be a picture in shades of grey, one byte a pixel.")
        if request.style not in STYLES or request.primitives not in PRIMITIVES:
            raise BadRequest
        began = time.perf_counter()
        reader = self._opened.reader()

        def report(stage: str, share: float) -> None:
            job.check()
            job.report(round(_UNITS * min(1.0, max(0.0, share))), _UNITS, stage)

        more: dict[str, Any] = {}
        if request.bar_milliseconds is not None:
            more["bar_milliseconds"] = request.bar_milliseconds
        if request.glyphs:
            more["glyphs"] = request.glyphs
        if request.structure is not None:
            more["structure"] = request.structure
        page = reader.page(
            request.grey, style=request.style, primitives=request.primitives, progress=report, **more
        )
        job.check()
        return ReadPageAnswer(page, time.perf_counter() - began)
