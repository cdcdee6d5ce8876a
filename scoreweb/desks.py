"""Desks: where each visitor's work lies while the page is open, and from where it vanishes afterwards.

A desk is a folder with an unguessable name inside Gradio's cache, so that results can be shown and
downloaded without another copy. It is cleared when the visitor leaves, uploads something else, or after an
hour. Nothing on a desk is part of the collection.
"""

from __future__ import annotations

import secrets
import shutil
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.engine import Ticket
from models.sheet import StaffSpace
from scoreweb.upscaling import Order

if TYPE_CHECKING:
    from scoreweb.rendition import Rendition
    from scoreweb.transcript import Transcript


@dataclass
class Upload:
    """The file on the desk: its bytes lie at ``path``; ``name`` is what the visitor calls it, ``example`` which
    of our own examples it is, if one, ``origin`` the path that Gradio gave it.
    """

    path: Path
    name: str
    pages: int
    origin: str = ""
    example: str | None = None


@dataclass
class Take:
    """The recording on the desk: its file lies at ``path``; ``name`` is what the visitor calls it."""

    path: Path
    name: str
    seconds: float


@dataclass
class Sheet:
    """One finished page on the desk: files of what came in and what came out, with what the visitor should know.

    ``views`` are pairs of pictures of equal size, before and after, by the name of the view.
    """

    label: str
    source: Path
    views: dict[str, tuple[Path, Path]]
    full: Path
    order: Order
    weights: str
    facts: dict[str, Any]
    kept: bool = False


@dataclass
class Desk:
    """One visitor's upload with its pages' staff spaces, score and its rendition, recording and transcript, running job
    and results.
    """

    folder: Path
    upload: Upload | None = None
    sheets: list[Sheet] = field(default_factory=list)
    spaces: dict[int, StaffSpace | None] = field(default_factory=dict)
    score: Upload | None = None
    rendition: Rendition | None = None
    take: Take | None = None
    transcript: Transcript | None = None
    ticket: Ticket[Any] | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    running: threading.Lock = field(default_factory=threading.Lock)
    touched: float = field(default_factory=time.monotonic)

    def sheet(self, number: int | None) -> Sheet | None:
        """The result of that number, the first for None; None when there is no such."""
        number = number or 0
        return self.sheets[number] if 0 <= number < len(self.sheets) else None

    def cancel(self) -> None:
        """The running job, if any, stops between two tiles."""
        self.cancelled.set()
        if self.ticket is not None:
            self.ticket.cancel()

    def clear_results(self) -> None:
        """The results are removed; the upload stays."""
        self.sheets = []
        shutil.rmtree(self.folder / "results", ignore_errors=True)

    def clear_score(self) -> None:
        """The score to read and its rendition are removed."""
        self.score = self.rendition = None
        for folder in [self.folder / "score", *self.folder.glob("reading-*")]:
            shutil.rmtree(folder, ignore_errors=True)

    def fresh_reading(self) -> Path:
        """A name for the folder of a rendition, which `lay_rendition` puts in place of an earlier one's."""
        return self.folder / f"reading-{secrets.token_hex(6)}"

    def lay_rendition(self, rendition: Rendition) -> None:
        """The rendition is on the desk; an earlier one's files are removed."""
        self.rendition = rendition
        for folder in self.folder.glob("reading-*"):
            if folder != rendition.folder:
                shutil.rmtree(folder, ignore_errors=True)

    def clear_take(self) -> None:
        """The recording and its transcript are removed."""
        self.take = self.transcript = None
        for name in ("take", "transcript"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def clear(self) -> None:
        """Everything is removed."""
        self.cancel()
        self.upload, self.sheets = None, []
        self.score = self.rendition = None
        self.take = self.transcript = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def results_folder(self, number: int) -> Path:
        """A folder for the files of one result."""
        folder = self.folder / "results" / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


class Desks:
    """The desks of all visitors, by session; idle ones are cleared after ``keep_s`` seconds."""

    def __init__(self, root: Path, *, keep_s: float = 3600, most: int = 500) -> None:
        self._root, self._keep_s, self._most = root, keep_s, most
        self._lock = threading.Lock()
        self._desks: dict[str, Desk] = {}

    def __len__(self) -> int:
        return len(self._desks)

    def of(self, session: str) -> Desk:
        """The session's desk, a new one when it has none."""
        with self._lock:
            self._clear_idle()
            desk = self._desks.get(session)
            if desk is None:
                desk = Desk(self._root / f"desk-{secrets.token_hex(16)}")
                desk.folder.mkdir(parents=True, mode=0o700)
                self._desks[session] = desk
            desk.touched = time.monotonic()
            return desk

    def leave(self, session: str) -> None:
        """The session's desk is cleared, as when its page is closed."""
        with self._lock:
            desk = self._desks.pop(session, None)
        if desk:
            desk.clear()

    def close(self) -> None:
        """Every desk is cleared."""
        for session in list(self._desks):
            self.leave(session)

    def clear_idle(self) -> None:
        """Desks that nobody touched for a while are cleared."""
        with self._lock:
            self._clear_idle()

    def _clear_idle(self) -> None:
        now = time.monotonic()
        by_age = sorted(self._desks.items(), key=lambda item: item[1].touched)
        for number, (session, desk) in enumerate(by_age):
            if now - desk.touched > self._keep_s or len(by_age) - number > self._most:
                self._desks.pop(session).clear()
