"""Workspaces: what each visitor works on while the page is open, and from where it vanishes afterwards.

A workspace is a folder with an unguessable name inside Gradio's cache, so that results can be shown and downloaded
without another copy. It is cleared when the visitor leaves, or after an hour without a request; where there is a result,
a quarter of an hour after the visitor left, so that a reloaded page, or whoever has its token, finds it again. It knows no job by
name: each job keeps its own `Work` in it. Nothing in a workspace is part of the collection.
"""

from __future__ import annotations

import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast

from models.engine import Cancelled, Ticket
from scoreweb import texts as messages
from scoreweb.errors import Superseded, VisitorError

ENDING_S = 20.0
"""How long a new run waits for one that was cancelled to come to its end."""


class Run:
    """One run of a job. Once it is cancelled, `check` raises, and nothing more of it may reach the visitor.

    All methods may be called from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reason: Cancelled | None = None
        self._ticket: Ticket[Any] | None = None

    @property
    def is_cancelled(self) -> bool:
        """Whether `check` raises."""
        return self._reason is not None

    def hold(self, ticket: Ticket[Any]) -> None:
        """What the run waits for now: it is taken back as soon as the run is cancelled."""
        with self._lock:
            self._ticket = ticket
            cancelled = self.is_cancelled
        if cancelled:
            ticket.cancel()

    def cancel(self, reason: Cancelled | None = None) -> None:
        """The run ends as soon as it can, between two tiles at the latest; the first reason counts."""
        with self._lock:
            self._reason = self._reason or reason or Cancelled()
            ticket = self._ticket
        if ticket is not None:
            ticket.cancel()

    def check(self) -> None:
        """Raises Cancelled when the visitor cancelled, Superseded when the upload was replaced."""
        if self._reason is not None:
            raise self._reason


@dataclass
class Work:
    """What one job holds for one visitor; each job has a dataclass of its own with fields for uploads and results.

    ``job`` names the job, and ``folder``, inside the workspace, takes its files.
    """

    job: ClassVar[str]
    folder: Path
    run: Run | None = field(default=None, init=False)

    @property
    def has_result(self) -> bool:
        """Whether there is something to come back to."""
        return False

    def cancel(self) -> None:
        """The job's run, if any, is cancelled for the visitor."""
        if (run := self.run) is not None:
            run.cancel()

    def supersede(self) -> None:
        """The job's run, if any, is cancelled because other input has come."""
        if (run := self.run) is not None:
            run.cancel(Superseded())

    def clear(self) -> None:
        """Everything is removed, files too. Jobs with fields of their own extend it."""
        shutil.rmtree(self.folder, ignore_errors=True)


W = TypeVar("W", bound=Work)


@dataclass
class Workspace:
    """One visitor's jobs and files. One job runs at a time."""

    folder: Path
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    """Who knows it may come back to this workspace."""
    touched: float = field(default_factory=time.monotonic)
    left: float | None = field(default=None, init=False)
    """When its last visitor left; None while there is one."""
    _works: dict[str, Work] = field(default_factory=dict, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _busy: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _current: Run | None = field(default=None, init=False, repr=False)

    def work(self, kind: type[W]) -> W:
        """The job's work in this workspace: made on the first call, the same ever after."""
        with self._lock:
            found = self._works.get(kind.job)
            if found is None:
                found = self._works[kind.job] = kind(self.folder / kind.job)
            return cast("W", found)

    @property
    def is_busy(self) -> bool:
        """Whether a job runs."""
        return self._busy.locked()

    @contextmanager
    def running(self, work: Work) -> Iterator[Run]:
        """A run of the job, which ends with the block, whatever is left of it.

        VisitorError when another job runs; one that was cancelled is given time to end.
        """
        current = self._current
        patience = ENDING_S if current is not None and current.is_cancelled else 0.0
        if not self._busy.acquire(timeout=patience):
            raise VisitorError(messages.ALREADY_RUNNING)
        run = self._current = work.run = Run()
        try:
            yield run
        finally:
            run.cancel()
            self._current = work.run = None
            self._busy.release()

    @property
    def has_result(self) -> bool:
        """Whether there is something to come back to."""
        return any(work.has_result for work in self._all())

    def cancel(self) -> None:
        """Every job is cancelled; what was made stays."""
        for work in self._all():
            work.cancel()

    def _all(self) -> list[Work]:
        with self._lock:
            return list(self._works.values())

    def clear(self) -> None:
        """Every job is cancelled, everything is removed."""
        for work in self._all():
            work.cancel()
            work.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


class Workspaces:
    """The workspaces of all visitors, by session.

    Idle ones are cleared after ``idle_s`` seconds, those with a result that were left after ``away_s``.
    """

    def __init__(self, root: Path, *, idle_s: float = 3600, away_s: float = 900, most: int = 500) -> None:
        self._root, self._idle_s, self._away_s, self._most = root, idle_s, away_s, most
        self._lock = threading.Lock()
        self._sessions: dict[str, Workspace] = {}

    def __len__(self) -> int:
        return len(self._distinct())

    def _distinct(self) -> list[Workspace]:
        return list({id(one): one for one in self._sessions.values()}.values())

    def of(self, session: str) -> Workspace:
        """The session's workspace, a new one when it has none."""
        with self._lock:
            self._clear_idle()
            workspace = self._sessions.get(session)
            if workspace is None:
                workspace = Workspace(self._root / f"workspace-{secrets.token_hex(16)}")
                with suppress(OSError):  # the job that writes there first fails, and tells why
                    workspace.folder.mkdir(parents=True, mode=0o700)
                self._sessions[session] = workspace
            workspace.touched, workspace.left = time.monotonic(), None
            return workspace

    def join(self, session: str, token: str) -> bool:
        """Whether a workspace of that token lives; it is the session's from now on."""
        with self._lock:
            self._clear_idle()
            wanted = token.encode()
            found = next(
                (one for one in self._distinct() if secrets.compare_digest(one.token.encode(), wanted)), None
            )
            if found is None:
                return False
            before = self._sessions.get(session)
            self._sessions[session] = found
            found.touched, found.left = time.monotonic(), None
            gone = (
                before if before is not None and all(one is not before for one in self._distinct()) else None
            )
        if gone is not None:
            gone.clear()
        return True

    def leave(self, session: str) -> None:
        """The session's page is closed: its workspace is cleared, or kept for a while where there is something to come back to."""
        with self._lock:
            workspace = self._sessions.get(session)
            if workspace is None:
                return
            others = any(one is workspace for key, one in self._sessions.items() if key != session)
            kept = workspace.has_result and self._away_s > 0
            if others or not kept:
                del self._sessions[session]
            else:
                workspace.left = time.monotonic()
        if others:
            return
        if kept:
            workspace.cancel()
        else:
            workspace.clear()

    def close(self) -> None:
        """Every workspace is cleared."""
        with self._lock:
            workspaces, self._sessions = self._distinct(), {}
        for workspace in workspaces:
            workspace.clear()

    def clear_idle(self) -> None:
        """Workspaces without a request for a while, and those that were left, are cleared."""
        with self._lock:
            self._clear_idle()

    def _clear_idle(self) -> None:
        now = time.monotonic()
        by_age = sorted(self._distinct(), key=lambda one: one.touched)
        for number, workspace in enumerate(by_age):
            away = workspace.left is not None and now - workspace.left > self._away_s
            if away or now - workspace.touched > self._idle_s or len(by_age) - number > self._most:
                self._sessions = {key: one for key, one in self._sessions.items() if one is not workspace}
                workspace.clear()
