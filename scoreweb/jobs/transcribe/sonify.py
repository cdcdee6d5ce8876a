"""From a sheet to sound: a MusicXML file, or what was just transcribed, is drawn, played and followed note by note."""

from __future__ import annotations

import secrets
import shutil
import time
from pathlib import Path
from typing import Any

import gradio as gr

from models.notation.engraving.engrave import engrave
from models.notation.musicxml import read_musicxml
from models.notation.performance import sounding_notes
from models.notation.score import Score
from models.notation.synthesis.sound import flac_bytes, play, wav_bytes
from scoreweb import texts as messages
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.host import Host
from scoreweb.score_panel import address
from scoreweb.score_result import safe_stem
from scoreweb.widgets import fragments
from scoreweb.widgets.score_view import ScoreView, Source, view_value
from scoreweb.widgets.upload import ScoreFile
from scoreweb.workspace import Workspace


class SonifyPanel:
    """A box with a file field, a button, the score to play and follow, the project's own piano, and a download."""

    def __init__(self, host: Host) -> None:
        self._host = host
        with gr.Accordion(messages.SONIFY, open=True, elem_id="sw-sonify"):
            self.file = ScoreFile(
                label=messages.SONIFY_FILE,
                file_types=[".musicxml", ".xml", ".mxl"],
                elem_id="sw-sonify-file",
                height=120,
            )
            start = gr.Button(messages.SONIFY_START, elem_id="sw-sonify-start")
            self.note = gr.HTML("", elem_id="sw-sonify-note")
            self.view = ScoreView(elem_id="sw-sonify-score")
            self.wav = gr.DownloadButton(messages.SONIFY_WAV, visible=False, elem_id="sw-sonify-wav")
        start.click(
            self._chosen, [self.file], self.components(), api_visibility="private", concurrency_limit=2
        )

    def components(self) -> list[Any]:
        """What `played` changes."""
        return [self.note, self.view, self.wav]

    def played(self, score: Score, name: str, workspace: Workspace, client: str) -> dict[Any, Any]:
        """The score to see, hear and follow, and its sound to take away. Raises VisitorError or NotationError."""
        if self._host.budgets.seconds.left(client) <= 0:
            raise VisitorError(messages.SECONDS_BUDGET)
        began = time.perf_counter()
        samples, rate = play(score)
        stem = safe_stem(name)
        wav, flac = _kept(
            workspace, {f"{stem}.wav": wav_bytes(samples, rate), f"{stem}.flac": flac_bytes(samples, rate)}
        )
        heard = Source("score", sounding_notes(score), address(flac))
        value = view_value(engrave(score), score, sources=[heard], editable=False)
        self._host.budgets.seconds.spend(client, time.perf_counter() - began)
        return {
            self.note: fragments.hint(messages.SONIFY_DONE.format(seconds=len(samples) / rate)),
            self.view: value,
            self.wav: gr.update(value=str(wav), visible=True),
        }

    def refused(self, error: Exception) -> dict[Any, Any]:
        """Why there is no sound."""
        hidden = gr.update(visible=False)
        return {self.note: fragments.note(sentence_of(error)), self.view: None, self.wav: hidden}

    def _chosen(self, file: str | None, request: gr.Request) -> dict[Any, Any]:
        workspace = self._host.workspaces.of(str(request.session_hash))
        if file is None:
            return self.refused(VisitorError(messages.SONIFY_FIRST))
        try:
            score = read_musicxml(Path(file).read_bytes())
            return self.played(score, file, workspace, self._host.budgets.client_of(request))
        except Exception as error:  # noqa: BLE001 - every refusal is a sentence at the component
            return self.refused(error)


def _kept(workspace: Workspace, files: dict[str, bytes]) -> list[Path]:
    """The files in the workspace; what was there of the sort goes."""
    root = workspace.folder / "sonified"
    shutil.rmtree(root, ignore_errors=True)
    folder = root / secrets.token_hex(6)
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in files]
