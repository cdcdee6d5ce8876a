"""An upscaling job in a workspace: the score is opened, the chosen pages run one after the other, each is written as it comes."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from models.engine import Progress
from models.sheet import Page, Pages, StaffSpace, measure_staff_space
from scoreweb import texts as messages
from scoreweb.errors import VisitorError
from scoreweb.host import Host
from scoreweb.jobs.upscale import texts as say
from scoreweb.jobs.upscale.cache import ExampleCache
from scoreweb.jobs.upscale.choice import model_for
from scoreweb.jobs.upscale.options import SERVICE, UpscaleOptions, drawn_anew, finish, request_of
from scoreweb.jobs.upscale.result import UpscaleResult, write_result
from scoreweb.metering import Step, time_left
from scoreweb.settings import Settings
from scoreweb.uploads import Upload, Uploads, file_limits, open_upload
from scoreweb.workspace import Run, Work, Workspace


@dataclass
class UpscaleWork(Work):
    """A visitor's score to upscale, what is known of its pages by number, and the finished pages."""

    job: ClassVar[str] = SERVICE
    upload: Upload | None = field(default=None, init=False)
    staff_spaces: dict[int, StaffSpace | None] = field(default_factory=dict, init=False)
    scanned: dict[int, bool] = field(default_factory=dict, init=False)
    results: list[UpscaleResult] = field(default_factory=list, init=False)
    shown: int = field(default=0, init=False)
    """Which result the visitor looks at."""

    def __post_init__(self) -> None:
        self.uploads = Uploads(self.folder / "upload")

    @property
    def has_result(self) -> bool:
        """Whether there is something to come back to."""
        return bool(self.results)

    @property
    def results_folder(self) -> Path:
        """Where results and the files made of them are written; there is one while there are results."""
        return self.folder / "results"

    def result(self, number: int | None) -> UpscaleResult | None:
        """The result of that number, the first for None; None when there is no such."""
        number = number or 0
        return self.results[number] if 0 <= number < len(self.results) else None

    def clear_results(self) -> None:
        """The results are removed; the upload stays."""
        self.results, self.shown = [], 0
        shutil.rmtree(self.results_folder, ignore_errors=True)

    def clear(self) -> None:
        """The upload and its results are removed."""
        self.upload, self.staff_spaces, self.scanned, self.results, self.shown = None, {}, {}, [], 0
        self.uploads.clear()
        super().clear()


def open_score(work: UpscaleWork, uploaded: Sequence[Path], settings: Settings) -> Pages:
    """The upload, in place of an earlier one, opened. SheetError or VisitorError when it cannot be."""
    work.clear_results()
    before = work.upload
    work.upload, work.staff_spaces, work.scanned = None, {}, {}
    work.upload, pages = open_upload(work.uploads, uploaded, file_limits(settings), before)
    return pages


def run(
    host: Host,
    workspace: Workspace,
    numbers: Sequence[int],
    options: UpscaleOptions,
    client: str,
    cache: ExampleCache | None = None,
) -> Iterator[Step]:
    """The chosen pages of the visitor's upload, upscaled: steps as they happen; the results are in the workspace.

    Answers for our own examples are taken from ``cache`` and put there. Raises VisitorError, SheetError or EngineError;
    Cancelled when the visitor cancelled: pages that were finished before stay.
    """
    work = workspace.work(UpscaleWork)
    if work.upload is None:
        raise VisitorError(say.UPLOAD_FIRST)
    if not numbers:
        raise VisitorError(say.CHOOSE_A_PAGE)
    with workspace.running(work) as job:
        work.clear_results()
        upload = work.upload
        pages = upload.opened(file_limits(host.settings))
        began = time.perf_counter()
        yield Step(0.0, messages.STARTING)
        for done, number in enumerate(numbers):
            job.check()
            one = _Page(number, pages[number], done, len(numbers))
            yield from _upscaled(host, work, job, one, options, client, cache if upload.example else None)
        took = messages.duration(time.perf_counter() - began)
        yield Step(1.0, say.DONE.format(pages=messages.pages(len(numbers)), seconds=took))


@dataclass(frozen=True)
class _Page:
    """A page of the upload by its number there, and how many of ``total`` are done before it."""

    number: int
    page: Page
    done: int
    total: int

    def named(self, doing: str) -> str:
        """What is being done, and to which of the pages."""
        if self.total == 1:
            return f"{say.ENLARGING} · {doing}"
        page = messages.PAGE_OF.format(number=self.done + 1, pages=self.total)
        return f"{page[:1].upper()}{page[1:]} · {doing}"

    def step(self, progress: Progress) -> Step:
        text = self.named(say.WORKING.format(done=progress.done, total=progress.total))
        if progress.eta_s is not None and progress.done < progress.total:
            a_tile = progress.eta_s / (progress.total - progress.done)
            # later pages are assumed to be alike
            text += time_left(progress.eta_s + (self.total - self.done - 1) * a_tile * progress.total)
        return Step((self.done + 0.95 * progress.done / progress.total) / self.total, text)


def _upscaled(
    host: Host,
    work: UpscaleWork,
    job: Run,
    one: _Page,
    options: UpscaleOptions,
    client: str,
    cache: ExampleCache | None,
) -> Iterator[Step]:
    upload = work.upload
    if upload is None:  # cleared at this moment
        return
    options = replace(options, model=model_for(one.page, options.model, work.scanned.get(one.number)))
    finished = drawn_anew(one.page, options)
    if finished is None:
        page = one.page.fitted(host.limits.page_pixels)
        key = (upload.example or "", one.number, options.model)
        answer = cache.get(key) if cache else None
        if answer is None:
            request = request_of(page, options)
            answer = yield from host.meter.follow(
                job, SERVICE, request, client, one.step, one.done / one.total
            )
            if cache:
                cache.put(key, answer)
        finished = finish(page, options, answer)
    yield Step((one.done + 0.97) / one.total, one.named(say.SAVING))
    if one.number not in work.staff_spaces:
        work.staff_spaces[one.number] = measure_staff_space(one.page.grey)
    space = work.staff_spaces[one.number]
    folder = work.results_folder / str(one.done)
    result = write_result(finished, options, folder, upload.name, space, one.page.grey.shape[1])
    job.check()
    work.results.append(result)
