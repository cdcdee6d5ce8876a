"""A reading job in a workspace: the score is opened, its pages are read as one piece, the reading is engraved."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from models.engine import Progress
from models.sheet import Limits, Page, Pages
from models.sheet.apart import open_apart
from scoreweb import texts as messages
from scoreweb.errors import VisitorError
from scoreweb.host import Host
from scoreweb.jobs.read import texts as say
from scoreweb.jobs.read.options import (
    SERVICE,
    ReadOptions,
    given_of,
    limits_for_reading,
    music_of,
    request_of,
)
from scoreweb.jobs.read.result import ReadResult
from scoreweb.jobs.read.structure import carried
from scoreweb.languages.catalogue import retold
from scoreweb.metering import Meter, Step, time_left
from scoreweb.settings import Settings
from scoreweb.uploads import Upload, Uploads, file_limits, open_upload
from scoreweb.workspace import Work, Workspace


@dataclass
class ReadWork(Work):
    """A visitor's score to read, and what was read."""

    job: ClassVar[str] = SERVICE
    upload: Upload | None = field(default=None, init=False)
    result: ReadResult | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.uploads = Uploads(self.folder / "upload")

    @property
    def has_result(self) -> bool:
        """Whether there is something to come back to."""
        return self.result is not None

    def new_result_folder(self) -> Path:
        """A name for the folder of a result, which `put` sets in place of an earlier one's."""
        return self.folder / f"result-{secrets.token_hex(6)}"

    def put(self, result: ReadResult) -> None:
        """The result is in the workspace; an earlier one's files are removed."""
        self.result = result
        self._remove_results(keep=result.folder)

    def clear_result(self) -> None:
        """The result is removed; the upload stays."""
        self.result = None
        self._remove_results()

    def clear(self) -> None:
        """The upload and its result are removed."""
        self.upload = self.result = None
        self.uploads.clear()
        super().clear()

    def _remove_results(self, keep: Path | None = None) -> None:
        for folder in self.folder.glob("result-*"):
            if folder != keep:
                shutil.rmtree(folder, ignore_errors=True)


def open_score(work: ReadWork, uploaded: Sequence[Path], settings: Settings) -> Pages:
    """The upload, in place of an earlier one, opened. SheetError or VisitorError when it cannot be."""
    work.clear_result()
    work.upload = None
    work.upload, pages = open_upload(work.uploads, uploaded, _limits(settings))
    return pages


def seconds_needed(meter: Meter, pages: Pages | Sequence[Page]) -> float | None:
    """The estimate for all pages from the first one's size; None where the engine cannot tell."""
    found = meter.estimate(SERVICE, request_of(given_of([pages[0]]), ReadOptions()))
    return None if found is None else found.seconds * len(pages)


def run(host: Host, workspace: Workspace, options: ReadOptions, client: str) -> Iterator[Step]:
    """The visitor's score, read: steps as they happen; the result is in the workspace.

    ``options`` with the structure of pages keep what the visitor decided of bars that it leaves where they were.
    Raises VisitorError, SheetError, NotationError or EngineError; Cancelled when the visitor cancelled. An earlier
    result stays until the new one is there.
    """
    work = workspace.work(ReadWork)
    if work.upload is None:
        raise VisitorError(say.SCORE_FIRST)
    with workspace.running(work) as job:
        began, upload, before = time.perf_counter(), work.upload, work.result
        yield Step(0.0, say.OPENING)
        given = given_of(open_apart(upload.files, limits=_limits(host.settings)))
        answer = yield from host.meter.follow(job, SERVICE, request_of(given, options), client, _step)
        reading = music_of(answer)
        yield Step(0.95, say.ENGRAVING)
        folder = work.new_result_folder()
        result = ReadResult(folder, upload.name, reading, options, answer.model, answer.seconds)
        result.write_pages(given.greys)
        if options.structure and before is not None:
            result.begin_with(carried(before.reading, before.state, reading))
        result.write()
        job.check()
        work.put(result)
        done = say.DONE.format(
            bars=say.bars(len(reading.bars)),
            pages=messages.pages(len(given.greys)),
            seconds=messages.duration(time.perf_counter() - began),
        )
        yield Step(1.0, done)


def _limits(settings: Settings) -> Limits:
    return limits_for_reading(file_limits(settings))


def _step(progress: Progress) -> Step:
    text = say.READING_STAGE.format(stage=retold(progress.note.lower()))
    if progress.eta_s is not None and progress.done < progress.total:
        text += time_left(progress.eta_s)
    return Step(0.94 * progress.done / progress.total, text)
