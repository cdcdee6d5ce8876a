"""The pages of a long piece read side by side, each as a request of its own to an engine that runs elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack

from models.contracts.read import PAGE_NAME, ReadPageAnswer, ReadPageRequest, ReadRequest
from models.engine import Engine, EngineBusy, Job, Ticket
from models.read.reading import PageReading

SHARE = 0.95
"""The share of a piece's progress that its pages are; the rest is for joining them."""
_UNITS = 1000
_LOOK_S = 0.5
"""How often the job is asked whether it is still wanted."""


class PagesElsewhere:
    """Reads the pages of a request at ``engine``, with at most ``at_once`` of them handed in at a time."""

    def __init__(self, engine: Callable[[], Engine], *, at_once: int = 8) -> None:
        """``engine`` is asked for when the first piece comes: it has the service of pages."""
        self._engine, self._at_once = engine, at_once

    def __call__(self, job: Job[ReadRequest]) -> list[PageReading]:
        """The pages in their order. What ends one of them ends all: its error is raised, the others are taken back."""
        request, engine = job.request, self._engine()
        shares = [0.0] * len(request.pages)
        news, changed = threading.Lock(), threading.Event()

        def heard(number: int, share: float) -> None:
            with news:
                shares[number] = share
                done = sum(share == 1.0 for share in shares)
                whole = SHARE * sum(shares) / len(shares)
            job.report(round(_UNITS * whole), _UNITS, f"{done} of {len(shares)} pages are read")

        read: dict[int, PageReading] = {}
        waiting = list(range(len(request.pages)))
        running: dict[int, Ticket[ReadPageAnswer]] = {}
        with ExitStack() as taken_back:
            while len(read) < len(request.pages):
                job.check()
                changed.clear()
                while waiting and len(running) < self._at_once:
                    number = waiting[0]
                    try:
                        ticket = engine.submit(
                            PAGE_NAME,
                            ReadPageRequest(
                                request.pages[number],
                                request.style,
                                request.primitives,
                                request.bar_milliseconds,
                                request.glyphs[number] if number < len(request.glyphs) else (),
                            ),
                            deadline_s=job.seconds_left,
                            on_progress=lambda p, n=number: heard(n, min(0.99, p.fraction)),  # type: ignore[misc]
                        )
                    except EngineBusy:
                        if not running:
                            raise
                        break
                    del waiting[0]
                    running[number] = ticket
                    taken_back.callback(ticket.cancel)
                    ticket.when_done(changed.set)
                changed.wait(_LOOK_S)
                for number in [n for n, ticket in running.items() if ticket.done()]:
                    read[number] = running.pop(number).result().page
                    heard(number, 1.0)
        return [read[number] for number in range(len(request.pages))]
