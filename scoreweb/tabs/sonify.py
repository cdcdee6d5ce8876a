"""From a sheet to sound: a MusicXML file is played by the project's own piano."""

from __future__ import annotations

import secrets
import shutil
import time
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from models.notation.musicxml import read_musicxml
from models.notation.sound import play, wav_bytes
from scoreweb import messages
from scoreweb.desks import Desk
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.host import Host
from scoreweb.parts import fragments
from scoreweb.parts.upload import ScoreFile
from scoreweb.transcribing import safe_stem


class SonifyPanel:
    """A closed box with a file field, a button, a player and a download."""

    def __init__(self, host: Host) -> None:
        self._host = host
        with gr.Accordion(messages.SONIFY, open=False, elem_id="sw-sonify"):
            self.file = ScoreFile(
                label=messages.SONIFY_FILE,
                file_types=[".musicxml", ".xml", ".mxl"],
                elem_id="sw-sonify-file",
                height=120,
            )
            start = gr.Button(messages.SONIFY_START, elem_id="sw-sonify-start")
            self.note = gr.HTML("", elem_id="sw-sonify-note")
            self.wav = gr.DownloadButton(messages.SONIFY_WAV, visible=False, elem_id="sw-sonify-wav")
        start.click(
            self._play, [self.file], [self.note, self.wav], api_visibility="private", concurrency_limit=2
        )

    def _play(self, file: str | None, request: gr.Request) -> dict[Any, Any]:
        desk = self._host.desks.of(str(request.session_hash))
        client = self._host.gate.client_of(request)
        hidden = gr.update(visible=False)
        try:
            target, seconds = self._sound(file, desk, client)
        except Exception as error:  # noqa: BLE001 - every refusal is a sentence at the component
            return {self.note: fragments.note(sentence_of(error)), self.wav: hidden}
        player = (
            f'<audio controls src="gradio_api/file={escape(str(target))}" '
            f'aria-label="{escape(messages.SONIFY)}" style="width:100%"></audio>'
        )
        told = fragments.hint(messages.SONIFY_DONE.format(seconds=seconds))
        return {self.note: player + told, self.wav: gr.update(value=str(target), visible=True)}

    def _sound(self, file: str | None, desk: Desk, client: str) -> tuple[Path, float]:
        """The WAV on the desk and its seconds."""
        if file is None:
            raise VisitorError(messages.SONIFY_FIRST)
        if self._host.gate.seconds.left(client) <= 0:
            raise VisitorError(messages.SECONDS_BUDGET)
        began = time.perf_counter()
        samples, rate = play(read_musicxml(Path(file).read_bytes()))
        self._host.gate.seconds.spend(client, time.perf_counter() - began)
        root = desk.folder / "sonified"
        shutil.rmtree(root, ignore_errors=True)
        folder = root / secrets.token_hex(6)
        folder.mkdir(parents=True)
        target = folder / f"{safe_stem(file)}.wav"
        target.write_bytes(wav_bytes(samples, rate))
        return target, len(samples) / rate
