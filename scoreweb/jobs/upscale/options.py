"""What is asked of a page that is upscaled, and what comes back, whatever asks (page, API, command)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from models.arrays import Grey
from models.contracts.upscale import NAME, UpscaleAnswer, UpscaleRequest
from models.engine import Estimate
from models.sheet import Page, TargetSize, factor_for, resize_to, without_surroundings
from scoreweb.metering import Limits, Meter

SERVICE = NAME
ENLARGEMENT = 4
SCAN = "scan"
"""The method for scans and photos."""
DRAWN = "drawn"
"""Stands for a method where a drawn page is drawn anew."""
FINE_DPI = 300.0
"""At which a drawn page is measured."""


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


def request_of(page: Page, options: UpscaleOptions) -> UpscaleRequest:
    """What the service is asked of a page within the host's limit. SheetError for a size that cannot be.

    The method for scans and photos gets white in place of the table that the sheet of paper lies on.
    """
    if options.target is not None:
        factor_for(options.target, page)
    real = options.model == SCAN
    grey = without_surroundings(page.grey) if real else page.grey
    return UpscaleRequest(grey, options.model, level=real)


def drawn_anew(page: Page, options: UpscaleOptions) -> Finished | None:
    """A drawn page (vectors) at the wanted size, by no network; None for a page of pixels. SheetError as `request_of`."""
    if page.redrawn is None or page.dpi is None:
        return None
    began, ratio = time.perf_counter(), 1.0
    if options.target is not None:
        measured = page
        if options.target.kind == "staff_space_px":  # too small to be measured as it was opened
            measured = replace(page.redrawn(FINE_DPI), dpi=FINE_DPI)
        ratio = factor_for(options.target, measured)
        if measured is not page:
            ratio *= FINE_DPI / page.dpi
    large = page.redrawn(page.dpi * ENLARGEMENT * ratio)
    answer = UpscaleAnswer(large.grey, DRAWN, "", "", time.perf_counter() - began)
    return Finished(page, large.grey, large.dpi, answer)


def estimate(meter: Meter, page: Page, options: UpscaleOptions, limits: Limits) -> Estimate:
    """What the page will take; VisitorError when that is more than this host allows."""
    if page.drawn:
        return Estimate(0.0, 0)
    request = UpscaleRequest(page.fitted(limits.page_pixels).grey, options.model)
    return meter.estimate(SERVICE, request) or Estimate(0.0, 0)


def finish(page: Page, options: UpscaleOptions, answer: UpscaleAnswer) -> Finished:
    """The answer brought to the size that was asked for, with the resolution it then has."""
    grey, ratio = answer.grey, 1.0
    if options.target is not None:
        ratio = factor_for(options.target, page)
        grey = resize_to(grey, ratio)
    dpi = page.dpi * ENLARGEMENT * ratio if page.dpi else None
    return Finished(page, grey, dpi, answer)


def upscale(
    meter: Meter, pages: Iterable[Page], options: UpscaleOptions, limits: Limits, client: str | None = None
) -> Iterator[Finished]:
    """Each page in turn, finished; one over the host's limit is scaled down to it first. Raises as `request_of` and `Meter.call`."""
    for page in pages:
        drawn = drawn_anew(page, options)
        if drawn is not None:
            yield drawn
            continue
        fitted = page.fitted(limits.page_pixels)
        yield finish(fitted, options, meter.call(SERVICE, request_of(fitted, options), client=client))
