"""The Transcribe tab: a recording is recorded or chosen, trimmed, and written down as a score."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from models.contracts.choice import names
from models.contracts.transcribe import TranscribeCatalogue
from models.engine import EngineError
from models.transcribe.errors import SoundError
from models.transcribe.sound import Sound, sound_of
from scoreweb import texts as messages
from scoreweb.errors import sentence_of
from scoreweb.host import Host
from scoreweb.job_progress import show_job
from scoreweb.jobs.transcribe import texts as say
from scoreweb.jobs.transcribe.options import SERVICE, TranscribeOptions, options_of, request_of
from scoreweb.jobs.transcribe.panel import TranscribePanel
from scoreweb.jobs.transcribe.run import TranscribeWork, chosen, open_example, open_recording, run, sound_at
from scoreweb.jobs.transcribe.sonify_panel import SonifyPanel
from scoreweb.languages.catalogue import translated
from scoreweb.widgets import fragments
from scoreweb.widgets.events import PRIVATE, follow, press, sent_with
from scoreweb.widgets.recorder import Beaten, Recorder, Selection
from scoreweb.widgets.sounds import SOUNDS
from scoreweb.workspace import Workspace

_WHILE_COMING = "() => [{ __type__: 'update', interactive: false }, '', '']"
"""The button to start, the estimate and the problem, while another recording is on its way."""


class TranscribeTab:
    """The tab's components and what happens at them. Made inside a ``gr.Tab``."""

    def __init__(self, host: Host) -> None:
        self._host = host
        gr.HTML(fragments.intro("intro-transcribe.png", say.INTRO_ALT, say.INTRO, self._speed()))
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                self._take()
                self._options()
            with gr.Column(scale=7, min_width=320):
                self.panel = TranscribePanel(host, self.steps, self.tempo, self.metre)
        self.sonify = SonifyPanel(host)
        self._connect()

    # What stands on the page

    def _take(self) -> None:
        settings = self._host.settings
        self.recorder = Recorder(
            seconds=60 * settings.sound_minutes, megabytes=settings.upload_mb, elem_id="sw-recorder"
        )
        self.problem = gr.HTML("", elem_id="sw-t-problem")
        self.examples: list[tuple[gr.Button, Path]] = []
        if SOUNDS:
            gr.HTML(fragments.hint(say.SOUND_EXAMPLES))
            with gr.Row():
                for path, label in SOUNDS.items():
                    button = gr.Button(
                        translated(label), size="sm", min_width=90, elem_id=f"sw-sound-{path.stem}"
                    )
                    self.examples.append((button, path))

    def _options(self) -> None:
        offered = self._host.offered(TranscribeCatalogue)
        modes = [(say.MODES.get(mode, mode), mode) for mode in names(offered.modes)]
        self.mode = gr.Radio(modes, value="auto", label=say.MODE, elem_id="sw-mode")
        with gr.Row():
            self.tempo = gr.Textbox(label=say.TEMPO, max_lines=1, elem_id="sw-tempo", min_width=140)
            choices = [(say.METRE_AUTO, ""), *((metre, metre) for metre in say.METRES)]
            self.metre = gr.Dropdown(choices, value="", label=say.METRE, elem_id="sw-metre", min_width=140)
        drawn_by = [(say.NETWORKS.get(name, name), name) for name in names(offered.networks)]
        with gr.Accordion(say.RESEARCH, open=False, visible=len(drawn_by) > 1):
            self.network = gr.Dropdown(
                drawn_by, value=drawn_by[0][1], label=say.NETWORK, elem_id="sw-network"
            )
        self.estimate = gr.HTML("", elem_id="sw-t-estimate")
        with gr.Row():
            self.start = gr.Button(say.START, variant="primary", elem_id="sw-t-start")
            self.stop = gr.Button(messages.CANCEL, variant="stop", interactive=False, elem_id="sw-t-cancel")
        self.refusal = gr.HTML("", elem_id="sw-t-refusal")
        self.steps = gr.HTML("", elem_id="sw-t-progress")

    def _speed(self) -> str:
        try:
            minute = sound_of(np.zeros(60 * 16_000, np.float32), 16_000)
            cost = self._host.meter.estimate(SERVICE, request_of(minute, TranscribeOptions()))
        except (EngineError, SoundError):
            cost = None
        return "" if cost is None else say.INTRO_TIME.format(seconds=messages.duration(cost.seconds))

    # What happens

    def _connect(self) -> None:
        shown = self.panel.components()
        looked = [self.problem, self.refusal, self.estimate, self.start, *shown]
        # At once and in the browser: until the new recording has arrived, a click would transcribe the last one.
        self.recorder.coming(
            None, None, [self.start, self.estimate, self.problem], js=_WHILE_COMING, **PRIVATE
        )
        self.recorder.recorded(self._recorded, [self.recorder], [*looked, self.tempo, self.metre], **PRIVATE)
        self.recorder.trimmed(self._trimmed, [self.recorder], [self.estimate], **PRIVATE)
        for event in (self.recorder.cleared, self.recorder.failed):
            event(self._cleared, None, looked, **PRIVATE)
        for button, path in self.examples:
            given = button.click(self._example(path), None, [self.recorder, *looked], **PRIVATE)
            given.then(None, None, None, js=press("sw-t-start", after_opening=False), **PRIVATE)
        # The engine's queue decides who waits, and gives the place in it; Gradio's must not hold anyone back.
        started = self.start.click(
            self._run,
            [self.recorder, self.mode, self.tempo, self.metre, self.network],
            [self.refusal, self.start, self.stop, *shown],
            concurrency_limit=None,
            trigger_mode="multiple",  # no click is lost while a run that was stopped comes to its end
            **PRIVATE,
        )
        started.then(self.panel.print_out, None, list(self.panel.downloads.values()), **PRIVATE)
        follow(self.start, started, "sw-t-progress", ["sw-t-refusal", "sw-t-hints", "sw-t-score"])
        self.stop.click(self._cancel, None, None, queue=False, **PRIVATE)

    def _workspace(self, request: gr.Request) -> Workspace:
        return self._host.workspaces.of(str(request.session_hash))

    def _work(self, request: gr.Request) -> TranscribeWork:
        return self._workspace(request).work(TranscribeWork)

    def _blank(self, work: TranscribeWork) -> dict[Any, Any]:
        blank = {self.problem: "", self.refusal: "", self.estimate: "", **self.panel.cleared()}
        # A run that is coming to its end frees the button itself, as its last word.
        return blank if work.run is not None else {**blank, self.start: gr.update(interactive=True)}

    def _recorded(
        self, selection: Selection | None, event: gr.EventData, request: gr.Request
    ) -> dict[Any, Any]:
        work, sent = self._work(request), sent_with(event)
        work.supersede()
        try:
            cache = Path(os.environ["GRADIO_TEMP_DIR"])
            sound = open_recording(work, sent.get("path"), sent.get("name"), cache)
            return {
                **self._blank(work),
                self.estimate: self._estimated(sound, selection),
                **self._as_beaten(work, Beaten.from_browser(sent)),
            }
        except Exception as error:  # noqa: BLE001 - whatever it is, the visitor gets a sentence at the component
            return {**self._blank(work), self.problem: fragments.note(sentence_of(error))}

    def _as_beaten(self, work: TranscribeWork, beaten: Beaten | None) -> dict[Any, Any]:
        """Tempo and time signature of the metronome in their fields, where they may be changed; taken out after a recording without one."""
        before, work.beaten = work.beaten, beaten
        if beaten:
            return {self.tempo: f"{beaten.tempo:g}", self.metre: beaten.metre}
        return {self.tempo: "", self.metre: ""} if before else {}

    def _example(self, path: Path) -> Callable[[gr.Request], dict[Any, Any]]:
        def chosen_example(request: gr.Request) -> dict[Any, Any]:
            work = self._work(request)
            work.supersede()
            try:
                sound = open_example(work, path)
            except Exception as error:  # noqa: BLE001
                return {**self._blank(work), self.problem: fragments.note(sentence_of(error))}
            value = {"url": f"gradio_api/file={work.folder / 'recording' / path.name}", "name": path.name}
            return {
                **self._blank(work),
                self.recorder: value,
                self.estimate: self._estimated(sound, None),
            }

        return chosen_example

    def _estimated(self, sound: Sound, selection: Selection | None) -> str:
        """How long the recording is and how long its transcription will take; what is wrong with it."""
        length, host = sound.seconds, self._host
        try:
            part = chosen(sound, selection, host.settings)
            length = part.seconds
            cost = host.meter.estimate(SERVICE, request_of(part, TranscribeOptions()))
        except EngineError:  # an engine elsewhere may be away for a moment; the run will say so
            cost = None
        text = (
            say.SOUND_ESTIMATE.format(length=length, seconds=messages.duration(cost.seconds))
            if cost
            else say.SOUND_LENGTH.format(length=length)
        )
        return fragments.hint(f"{say.SOUND_CUT_OFF} {text}" if sound.cut_off else text)

    def _trimmed(self, selection: Selection | None, request: gr.Request) -> Any:  # noqa: ANN401 - a sentence or Gradio's "as it is"
        """What the part between the handles will take, each time that they come to rest."""
        recording = self._work(request).recording
        if recording is None:
            return gr.skip()
        try:
            return self._estimated(sound_at(recording.path), selection)
        except Exception as error:  # noqa: BLE001
            return fragments.note(sentence_of(error))

    def _cleared(self, request: gr.Request) -> dict[Any, Any]:
        work = self._work(request)
        work.supersede()
        work.clear()
        return self._blank(work)

    def _run(
        self,
        selection: Selection | None,
        mode: str,
        tempo: str,
        metre: str | None,
        network: str,
        request: gr.Request,
    ) -> Iterator[dict[Any, Any]]:
        """The recording as a score, with progress as it is; or why there is none."""
        workspace, client = self._workspace(request), self._host.budgets.client_of(request)
        yield from show_job(
            workspace.work(TranscribeWork), self.panel, self.refusal, self.start, self.stop,
            lambda: run(self._host, workspace, selection, options_of(mode, tempo, metre, network), client),
        )  # fmt: skip

    def _cancel(self, request: gr.Request) -> None:
        self._work(request).cancel()
