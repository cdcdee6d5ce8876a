"""What is known of an upload before any upscaling: its pages, their staff space, advice, the time it will take."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from PIL import Image

from models.sheet import Page, Pages, StaffSpace, advise, measure_staff_space
from scoreweb import texts as messages
from scoreweb.jobs.upscale import texts as say
from scoreweb.jobs.upscale.choice import looks_scanned, model_for
from scoreweb.jobs.upscale.options import ENLARGEMENT, UpscaleOptions, estimate
from scoreweb.languages.catalogue import retold
from scoreweb.metering import Limits, Meter
from scoreweb.widgets.fragments import PageRow

THUMBNAIL = (84, 112)


@dataclass(frozen=True)
class Inspected:
    """One page of an upload with what was measured."""

    number: int
    row: PageRow
    space: StaffSpace | None
    scanned: bool
    has_dpi: bool


def inspect(pages: Pages, most_pixels: int) -> Iterator[Inspected]:
    """Each page with its staff space and plain advice; one over ``most_pixels`` will be scaled down."""
    for number, page in enumerate(pages):
        space = measure_staff_space(page.grey)
        height, width = page.grey.shape
        advice = [advice_text(space), retold(page.note)]
        if page.drawn:
            advice = [say.DRAWN.format(dpi=ENLARGEMENT * (page.dpi or 0))]
        elif page.grey.size > most_pixels:
            megapixels = page.grey.size / 1e6
            advice.append(say.SCALED_DOWN.format(megapixels=megapixels, most=most_pixels / 1e6))
        scanned = looks_scanned(page)
        if scanned:
            advice.append(say.LOOKS_SCANNED)
        if page.looks_inverted:
            advice.append(say.INVERTED)
        row = PageRow(
            label=retold(page.label),
            thumbnail=_thumbnail(page),
            width=width,
            height=height,
            space=messages.pixels(space.pixels if space else None),
            advice=" ".join(a[:1].upper() + a[1:] for a in advice if a),
        )
        yield Inspected(number, row, space, scanned, page.dpi is not None)


def advice_text(space: StaffSpace | None) -> str:
    """What to think of the upload's size, in a sentence."""
    advice = advise(space)
    now, after = advice.pixels_now or 0.0, advice.pixels_after or 0.0
    return say.ADVICE[advice.verdict.value].format(now=now, after=after, wanted=advice.wanted)


def seconds_needed(
    meter: Meter,
    pages: Pages,
    numbers: Sequence[int],
    asked: str,
    limits: Limits,
    scanned: Mapping[int, bool] | None = None,
) -> float:
    """The estimate for the chosen pages by what ``asked`` means for each, in seconds; VisitorError when one is over a limit."""
    known = scanned or {}
    seconds = 0.0
    for n in numbers:
        options = UpscaleOptions(model_for(pages[n], asked, known.get(n)))
        seconds += estimate(meter, pages[n], options, limits).seconds
    return seconds


def _thumbnail(page: Page) -> bytes:
    picture = Image.fromarray(page.grey)
    picture.thumbnail(THUMBNAIL, Image.Resampling.BOX)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
