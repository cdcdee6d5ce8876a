"""The public endpoint ``/transcribe``: what programs may call. docs/api.md describes it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import gradio as gr

from models.notation.musicxml import write_musicxml
from models.transcribe.sound import open_sound
from scoreweb import texts as messages
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.host import Host
from scoreweb.jobs.transcribe.notes import notes_json, score_of
from scoreweb.jobs.transcribe.options import heard_of, options_of, start
from scoreweb.jobs.transcribe.run import chosen


class TranscribeEndpoint:
    """``/transcribe`` for one host."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def transcribe(
        self,
        file: gr.FileData,
        mode: str = "auto",
        tempo: float = 0,
        metre: str = "",
        request: gr.Request | None = None,
    ) -> dict[str, Any]:
        """The sheet of a recording as MusicXML, with its notes and what was assumed.

        Args:
            file: a recording
            mode: auto, note or melody
            tempo: beats a minute, 0 to estimate it
            metre: such as 3/4, "" to estimate it
            request: filled in by Gradio

        """
        try:
            path = file["path"] if isinstance(file, dict) else file.path
            return self._transcribed(Path(path), mode, tempo, metre, request)
        except Exception as error:  # noqa: BLE001 - the caller gets a sentence, whatever it is
            raise gr.Error(sentence_of(error), duration=None) from None

    def _transcribed(
        self, path: Path, mode: str, tempo: float, metre: str, request: gr.Request | None
    ) -> dict[str, Any]:
        host, client = self._host, self._host.budgets.client_of(request)
        if host.budgets.seconds.left(client) <= 0:
            raise VisitorError(messages.SECONDS_BUDGET)
        options, began = options_of(mode, tempo or None, metre), time.perf_counter()
        data = path.read_bytes()
        path.unlink(missing_ok=True)  # nothing of a caller's stays longer than needed
        sound = chosen(open_sound(data), None, host.settings)
        heard = heard_of(start(host.engine, sound, options, host.limits.deadline_s).result())
        host.budgets.seconds.spend(client, time.perf_counter() - began)
        score = score_of(heard.notes, options, single=heard.single)
        return {
            "musicxml": write_musicxml(score).decode(),
            "notes": notes_json(heard.notes),
            "assumptions": list(score.assumptions),
            "hints": list(heard.hints),
        }
