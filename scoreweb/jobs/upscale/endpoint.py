"""The public endpoint ``/upscale``: what programs may call. docs/api.md describes it."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from models.contracts.choice import names
from models.contracts.upscale import UpscaleCatalogue
from models.sheet import measure_staff_space
from models.sheet.apart import open_apart
from scoreweb import texts as messages
from scoreweb.endpoints import Argument, file_answer, offer
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.host import Host
from scoreweb.jobs.upscale import texts as say
from scoreweb.jobs.upscale.choice import AUTO, QUALITY, model_for
from scoreweb.jobs.upscale.options import UpscaleOptions, upscale
from scoreweb.jobs.upscale.result import write_result
from scoreweb.jobs.upscale.run import UpscaleWork
from scoreweb.uploads import file_limits, taken_from


class UpscaleEndpoint:
    """``/upscale`` for one host."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def offer(self) -> None:
        """The endpoint is one of the page that is being built."""
        models = AUTO, QUALITY, *names(self._host.offered(UpscaleCatalogue).models)
        offer(
            self.upscale,
            "upscale",
            [
                Argument("file", gr.FileData, say.API_FILE, example=say.API_EXAMPLE),
                Argument("model", str, say.API_MODEL, models),
                Argument("page", int, say.API_PAGE),
            ],
            Argument("picture", gr.FileData, say.API_ANSWER),
            at_once=4,
        )

    def upscale(
        self, file: gr.FileData, model: str = "fast", page: int = 1, request: gr.Request | None = None
    ) -> dict[str, Any]:
        """A page of a score, four times larger, as a PNG file. ``request`` is filled in by Gradio."""
        try:
            return file_answer(self._upscaled(file, UpscaleOptions(model), page, request))
        except Exception as error:  # noqa: BLE001 - the caller gets a sentence, whatever it is
            raise gr.Error(sentence_of(error), duration=None) from None

    def _upscaled(
        self, file: gr.FileData, options: UpscaleOptions, number: int, request: gr.Request | None
    ) -> Path:
        host, client = self._host, self._host.budgets.client_of(request)
        host.meter.admit(client)
        data, name = taken_from(file)
        pages = open_apart([(data, name)], limits=file_limits(host.settings))
        if not 1 <= number <= len(pages):
            raise VisitorError(say.NO_SUCH_PAGE.format(number=number, pages=messages.pages(len(pages))))
        page = pages[number - 1]
        options = replace(options, model=model_for(page, options.model))
        finished = next(upscale(host.meter, [page], options, host.limits, client))
        work = host.workspaces.of(str(request.session_hash) if request else "").work(UpscaleWork)
        folder = work.folder / f"answer-{secrets.token_hex(6)}"
        return write_result(
            finished, options, folder, name, measure_staff_space(page.grey), page.grey.shape[1]
        ).full
