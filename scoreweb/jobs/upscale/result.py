"""A page that was upscaled: its files in the workspace, pictures to compare, and what a donation of it holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from scipy.ndimage import uniform_filter, uniform_filter1d

import scoreweb
from models.arrays import Grey
from models.sheet import Page, StaffSpace, paper_in, staff_boxes, write_pdf, write_png
from scoreweb import texts as messages
from scoreweb.downloads import zip_of_files
from scoreweb.file_kinds import safe_stem
from scoreweb.jobs.upscale import texts as say
from scoreweb.jobs.upscale.options import Finished, UpscaleOptions
from scoreweb.languages.catalogue import retold
from storage import NewCorrection, NewPrediction, NewSubmission, Picture, Task

CLOSE_UP = (640, 900)
"""Height and width of the close-up, in pixels of the result."""

PREVIEW_PIXELS = 6_000_000
"""Most pixels of a picture that is sent to be looked at; downloads are never reduced."""

PLAIN_DPI = 300.0
"""Resolution written into a PDF when the upload has none, and no staves."""
_STAFF_SPACE_MM = 1.75
"""Between two staff lines of a part to play from: a staff of 7 mm."""


@dataclass
class UpscaleResult:
    """One finished page: files of what came in and what came out, with what the visitor should know.

    ``views`` are pairs of pictures of equal size, before and after, by the name of the view. ``dpi`` is None where the
    upload has none; ``facts`` is a sentence.
    """

    label: str
    source: Path
    views: dict[str, tuple[Path, Path]]
    full: Path
    options: UpscaleOptions
    weights: str
    ratio: float
    dpi: float | None
    seconds: float
    facts: str
    kept: bool = False

    def pixels(self) -> Grey:
        """The result, uint8 (H, W); read by OpenCV, because Pillow takes our own large results for bombs."""
        return np.asarray(cv2.imread(str(self.full), cv2.IMREAD_GRAYSCALE), np.uint8)

    # What is donated

    def submission(self) -> NewSubmission:
        """Picture, result, model with its weights, settings."""
        target = self.options.target
        return NewSubmission(
            task=Task.UPSCALE,
            app_version=scoreweb.__version__,
            settings={
                "model": self.options.model,
                "target": None if target is None else {"kind": target.kind, "value": target.value},
                "ratio": self.ratio,
            },
            input=Picture(self.source.read_bytes()),
            results=[Picture(Image.fromarray(self.pixels()))],
            predictions=[
                NewPrediction(
                    rank=1,
                    payload={"picture": "result", "seconds": self.seconds},
                    model=self.options.model,
                    model_digest=self.weights or None,
                )
            ],
        )

    def corrections(self) -> Sequence[NewCorrection]:
        """None: an upscaled page is not corrected by hand."""
        return ()


def write_result(
    finished: Finished,
    options: UpscaleOptions,
    folder: Path,
    name: str,
    space: StaffSpace | None,
    uploaded_width: int,
) -> UpscaleResult:
    """The page's files: what came in, the result, and two pictures of equal size to compare.

    ``name`` is the upload's, ``space`` the staff space measured on the upload, ``uploaded_width`` pixels wide: exact, and
    quicker than on sixteen times the pixels.
    """
    page, grey = finished.page, finished.grey
    folder.mkdir(parents=True, exist_ok=True)
    stem = _stem(name, page)
    source, full = folder / f"{stem}-from.png", folder / f"{stem}.png"
    source.write_bytes(write_png(page.grey, dpi=page.dpi))
    ratio = grey.shape[1] / uploaded_width
    after = space.pixels * ratio if space else None
    dpi = _printed_dpi(finished.dpi, after)
    full.write_bytes(write_png(grey, dpi=dpi))
    facts = (say.RESULT_DRAWN if page.drawn else say.RESULT_FACTS).format(
        width=grey.shape[1],
        height=grey.shape[0],
        ratio=round(ratio, 2),
        dpi=finished.dpi or 0,
        space=messages.pixels(after),
        model=options.model,
        seconds=messages.duration(finished.answer.seconds),
    )
    if dpi is not None:
        size = [round(side / dpi * 25.4) for side in (grey.shape[1], grey.shape[0])]
        facts = f"{facts} · {say.PRINTED_SIZE.format(width=size[0], height=size[1], dpi=dpi)}"
    if page.note and not page.drawn:
        facts = f"{facts} · {retold(page.note)}"
    return UpscaleResult(
        label=page.label,
        source=source,
        views={
            "close": _close_up(page.grey, grey, folder),
            "whole": _whole(page.grey, grey, folder, full),
        },
        full=full,
        options=options,
        weights=finished.answer.weights,
        ratio=ratio,
        dpi=dpi,
        seconds=finished.answer.seconds,
        facts=facts,
    )


def png_of(results: Sequence[UpscaleResult], folder: Path) -> Path | None:
    """The file behind the PNG button: the one result, or a zip of all; None without results."""
    if len(results) < 2:
        return results[0].full if results else None
    return zip_of_files(folder / f"{_together(results)}.zip", [result.full for result in results])


def pdf_of(results: Sequence[UpscaleResult], folder: Path) -> Path | None:
    """One PDF of all results, losslessly; None without results."""
    if not results:
        return None
    target = folder / f"{_together(results)}.pdf"
    pages = [result.pixels() for result in results]
    target.write_bytes(write_pdf(pages, results[0].dpi or PLAIN_DPI))
    return target


def _together(results: Sequence[UpscaleResult]) -> str:
    """What a file of all results is called: after the first, without its page's number where there are several."""
    stem = results[0].full.stem
    return stem if len(results) == 1 else re.sub(r"(-\d+)?-upscaled$", "-upscaled", stem)


def _printed_dpi(dpi: float | None, space: float | None) -> float | None:
    """The resolution to write into the file: as the upload gives it, else so that staves are as high as in print.

    ``space`` is the result's staff space in pixels. None where neither is known.
    """
    if dpi is not None or space is None:
        return dpi
    return float(round(space * 25.4 / _STAFF_SPACE_MM))


def _stem(name: str, page: Page) -> str:
    safe = safe_stem(page.file or name, "score")
    page_number = f"-{page.index + 1}" if page.index or page.file else ""
    return f"{safe}{page_number}-upscaled"


def _close_up(small: Grey, large: Grey, folder: Path) -> tuple[Path, Path]:
    """Music at full size, where the difference shows: around the longest staff, else where most ink is."""
    height, width = (min(most, side) for most, side in zip(CLOSE_UP, large.shape, strict=True))
    shrink = small.shape[1] / large.shape[1]
    row, column = _middle_of_music(small, (max(1, round(height * shrink)), max(1, round(width * shrink))))
    top = int(np.clip(row / shrink - height / 2, 0, large.shape[0] - height))
    left = int(np.clip(column / shrink - width / 2, 0, large.shape[1] - width))
    box = (left * shrink, top * shrink, (left + width) * shrink, (top + height) * shrink)
    before, after = folder / "close-before.png", folder / "close-after.png"
    enlarged = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC, box=box)
    before.write_bytes(write_png(np.asarray(enlarged)))
    after.write_bytes(write_png(large[top : top + height, left : left + width]))
    return before, after


def _middle_of_music(small: Grey, window: tuple[int, int]) -> tuple[float, float]:
    """Row and column around which a window of that height and width holds music.

    On the longest staff it is the place with the most ink of that staff; without staves the busiest place of the
    paper, what lies around it being no music.
    """
    paper = paper_in(small)
    ink = 255.0 - (small if paper is None else np.where(paper, small, 255))
    staves = staff_boxes(small)
    if staves:
        x0, y0, x1, y1 = staves[0]
        row = (y0 + y1) / 2
        top, bottom = max(0, int(2 * y0 - y1)), max(1, int(2 * y1 - y0))
        columns = uniform_filter1d(ink[top:bottom].sum(axis=0), window[1], mode="constant")
        left, right = int(max(0, x0)), int(min(len(columns), x1))
        return row, left + float(np.argmax(columns[left : max(left + 1, right)]))
    busiest = np.unravel_index(int(uniform_filter(ink, window, mode="constant").argmax()), ink.shape)
    return float(busiest[0]), float(busiest[1])


def _whole(small: Grey, large: Grey, folder: Path, full: Path) -> tuple[Path, Path]:
    height, width = large.shape
    shrink = max(1.0, (large.size / PREVIEW_PIXELS) ** 0.5)
    size = round(width / shrink), round(height / shrink)
    before, after = folder / "whole-before.png", full
    enlarged = Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)
    before.write_bytes(write_png(np.asarray(enlarged)))
    if shrink > 1:
        after = folder / "whole-after.png"
        after.write_bytes(write_png(np.asarray(Image.fromarray(large).resize(size, Image.Resampling.BOX))))
    return before, after
