"""The public endpoint ``/transcribe``: what programs may call. docs/api.md describes it."""

from __future__ import annotations

from typing import Any

import gradio as gr

from models.contracts.choice import names
from models.contracts.transcribe import TranscribeCatalogue
from models.notation.musicxml import write_musicxml
from models.transcribe.apart import open_sound_apart, read_performance_apart
from models.transcribe.performance import is_midi
from scoreweb.endpoints import Argument, offer
from scoreweb.errors import sentence_of
from scoreweb.heard_notes import notes_json, score_of
from scoreweb.host import Host
from scoreweb.jobs.transcribe import texts as say
from scoreweb.jobs.transcribe.options import (
    SERVICE,
    TranscribeOptions,
    heard_of,
    options_of,
    played_answer,
    request_of,
)
from scoreweb.jobs.transcribe.run import chosen
from scoreweb.uploads import taken_from


class TranscribeEndpoint:
    """``/transcribe`` for one host."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def offer(self) -> None:
        """The endpoint is one of the page that is being built."""
        modes = names(self._host.offered(TranscribeCatalogue).modes)
        offer(
            self.transcribe,
            "transcribe",
            [
                Argument("file", gr.FileData, say.API_FILE, example=say.API_EXAMPLE),
                Argument("mode", str, say.API_MODE, modes),
                Argument("tempo", float, say.API_TEMPO),
                Argument("metre", str, say.API_METRE, example="3/4"),
            ],
            Argument("score", dict, say.API_ANSWER),
            at_once=4,
        )

    def transcribe(
        self,
        file: gr.FileData,
        mode: str = "auto",
        tempo: float = 0,
        metre: str = "",
        request: gr.Request | None = None,
    ) -> dict[str, Any]:
        """The score of a recording as MusicXML, with its notes and what was assumed. ``request`` is filled in by Gradio."""
        try:
            return self._transcribed(file, options_of(mode, tempo or None, metre), request)
        except Exception as error:  # noqa: BLE001 - the caller gets a sentence, whatever it is
            raise gr.Error(sentence_of(error), duration=None) from None

    def _transcribed(
        self, file: gr.FileData, options: TranscribeOptions, request: gr.Request | None
    ) -> dict[str, Any]:
        host, client = self._host, self._host.budgets.client_of(request)
        host.meter.admit(client)
        data, _ = taken_from(file)
        if is_midi(data):
            answer = played_answer(read_performance_apart(data))
        else:
            sound = chosen(open_sound_apart(data), None, host.settings)
            answer = host.meter.call(SERVICE, request_of(sound, options), client=client)
        heard = heard_of(answer)
        score = score_of(heard.notes, options, single=heard.single)
        return {
            "musicxml": write_musicxml(score).decode(),
            "notes": notes_json(heard.notes),
            "assumptions": list(score.assumptions),
            "hints": list(heard.hints),
            "mode": answer.mode,
            "candidates": notes_json(answer.candidates),
        }
