"""A reading job in a workspace: the score is opened, its pages are read as one piece, the reading is engraved."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

from models.arrays import Grey
from models.contracts.read import ReadAnswer
from models.engine import Progress, Ticket
from models.sheet import Limits, Pages, open_files
from scoreweb import texts as messages
from scoreweb.errors import VisitorError
from scoreweb.host import Host
from scoreweb.jobs.read import texts as say
from scoreweb.jobs.read.options import ReadOptions, estimate, greys_of, limits_for_reading, music_of, start
from scoreweb.jobs.read.result import ReadResult
from scoreweb.metering import Step, one_job, time_left, wait_for
from scoreweb.settings import Settings
from scoreweb.uploads import file_limits, open_upload
from scoreweb.workspace import Workspace


def open_score(workspace: Workspace, uploaded: Sequence[Path], settings: Settings) -> Pages:
    """The upload moved from Gradio's cache to the visitor's workspace and opened; SheetError when it cannot be."""
    workspace.clear_read_result()
    workspace.score = None
    workspace.score, pages = open_upload(workspace.score_files, uploaded, _limits(settings))
    return pages


def seconds_needed(host: Host, pages: Pages) -> float | None:
    """The estimate for all pages from the first one's size; None where the engine cannot tell."""
    found = estimate(host.engine, greys_of([pages[0]]), ReadOptions())
    return None if found is None else found.seconds * len(pages)


def run(host: Host, workspace: Workspace, options: ReadOptions, client: str) -> Iterator[Step]:
    """The score in the workspace read; steps as they happen, the result in the workspace.

    Raises VisitorError, SheetError, NotationError or EngineError; Cancelled when the visitor cancelled. An earlier
    result stays until the new one is there.
    """
    if workspace.score is None:
        raise VisitorError(say.READ_FIRST)
    with one_job(host, workspace, client):
        began = time.perf_counter()
        yield Step(0.0, say.OPENING)
        upload = workspace.score
        greys = greys_of(open_files(upload.files, limits=_limits(host.settings)))
        ticket = yield from _read(host, workspace, greys, options)
        answer = ticket.result()
        host.budgets.seconds.spend(client, answer.seconds)
        reading = music_of(answer)
        yield Step(0.95, say.ENGRAVING)
        folder = workspace.new_read_folder()
        result = ReadResult(folder, upload.name, reading, options, answer.model, answer.seconds)
        result.write_pages(greys)
        result.write()
        workspace.put_read_result(result)
        took = messages.duration(time.perf_counter() - began)
        told = say.READ_DONE.format(
            bars=say.bars(len(reading.bars)), pages=messages.pages(len(greys)), seconds=took
        )
        yield Step(1.0, told)


def _limits(settings: Settings) -> Limits:
    return limits_for_reading(file_limits(settings))


def _read(
    host: Host, workspace: Workspace, greys: tuple[Grey, ...], options: ReadOptions
) -> Generator[Step, None, Ticket[ReadAnswer]]:
    needed = estimate(host.engine, greys, options)
    if needed is not None and needed.peak_bytes > host.limits.memory_bytes:
        raise VisitorError(messages.NEEDS_TOO_MUCH_MEMORY.format(megabytes=needed.peak_bytes / 1e6))
    return (
        yield from wait_for(
            workspace,
            lambda on_progress: start(host.engine, greys, options, host.limits.deadline_s, on_progress),
            _step,
        )
    )


def _step(progress: Progress) -> Step:
    text = say.READING_STAGE.format(stage=progress.note.lower())
    if progress.eta_s is not None and progress.done < progress.total:
        text += time_left(progress.eta_s)
    return Step(0.94 * progress.done / progress.total, text)
