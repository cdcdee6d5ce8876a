"""What happens at a job's score view, the same for every job: edits, undo and redo, sounds, and files that come later."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import gradio as gr

from scoreweb import score_texts
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.host import Host
from scoreweb.score_result import ScoreResult
from scoreweb.widgets import fragments
from scoreweb.widgets.events import EVERY, PRIVATE, sent_with, unchanged
from scoreweb.widgets.score_edits import edits_of
from scoreweb.widgets.score_sounds import quiet_of, sound_value
from scoreweb.widgets.score_view import ScoreView, answering
from scoreweb.workspace import Workspace

_PAUSE_S = 0.6
"""Files are written once a score has stood unchanged so long."""

R = TypeVar("R", bound=ScoreResult[Any])
Change = Callable[[R, dict[str, Any]], None]
Handler = Callable[..., dict[Any, Any]]


class ScorePanel(ABC, Generic[R]):
    """A panel with ``progress`` for sentences, a ``score`` view and ``downloads`` by kind of file; a job makes them."""

    score: ScoreView
    progress: gr.HTML
    downloads: dict[str, gr.DownloadButton]

    def __init__(self, host: Host) -> None:
        self._host = host

    # What a job says of its own

    @abstractmethod
    def _result(self, workspace: Workspace) -> R | None:
        """The job's result in a workspace."""

    @abstractmethod
    def _views(self, result: R) -> dict[Any, Any]:
        """Everything that a decision changes. Called with the result's lock."""

    @property
    @abstractmethod
    def nothing_yet(self) -> str:
        """The sentence for a visitor who has no result."""

    # What happens

    def _connect_score(self, changed: Sequence[Any]) -> None:
        """Joins the events of the score view to the result; ``changed`` are the components of `_views`."""
        for event, change in (
            (self.score.edited, _edited),
            (self.score.undone, lambda result, _: result.undo()),
            (self.score.redone, lambda result, _: result.redo()),
        ):
            self._after(event(self.editor(change), None, changed, **EVERY))
        self.score.pages_wanted(self.changer(_all_pages), None, changed, **EVERY)
        self.score.sound_wanted(self._sound, None, [self.score, self.progress], **EVERY)

    def _after(self, event: Any) -> None:  # noqa: ANN401 - Gradio's own
        """The slow files once a change is shown."""
        event.then(self.print_out, None, list(self.downloads.values()), **PRIVATE)

    def changer(self, change: Change[R]) -> Handler:
        """A handler of an event of a view: the change made with what the browser sent, and shown."""

        def changed(event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
            return self.change(request, lambda result: change(result, sent_with(event)))

        return changed

    def editor(self, change: Change[R]) -> Handler:
        """A `changer` for the score view's own edits, of which the browser sends the next once it knows this one's end."""

        def changed(event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
            sent = sent_with(event)
            shown = self.change(request, lambda result: change(result, sent))
            return {**shown, self.score: answering(shown.get(self.score), sent) or gr.skip()}

        return changed

    def change(self, request: gr.Request, change: Callable[[R], None]) -> dict[Any, Any]:
        """The visitor's result changed and shown; or the sentence that says why it is not."""
        try:
            result = self.result_of(request)
            with result.lock:
                change(result)
                return {**self._views(result), self.progress: ""}
        except Exception as error:  # noqa: BLE001 - whatever it is, the visitor gets a sentence
            return {self.progress: fragments.note(sentence_of(error))}

    def result_of(self, request: gr.Request) -> R:
        """The visitor's result. VisitorError where there is none."""
        result = self._result(self._host.workspaces.of(str(request.session_hash)))
        if result is None:
            raise VisitorError(self.nothing_yet)
        return result

    def print_out(self, request: gr.Request) -> dict[Any, Any]:
        """The files, once the visitor pauses: while a score is edited nobody wants the files of each step."""
        workspace = self._host.workspaces.of(str(request.session_hash))
        result = self._result(workspace)
        if result is None:
            return unchanged(next(iter(self.downloads.values())))
        try:
            version = None
            while version != result.version:
                version = result.version
                time.sleep(_PAUSE_S)
            result.print_out()
            if (
                self._result(workspace) is not result
            ):  # the visitor went on to another, whose files these are not
                return unchanged(next(iter(self.downloads.values())))
            with result.lock:
                return self._files(result.files)
        except Exception as error:  # noqa: BLE001 - the score is there; only these files are not
            sentence_of(error)
            return unchanged(next(iter(self.downloads.values())))

    def _files(self, files: Mapping[str, Path]) -> dict[Any, Any]:
        """A button for each file; those that are not there yet cannot be pressed."""
        return {
            button: gr.update(value=str(files[kind]), visible=True, interactive=True)
            if kind in files
            else gr.update(visible=True, interactive=False)
            for kind, button in self.downloads.items()
        }

    def _sound(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        """The sound that the view asks for, of the score as it is now."""
        sent = sent_with(event)
        kind, version = str(sent.get("kind")), str(sent.get("version"))
        try:
            with self._host.meter.computing(self._host.budgets.client_of(request)):
                result = self.result_of(request)
                quiet = quiet_of(sent, result.score) if result.score else ()
                path, notes = result.sound(kind, quiet), result.sounding(kind, quiet)
        except Exception as error:  # noqa: BLE001
            problem = fragments.note(sentence_of(error))
            return {self.score: sound_value(version, kind, None), self.progress: problem}
        told = sound_value(path.parent.name, kind, address(path), notes, quiet=quiet)
        return {self.score: told, self.progress: ""}


def address(path: Path) -> str:
    """Where a browser finds a file of a workspace: relative, so that it holds below any path that a proxy puts before."""
    return f"gradio_api/file={path}"


def _edited(result: ScoreResult[Any], sent: dict[str, Any]) -> None:
    edits = edits_of(sent, as_printed=result.as_printed)
    if not edits:
        raise VisitorError(score_texts.NO_SUCH_NOTE)
    result.edit(*edits)


def _all_pages(result: ScoreResult[Any], _: dict[str, Any]) -> None:
    result.sent = set()
