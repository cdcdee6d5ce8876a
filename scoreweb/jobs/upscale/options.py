"""What is asked of a page that is upscaled, and what comes back, whatever asks (page, API, command)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from models.arrays import Grey
from models.contracts.upscale import NAME, UpscaleAnswer, UpscaleRequest
from models.engine import Estimate
from models.sheet import Page, TargetSize, factor_for, resize_to
from scoreweb.errors import VisitorError
from scoreweb.jobs.upscale import texts as say
from scoreweb.metering import Limits, Meter

SERVICE = NAME
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


def request_of(page: Page, options: UpscaleOptions, limits: Limits) -> UpscaleRequest:
    """What the service is asked. VisitorError for a page over the host's limit, SheetError for a size that cannot be."""
    if page.grey.size > limits.page_pixels:
        raise VisitorError(
            say.PAGE_TOO_LARGE.format(
                label=page.label, megapixels=page.grey.size / 1e6, most=limits.page_pixels / 1e6
            )
        )
    if options.target is not None:
        factor_for(options.target, page)
    return UpscaleRequest(page.grey, options.model, level=options.model == "scan")


def estimate(meter: Meter, page: Page, options: UpscaleOptions, limits: Limits) -> Estimate:
    """What the page will take; VisitorError when that is more than this host allows."""
    return meter.estimate(SERVICE, request_of(page, options, limits)) or Estimate(0.0, 0)


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
    """Each page in turn, finished. Raises as `request_of` and `Meter.call`."""
    for page in pages:
        request = request_of(page, options, limits)
        yield finish(page, options, meter.call(SERVICE, request, client=client))
