"""A visitor's upscaling job: pages in, finished pages out, whatever asks for it (page, API, command line)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from models.arrays import Grey
from models.contracts.upscale import UpscaleAnswer, UpscaleRequest
from models.engine import Engine, Estimate, Progress, Ticket
from models.sheet import Page, TargetSize, factor_for, resize_to
from scoreweb import texts as messages
from scoreweb.errors import VisitorError

ENLARGEMENT = 4


@dataclass(frozen=True)
class UpscaleOptions:
    """What is asked: the model, and the size wanted where it is not simply four times."""

    model: str = "fast"
    target: TargetSize | None = None


@dataclass(frozen=True)
class Finished:
    """One page done: what went in and what came out (grey uint8), by what, in how many seconds."""

    page: Page
    grey: Grey
    dpi: float | None
    answer: UpscaleAnswer


@dataclass(frozen=True)
class Limits:
    """What one job may take on this host."""

    page_pixels: int = 12_000_000
    memory_bytes: int = 4_096_000_000
    deadline_s: float = 900.0


def check(engine: Engine, page: Page, options: UpscaleOptions, limits: Limits) -> Estimate:
    """What the page will take; VisitorError when that is more than this host allows, before any work is done."""
    if page.grey.size > limits.page_pixels:
        raise VisitorError(
            messages.PAGE_TOO_LARGE.format(
                label=page.label, megapixels=page.grey.size / 1e6, most=limits.page_pixels / 1e6
            )
        )
    if options.target is not None:
        factor_for(options.target, page)
    estimate = engine.estimate("upscale", UpscaleRequest(page.grey, options.model)) or Estimate(0.0, 0)
    if estimate.peak_bytes > limits.memory_bytes:
        raise VisitorError(messages.NEEDS_TOO_MUCH_MEMORY.format(megabytes=estimate.peak_bytes / 1e6))
    return estimate


def start(
    engine: Engine,
    page: Page,
    options: UpscaleOptions,
    limits: Limits,
    on_progress: Callable[[Progress], None] | None = None,
) -> Ticket[UpscaleAnswer]:
    """The page handed to the engine; the ticket tells its place in the queue and can be cancelled."""
    check(engine, page, options, limits)
    request = UpscaleRequest(page.grey, options.model, level=options.model == "scan")
    return engine.submit("upscale", request, deadline_s=limits.deadline_s, on_progress=on_progress)


def finish(page: Page, options: UpscaleOptions, answer: UpscaleAnswer) -> Finished:
    """The answer brought to the size that was asked for, with the resolution it then has."""
    grey, ratio = answer.grey, 1.0
    if options.target is not None:
        ratio = factor_for(options.target, page)
        grey = resize_to(grey, ratio)
    dpi = page.dpi * ENLARGEMENT * ratio if page.dpi else None
    return Finished(page, grey, dpi, answer)


def upscale(
    engine: Engine,
    pages: Iterable[Page],
    options: UpscaleOptions,
    limits: Limits,
    on_progress: Callable[[int, Progress], None] | None = None,
) -> Iterable[Finished]:
    """Each page in turn, finished; ``on_progress(page number from 0, progress)`` runs in the engine's thread."""
    for number, page in enumerate(pages):

        def report(progress: Progress, number: int = number) -> None:
            if on_progress:
                on_progress(number, progress)

        yield finish(page, options, start(engine, page, options, limits, report).result())
