"""The public endpoint: what programs may call. docs/api.md describes it."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from models.sheet import open_pages
from scoreweb import texts as messages
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.host import Host
from scoreweb.jobs.upscale.options import UpscaleOptions, upscale
from scoreweb.jobs.upscale.run import write_result
from scoreweb.uploads import file_limits


class UpscaleEndpoint:
    """``/upscale`` for one host."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def upscale(
        self, file: gr.FileData, model: str = "fast", page: int = 1, request: gr.Request | None = None
    ) -> str:
        """A page of a score, four times larger, as a PNG file.

        Args:
            file: an image or a PDF
            model: fast, scan, best, reference, edsr, srgan or bicubic
            page: which page of a PDF, from 1
            request: filled in by Gradio

        """
        try:
            # Gradio hands a dict to functions that it calls without a component.
            path = file["path"] if isinstance(file, dict) else file.path
            return str(self._upscaled(Path(path), model, page, request))
        except Exception as error:  # noqa: BLE001 - the caller gets a sentence, whatever it is
            raise gr.Error(sentence_of(error), duration=None) from None

    def _upscaled(self, path: Path, model: str, number: int, request: gr.Request | None) -> Path:
        host, client = self._host, self._host.budgets.client_of(request)
        if host.budgets.seconds.left(client) <= 0:
            raise VisitorError(messages.SECONDS_BUDGET)
        data = path.read_bytes()
        path.unlink(missing_ok=True)  # nothing of a caller's stays longer than needed
        pages = open_pages(data, name=path.name, limits=file_limits(host.settings))
        if not 1 <= number <= len(pages):
            raise VisitorError(messages.NO_SUCH_PAGE.format(number=number, pages=messages.pages(len(pages))))
        options = UpscaleOptions(model)
        finished = next(iter(upscale(host.engine, [pages[number - 1]], options, host.limits)))
        host.budgets.seconds.spend(client, finished.answer.seconds)
        workspace = host.workspaces.of(str(request.session_hash) if request else "")
        workspace.staff_spaces.clear()  # another file than the one on the page, if any
        return write_result(finished, options, workspace.results_folder(0), workspace).full
