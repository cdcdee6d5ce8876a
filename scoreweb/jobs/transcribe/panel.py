"""What a transcribing job shows: progress, the sheet, doubtful notes, assumptions, downloads, the classic picture."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import Any

import gradio as gr

from scoreweb import texts as messages
from scoreweb.contribution_box import ContributionBox
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.host import Host
from scoreweb.jobs.transcribe.options import options_of
from scoreweb.jobs.transcribe.result import TranscribeResult
from scoreweb.metering import Step
from scoreweb.widgets import fragments
from scoreweb.widgets.notesheet import NoteSheet
from scoreweb.workspace import Workspace

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


class TranscribePanel:
    """The right half of the Transcribe tab; ``tempo`` and ``metre`` are the fields on its left."""

    def __init__(self, host: Host, tempo: gr.Textbox, metre: gr.Dropdown) -> None:
        self._host = host
        self.progress = gr.HTML("", elem_id="sw-t-progress")
        self.hints = gr.HTML("", elem_id="sw-t-hints")
        self.sheet = NoteSheet(elem_id="sw-sheet")
        self.said = gr.HTML("", elem_id="sw-said")
        with gr.Row():
            self.rewrite = gr.Button(messages.REWRITE, visible=False, elem_id="sw-rewrite")
            self.follow = gr.Button(messages.FOLLOW, visible=False, elem_id="sw-follow")
        with gr.Row():
            self.downloads = {
                kind: gr.DownloadButton(label, visible=False, elem_id=f"sw-get-{kind}", min_width=140)
                for kind, label in messages.DOWNLOADS.items()
            }
        with gr.Accordion(messages.CLASSIC, open=False, visible=False, elem_id="sw-classic") as self.classic:
            self.picture = gr.HTML("")
        self.contribution_box = (
            ContributionBox(
                host,
                lambda workspace: workspace.transcribe_result,
                words=messages.RECORDING_WORDS,
                prefix="sw-t",
            )
            if host.settings.collect
            else None
        )
        # Every step of an arrow key counts, so none may be dropped while another is on its way.
        self.sheet.replaced(
            self._replace,
            None,
            self.components(),
            trigger_mode="multiple",
            concurrency_limit=None,
            **PRIVATE,
        )
        self.rewrite.click(self._rewrite, [tempo, metre], self.components(), **PRIVATE)

    def components(self) -> list[Any]:
        """What the methods below change."""
        own = [self.progress, self.hints, self.sheet, self.said, self.rewrite, self.follow]
        own += [self.classic, self.picture]
        return [
            *own,
            *self.downloads.values(),
            *(self.contribution_box.components() if self.contribution_box else []),
        ]

    def cleared(self) -> dict[Any, Any]:
        """Nothing to see, as before any job."""
        hidden = gr.update(visible=False)
        return {
            self.progress: "",
            self.hints: "",
            self.sheet: None,
            self.said: "",
            self.rewrite: hidden,
            self.follow: hidden,
            self.classic: hidden,
            self.picture: "",
            **dict.fromkeys(self.downloads.values(), hidden),
            **(self.contribution_box.hidden() if self.contribution_box else {}),
        }

    def working(self, step: Step) -> dict[Any, Any]:
        """How far the job is."""
        return {self.progress: fragments.progress(step.share, step.text, messages.TAB_TRANSCRIBE)}

    def filled(self, workspace: Workspace, *, fresh: bool) -> dict[Any, Any]:
        """The workspace's result; the box for the dataset is offered anew when it is ``fresh``."""
        result = workspace.transcribe_result
        if result is None or result.written is None:
            cleared = self.cleared()
            del cleared[self.progress]
            return cleared
        return {
            self.hints: "".join(fragments.note(hint) for hint in result.heard.hints),
            self.sheet: result.view({k: _address(p) for k, p in result.files.items()}),
            self.said: "".join(fragments.hint(said) for said in result.written.score.assumptions),
            self.rewrite: gr.update(visible=not result.heard.single),
            self.follow: gr.update(visible=True),
            self.classic: gr.update(visible=True),
            self.picture: _classic(result),
            **{
                button: gr.update(value=str(path), visible=True)
                if (path := result.files.get(kind))
                else gr.update(visible=False)
                for kind, button in self.downloads.items()
            },
            **(self.contribution_box.offered() if self.contribution_box and fresh else {}),
        }

    def _replace(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        workspace = self._host.workspaces.of(str(request.session_hash))
        sent = event._data if isinstance(event._data, dict) else {}
        try:
            result = _of(workspace)
            with result.lock:
                result.correct(*_wanted(result, sent))
                return {**self.filled(workspace, fresh=False), self.progress: ""}
        except Exception as error:  # noqa: BLE001 - whatever it is, the visitor gets a sentence
            return {self.progress: fragments.note(sentence_of(error))}

    def _rewrite(self, tempo: str, metre: str | None, request: gr.Request) -> dict[Any, Any]:
        workspace = self._host.workspaces.of(str(request.session_hash))
        try:
            result = _of(workspace)
            options = options_of(result.options.mode, tempo, metre, result.options.network)
            with result.lock:
                result.rewrite(options)
                return {**self.filled(workspace, fresh=False), self.progress: ""}
        except Exception as error:  # noqa: BLE001
            return {self.progress: fragments.note(sentence_of(error))}


def _of(workspace: Workspace) -> TranscribeResult:
    if workspace.transcribe_result is None:
        raise VisitorError(messages.NOTHING_TO_KEEP)
    return workspace.transcribe_result


def _wanted(result: TranscribeResult, sent: dict[str, Any]) -> tuple[int, int]:
    """Which note shall have which MIDI number, of what a browser sent."""
    index, midi, steps = (_whole(sent.get(name)) for name in ("index", "midi", "steps"))
    if index is None or not 0 <= index < len(result.notes):
        raise VisitorError(messages.NO_SUCH_NOTE)
    return index, midi if midi is not None else result.notes[index].midi + (steps or 0)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10_000 else None


def _address(path: object) -> str:
    # Relative, so that it holds below any path that a proxy puts before the page.
    return f"gradio_api/file={path}"


def _classic(result: TranscribeResult) -> str:
    out = io.BytesIO()
    picture = result.classic()
    picture.save(out, "PNG", optimize=True)
    data = base64.b64encode(out.getvalue()).decode()
    return (
        f'<div class="sw-scroll sw-strip" tabindex="0" role="group" aria-label="{escape(messages.CLASSIC)}">'
        f'<img class="sw-classic" alt="{escape(messages.CLASSIC_ALT)}" width="{picture.width}" height="{picture.height}" '
        f'src="data:image/png;base64,{data}"></div>'
    )
