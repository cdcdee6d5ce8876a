"""From a score to sound: a MusicXML file is drawn, played and followed note by note."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import gradio as gr

from models.notation.engraving.engrave import engrave
from models.notation.musicxml import read_musicxml
from models.notation.performance import sounding_notes
from models.notation.score import Score
from models.notation.synthesis.sound import flac_bytes, play, wav_bytes
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.file_kinds import MUSICXML, safe_stem
from scoreweb.host import Host
from scoreweb.jobs.transcribe import texts as say
from scoreweb.score_panel import address
from scoreweb.widgets import fragments
from scoreweb.widgets.score_view import ScoreView, Source, view_value
from scoreweb.widgets.upload import ScoreFile
from scoreweb.workspace import Work, Workspace


class SonifyWork(Work):
    """The sound that a visitor's score was turned into last."""

    job: ClassVar[str] = "sonify"

    def put(self, files: Mapping[str, bytes]) -> list[Path]:
        """The files in the workspace by name, in place of those of an earlier sound."""
        self.clear()
        folder = self.folder / secrets.token_hex(6)  # a new address, so that no browser plays an older one
        folder.mkdir(parents=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
        return [folder / name for name in files]


class SonifyPanel:
    """A box with a file field, a button, the score to play and follow, the project's own piano, and a download."""

    def __init__(self, host: Host) -> None:
        self._host = host
        with gr.Accordion(say.SONIFY, open=True, elem_id="sw-sonify"):
            self.file = ScoreFile(
                label=say.SONIFY_FILE,
                file_types=list(MUSICXML),
                elem_id="sw-sonify-file",
                height=120,
            )
            start = gr.Button(say.SONIFY_START, elem_id="sw-sonify-start")
            self.note = gr.HTML("", elem_id="sw-sonify-note")
            self.view = ScoreView(elem_id="sw-sonify-score")
            self.wav = gr.DownloadButton(say.SONIFY_WAV, visible=False, elem_id="sw-sonify-wav")
        start.click(
            self._chosen, [self.file], self.components(), api_visibility="private", concurrency_limit=2
        )

    def components(self) -> list[Any]:
        """What `played` changes."""
        return [self.note, self.view, self.wav]

    def played(self, score: Score, name: str, workspace: Workspace, client: str) -> dict[Any, Any]:
        """The score to see, hear and follow, and its sound to download. Raises VisitorError or NotationError."""
        stem = safe_stem(name, "score")
        with self._host.meter.computing(client):
            samples, rate = play(score)
            made = {f"{stem}.wav": wav_bytes(samples, rate), f"{stem}.flac": flac_bytes(samples, rate)}
            engraving = engrave(score)
        wav, flac = workspace.work(SonifyWork).put(made)
        heard = Source("score", sounding_notes(score), address(flac))
        return {
            self.note: fragments.hint(say.SONIFY_DONE.format(seconds=len(samples) / rate)),
            self.view: view_value(engraving, score, sources=[heard], editable=False),
            self.wav: gr.update(value=str(wav), visible=True),
        }

    def refused(self, error: Exception) -> dict[Any, Any]:
        """Why there is no sound."""
        hidden = gr.update(visible=False)
        return {self.note: fragments.note(sentence_of(error)), self.view: None, self.wav: hidden}

    def _chosen(self, file: str | None, request: gr.Request) -> dict[Any, Any]:
        workspace = self._host.workspaces.of(str(request.session_hash))
        if file is None:
            return self.refused(VisitorError(say.SONIFY_FIRST))
        try:
            score = read_musicxml(Path(file).read_bytes())
            return self.played(score, file, workspace, self._host.budgets.client_of(request))
        except Exception as error:  # noqa: BLE001 - every refusal is a sentence at the component
            return self.refused(error)
