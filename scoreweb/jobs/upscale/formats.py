"""Other forms of the result: black and white, and outlines that stay sharp at any size. Made when asked for."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import gradio as gr

from models.sheet import write_png, write_svg, write_vector_pdf
from scoreweb import texts as messages
from scoreweb.host import Host
from scoreweb.jobs.upscale.run import PLAIN_DPI, result_pixels
from scoreweb.workspace import UpscaleResult, Workspace

SUFFIX = {messages.FORM_BILEVEL: "-1bit.png", messages.FORM_SVG: ".svg"}


class FormBox:
    """A choice of forms and one button that hands out the chosen one."""

    def __init__(self, host: Host) -> None:
        self._host = host
        with gr.Row():
            self.form = gr.Radio(
                [messages.FORM_BILEVEL, messages.FORM_PDF, messages.FORM_SVG],
                label=messages.FORM,
                visible=False,
                elem_id="sw-form",
            )
            self.file = gr.DownloadButton(messages.DOWNLOAD_FORM, visible=False, elem_id="sw-other")
        self.form.input(
            self._made, [self.form], [self.file], api_visibility="private", concurrency_limit=None
        )

    def components(self) -> list[Any]:
        """What the methods below change."""
        return [self.form, self.file]

    def hidden(self) -> dict[Any, Any]:
        """Nothing to choose, as before any job."""
        return {
            self.form: gr.update(value=None, visible=False),
            self.file: gr.update(value=None, visible=False),
        }

    def offered(self, workspace: Workspace) -> dict[Any, Any]:
        """The choice, where there are results."""
        return (
            {**self.hidden(), self.form: gr.update(value=None, visible=True)}
            if workspace.upscale_results
            else {}
        )

    def _made(self, form: str, request: gr.Request) -> dict[Any, Any]:
        made = write_form(self._host.workspaces.of(str(request.session_hash)), form)
        if made is None:
            return {}
        label = messages.DOWNLOAD_FORM.format(form=form)
        return {self.file: gr.update(value=str(made), label=label, visible=True)}


def write_form(workspace: Workspace, form: str) -> Path | None:
    """The file of all results in that form, a zip where a form holds one page only; None without results."""
    if not workspace.upscale_results:
        return None
    folder, stem = workspace.folder / "results", workspace.upscale_results[0].full.stem
    if form == messages.FORM_PDF:
        target = folder / f"{stem}-outlines.pdf"
        target.write_bytes(
            write_vector_pdf(
                [result_pixels(s) for s in workspace.upscale_results],
                workspace.upscale_results[0].facts["dpi"] or PLAIN_DPI,
            )
        )
        return target
    made = [folder / f"{result.full.stem}{SUFFIX[form]}" for result in workspace.upscale_results]
    for result, target in zip(workspace.upscale_results, made, strict=True):
        target.write_bytes(_page(result, form))
    if len(made) == 1:
        return made[0]
    bundle = folder / f"{stem}-{'1bit' if form == messages.FORM_BILEVEL else 'svg'}.zip"
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
        for target in made:
            archive.write(target, target.name)
    return bundle


def _page(result: UpscaleResult, form: str) -> bytes:
    dpi = result.facts["dpi"]
    if form == messages.FORM_BILEVEL:
        return write_png(result_pixels(result), dpi=dpi, bilevel=True)
    return write_svg(result_pixels(result), dpi or PLAIN_DPI)
