"""The Upscale tab: a score goes in; its pages are measured, chosen and upscaled with true progress."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import gradio as gr

from models.contracts.choice import Choice
from models.contracts.upscale import UpscaleCatalogue, UpscaleRequest
from models.engine import EngineError
from models.sheet import Pages, TargetSize
from scoreweb import texts as messages
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.file_kinds import PAGES
from scoreweb.framing_box import FramingBox
from scoreweb.host import Host
from scoreweb.job_progress import show_job
from scoreweb.jobs.upscale import texts as say
from scoreweb.jobs.upscale.cache import ExampleCache
from scoreweb.jobs.upscale.choice import AUTO, BEST, FAST, QUALITY
from scoreweb.jobs.upscale.formats import FormatBox
from scoreweb.jobs.upscale.inspection import inspect, seconds_needed
from scoreweb.jobs.upscale.options import SERVICE, UpscaleOptions
from scoreweb.jobs.upscale.panel import UpscalePanel
from scoreweb.jobs.upscale.run import UpscaleWork, open_score, run
from scoreweb.jobs.upscale.truth import TruthBox
from scoreweb.languages.catalogue import retold
from scoreweb.metering import Step
from scoreweb.uploads import file_limits
from scoreweb.widgets import fragments
from scoreweb.widgets.events import PRIVATE, follow, press, unchanged
from scoreweb.widgets.examples import EXAMPLES, a4_at_75_dpi
from scoreweb.widgets.tiles import example_tiles
from scoreweb.widgets.upload import SEVERAL, ScoreFile, upload_hint, while_coming
from scoreweb.workspace import Workspace

SIZE_KINDS: dict[str, Literal["staff_space_px", "dpi"]] = {"staff_space_px": "staff_space_px", "dpi": "dpi"}
USUAL = {"staff_space_px": 20, "dpi": 300}
"""The value that is usual for each kind of size."""


class UpscaleTab:
    """The tab's components and what happens at them. Made inside a ``gr.Tab``."""

    def __init__(self, host: Host) -> None:
        self._host, self._cache = host, ExampleCache()
        gr.HTML(fragments.intro("intro-upscale.png", say.INTRO_ALT, say.INTRO, self._speed(FAST)))
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                self._upload()
                self._options()
            with gr.Column(scale=7, min_width=320):
                self.panel = UpscalePanel(host, self.steps)
                self.forms = FormatBox(host)
                self.truth = TruthBox(host)
        self._connect()

    # What stands on the page

    def _upload(self) -> None:
        settings = self._host.settings
        self.file = ScoreFile(
            label=say.UPLOAD, file_types=list(PAGES), elem_id="sw-file", height=150, **SEVERAL
        )
        allowed = say.UPLOAD_HINT.format(
            megabytes=settings.upload_mb,
            megapixels=file_limits(settings).max_pixels / 1e6,
            pages=settings.pdf_pages,
        )
        self.hint = upload_hint("sw-file", allowed)
        self.problem = gr.HTML("", elem_id="sw-problem")
        self.examples = example_tiles(EXAMPLES, messages.EXAMPLES, "sw-example")
        self.framing = FramingBox(
            self._host,
            file_limits(settings),
            lambda workspace: workspace.work(UpscaleWork).upload,
            prefix="sw",
        )
        self.pages = gr.HTML("", elem_id="sw-pages")
        self.chosen = gr.CheckboxGroup(label=say.PAGES, visible=False, elem_id="sw-chosen")

    def _options(self) -> None:
        offered = self._host.offered(UpscaleCatalogue).models
        speeds = {AUTO: self._speed(FAST), QUALITY: self._speed(BEST)}
        left_to_us = [(text.format(speed=speeds[name]).strip(), name) for name, text in say.CHOICES.items()]
        self.model = gr.Radio(left_to_us, value=AUTO, label=say.MODEL, elem_id="sw-model")
        with gr.Accordion(say.RESEARCH, open=False, elem_id="sw-research"):
            choices = [(_line(choice), choice.name) for choice in offered]
            self.network = gr.Radio(choices, value=None, label=say.RESEARCH_MODEL, elem_id="sw-network-model")
        with gr.Accordion(say.SIZE, open=False):
            self.size = gr.Radio(
                _sizes(),
                value="times",
                label=say.SIZE,
                show_label=False,
                elem_id="sw-size",
            )
            self.value = gr.Number(label=say.SIZE_VALUE, value=20, visible=False, elem_id="sw-size-value")
        self.estimate = gr.HTML("", elem_id="sw-estimate")
        with gr.Row():
            self.start = gr.Button(say.START, variant="primary", elem_id="sw-start")
            self.stop = gr.Button(messages.CANCEL, variant="stop", interactive=False, elem_id="sw-cancel")
        self.refusal = gr.HTML("", elem_id="sw-refusal")
        self.steps = gr.HTML("", elem_id="sw-progress")

    def _speed(self, model: str) -> str:
        try:
            estimate = self._host.engine.estimate(SERVICE, UpscaleRequest(a4_at_75_dpi(), model))
        except EngineError:  # an engine elsewhere may start after the page
            return ""
        return say.INTRO_TIME.format(seconds=messages.duration(estimate.seconds)) if estimate else ""

    # What happens

    def _connect(self) -> None:
        while_coming(self.hint, self.start, self.estimate, self.problem)
        shown = self.panel.components() + self.forms.components() + [self.truth.box]
        self.truth.connect(self.panel.shown, self.panel.facts)
        looked = [
            self.problem,
            self.pages,
            self.chosen,
            self.estimate,
            self.start,
            self.size,
            self.value,
            self.refusal,
        ]
        asked_for = [self.model, self.network]
        looked += [*self.framing.components(), *shown]
        self.file.change(self._look, [self.file, *asked_for, self.size], looked, **PRIVATE)
        self.framing.connect(self.start, self._framed, [self.chosen, *asked_for, self.size], looked)
        # One of the two choices holds: whoever takes the one lets go of the other
        self.model.input(None, None, [self.network], js="() => null", **PRIVATE)
        self.network.input(None, None, [self.model], js="() => null", **PRIVATE)
        for asked in (self.model.change, self.network.change, self.chosen.change):
            asked(self._estimate, [self.chosen, *asked_for], [self.estimate], **PRIVATE)
        self.size.change(_value_field, self.size, self.value, **PRIVATE)
        # The engine's queue decides who waits, and gives the place in it; Gradio's must not hold anyone back.
        started = self.start.click(
            self._run,
            [self.chosen, *asked_for, self.size, self.value],
            [self.refusal, self.start, self.stop, *shown],
            concurrency_limit=None,
            trigger_mode="multiple",  # no click is lost while a run that was stopped comes to its end
            **PRIVATE,
        )
        follow(self.start, started, "sw-progress", ["sw-refusal", "sw-result"])
        for button, path in self.examples:
            given = button.click(self.file.giving(path), None, [self.file], **PRIVATE)
            given.then(None, None, None, js=press("sw-start", after_opening=True), **PRIVATE)
        self.stop.click(self._cancel, None, None, queue=False, **PRIVATE)

    def _workspace(self, request: gr.Request) -> Workspace:
        return self._host.workspaces.of(str(request.session_hash))

    def _look(
        self,
        files: tuple[str, ...],
        model: str | None,
        network: str | None,
        size: str,
        request: gr.Request,
    ) -> Iterator[dict[Any, Any]]:
        """The upload's pages with measures and advice, page by page; or why it cannot be read."""
        work = self._workspace(request).work(UpscaleWork)
        if work.upload is not None and work.upload.origins == files:
            yield unchanged(self.start)  # Gradio reports an example's arrival twice
            return
        work.supersede()
        no_choice = gr.update(choices=[], value=[], visible=False)
        blank = {
            self.problem: "",
            self.refusal: "",
            self.pages: "",
            self.chosen: no_choice,
            self.estimate: "",
            **self.framing.hidden(),
        }
        # Until the pages are known, a click would ask for none of them.
        waiting = {self.start: gr.update(interactive=False)}
        ready = {self.start: gr.update(interactive=True)}
        if not files:
            work.clear()
            yield {**blank, **ready, **self.cleared()}
            return
        yield {**blank, **waiting, self.pages: fragments.hint(messages.OPENING), **self.cleared()}
        try:
            pages = open_score(work, [Path(file) for file in files], self._host.settings)
            if work.upload is not None:
                yield self.framing.offered(work.upload)
            yield from self._inspected(work, pages, None, request, model, network, size)
        except Exception as error:  # noqa: BLE001 - whatever it is, the visitor gets a sentence at the component
            yield {**blank, **ready, self.problem: fragments.note(sentence_of(error))}

    def _inspected(
        self,
        work: UpscaleWork,
        pages: Pages,
        chosen: list[int] | None,
        request: gr.Request,
        model: str | None,
        network: str | None,
        size: str,
    ) -> Iterator[dict[Any, Any]]:
        """The pages one by one as they are measured, then what they allow; all of them, or ``chosen``, are to be enlarged."""
        rows, has_dpi = [], True
        for found in inspect(pages, self._host.limits.page_pixels):
            work.staff_spaces[found.number] = found.space
            rows.append(found.row)
            work.scanned[found.number], has_dpi = found.scanned, has_dpi and found.has_dpi
            yield {self.pages: fragments.pages(rows)}
        numbers = list(range(len(rows))) if chosen is None or len(rows) == 1 else chosen
        choices = [(row.label, n) for n, row in enumerate(rows)]
        yield {self.chosen: gr.update(choices=choices, value=numbers, visible=len(rows) > 1)}
        told = self._estimate(numbers, model, network, request)
        ready = {self.start: gr.update(interactive=True)}
        yield {**ready, **self._sizes(size, has_dpi), self.estimate: told}

    def _framed(
        self,
        chosen: list[int],
        model: str | None,
        network: str | None,
        size: str,
        event: gr.EventData,
        request: gr.Request,
    ) -> Iterator[dict[Any, Any]]:
        """A page turned or cut: measured anew, and earlier results gone, which were made of another."""
        ready = {self.start: gr.update(interactive=True)}
        try:
            shown, changed = self.framing.framed(event, request)
            work = self._workspace(request).work(UpscaleWork)
            if not changed or work.upload is None:
                yield {**shown, **ready}
                return
            work.supersede()
            work.clear_results()
            yield {**shown, self.problem: "", self.refusal: "", **self.cleared()}
            pages = work.upload.opened(file_limits(self._host.settings))
            yield from self._inspected(work, pages, chosen, request, model, network, size)
        except Exception as error:  # noqa: BLE001
            yield {**ready, self.problem: fragments.note(sentence_of(error))}

    def _sizes(self, size: str, has_dpi: bool) -> dict[Any, Any]:
        """The sizes that can be had: none in dpi where a page does not give its own."""
        if has_dpi:
            return {self.size: gr.update(choices=_sizes())}
        kept = "times" if size == "dpi" else size
        offered = [one for one in _sizes() if one[1] != "dpi"]
        return {self.size: gr.update(choices=offered, value=kept), self.value: _value_field(kept)}

    def _estimate(
        self, numbers: list[int], model: str | None, network: str | None, request: gr.Request
    ) -> str:
        work = self._workspace(request).work(UpscaleWork)
        upload = work.upload
        if upload is None or not numbers:
            return ""
        host, asked = self._host, network or model or AUTO
        try:
            pages = upload.opened(file_limits(host.settings))
            seconds = seconds_needed(host.meter, pages, numbers, asked, host.limits, work.scanned)
        except Exception as error:  # noqa: BLE001
            return fragments.note(sentence_of(error))
        text = messages.ESTIMATE.format(
            seconds=messages.duration(seconds), pages=messages.pages(len(numbers))
        )
        return fragments.hint(text)

    def _run(
        self,
        numbers: list[int],
        model: str | None,
        network: str | None,
        size: str,
        value: float | None,
        request: gr.Request,
    ) -> Iterator[dict[Any, Any]]:
        """The chosen pages, with progress as it is; the results, or why there are none."""
        workspace, client = self._workspace(request), self._host.budgets.client_of(request)
        work = workspace.work(UpscaleWork)
        if work.upload is not None and work.upload.pages == 1:
            numbers = [0]  # there is nothing to choose

        def steps() -> Iterator[Step]:
            options = UpscaleOptions(network or model or AUTO, _target(size, value))
            yield from run(self._host, workspace, sorted(numbers or []), options, client, self._cache)

        yield from show_job(work, self, self.refusal, self.start, self.stop, steps)

    # What a job at work is shown on

    @property
    def progress(self) -> gr.HTML:
        """Where progress is shown."""
        return self.panel.progress

    def cleared(self) -> dict[Any, Any]:
        """No results."""
        return {**self.panel.cleared(), **self.forms.hidden(), **self.truth.offered(False)}

    def working(self, step: Step) -> dict[Any, Any]:
        """The progress."""
        return self.panel.working(step)

    def filled(self, work: UpscaleWork, *, fresh: bool) -> dict[Any, Any]:
        """The results in the workspace."""
        there = bool(work.results)
        return {**self.panel.filled(work), **self.forms.offered(work), **self.truth.offered(there)}

    def _cancel(self, request: gr.Request) -> None:
        self._workspace(request).work(UpscaleWork).cancel()


def _line(choice: Choice) -> str:
    """A network in a word or two. Not how fast it is: to tell that, the largest would have to be loaded and run here."""
    return say.MODELS.get(choice.name, choice.name + " {note}").format(note=retold(choice.note)).strip()


def _sizes() -> list[tuple[str, str]]:
    return [(label, size) for size, label in say.SIZES.items()]


def _value_field(size: str) -> Any:  # noqa: ANN401 - Gradio's update
    """The field for the wanted size, with a value that is usual for its kind; hidden for four times."""
    return gr.update(visible=size in SIZE_KINDS, value=USUAL.get(size, 20))


def _target(size: str, value: float | None) -> TargetSize | None:
    """The wanted size; None for four times. VisitorError when a number is needed and missing."""
    if size == "same":
        return TargetSize("times", 1.0)
    kind = SIZE_KINDS.get(size)
    if kind is None:
        return None
    if not value or value <= 0:
        raise VisitorError(say.ABOVE_ZERO[size])
    return TargetSize(kind, float(value))
