"""The Read tab: a score goes in; its notes come out, bar by bar, with its other readings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from models.contracts.choice import names
from models.contracts.read import ReadCatalogue
from models.engine import EngineError
from models.read.productions import PRODUCTIONS, grammar_in
from models.sheet import Page, Pages, measure_staff_space
from scoreweb import texts as messages
from scoreweb.errors import sentence_of
from scoreweb.file_kinds import PAGES
from scoreweb.framing_box import FramingBox
from scoreweb.host import Host
from scoreweb.job_progress import show_job
from scoreweb.jobs.read import texts as say
from scoreweb.jobs.read.cache import ExampleCache
from scoreweb.jobs.read.options import ReadOptions
from scoreweb.jobs.read.panel import ReadPanel
from scoreweb.jobs.read.pieces import ReadWork
from scoreweb.jobs.read.run import open_score, reading_limits, run, seconds_needed
from scoreweb.jobs.read.structure import structure_of
from scoreweb.metering import Step
from scoreweb.widgets import fragments
from scoreweb.widgets.events import PRIVATE, follow, press, sent_with, unchanged
from scoreweb.widgets.examples import READ_EXAMPLES, blank_a4
from scoreweb.widgets.productions import productions_html
from scoreweb.widgets.tiles import example_tiles
from scoreweb.widgets.upload import SEVERAL, ScoreFile, upload_hint, while_coming
from scoreweb.workspace import Workspace


class ReadTab:
    """The tab's components and what happens at them. Made inside a ``gr.Tab``."""

    def __init__(self, host: Host) -> None:
        self._host, self._cache = host, ExampleCache()
        gr.HTML(fragments.intro("intro-read.png", say.INTRO_ALT, say.INTRO, self._speed()))
        with gr.Row(equal_height=False):
            with gr.Column(scale=6, min_width=320):
                self._upload()
            with gr.Column(scale=5, min_width=320):
                self._options()
        self.panel = ReadPanel(host, self.steps)
        with gr.Accordion(say.PRODUCTIONS, open=False, elem_id="sw-r-productions"):
            gr.HTML(fragments.hint(say.PRODUCTIONS_HINT))
            gr.HTML(productions_html(grammar_in(PRODUCTIONS).views()))
        self._connect()

    # What stands on the page

    def _upload(self) -> None:
        settings = self._host.settings
        self.file = ScoreFile(
            label=say.UPLOAD, file_types=list(PAGES), elem_id="sw-r-file", height=150, **SEVERAL
        )
        allowed = say.UPLOAD_HINT.format(megabytes=settings.upload_mb, pages=settings.pdf_pages)
        self.hint = upload_hint("sw-r-file", allowed)
        self.problem = gr.HTML("", elem_id="sw-r-problem")
        ways = [(text, way) for way, text in say.TOGETHER_CHOICES.items()]
        self.together = gr.Radio(
            ways, value="together", label=say.TOGETHER, visible=False, elem_id="sw-r-together"
        )
        self.framing = FramingBox(
            self._host,
            reading_limits(settings),
            lambda workspace: workspace.work(ReadWork).upload,
            prefix="sw-r",
        )
        self.examples = example_tiles(READ_EXAMPLES, messages.EXAMPLES, "sw-r-example")

    def _options(self) -> None:
        offered = self._host.offered(ReadCatalogue)
        styles = [(say.STYLES.get(style, style), style) for style in names(offered.styles)]
        self.style = gr.Radio(styles, value="auto", label=say.STYLE, elem_id="sw-r-style")
        self.estimate = gr.HTML("", elem_id="sw-r-estimate")
        with gr.Row():
            self.start = gr.Button(say.START, variant="primary", elem_id="sw-r-start")
            self.stop = gr.Button(messages.CANCEL, variant="stop", interactive=False, elem_id="sw-r-cancel")
        self.refusal = gr.HTML("", elem_id="sw-r-refusal")
        self.steps = gr.HTML("", elem_id="sw-r-progress")

    def _speed(self) -> str:
        try:
            seconds = seconds_needed(self._host.meter, [Page(blank_a4(), 0, "")])
        except EngineError:  # an engine elsewhere may start after the page
            seconds = None
        return "" if seconds is None else say.INTRO_TIME.format(seconds=messages.duration(seconds))

    # What happens

    def _connect(self) -> None:
        while_coming(self.hint, self.start, self.estimate, self.problem)
        shown = self.panel.components()
        looked = [
            self.problem,
            self.refusal,
            self.estimate,
            self.start,
            self.together,
            *self.framing.components(),
            *shown,
        ]
        self.together.input(self._put_together, [self.together], looked, **PRIVATE)
        self.file.change(self._look, [self.file], looked, **PRIVATE)
        self.framing.connect(self.start, self._framed, [], looked)
        # The engine's queue decides who waits, and gives the place in it; Gradio's must not hold anyone back.
        started = self.start.click(
            self._run,
            [self.style],
            [self.refusal, self.start, self.stop, *self.framing.components(), *shown],
            concurrency_limit=None,
            trigger_mode="multiple",  # no click is lost while a run that was stopped comes to its end
            **PRIVATE,
        )
        started.then(self.panel.print_out, None, list(self.panel.downloads.values()), **PRIVATE)
        follow(self.start, started, "sw-r-progress", ["sw-r-refusal", "sw-r-remarks", "sw-r-page"])
        for button, path in self.examples:
            given = button.click(self.file.giving(path), None, [self.file], **PRIVATE)
            given.then(None, None, None, js=press("sw-r-start", after_opening=True), **PRIVATE)
        self.panel.other_style.click(
            self._run_otherwise,
            None,
            [self.style, self.refusal, self.start, self.stop, *shown],
            concurrency_limit=None,
            trigger_mode="multiple",
            **PRIVATE,
        ).then(self.panel.print_out, None, list(self.panel.downloads.values()), **PRIVATE)
        self.panel.page.ruled(
            self._run_ruled,
            None,
            [self.refusal, self.start, self.stop, *shown],
            concurrency_limit=None,
            trigger_mode="multiple",
            **PRIVATE,
        ).then(self.panel.print_out, None, list(self.panel.downloads.values()), **PRIVATE)
        self.stop.click(self._cancel, None, None, queue=False, **PRIVATE)

    def _workspace(self, request: gr.Request) -> Workspace:
        return self._host.workspaces.of(str(request.session_hash))

    def _look(self, files: tuple[str, ...], request: gr.Request) -> Iterator[dict[Any, Any]]:
        """What the upload is and how long it will take; or why it cannot be read."""
        work = self._workspace(request).work(ReadWork)
        if work.upload is not None and work.upload.origins == files:
            yield unchanged(self.start)  # Gradio reports an example's arrival twice
            return
        work.supersede()
        blank = {
            self.problem: "",
            self.refusal: "",
            self.estimate: "",
            **self.framing.hidden(),
            **self.panel.cleared(),
        }
        ready = {self.start: gr.update(interactive=True)}
        if not files:
            work.clear()
            hidden = gr.update(visible=False, value="together")
            yield {**blank, **ready, **self.panel.listed(work), self.together: hidden}
            return
        # Until the file is known, a click would ask for nothing.
        yield {
            **blank,
            self.start: gr.update(interactive=False),
            self.estimate: fragments.hint(messages.OPENING),
        }
        try:
            pages = open_score(work, [Path(file) for file in files], self._host.settings)
            offered = self.framing.offered(work.upload) if work.upload is not None else {}
            way = "apart" if work.apart else "together"
            several = {self.together: gr.update(visible=len(files) > 1, value=way)}
            there = self.panel.filled(work, fresh=False)
            yield {
                **ready,
                **offered,
                **several,
                **there,
                self.estimate: fragments.hint(self._estimated(pages)),
            }
        except Exception as error:  # noqa: BLE001 - whatever it is, the visitor gets a sentence at the component
            yield {**blank, **ready, self.problem: fragments.note(sentence_of(error))}

    def _framed(self, event: gr.EventData, request: gr.Request) -> Iterator[dict[Any, Any]]:
        """A page turned or cut: an earlier reading, which was of another, is gone."""
        ready = {self.start: gr.update(interactive=True)}
        try:
            shown, changed = self.framing.framed(event, request)
            work = self._workspace(request).work(ReadWork)
            if not changed or work.upload is None:
                yield {**shown, **ready}
                return
            work.supersede()
            work.plan()
            yield {**shown, self.problem: "", self.refusal: "", **self.panel.filled(work, fresh=False)}
            pages = work.upload.opened(reading_limits(self._host.settings))
            yield {**ready, self.estimate: fragments.hint(self._estimated(pages))}
        except Exception as error:  # noqa: BLE001
            yield {**ready, self.problem: fragments.note(sentence_of(error))}

    def _estimated(self, pages: Pages) -> str:
        count = messages.pages(len(pages))
        try:
            seconds = seconds_needed(self._host.meter, pages)
        except EngineError:  # an engine elsewhere may be away for a moment; the run will say so
            seconds = None
        text = say.PAGES.format(pages=count)
        if seconds is not None:
            text = messages.ESTIMATE.format(seconds=messages.duration(seconds), pages=count)
        space = measure_staff_space(pages[0].grey)
        return say.STAFF_SPACE.format(estimate=text, space=messages.pixels(space.pixels if space else None))

    def _put_together(self, together: str, request: gr.Request) -> dict[Any, Any]:
        """The files as one piece or as several; what was read of either is there again when it is wanted again."""
        work = self._workspace(request).work(ReadWork)
        work.supersede()
        work.apart = together == "apart"
        work.plan()
        blank = {self.problem: "", self.refusal: "", self.panel.progress: ""}
        return {**blank, **self.panel.filled(work, fresh=False)}

    def _shown(self, work: ReadWork, steps: Callable[[], Iterator[Step]]) -> Iterator[dict[Any, Any]]:
        """A job's updates; pieces that are read can be looked at and corrected while others still are."""
        done, first = [one.state for one in work.pieces], work.result is None
        for update in show_job(work, self.panel, self.refusal, self.start, self.stop, steps):
            now = [one.state for one in work.pieces]
            if now == done or len(now) < 2:
                yield update
                continue
            done = now
            show = first and work.result is not None
            first = first and not show
            yield {**(self.panel.filled(work, fresh=True) if show else self.panel.listed(work)), **update}

    def _run(self, style: str, request: gr.Request) -> Iterator[dict[Any, Any]]:
        """The score read, with progress as it is; or why it is not."""
        upload = self._workspace(request).work(ReadWork).upload
        before = dict(upload.framings) if upload else {}
        yield from self._read(style, request, only=False)
        if upload is not None and upload.framings != before:  # pages on their side stand upright now
            yield self.framing.offered(upload)

    def _read(self, style: str, request: gr.Request, *, only: bool) -> Iterator[dict[Any, Any]]:
        workspace, client = self._workspace(request), self._host.budgets.client_of(request)
        work, options = workspace.work(ReadWork), ReadOptions(style)
        yield from self._shown(
            work, lambda: run(self._host, workspace, options, client, only=only, cache=self._cache)
        )

    def _run_otherwise(self, request: gr.Request) -> Iterator[dict[Any, Any]]:
        """The score read again as print where it was read as handwriting, and the other way round."""
        result = self._workspace(request).work(ReadWork).result
        style = "printed" if result is not None and result.style == "handwritten" else "handwritten"
        yield {self.style: style}
        yield from self._read(style, request, only=True)

    def _run_ruled(self, event: gr.EventData, request: gr.Request) -> Iterator[dict[Any, Any]]:
        """The score read again with the bar lines and systems that the visitor drew; corrections elsewhere stay."""
        workspace, client = self._workspace(request), self._host.budgets.client_of(request)
        work = workspace.work(ReadWork)
        result = work.result
        if result is None:
            yield {self.refusal: fragments.note(say.NOTHING_READ)}
            return
        structure = structure_of(sent_with(event), result.reading, result.options.structure)
        if not structure:
            yield {self.refusal: fragments.note(say.NO_SUCH_STRUCTURE)}
            return
        options = replace(result.options, style=result.style, structure=structure)
        yield from self._shown(work, lambda: run(self._host, workspace, options, client))

    def _cancel(self, request: gr.Request) -> None:
        self._workspace(request).work(ReadWork).cancel()
