"""An upscaling job on a desk: the chosen pages run one after the other, results are written as they come."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Generator, Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import uniform_filter

from models.contracts.upscale import UpscaleAnswer
from models.engine import Cancelled, Progress, Ticket
from models.sheet import Page, Pages, measure_staff_space, open_files, write_pdf, write_png
from scoreweb import texts as messages
from scoreweb.errors import VisitorError
from scoreweb.host import Host
from scoreweb.jobs.upscale.inspection import space_text
from scoreweb.jobs.upscale.options import Finished, Order, finish, start
from scoreweb.metering import Step, at_work, computed, left
from scoreweb.uploads import file_limits
from scoreweb.workspace import Desk, Sheet

Grey = npt.NDArray[np.uint8]

CLOSE_UP = (640, 900)
"""Height and width of the close-up, in pixels of the result."""

PREVIEW_PIXELS = 6_000_000
"""Most pixels of a picture that is sent to be looked at; downloads are never reduced."""

PLAIN_DPI = 300.0
"""Resolution written into a PDF when the upload tells none."""


def run(host: Host, desk: Desk, numbers: list[int], order: Order, client: str) -> Iterator[Step]:
    """The chosen pages of the desk's upload, upscaled; steps as they happen, results on the desk.

    Raises VisitorError, SheetError or EngineError; Cancelled when the visitor cancelled. The pages that were
    finished before stay on the desk.
    """
    if desk.upload is None:
        raise VisitorError(messages.UPLOAD_FIRST)
    if not numbers:
        raise VisitorError(messages.CHOOSE_A_PAGE)
    with at_work(host, desk, client):
        desk.clear_results()
        pages = open_files(desk.upload.files, limits=file_limits(host.settings))
        began = time.perf_counter()
        yield Step(0.0, messages.STARTING)
        for done, number in enumerate(numbers):
            yield from _page(host, desk, pages, number, order, client, done, len(numbers))
        took = messages.duration(time.perf_counter() - began)
        yield Step(1.0, messages.DONE.format(pages=messages.pages(len(numbers)), seconds=took))


def _page(
    host: Host, desk: Desk, pages: Pages, number: int, order: Order, client: str, done: int, total: int
) -> Iterator[Step]:
    if desk.cancelled.is_set():
        raise Cancelled
    page = pages[number]
    example = desk.upload.example if desk.upload else None
    key = (example or "", number, order.model)
    answer = host.made.get(key) if example else None
    if answer is None:
        ticket = yield from _computed(host, desk, page, order, done, total)
        answer = ticket.result()
        host.gate.seconds.spend(client, answer.seconds)
        if example:
            host.made.put(key, answer)
    yield Step((done + 0.97) / total, messages.SAVING.format(label=page.label))
    desk.sheets.append(write_sheet(finish(page, order, answer), order, desk.results_folder(done), desk))


def _computed(
    host: Host, desk: Desk, page: Page, order: Order, done: int, total: int
) -> Generator[Step, None, Ticket[UpscaleAnswer]]:
    """The ticket of the page, finished; steps while it is computed. Cancelled when the visitor cancelled."""
    return (
        yield from computed(
            desk,
            lambda hear: start(host.engine, page, order, host.limits, hear),
            lambda progress: _step(progress, page.label, done, total),
            done / total,
        )
    )


def _step(progress: Progress, label: str, done: int, total: int) -> Step:
    text = messages.WORKING.format(label=label, done=progress.done, total=progress.total)
    if progress.eta_s is not None and progress.done < progress.total:
        a_tile = progress.eta_s / (progress.total - progress.done)
        # later pages are taken to be alike
        text += left(progress.eta_s + (total - done - 1) * a_tile * progress.total)
    return Step((done + 0.95 * progress.done / progress.total) / total, text)


def write_sheet(finished: Finished, order: Order, folder: Path, desk: Desk) -> Sheet:
    """The page's files: what came in, the result, and two pictures of equal size to compare."""
    page, grey = finished.page, finished.grey
    stem = _stem(desk.upload.name if desk.upload else "score", page)
    source, full = folder / f"{stem}-before.png", folder / f"{stem}.png"
    source.write_bytes(write_png(page.grey, dpi=page.dpi))
    full.write_bytes(write_png(grey, dpi=finished.dpi))
    views = {
        messages.VIEW_CLOSE: _close_up(page.grey, grey, folder),
        messages.VIEW_WHOLE: _whole(page.grey, grey, folder, full),
    }
    ratio = grey.shape[1] / page.grey.shape[1]
    # Measured on what came in: exact, and quicker than on sixteen times the pixels.
    if page.index not in desk.spaces:
        desk.spaces[page.index] = measure_staff_space(page.grey)
    facts = messages.RESULT_FACTS.format(
        width=grey.shape[1],
        height=grey.shape[0],
        ratio=round(ratio, 2),
        space=space_text(desk.spaces[page.index], ratio),
        model=order.model,
        seconds=messages.duration(finished.answer.seconds),
    )
    return Sheet(
        label=page.label,
        source=source,
        views=views,
        full=full,
        order=order,
        weights=finished.answer.weights,
        facts={"sentence": facts, "dpi": finished.dpi, "seconds": finished.answer.seconds, "ratio": ratio},
    )


def _close_up(small: Grey, large: Grey, folder: Path) -> tuple[Path, Path]:
    """The busiest region at full size: there the difference shows."""
    height, width = (min(most, side) for most, side in zip(CLOSE_UP, large.shape, strict=True))
    shrink = small.shape[1] / large.shape[1]
    window = max(1, round(height * shrink)), max(1, round(width * shrink))
    ink = uniform_filter(255.0 - small, window, mode="constant")
    row, column = np.unravel_index(int(ink.argmax()), ink.shape)
    top = int(np.clip(row / shrink - height / 2, 0, large.shape[0] - height))
    left = int(np.clip(column / shrink - width / 2, 0, large.shape[1] - width))
    box = (left * shrink, top * shrink, (left + width) * shrink, (top + height) * shrink)
    before, after = folder / "close-before.png", folder / "close-after.png"
    enlarged = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC, box=box)
    before.write_bytes(write_png(np.asarray(enlarged)))
    after.write_bytes(write_png(large[top : top + height, left : left + width]))
    return before, after


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


def _stem(name: str, page: Page) -> str:
    called = Path(page.file or name).stem
    safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in called)[:60].strip("-") or "score"
    return f"{safe}-{page.index + 1}" if page.index or page.file else safe


def read_result(sheet: Sheet) -> Grey:
    """The result's pixels, uint8 (H, W); read by OpenCV, because Pillow takes our own large results for bombs."""
    return np.asarray(cv2.imread(str(sheet.full), cv2.IMREAD_GRAYSCALE), np.uint8)


def bundle_png(desk: Desk) -> Path | None:
    """The file behind the PNG button: the one result, or a zip of all; None without results."""
    if not desk.sheets:
        return None
    if len(desk.sheets) == 1:
        return desk.sheets[0].full
    target = desk.folder / "results" / "scoreweb-pages.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for sheet in desk.sheets:
            archive.write(sheet.full, sheet.full.name)
    return target


def bundle_pdf(desk: Desk) -> Path | None:
    """One PDF of all results, losslessly; None without results."""
    if not desk.sheets:
        return None
    target = desk.folder / "results" / f"{desk.sheets[0].full.stem}.pdf"
    pages = []
    for sheet in desk.sheets:
        pages.append(read_result(sheet))
    target.write_bytes(write_pdf(pages, desk.sheets[0].facts["dpi"] or PLAIN_DPI))
    return target
