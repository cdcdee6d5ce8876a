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
from scoreweb.workspace import Desk

A = TypeVar("A")
Hears = Callable[[Progress], None]


@dataclass(frozen=True)
class Step:
    """How far a job is: ``share`` from 0 to 1 and a line of text."""

    share: float
    text: str


@contextmanager
def at_work(host: Host, desk: Desk, client: str) -> Iterator[None]:
    """The desk while it works for a client, one job at a time; whatever is left of the job ends with it.

    VisitorError where the client's seconds are used up, or the desk is at work already.
    """
    if host.gate.seconds.left(client) <= 0:
        raise VisitorError(messages.SECONDS_BUDGET)
    if not desk.running.acquire(blocking=False):
        raise VisitorError(messages.ALREADY_RUNNING)
    try:
        desk.cancelled.clear()
        yield
    finally:
        if desk.ticket is not None:
            desk.ticket.cancel()  # without effect on a finished one
        desk.ticket = None
        desk.running.release()


def left(seconds: float) -> str:
    """What to add to a step's text: the time left."""
    return " · " + messages.LEFT.format(seconds=messages.duration(seconds))


def computed(
    desk: Desk,
    begin: Callable[[Hears], Ticket[A]],
    step: Callable[[Progress], Step],
    before: float = 0.0,
) -> Generator[Step, None, Ticket[A]]:
    """The ticket that `begin` gives, finished; steps while it is computed. Cancelled when the visitor cancelled.

    `begin` gets what is to hear of progress. `step` tells of progress; until there is any, the job's place in the queue
    is told, at the share `before`.
    """
    news = threading.Event()

    def hear(_: Any) -> None:  # noqa: ANN401 - only that there is news
        news.set()

    desk.ticket = ticket = begin(hear)
    while not ticket.done():
        if desk.cancelled.is_set():
            ticket.cancel()
        progress = ticket.progress
        if progress is None or progress.total == 0:
            ahead = ticket.position
            yield Step(before, messages.WAITING.format(ahead=ahead) if ahead else messages.STARTING)
        else:
            yield step(progress)
        news.wait(0.25)
        news.clear()
    if desk.cancelled.is_set():
        raise Cancelled
    return ticket
