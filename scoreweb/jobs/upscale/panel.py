"""What an upscaling job shows: progress, before and after, facts, downloads, and the box for the dataset."""

from __future__ import annotations

from typing import Any

import gradio as gr

from scoreweb import texts as messages
from scoreweb.contributing import Contribution, UpscaleContribution
from scoreweb.contribution_box import ContributionBox
from scoreweb.host import Host
from scoreweb.jobs.upscale.run import bundle_pdf, bundle_png
from scoreweb.metering import Step
from scoreweb.widgets import fragments
from scoreweb.workspace import UpscaleResult, Workspace


class UpscalePanel:
    """The right half of the Upscale tab."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.progress = gr.HTML("", elem_id="sw-progress")
        self.view = gr.Radio(
            [messages.VIEW_CLOSE, messages.VIEW_WHOLE],
            value=messages.VIEW_CLOSE,
            label=messages.VIEW,
            visible=False,
            elem_id="sw-view",
        )
        self.shown = gr.Dropdown(label=messages.RESULT_PAGE, visible=False, elem_id="sw-shown")
        self.slider = gr.ImageSlider(
            label=messages.RESULT,
            format="png",
            type="filepath",
            interactive=False,
            elem_id="sw-result",
            max_height=640,
            visible=False,
        )
        self.facts = gr.HTML("", elem_id="sw-facts")
        with gr.Row():
            self.png = gr.DownloadButton(messages.DOWNLOAD_PNG, visible=False, elem_id="sw-png")
            self.pdf = gr.DownloadButton(messages.DOWNLOAD_PDF, visible=False, elem_id="sw-pdf")
        self.contribution_box = (
            ContributionBox(host, _page_contribution, [self.shown]) if host.settings.collect else None
        )
        for looked_at in (self.shown, self.view):
            looked_at.input(
                self._show, [self.shown, self.view], [self.slider, self.facts], api_visibility="private"
            )

    def components(self) -> list[Any]:
        """What the methods below change."""
        own = [self.progress, self.view, self.shown, self.slider, self.facts, self.png, self.pdf]
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
            **(self.contribution_box.hidden() if self.contribution_box else {}),
        }

    def working(self, step: Step) -> dict[Any, Any]:
        """How far the job is."""
        return {self.progress: fragments.progress(step.share, step.text)}

    def filled(self, workspace: Workspace) -> dict[Any, Any]:
        """The workspace's results, the first one in view; the progress stays as it is."""
        if not workspace.upscale_results:
            cleared = self.cleared()
            del cleared[self.progress]
            return cleared
        several = len(workspace.upscale_results) > 1
        label = messages.DOWNLOAD_ZIP if several else messages.DOWNLOAD_PNG
        choices = [(result.label, n) for n, result in enumerate(workspace.upscale_results)]
        first = workspace.upscale_results[0]
        return {
            self.view: gr.update(value=messages.VIEW_CLOSE, visible=True),
            self.shown: gr.update(choices=choices, value=0, visible=several),
            self.slider: gr.update(value=_pair(first, messages.VIEW_CLOSE), visible=True),
            self.facts: fragments.hint(first.facts["sentence"]),
            self.png: gr.update(label=label, value=str(bundle_png(workspace)), visible=True),
            self.pdf: gr.update(value=str(bundle_pdf(workspace)), visible=True),
            **(self.contribution_box.offered() if self.contribution_box else {}),
        }

    def _show(self, number: int | None, view: str, request: gr.Request) -> dict[Any, Any]:
        result = self._host.workspaces.of(str(request.session_hash)).upscale_result(number)
        if result is None:
            return {}
        return {self.slider: _pair(result, view), self.facts: fragments.hint(result.facts["sentence"])}


def _page_contribution(workspace: Workspace, number: int | None) -> Contribution | None:
    result = workspace.upscale_result(number)
    return None if result is None else UpscaleContribution(result)


def _pair(result: UpscaleResult, view: str) -> tuple[str, str]:
    before, after = result.views.get(view, result.views[messages.VIEW_CLOSE])
    return str(before), str(after)
