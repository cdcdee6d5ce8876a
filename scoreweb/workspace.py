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
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.engine import Ticket
from models.sheet import StaffSpace
from scoreweb.jobs.upscale.options import Order

if TYPE_CHECKING:
    from scoreweb.jobs.read.result import Rendition
    from scoreweb.jobs.transcribe.result import Transcript


@dataclass
class Tray:
    """Files that a visitor laid into one field: their bytes lie in a folder of the desk.

    They are known by the path that Gradio gave them, so that a file that stays while another is added, removed or moved
    need not come again. A damaged file stays as well: the visitor may take away that one only.
    """

    folder: Path
    _copies: dict[str, Path] = field(default_factory=dict)

    def take(self, uploaded: Sequence[Path]) -> list[Path]:
        """Where the files now lie, in this order; those that are not among them are removed. OSError as it comes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for origin in [origin for origin in self._copies if origin not in {str(path) for path in uploaded}]:
            self._copies.pop(origin).unlink(missing_ok=True)
        for path in uploaded:
            if str(path) not in self._copies:
                copy = self.folder / f"upload-{secrets.token_hex(8)}"
                shutil.copyfile(path, copy)
                self._copies[str(path)] = copy
        return [self._copies[str(path)] for path in uploaded]

    def clear(self) -> None:
        """All are removed."""
        self._copies.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class Upload:
    """What lies in one field: ``files`` with the name that the visitor knows each by, in order; ``pages`` of all.

    ``origins`` are the paths that Gradio gave them; ``example`` tells which of our own examples it is, if one.
    """

    files: tuple[tuple[Path, str], ...]
    pages: int
    origins: tuple[str, ...] = ()
    example: str | None = None

    @property
    def name(self) -> str:
        """The name of the first file, after which results are called."""
        return self.files[0][1]


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
    upload_tray: Tray = field(init=False)
    score_tray: Tray = field(init=False)

    def __post_init__(self) -> None:
        self.upload_tray = Tray(self.folder / "upload")
        self.score_tray = Tray(self.folder / "score")

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

    def clear_upload(self) -> None:
        """The score to upscale and its results are removed."""
        self.clear_results()
        self.upload = None
        self.upload_tray.clear()

    def clear_score(self) -> None:
        """The score to read and its rendition are removed."""
        self.clear_rendition()
        self.score = None
        self.score_tray.clear()

    def clear_rendition(self) -> None:
        """The rendition is removed; the score stays."""
        self.rendition = None
        for folder in self.folder.glob("reading-*"):
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
        self.clear_upload()
        self.clear_score()
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
