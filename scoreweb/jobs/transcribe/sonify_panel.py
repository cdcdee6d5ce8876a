"""The box in which a score becomes sound: a file field, progress, the score to play and follow, downloads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from models.notation.performance import sounding_notes
from scoreweb import texts as messages
from scoreweb.errors import sentence_of
from scoreweb.file_kinds import MUSICXML
from scoreweb.host import Host
from scoreweb.job_progress import show_job
from scoreweb.jobs.transcribe import texts as say
from scoreweb.jobs.transcribe.sonify import SonifyWork, run
from scoreweb.metering import Step
from scoreweb.score_panel import address
from scoreweb.widgets import fragments
from scoreweb.widgets.events import EVERY, PRIVATE, follow, sent_with, unchanged
from scoreweb.widgets.score_sounds import Source, quiet_of, sound_value
from scoreweb.widgets.score_view import ScoreView, view_value
from scoreweb.widgets.upload import ScoreFile, upload_hint, while_coming


class SonifyPanel:
    """A box with a file field, two buttons, the score to play and follow, and a download."""

    def __init__(self, host: Host) -> None:
        self._host = host
        with gr.Accordion(say.SONIFY, open=True, elem_id="sw-sonify"):
            self.file = ScoreFile(
                label=say.SONIFY_FILE,
                file_types=list(MUSICXML),
                elem_id="sw-sonify-file",
                height=120,
            )
            settings = host.settings
            allowed = say.SONIFY_HINT.format(megabytes=settings.upload_mb, notes=settings.score_notes)
            hint = upload_hint("sw-sonify-file", allowed, camera=False)
            with gr.Row():
                self.start = gr.Button(say.SONIFY_START, elem_id="sw-sonify-start")
                self.stop = gr.Button(
                    messages.CANCEL, variant="stop", interactive=False, elem_id="sw-sonify-cancel"
                )
            self.note = gr.HTML("", elem_id="sw-sonify-note")
            self.progress = gr.HTML("", elem_id="sw-sonify-progress")
            self.view = ScoreView(elem_id="sw-sonify-score")
            self.wav = gr.DownloadButton(say.SONIFY_WAV, visible=False, elem_id="sw-sonify-wav")
        while_coming(hint, self.start, self.progress, self.note)
        ready = "() => [{ __type__: 'update', interactive: true }, '']"
        hint.arrived(None, None, [self.start, self.progress], js=ready, **PRIVATE)
        started = self.start.click(
            self._run,
            [self.file],
            [self.note, self.start, self.stop, *self.components()],
            concurrency_limit=None,
            trigger_mode="multiple",
            **PRIVATE,
        )
        follow(self.start, started, "sw-sonify-progress", ["sw-sonify-note", "sw-sonify-score"])
        self.view.sound_wanted(self._sound, None, [self.view, self.note], **EVERY)
        self.stop.click(self._cancel, None, None, queue=False, **PRIVATE)

    def components(self) -> list[Any]:
        """What the methods below change."""
        return [self.progress, self.view, self.wav]

    def cleared(self) -> dict[Any, Any]:
        """Nothing to see, as before any job."""
        return {self.progress: "", self.view: None, self.wav: gr.update(visible=False)}

    def working(self, step: Step) -> dict[Any, Any]:
        """How far the job is."""
        return {self.progress: fragments.progress(step.share, step.text, say.SONIFY)}

    def filled(self, work: SonifyWork, *, fresh: bool) -> dict[Any, Any]:
        """The score to see, hear and follow, and its sound to download."""
        result = work.result
        if result is None:
            return {self.view: None, self.wav: gr.update(visible=False)}
        shown: dict[Any, Any] = {self.wav: gr.update(value=str(result.wav), visible=True), self.view: None}
        if result.engraving is not None:
            heard = Source("score", sounding_notes(result.score), address(result.flac), mixed=True)
            shown[self.view] = view_value(
                result.engraving, result.score, sources=[heard], editable=False, mixed=True
            )
        if fresh:
            shown[self.note] = fragments.note(result.problem)
        return shown

    def _sound(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        """The score with some parts softer or left out."""
        sent = sent_with(event)
        version = str(sent.get("version"))
        work = self._host.workspaces.of(str(request.session_hash)).work(SonifyWork)
        if work.result is None:
            return unchanged(self.view)
        quiet = quiet_of(sent, work.result.score)
        try:
            with self._host.meter.computing(self._host.budgets.client_of(request)):
                path, notes = work.mixed(work.result, quiet)
        except Exception as error:  # noqa: BLE001 - whatever it is, the visitor gets a sentence
            return {
                self.view: sound_value(version, "score", None),
                self.note: fragments.note(sentence_of(error)),
            }
        return {self.view: sound_value(version, "score", address(path), notes, quiet=quiet)}

    def _run(self, file: str | None, request: gr.Request) -> Iterator[dict[Any, Any]]:
        workspace = self._host.workspaces.of(str(request.session_hash))
        client = self._host.budgets.client_of(request)
        yield from show_job(
            workspace.work(SonifyWork), self, self.note, self.start, self.stop,
            lambda: run(self._host, workspace, file, client),
        )  # fmt: skip

    def _cancel(self, request: gr.Request) -> None:
        self._host.workspaces.of(str(request.session_hash)).work(SonifyWork).cancel()
