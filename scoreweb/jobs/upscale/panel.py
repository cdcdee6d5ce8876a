"""What an upscaling job shows: progress, before and after, facts, downloads, and the box for the dataset."""

from __future__ import annotations

import secrets
import shutil
from typing import Any

import gradio as gr

from scoreweb.contribution_box import ContributionBox
from scoreweb.host import Host
from scoreweb.jobs.upscale import texts as say
from scoreweb.jobs.upscale.result import UpscaleResult, pdf_of, png_of
from scoreweb.jobs.upscale.run import UpscaleWork
from scoreweb.languages.catalogue import retold
from scoreweb.metering import Step
from scoreweb.widgets import fragments
from scoreweb.widgets.events import unchanged
from scoreweb.workspace import Workspace


class UpscalePanel:
    """The right half of the Upscale tab: the result."""

    def __init__(self, host: Host, progress: gr.HTML) -> None:
        """The panel; ``progress`` stands near the button that starts the job."""
        self._host, self.progress = host, progress
        self.reading_offered = False
        """Whether there is a tab that `read_it` leads to."""
        self.view = gr.Radio(
            [(label, view) for view, label in say.VIEWS.items()],
            value="close",
            label=say.RESULT,
            visible=False,
            elem_id="sw-view",
        )
        self.shown = gr.Dropdown(label=say.RESULT_PAGE, visible=False, elem_id="sw-shown")
        self.slider = gr.ImageSlider(
            label=say.RESULT,
            show_label=False,  # it would lie over the title of the page
            format="png",
            type="filepath",
            interactive=False,
            elem_id="sw-result",
            max_height=640,
            buttons=["fullscreen"],  # its download would be of the close-up
            visible=False,
        )
        self.facts = gr.HTML("", elem_id="sw-facts")
        with gr.Row():
            self.png = gr.DownloadButton(say.DOWNLOAD_PNG, visible=False, elem_id="sw-png")
            self.pdf = gr.DownloadButton(say.DOWNLOAD_PDF, visible=False, elem_id="sw-pdf")
        self.read_it = gr.Button(say.READ_IT, visible=False, elem_id="sw-read-it")
        self.contribution_box = (
            ContributionBox(host, _shown_result, [self.shown], words=say.CONTRIBUTION, prefix="sw")
            if host.settings.collect
            else None
        )
        for looked_at in (self.shown, self.view):
            looked_at.input(
                self._show, [self.shown, self.view], [self.slider, self.facts], api_visibility="private"
            )

    def components(self) -> list[Any]:
        """What the methods below change."""
        own = [
            self.progress,
            self.view,
            self.shown,
            self.slider,
            self.facts,
            self.png,
            self.pdf,
            self.read_it,
        ]
        return own + (self.contribution_box.components() if self.contribution_box else [])

    def cleared(self) -> dict[Any, Any]:
        """Nothing to see, as before any job."""
        hidden = gr.update(visible=False)
        return {
            self.progress: "",
            self.view: hidden,
            self.shown: gr.update(choices=[], value=None, visible=False),
            self.slider: gr.update(value=None, visible=False),
            self.facts: "",
            self.png: hidden,
            self.pdf: hidden,
            self.read_it: hidden,
            **(self.contribution_box.hidden() if self.contribution_box else {}),
        }

    def working(self, step: Step) -> dict[Any, Any]:
        """How far the job is."""
        return {self.progress: fragments.progress(step.share, step.text, say.TAB)}

    def filled(self, work: UpscaleWork) -> dict[Any, Any]:
        """The results, the first one in view; the progress stays as it is."""
        if not work.results:
            cleared = self.cleared()
            del cleared[self.progress]
            return cleared
        several = len(work.results) > 1
        label = say.DOWNLOAD_ZIP if several else say.DOWNLOAD_PNG
        choices = [(retold(result.label), n) for n, result in enumerate(work.results)]
        first = work.results[0]
        return {
            self.view: gr.update(value="close", visible=True),
            self.shown: gr.update(choices=choices, value=0, visible=several),
            self.slider: gr.update(value=_pair(first, "close"), visible=True),
            self.facts: fragments.hint(first.facts),
            self.png: gr.update(
                label=label, value=str(png_of(work.results, work.results_folder)), visible=True
            ),
            self.read_it: gr.update(visible=self.reading_offered),
            self.pdf: gr.update(value=str(pdf_of(work.results, work.results_folder)), visible=True),
            **(self.contribution_box.offered() if self.contribution_box else {}),
        }

    def handed_on(self, request: gr.Request) -> list[str]:
        """Copies of the results for another tab, which moves what it is given into its own folder."""
        workspace = self._host.workspaces.of(str(request.session_hash))
        folder = workspace.folder / "handed-on" / secrets.token_hex(6)
        folder.mkdir(parents=True)
        results = workspace.work(UpscaleWork).results
        return [str(shutil.copyfile(one.full, folder / one.full.name)) for one in results]

    def _show(self, number: int | None, view: str, request: gr.Request) -> dict[Any, Any]:
        work = self._host.workspaces.of(str(request.session_hash)).work(UpscaleWork)
        result = work.result(number)
        if result is None:
            return unchanged(self.facts)
        work.shown = number or 0
        return {self.slider: _pair(result, view), self.facts: fragments.hint(result.facts)}


def _shown_result(workspace: Workspace, number: int | None) -> UpscaleResult | None:
    return workspace.work(UpscaleWork).result(number)


def _pair(result: UpscaleResult, view: str) -> tuple[str, str]:
    before, after = result.views.get(view, result.views["close"])
    return str(before), str(after)
