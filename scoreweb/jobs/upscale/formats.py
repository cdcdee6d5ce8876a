"""Other formats of the result: black and white, and outlines that stay sharp at any size. Made when asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from models.sheet import write_png, write_svg, write_vector_pdf
from scoreweb.downloads import zip_of_files
from scoreweb.host import Host
from scoreweb.jobs.upscale import texts as say
from scoreweb.jobs.upscale.result import PLAIN_DPI, UpscaleResult
from scoreweb.jobs.upscale.run import UpscaleWork
from scoreweb.widgets.events import unchanged

SUFFIX = {"bilevel": "-1bit.png", "svg": ".svg"}


class FormatBox:
    """A choice of formats and one button that downloads the chosen one."""

    def __init__(self, host: Host) -> None:
        self._host = host
        with gr.Row():
            self.form = gr.Radio(
                [(label, form) for form, label in say.FORMS.items()],
                label=say.FORM,
                visible=False,
                elem_id="sw-form",
            )
            self.file = gr.DownloadButton(say.DOWNLOAD_FORM, visible=False, elem_id="sw-other")
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

    def offered(self, work: UpscaleWork) -> dict[Any, Any]:
        """The choice, where there are results."""
        return {**self.hidden(), self.form: gr.update(value=None, visible=True)} if work.results else {}

    def _made(self, form: str, request: gr.Request) -> dict[Any, Any]:
        work = self._host.workspaces.of(str(request.session_hash)).work(UpscaleWork)
        made = write_form(work, form)
        if made is None:
            return unchanged(self.file)
        label = say.DOWNLOAD_FORM.format(form=say.FORMS[form])
        return {self.file: gr.update(value=str(made), label=label, visible=True)}


def write_form(work: UpscaleWork, form: str) -> Path | None:
    """The file of all results in that format, a zip where a format holds one page only; None without results."""
    results, folder = work.results, work.results_folder
    if not results:
        return None
    stem = results[0].full.stem
    if form == "pdf":
        target = folder / f"{stem}-outlines.pdf"
        target.write_bytes(write_vector_pdf([r.pixels() for r in results], results[0].dpi or PLAIN_DPI))
        return target
    made = [folder / f"{result.full.stem}{SUFFIX[form]}" for result in results]
    for result, target in zip(results, made, strict=True):
        target.write_bytes(_page(result, form))
    if len(made) == 1:
        return made[0]
    kind = "1bit" if form == "bilevel" else "svg"
    return zip_of_files(folder / f"{stem}-{kind}.zip", made)


def _page(result: UpscaleResult, form: str) -> bytes:
    if form == "bilevel":
        return write_png(result.pixels(), dpi=result.dpi, bilevel=True)
    return write_svg(result.pixels(), result.dpi or PLAIN_DPI)
