"""What a tab shows while its job runs: the buttons, the progress, the result or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

import gradio as gr

from models.engine import Cancelled
from scoreweb import texts as messages
from scoreweb.errors import Superseded, sentence_of
from scoreweb.metering import Step
from scoreweb.widgets import fragments
from scoreweb.workspace import Work

W = TypeVar("W", bound=Work)
W_contra = TypeVar("W_contra", bound=Work, contravariant=True)


class Panel(Protocol[W_contra]):
    """Where a job's progress and its result are shown."""

    @property
    def progress(self) -> gr.HTML:
        """Where progress is shown."""
        ...

    def cleared(self) -> dict[Any, Any]:
        """Nothing shown."""
        ...

    def working(self, step: Step) -> dict[Any, Any]:
        """The progress."""
        ...

    def filled(self, work: W_contra, *, fresh: bool) -> dict[Any, Any]:
        """The results that the work holds; ``fresh`` ones are offered for donation anew."""
        ...


def show_job(
    work: W,
    panel: Panel[W],
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
        yield {**idle, **panel.filled(work, fresh=True)}
    except Superseded:  # the panel shows what belongs to the new file
        yield {**idle, panel.progress: fragments.hint(messages.SUPERSEDED)}
    except Cancelled:
        back = panel.filled(work, fresh=False)
        yield {**idle, **back, panel.progress: fragments.hint(messages.CANCELLED)}
    except Exception as error:  # noqa: BLE001 - whatever it is, the visitor gets a sentence at the component
        problem_text = fragments.note(sentence_of(error))
        yield {**idle, **panel.filled(work, fresh=False), problem: problem_text, panel.progress: ""}
