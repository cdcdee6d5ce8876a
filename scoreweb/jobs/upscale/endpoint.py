"""The public endpoint ``/upscale``: what programs may call. docs/api.md describes it."""

from __future__ import annotations

import secrets
from pathlib import Path

import gradio as gr

from models.sheet import measure_staff_space, open_pages
from scoreweb import texts as messages
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.host import Host
from scoreweb.jobs.upscale import texts as say
from scoreweb.jobs.upscale.options import UpscaleOptions, upscale
from scoreweb.jobs.upscale.result import write_result
from scoreweb.jobs.upscale.run import UpscaleWork
from scoreweb.uploads import file_limits, taken_from


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
            return str(self._upscaled(file, UpscaleOptions(model), page, request))
        except Exception as error:  # noqa: BLE001 - the caller gets a sentence, whatever it is
            raise gr.Error(sentence_of(error), duration=None) from None

    def _upscaled(
        self, file: gr.FileData, options: UpscaleOptions, number: int, request: gr.Request | None
    ) -> Path:
        host, client = self._host, self._host.budgets.client_of(request)
        host.meter.admit(client)
        data, name = taken_from(file)
        pages = open_pages(data, name=name, limits=file_limits(host.settings))
        if not 1 <= number <= len(pages):
            raise VisitorError(say.NO_SUCH_PAGE.format(number=number, pages=messages.pages(len(pages))))
        page = pages[number - 1]
        finished = next(upscale(host.meter, [page], options, host.limits, client))
        work = host.workspaces.of(str(request.session_hash) if request else "").work(UpscaleWork)
        folder = work.folder / f"answer-{secrets.token_hex(6)}"
        return write_result(finished, options, folder, name, measure_staff_space(page.grey)).full
