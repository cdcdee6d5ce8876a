"""What a tab shows while its job runs: the buttons, the progress, the result or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import gradio as gr

from models.engine import Cancelled
from scoreweb import texts as messages
from scoreweb.errors import sentence_of
from scoreweb.metering import Step
from scoreweb.widgets import fragments
from scoreweb.workspace import Workspace


class Panel(Protocol):
    """Where a job's progress and its result are shown."""

    @property
    def progress(self) -> gr.HTML:
        """Where it is told how far the job is."""
        ...

    def cleared(self) -> dict[Any, Any]:
        """Nothing shown."""
        ...

    def working(self, step: Step) -> dict[Any, Any]:
        """The progress."""
        ...

    def filled(self, workspace: Workspace, *, fresh: bool) -> dict[Any, Any]:
        """What lies in the workspace."""
        ...


def show_job(
    workspace: Workspace,
    panel: Panel,
    problem: gr.HTML,
    start: gr.Button,
    stop: gr.Button,
    steps: Callable[[], Iterator[Step]],
) -> Iterator[dict[Any, Any]]:
    """Updates from before the first of the job's `steps` until after the last, whatever comes between."""
    busy = {start: gr.update(interactive=False), stop: gr.update(interactive=True)}
    idle = {start: gr.update(interactive=True), stop: gr.update(interactive=False)}
    try:
        yield {problem: "", **busy, **panel.cleared()}
        for step in steps():
            yield panel.working(step)
        yield {**idle, **panel.filled(workspace, fresh=True)}
    except Cancelled:
        back = panel.filled(workspace, fresh=False)
        yield {**idle, **back, panel.progress: fragments.hint(messages.CANCELLED)}
    except Exception as error:  # noqa: BLE001 - whatever it is, the visitor gets a sentence at the component
        told = fragments.note(sentence_of(error))
        yield {**idle, **panel.filled(workspace, fresh=False), problem: told, panel.progress: ""}
