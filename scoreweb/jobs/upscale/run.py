"""An upscaling job in a workspace: the chosen pages run one after the other, results are written as they come."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Generator, Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from scipy.ndimage import uniform_filter

from models.arrays import Grey
from models.contracts.upscale import UpscaleAnswer
from models.engine import Cancelled, Progress, Ticket
from models.sheet import Page, Pages, measure_staff_space, open_files, write_pdf, write_png
from scoreweb import texts as messages
from scoreweb.errors import VisitorError
from scoreweb.host import Host
from scoreweb.jobs.upscale.inspection import space_text
from scoreweb.jobs.upscale.options import Finished, UpscaleOptions, finish, start
from scoreweb.metering import Step, one_job, time_left, wait_for
from scoreweb.uploads import file_limits
from scoreweb.workspace import UpscaleResult, Workspace

CLOSE_UP = (640, 900)
"""Height and width of the close-up, in pixels of the result."""

PREVIEW_PIXELS = 6_000_000
"""Most pixels of a picture that is sent to be looked at; downloads are never reduced."""

PLAIN_DPI = 300.0
"""Resolution written into a PDF when the upload tells none."""


def run(
    host: Host, workspace: Workspace, numbers: list[int], options: UpscaleOptions, client: str
) -> Iterator[Step]:
    """The chosen pages of the workspace's upload, upscaled; steps as they happen, results in the workspace.

    Raises VisitorError, SheetError or EngineError; Cancelled when the visitor cancelled. The pages that were
    finished before stay in the workspace.
    """
    if workspace.upload is None:
        raise VisitorError(messages.UPLOAD_FIRST)
    if not numbers:
        raise VisitorError(messages.CHOOSE_A_PAGE)
    with one_job(host, workspace, client):
        workspace.clear_upscale_results()
        pages = open_files(workspace.upload.files, limits=file_limits(host.settings))
        began = time.perf_counter()
        yield Step(0.0, messages.STARTING)
        for done, number in enumerate(numbers):
            yield from _page(host, workspace, pages, number, options, client, done, len(numbers))
        took = messages.duration(time.perf_counter() - began)
        yield Step(1.0, messages.DONE.format(pages=messages.pages(len(numbers)), seconds=took))


def _page(
    host: Host,
    workspace: Workspace,
    pages: Pages,
    number: int,
    options: UpscaleOptions,
    client: str,
    done: int,
    total: int,
) -> Iterator[Step]:
    if workspace.cancelled.is_set():
        raise Cancelled
    page = pages[number]
    example = workspace.upload.example if workspace.upload else None
    key = (example or "", number, options.model)
    answer = host.example_cache.get(key) if example else None
    if answer is None:
        ticket = yield from _wait_for(host, workspace, page, options, done, total)
        answer = ticket.result()
        host.budgets.seconds.spend(client, answer.seconds)
        if example:
            host.example_cache.put(key, answer)
    yield Step((done + 0.97) / total, messages.SAVING.format(label=page.label))
    workspace.upscale_results.append(
        write_result(finish(page, options, answer), options, workspace.results_folder(done), workspace)
    )


def _wait_for(
    host: Host, workspace: Workspace, page: Page, options: UpscaleOptions, done: int, total: int
) -> Generator[Step, None, Ticket[UpscaleAnswer]]:
    """The ticket of the page, finished; steps while it is computed. Cancelled when the visitor cancelled."""
    return (
        yield from wait_for(
            workspace,
            lambda on_progress: start(host.engine, page, options, host.limits, on_progress),
            lambda progress: _step(progress, page.label, done, total),
            done / total,
        )
    )


def _step(progress: Progress, label: str, done: int, total: int) -> Step:
    text = messages.WORKING.format(label=label, done=progress.done, total=progress.total)
    if progress.eta_s is not None and progress.done < progress.total:
        a_tile = progress.eta_s / (progress.total - progress.done)
        # later pages are taken to be alike
        text += time_left(progress.eta_s + (total - done - 1) * a_tile * progress.total)
    return Step((done + 0.95 * progress.done / progress.total) / total, text)


def write_result(
    finished: Finished, options: UpscaleOptions, folder: Path, workspace: Workspace
) -> UpscaleResult:
    """The page's files: what came in, the result, and two pictures of equal size to compare."""
    page, grey = finished.page, finished.grey
    stem = _stem(workspace.upload.name if workspace.upload else "score", page)
    source, full = folder / f"{stem}-before.png", folder / f"{stem}.png"
    source.write_bytes(write_png(page.grey, dpi=page.dpi))
    full.write_bytes(write_png(grey, dpi=finished.dpi))
    views = {
        messages.VIEW_CLOSE: _close_up(page.grey, grey, folder),
        messages.VIEW_WHOLE: _whole(page.grey, grey, folder, full),
    }
    ratio = grey.shape[1] / page.grey.shape[1]
    # Measured on what came in: exact, and quicker than on sixteen times the pixels.
    if page.index not in workspace.staff_spaces:
        workspace.staff_spaces[page.index] = measure_staff_space(page.grey)
    facts = messages.RESULT_FACTS.format(
        width=grey.shape[1],
        height=grey.shape[0],
        ratio=round(ratio, 2),
        space=space_text(workspace.staff_spaces[page.index], ratio),
        model=options.model,
        seconds=messages.duration(finished.answer.seconds),
    )
    return UpscaleResult(
        label=page.label,
        source=source,
        views=views,
        full=full,
        options=options,
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


def result_pixels(result: UpscaleResult) -> Grey:
    """The result's pixels, uint8 (H, W); read by OpenCV, because Pillow takes our own large results for bombs."""
    return np.asarray(cv2.imread(str(result.full), cv2.IMREAD_GRAYSCALE), np.uint8)


def bundle_png(workspace: Workspace) -> Path | None:
    """The file behind the PNG button: the one result, or a zip of all; None without results."""
    if not workspace.upscale_results:
        return None
    if len(workspace.upscale_results) == 1:
        return workspace.upscale_results[0].full
    target = workspace.folder / "results" / "scoreweb-pages.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for result in workspace.upscale_results:
            archive.write(result.full, result.full.name)
    return target


def bundle_pdf(workspace: Workspace) -> Path | None:
    """One PDF of all results, losslessly; None without results."""
    if not workspace.upscale_results:
        return None
    target = workspace.folder / "results" / f"{workspace.upscale_results[0].full.stem}.pdf"
    pages = []
    for result in workspace.upscale_results:
        pages.append(result_pixels(result))
    target.write_bytes(write_pdf(pages, workspace.upscale_results[0].facts["dpi"] or PLAIN_DPI))
    return target
