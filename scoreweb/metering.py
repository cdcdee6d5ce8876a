"""One visitor's job from its start to its end: budgets, one at a time, steps while it is computed, cancelling."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from models.engine import Cancelled, Progress, Ticket
from scoreweb import texts as messages
from scoreweb.errors import VisitorError
from scoreweb.host import Host
from scoreweb.workspace import Workspace

A = TypeVar("A")
ProgressListener = Callable[[Progress], None]


@dataclass(frozen=True)
class Step:
    """How far a job is: ``share`` from 0 to 1 and a line of text."""

    share: float
    text: str


@contextmanager
def one_job(host: Host, workspace: Workspace, client: str) -> Iterator[None]:
    """The workspace while it works for a client, one job at a time; whatever is left of the job ends with it.

    VisitorError where the client's seconds are used up, or the workspace is at work already.
    """
    if host.budgets.seconds.left(client) <= 0:
        raise VisitorError(messages.SECONDS_BUDGET)
    if not workspace.running.acquire(blocking=False):
        raise VisitorError(messages.ALREADY_RUNNING)
    try:
        workspace.cancelled.clear()
        yield
    finally:
        if workspace.ticket is not None:
            workspace.ticket.cancel()  # without effect on a finished one
        workspace.ticket = None
        workspace.running.release()


def time_left(seconds: float) -> str:
    """What to add to a step's text: the time left."""
    return " · " + messages.LEFT.format(seconds=messages.duration(seconds))


def wait_for(
    workspace: Workspace,
    begin: Callable[[ProgressListener], Ticket[A]],
    step: Callable[[Progress], Step],
    before: float = 0.0,
) -> Generator[Step, None, Ticket[A]]:
    """The ticket that `begin` gives, finished; steps while it is computed. Cancelled when the visitor cancelled.

    `begin` gets what is to hear of progress. `step` tells of progress; until there is any, the job's place in the queue
    is told, at the share `before`.
    """
    news = threading.Event()

    def on_progress(_: Any) -> None:  # noqa: ANN401 - only that there is news
        news.set()

    workspace.ticket = ticket = begin(on_progress)
    while not ticket.done():
        if workspace.cancelled.is_set():
            ticket.cancel()
        progress = ticket.progress
        if progress is None or progress.total == 0:
            ahead = ticket.position
            yield Step(before, messages.WAITING.format(ahead=ahead) if ahead else messages.STARTING)
        else:
            yield step(progress)
        news.wait(0.25)
        news.clear()
    if workspace.cancelled.is_set():
        raise Cancelled
    return ticket
