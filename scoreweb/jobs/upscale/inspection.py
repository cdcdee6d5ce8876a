"""What is known of an upload before any upscaling: its pages, their staff space, advice, the time it will take."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from models.sheet import Page, Pages, StaffSpace, advise, measure_staff_space
from scoreweb import texts as messages
from scoreweb.jobs.upscale import texts as say
from scoreweb.jobs.upscale.options import ENLARGEMENT, UpscaleOptions, estimate
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
        advice = [advice_text(space), page.note]
        if page.drawn:
            advice = [say.DRAWN.format(dpi=ENLARGEMENT * (page.dpi or 0))]
        elif page.grey.size > most_pixels:
            megapixels = page.grey.size / 1e6
            advice.append(say.SCALED_DOWN.format(megapixels=megapixels, most=most_pixels / 1e6))
        scanned = not page.drawn and looks_scanned(page)
        if scanned:
            advice.append(say.LOOKS_SCANNED)
        if page.looks_inverted:
            advice.append(say.INVERTED)
        row = PageRow(
            label=page.label,
            thumbnail=_thumbnail(page),
            width=width,
            height=height,
            space=messages.pixels(space.pixels if space else None),
            advice=" ".join(a[:1].upper() + a[1:] for a in advice if a),
        )
        yield Inspected(number, row, space, scanned, page.dpi is not None)


def looks_scanned(page: Page) -> bool:
    """Whether a page came through a camera, a scanner or JPEG, rather than straight from an engraving program.

    Digital paper is white and nearly all of one value, and digital heads are black. The bounds lie between what the
    pages in the shared data give: paper of one value 0.70 and more against 0.14 and less.
    """
    counts = np.bincount(page.grey.ravel(), minlength=256)
    paper = int(counts.argmax())
    even = counts[paper] > 0.5 * counts[max(0, paper - 25) : paper + 26].sum()
    grey_ink = float(np.percentile(page.grey, 0.2)) > 60
    return page.lossy or (paper > 128 and (paper < 250 or not even or grey_ink))


def advice_text(space: StaffSpace | None) -> str:
    """What to think of the upload's size, in a sentence."""
    advice = advise(space)
    now, after = advice.pixels_now or 0.0, advice.pixels_after or 0.0
    return say.ADVICE[advice.verdict.value].format(now=now, after=after, wanted=advice.wanted)


def seconds_needed(
    meter: Meter, pages: Pages, numbers: Sequence[int], options: UpscaleOptions, limits: Limits
) -> float:
    """The estimate for the chosen pages, in seconds; VisitorError when one of them is over a limit."""
    return sum(estimate(meter, pages[n], options, limits).seconds for n in numbers)


def _thumbnail(page: Page) -> bytes:
    picture = Image.fromarray(page.grey)
    picture.thumbnail(THUMBNAIL, Image.Resampling.BOX)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
