"""A reading job on a desk: the score is laid there, its pages are read as one piece, the reading is engraved."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

from models.contracts.read import ReadAnswer
from models.engine import Progress, Ticket
from models.sheet import Limits, Pages, open_files
from models.sheet.page import Grey
from scoreweb import texts as messages
from scoreweb.errors import VisitorError
from scoreweb.host import Host
from scoreweb.jobs.read import texts as say
from scoreweb.jobs.read.options import Wish, estimate, greys_of, limits_for_reading, music_of, start
from scoreweb.jobs.read.result import Rendition
from scoreweb.metering import Step, at_work, computed, left
from scoreweb.settings import Settings
from scoreweb.uploads import file_limits, lay
from scoreweb.workspace import Desk


def lay_score(desk: Desk, uploaded: Sequence[Path], settings: Settings) -> Pages:
    """The upload moved from Gradio's cache to the visitor's desk and opened; SheetError when it cannot be."""
    desk.clear_rendition()
    desk.score = None
    desk.score, pages = lay(desk.score_tray, uploaded, _limits(settings))
    return pages


def seconds_needed(host: Host, pages: Pages) -> float | None:
    """The estimate for all pages from the first one's size; None where the engine cannot tell."""
    found = estimate(host.engine, greys_of([pages[0]]), Wish())
    return None if found is None else found.seconds * len(pages)


def decipher(host: Host, desk: Desk, wish: Wish, client: str) -> Iterator[Step]:
    """The score on the desk read; steps as they happen, the rendition on the desk.

    Raises VisitorError, SheetError, NotationError or EngineError; Cancelled when the visitor cancelled. An earlier
    rendition stays until the new one is there.
    """
    if desk.score is None:
        raise VisitorError(say.READ_FIRST)
    with at_work(host, desk, client):
        began = time.perf_counter()
        yield Step(0.0, say.OPENING)
        upload = desk.score
        greys = greys_of(open_files(upload.files, limits=_limits(host.settings)))
        ticket = yield from _read(host, desk, greys, wish)
        answer = ticket.result()
        host.gate.seconds.spend(client, answer.seconds)
        reading = music_of(answer)
        yield Step(0.95, say.ENGRAVING)
        folder = desk.fresh_reading()
        rendition = Rendition(folder, upload.name, reading, wish, answer.model, answer.seconds)
        rendition.lay_pages(greys)
        rendition.write()
        desk.lay_rendition(rendition)
        took = messages.duration(time.perf_counter() - began)
        told = say.READ_DONE.format(
            bars=say.bars(len(reading.bars)), pages=messages.pages(len(greys)), seconds=took
        )
        yield Step(1.0, told)


def _limits(settings: Settings) -> Limits:
    return limits_for_reading(file_limits(settings))


def _read(
    host: Host, desk: Desk, greys: tuple[Grey, ...], wish: Wish
) -> Generator[Step, None, Ticket[ReadAnswer]]:
    needed = estimate(host.engine, greys, wish)
    if needed is not None and needed.peak_bytes > host.limits.memory_bytes:
        raise VisitorError(messages.NEEDS_TOO_MUCH_MEMORY.format(megabytes=needed.peak_bytes / 1e6))
    return (
        yield from computed(
            desk, lambda hear: start(host.engine, greys, wish, host.limits.deadline_s, hear), _step
        )
    )


def _step(progress: Progress) -> Step:
    text = say.READING_STAGE.format(stage=progress.note.lower())
    if progress.eta_s is not None and progress.done < progress.total:
        text += left(progress.eta_s)
    return Step(0.94 * progress.done / progress.total, text)
