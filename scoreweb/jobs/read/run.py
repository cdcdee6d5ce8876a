"""A reading job in a workspace: the score is opened, its pages are read as one piece, the reading is engraved."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from models.engine import Cancelled, Progress
from models.read.upright import upright
from models.sheet import Limits, Page, Pages
from scoreweb import texts as messages
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.host import Host
from scoreweb.jobs.read import texts as say
from scoreweb.jobs.read.cache import ExampleCache
from scoreweb.jobs.read.carrying import carried
from scoreweb.jobs.read.options import (
    SERVICE,
    ReadOptions,
    given_of,
    limits_for_reading,
    music_of,
    request_of,
)
from scoreweb.jobs.read.pieces import Piece, ReadWork
from scoreweb.jobs.read.result import ReadResult
from scoreweb.languages.catalogue import retold
from scoreweb.metering import Meter, Step, time_left
from scoreweb.settings import Settings
from scoreweb.uploads import file_limits, open_upload
from scoreweb.workspace import Run, Workspace


def open_score(work: ReadWork, uploaded: Sequence[Path], settings: Settings) -> Pages:
    """The upload, in place of an earlier one, opened; of separate pieces those that are still there stay as they are.

    SheetError or VisitorError when it cannot be.
    """
    if not work.apart:
        work.clear_result()
    before, work.upload = work.upload, None
    work.upload, pages = open_upload(work.uploads, uploaded, reading_limits(settings), before)
    work.plan()
    return pages


def seconds_needed(meter: Meter, pages: Pages | Sequence[Page]) -> float | None:
    """The estimate for all pages from the first one's size; None where the engine cannot tell."""
    found = meter.estimate(SERVICE, request_of(given_of([pages[0]]), ReadOptions()))
    return None if found is None else found.seconds * len(pages)


def run(
    host: Host,
    workspace: Workspace,
    options: ReadOptions,
    client: str,
    *,
    only: bool = False,
    cache: ExampleCache | None = None,
) -> Iterator[Step]:
    """The visitor's score, read: steps as they happen; the result is in the workspace.

    Of several pieces those are read that were not yet, or all; only the one looked at where ``only`` is set, or where
    ``options`` have the structure of pages: what the visitor decided of bars that it leaves where they were then stays.
    Answers for our own examples are taken from ``cache`` and put there. A piece that cannot be read does not keep others from being read.
    Raises VisitorError, SheetError, NotationError or EngineError; Cancelled when the visitor cancelled. An earlier
    result stays until the new one is there.
    """
    work = workspace.work(ReadWork)
    if work.upload is None:
        raise VisitorError(say.SCORE_FIRST)
    work.plan()
    with workspace.running(work) as job:
        began, current = time.perf_counter(), work.piece
        alone = current is not None and (only or bool(options.structure) or len(work.pieces) == 1)
        todo = [current] if alone and current is not None else work.to_read()
        bars = pages = 0
        for number, piece in enumerate(todo):
            try:
                for step in _read(host, work, job, piece, options, client, cache):
                    yield step if alone else _of_several(step, number, len(todo), piece.upload.name)
            except Cancelled:
                raise
            except Exception as error:
                if alone or (number == len(todo) - 1 and not work.has_result):
                    raise
                piece.problem = sentence_of(error)
                continue
            if work.result is None:
                work.at = work.pieces.index(piece)
            bars += len(piece.result.reading.bars) if piece.result else 0
            pages += piece.upload.pages
            yield Step((number + 1) / len(todo) * 0.99, say.ENGRAVING)
        done = say.DONE.format(
            bars=say.bars(bars),
            pages=messages.pages(pages),
            seconds=messages.duration(time.perf_counter() - began),
        )
        yield Step(1.0, done)


def _read(
    host: Host,
    work: ReadWork,
    job: Run,
    piece: Piece,
    options: ReadOptions,
    client: str,
    cache: ExampleCache | None,
) -> Iterator[Step]:
    upload, before = piece.upload, piece.result
    yield Step(0.0, say.OPENING)
    given = given_of(upload.opened(reading_limits(host.settings)))
    answer = cache.get(upload.example, options) if cache else None
    if answer is None:
        answer = yield from host.meter.follow(job, SERVICE, request_of(given, options), client, _step)
        if cache:
            cache.put(upload.example, options, answer)
    reading, greys = music_of(answer), given.greys
    turns = {} if given.glyphs else {n: page.turns for n, page in enumerate(reading.pages) if page.turns}
    if turns:
        reading = upright(reading)
        greys = tuple(
            np.ascontiguousarray(np.rot90(grey, -turns.get(n, 0))) if n in turns else grey
            for n, grey in enumerate(greys)
        )
    yield Step(0.95, say.ENGRAVING)
    folder = work.new_result_folder()
    result = ReadResult(folder, upload.name, reading, options, answer.model, answer.seconds)
    result.write_pages(greys)
    if options.structure and before is not None:
        result.begin_with(carried(before.reading, before.state, reading))
    result.write()
    job.check()
    work.stand_upright(piece, turns)
    work.put(piece, result)


def _of_several(step: Step, number: int, count: int, name: str) -> Step:
    """A step of one piece as one of the whole job."""
    text = say.PIECE_OF.format(number=number + 1, pieces=count, name=name, doing=step.text)
    return Step((number + 0.98 * step.share) / count, text)


def reading_limits(settings: Settings) -> Limits:
    """What may be opened to be read."""
    return limits_for_reading(file_limits(settings))


def _step(progress: Progress) -> Step:
    text = say.READING_STAGE.format(stage=retold(progress.note.lower()))
    if progress.eta_s is not None and progress.done < progress.total:
        text += time_left(progress.eta_s)
    return Step(0.94 * progress.done / progress.total, text)
