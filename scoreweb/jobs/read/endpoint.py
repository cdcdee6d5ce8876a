"""The public endpoint ``/read``: what programs may call. docs/api.md describes it."""

from __future__ import annotations

from typing import Any

import gradio as gr

from models.contracts.choice import names
from models.contracts.read import ReadCatalogue
from models.notation.musicxml import write_musicxml
from models.read.report import reading_report
from models.sheet.apart import open_apart
from scoreweb.endpoints import Argument, offer
from scoreweb.errors import sentence_of
from scoreweb.host import Host
from scoreweb.jobs.read import texts as say
from scoreweb.jobs.read.options import (
    SERVICE,
    ReadOptions,
    given_of,
    limits_for_reading,
    music_of,
    request_of,
)
from scoreweb.uploads import file_limits, taken_from


class ReadEndpoint:
    """``/read`` for one host."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def offer(self) -> None:
        """The endpoint is one of the page that is being built."""
        styles = names(self._host.offered(ReadCatalogue).styles)
        offer(
            self.read,
            "read",
            [
                Argument("file", gr.FileData, say.API_FILE, example=say.API_EXAMPLE),
                Argument("style", str, say.API_STYLE, styles),
                Argument("top", int, say.API_TOP),
            ],
            Argument("readings", dict, say.API_ANSWER),
            at_once=4,
        )

    def read(
        self, file: gr.FileData, style: str = "auto", top: int = 5, request: gr.Request | None = None
    ) -> dict[str, Any]:
        """The ranked readings of a score: MusicXML of each, and every bar's readings with their probabilities.

        ``request`` is filled in by Gradio.
        """
        try:
            return self._read(file, ReadOptions(style, int(top)), request)
        except Exception as error:  # noqa: BLE001 - the caller gets a sentence, whatever it is
            raise gr.Error(sentence_of(error), duration=None) from None

    def _read(self, file: gr.FileData, options: ReadOptions, request: gr.Request | None) -> dict[str, Any]:
        host, client = self._host, self._host.budgets.client_of(request)
        host.meter.admit(client)
        data, name = taken_from(file)
        limits = limits_for_reading(file_limits(host.settings))
        given = given_of(open_apart([(data, name)], limits=limits))
        reading = music_of(host.meter.call(SERVICE, request_of(given, options), client=client))
        return {
            "musicxml": [write_musicxml(reading.score(way)).decode() for way in reading.interpretations],
            "reading": reading_report(reading),
        }
