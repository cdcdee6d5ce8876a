"""Which network draws a page, where the visitor leaves it to us: one for clean digital pictures, one for scans and photos."""

from __future__ import annotations

import numpy as np

from models.sheet import Page
from scoreweb.jobs.upscale.options import SCAN

AUTO = "auto"
"""By what the page looks like."""
QUALITY = "quality"
"""The same, with the largest network there is."""
FAST, BEST = "fast", "best"


def looks_scanned(page: Page) -> bool:
    """Whether a page came through a camera, a scanner or JPEG, rather than straight from an engraving program.

    Digital paper is white and nearly all of one value, and digital heads are black. The bounds lie between what the
    pages in the shared data give: paper of one value 0.70 and more against 0.14 and less.
    """
    if page.drawn:
        return False
    counts = np.bincount(page.grey.ravel(), minlength=256)
    paper = int(counts.argmax())
    even = counts[paper] > 0.5 * counts[max(0, paper - 25) : paper + 26].sum()
    grey_ink = float(np.percentile(page.grey, 0.2)) > 60
    return page.lossy or (paper > 128 and (paper < 250 or not even or grey_ink))


def model_for(page: Page, asked: str, scanned: bool | None = None) -> str:
    """The model that ``asked`` means for this page; ``scanned`` where it is known already."""
    if asked not in {AUTO, QUALITY}:
        return asked
    if looks_scanned(page) if scanned is None else scanned:
        return SCAN
    return FAST if asked == AUTO else BEST
