"""Workspaces: where each visitor's work lies while the page is open, and from where it vanishes afterwards.

A workspace is a folder with an unguessable name inside Gradio's cache, so that results can be shown and
downloaded without another copy. It is cleared when the visitor leaves, uploads something else, or after an
hour. Nothing in a workspace is part of the collection.
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
from scoreweb.jobs.upscale.options import UpscaleOptions

if TYPE_CHECKING:
    from scoreweb.jobs.read.result import ReadResult
    from scoreweb.jobs.transcribe.result import TranscribeResult


@dataclass
class Uploads:
    """Files that a visitor put into one field: their bytes lie in a folder of the workspace.

    They are known by the path that Gradio gave them, so that a file that stays while another is added, removed or moved
    need not come again. A damaged file stays as well: the visitor may take away that one only.
    """

    folder: Path
    _copies: dict[str, Path] = field(default_factory=dict)

    def update(self, uploaded: Sequence[Path]) -> list[Path]:
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
class Recording:
    """The recording in the workspace: its file lies at ``path``; ``name`` is what the visitor calls it."""

    path: Path
    name: str
    seconds: float


@dataclass
class UpscaleResult:
    """One finished page in the workspace: files of what came in and what came out, with what the visitor should know.

    ``views`` are pairs of pictures of equal size, before and after, by the name of the view.
    """

    label: str
    source: Path
    views: dict[str, tuple[Path, Path]]
    full: Path
    options: UpscaleOptions
    weights: str
    facts: dict[str, Any]
    kept: bool = False


@dataclass
class Workspace:
    """One visitor's upload with its pages' staff spaces, score and its result, recording and its result, running job
    and results.
    """

    folder: Path
    upload: Upload | None = None
    upscale_results: list[UpscaleResult] = field(default_factory=list)
    staff_spaces: dict[int, StaffSpace | None] = field(default_factory=dict)
    score: Upload | None = None
    read_result: ReadResult | None = None
    recording: Recording | None = None
    transcribe_result: TranscribeResult | None = None
    ticket: Ticket[Any] | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    running: threading.Lock = field(default_factory=threading.Lock)
    touched: float = field(default_factory=time.monotonic)
    upload_files: Uploads = field(init=False)
    score_files: Uploads = field(init=False)

    def __post_init__(self) -> None:
        self.upload_files = Uploads(self.folder / "upload")
        self.score_files = Uploads(self.folder / "score")

    def upscale_result(self, number: int | None) -> UpscaleResult | None:
        """The result of that number, the first for None; None when there is no such."""
        number = number or 0
        return self.upscale_results[number] if 0 <= number < len(self.upscale_results) else None

    def cancel(self) -> None:
        """The running job, if any, stops between two tiles."""
        self.cancelled.set()
        if self.ticket is not None:
            self.ticket.cancel()

    def clear_upscale_results(self) -> None:
        """The results are removed; the upload stays."""
        self.upscale_results = []
        shutil.rmtree(self.folder / "results", ignore_errors=True)

    def clear_upload(self) -> None:
        """The score to upscale and its results are removed."""
        self.clear_upscale_results()
        self.upload = None
        self.upload_files.clear()

    def clear_score(self) -> None:
        """The score to read and its result are removed."""
        self.clear_read_result()
        self.score = None
        self.score_files.clear()

    def clear_read_result(self) -> None:
        """The result is removed; the score stays."""
        self.read_result = None
        for folder in self.folder.glob("reading-*"):
            shutil.rmtree(folder, ignore_errors=True)

    def new_read_folder(self) -> Path:
        """A name for the folder of a result, which `put_read_result` puts in place of an earlier one's."""
        return self.folder / f"reading-{secrets.token_hex(6)}"

    def put_read_result(self, result: ReadResult) -> None:
        """The result is in the workspace; an earlier one's files are removed."""
        self.read_result = result
        for folder in self.folder.glob("reading-*"):
            if folder != result.folder:
                shutil.rmtree(folder, ignore_errors=True)

    def clear_recording(self) -> None:
        """The recording and its transcription are removed."""
        self.recording = self.transcribe_result = None
        for name in ("recording", "result"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def clear(self) -> None:
        """Everything is removed."""
        self.cancel()
        self.clear_upload()
        self.clear_score()
        self.recording = self.transcribe_result = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def results_folder(self, number: int) -> Path:
        """A folder for the files of one result."""
        folder = self.folder / "results" / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


class Workspaces:
    """The workspaces of all visitors, by session; idle ones are cleared after ``keep_s`` seconds."""

    def __init__(self, root: Path, *, keep_s: float = 3600, most: int = 500) -> None:
        self._root, self._keep_s, self._most = root, keep_s, most
        self._lock = threading.Lock()
        self._workspaces: dict[str, Workspace] = {}

    def __len__(self) -> int:
        return len(self._workspaces)

    def of(self, session: str) -> Workspace:
        """The session's workspace, a new one when it has none."""
        with self._lock:
            self._clear_idle()
            workspace = self._workspaces.get(session)
            if workspace is None:
                workspace = Workspace(self._root / f"workspace-{secrets.token_hex(16)}")
                workspace.folder.mkdir(parents=True, mode=0o700)
                self._workspaces[session] = workspace
            workspace.touched = time.monotonic()
            return workspace

    def leave(self, session: str) -> None:
        """The session's workspace is cleared, as when its page is closed."""
        with self._lock:
            workspace = self._workspaces.pop(session, None)
        if workspace:
            workspace.clear()

    def close(self) -> None:
        """Every workspace is cleared."""
        for session in list(self._workspaces):
            self.leave(session)

    def clear_idle(self) -> None:
        """Workspaces that nobody touched for a while are cleared."""
        with self._lock:
            self._clear_idle()

    def _clear_idle(self) -> None:
        now = time.monotonic()
        by_age = sorted(self._workspaces.items(), key=lambda item: item[1].touched)
        for number, (session, workspace) in enumerate(by_age):
            if now - workspace.touched > self._keep_s or len(by_age) - number > self._most:
                self._workspaces.pop(session).clear()
