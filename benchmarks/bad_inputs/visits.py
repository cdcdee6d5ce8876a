"""A visitor who sends one file to a job and starts it: what the visitor reads, how long it took, what it left behind."""

from __future__ import annotations

import gc
import re
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradio_client.utils import strip_invalid_filename_characters
from PIL import Image

from benchmarks.bad_inputs import pictures, scores, sounds
from benchmarks.bad_inputs.case import Case
from benchmarks.resident import peak_mb, reset_peak, resident_mb
from scoreweb.errors import sentence_of
from scoreweb.host import Host, open_host
from scoreweb.jobs.read import run as reading
from scoreweb.jobs.read.options import ReadOptions
from scoreweb.jobs.transcribe import run as transcribing
from scoreweb.jobs.transcribe import sonify
from scoreweb.jobs.transcribe.options import options_of
from scoreweb.jobs.upscale import run as upscaling
from scoreweb.jobs.upscale.choice import AUTO
from scoreweb.jobs.upscale.inspection import inspect
from scoreweb.jobs.upscale.options import UpscaleOptions
from scoreweb.settings import Settings
from scoreweb.workspace import Workspace

CLIENT = "a visitor"
_OWN_PROGRAMS = ("ffmpeg", "tesseract", Path(sys.executable).name)
_LEAK = re.compile(
    r"Traceback|File \"|/tmp|/home|/root|/usr|/etc|/var|site-packages|0x[0-9a-f]{6}|object at|errno",
    re.IGNORECASE,
)


@dataclass
class Visit:
    """What came of one bad file. ``faults`` is empty where nothing is to be blamed."""

    case: str
    told: str
    seconds: float
    peak_mb: float
    left_mb: float
    faults: list[str] = field(default_factory=list)


class Watch:
    """Python's own audit of this process: which addresses and programs it asks for."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in {"socket.connect", "socket.getaddrinfo", "urllib.Request", "socket.sendto"}:
            self.seen.append(f"asked for {arguments[-1]!r}"[:80])
        elif event == "subprocess.Popen" and Path(str(arguments[0])).name not in _OWN_PROGRAMS:
            self.seen.append(f"started {arguments[0]!r}"[:80])
        elif event == "open" and str(arguments[0]) in {"/etc/passwd", "/etc/shadow"}:
            self.seen.append(f"opened {arguments[0]!r}")


@contextmanager
def visitors(folder: Path, **settings: object) -> Iterator[Visitors]:
    """Visits to a host of its own, whose data and cache lie below the folder."""
    # Who leaves does not come back: else what was made of a file stays for a quarter of an hour
    plenty = {"client_seconds_per_hour": 1e9, "deadline_s": 300, "backup_days": 0, "away_minutes": 0}
    host = open_host(Settings(data_dir=folder / "data", **{**plenty, **settings}), folder / "cache")
    try:
        yield Visitors(host, folder / "cache")
    finally:
        host.close()


class Visitors:
    """One after the other, each with a workspace of their own."""

    def __init__(self, host: Host, cache: Path) -> None:
        self.host, self._cache, self._watch = host, cache, Watch()
        self._held: float | None = None

    def warm(self, job: str) -> None:
        """A good file for the job, which loads what stays in memory for all."""
        self.send(job, _GOOD[job]())

    def send(self, job: str, case: Case) -> Visit:
        """What one visitor with this file meets."""
        data, session = case.make(), secrets.token_hex(8)
        path = self._uploaded(case.file, data)
        del data
        workspace = self.host.workspaces.of(session)
        self._watch.seen.clear()
        before = resident_mb() if self._held is None else self._held
        began = time.perf_counter()
        reset_peak()
        faults = []
        try:
            _JOBS[job](self.host, workspace, path, self._cache)
            told = ""
        except Exception as error:  # noqa: BLE001 - what a visitor reads of any error is what is tried here
            told = sentence_of(error)
            faults = _faults(told)
        seconds, peak = time.perf_counter() - began, peak_mb() - before
        self.host.workspaces.leave(session)
        with suppress(OSError):
            path.unlink(missing_ok=True)
        if workspace.folder.exists():
            faults.append("files stay behind")
        faults += self._watch.seen
        self._held = resident_mb()
        gc.freeze()  # what is still there is looked through once, and not behind each of 300 files
        return Visit(case.name, told, seconds, peak, self._held - before, faults)

    def _uploaded(self, name: str, data: bytes) -> Path:
        """Where Gradio would have put the file."""
        folder = self._cache / secrets.token_hex(32)
        folder.mkdir(parents=True)
        path = folder / (strip_invalid_filename_characters(Path(name).name) or "file")
        path.write_bytes(data)
        return path


def _faults(told: str) -> list[str]:
    found = [f"tells {match[0]!r}" for match in _LEAK.finditer(told)]
    if "unforeseen" in told.lower() or ("number" in told and re.search(r"\b[0-9a-f]{8}\b", told)):
        found.append("an unforeseen error")
    if not told.rstrip(") ").endswith((".", "!")) or not told[:1].strip() or len(told) > 400:
        found.append("is no sentence")
    return found


def _upscale(host: Host, workspace: Workspace, path: Path, _: Path) -> None:
    work = workspace.work(upscaling.UpscaleWork)
    pages = upscaling.open_score(work, [path], host.settings)
    for found in inspect(pages, host.limits.page_pixels):
        work.scanned[found.number] = found.scanned
    _to_the_end(upscaling.run(host, workspace, [0], UpscaleOptions(AUTO), CLIENT))


def _read(host: Host, workspace: Workspace, path: Path, _: Path) -> None:
    reading.open_score(workspace.work(reading.ReadWork), [path], host.settings)
    _to_the_end(reading.run(host, workspace, ReadOptions(), CLIENT))


def _transcribe(host: Host, workspace: Workspace, path: Path, cache: Path) -> None:
    transcribing.open_recording(workspace.work(transcribing.TranscribeWork), str(path), path.name, cache)
    _to_the_end(transcribing.run(host, workspace, None, options_of("auto", None, ""), CLIENT))


def _sonify(host: Host, workspace: Workspace, path: Path, _: Path) -> None:
    _to_the_end(sonify.run(host, workspace, str(path), CLIENT))


def _to_the_end(steps: Iterator[object]) -> None:
    for _ in steps:
        pass


_GOOD: dict[str, Callable[[], Case]] = {
    "upscale": lambda: Case.of(
        "a good page", "page.png", pictures.encoded(Image.fromarray(pictures.music()))
    ),
    "read": lambda: Case.of("a good page", "page.png", pictures.encoded(Image.fromarray(pictures.music()))),
    "transcribe": lambda: Case.of("a good take", "take.wav", sounds.written(sounds.tone())),
    "sonify": lambda: Case.of("a good score", "score.musicxml", scores.score().encode()),
}

_JOBS: dict[str, Callable[[Host, Workspace, Path, Path], None]] = {
    "upscale": _upscale, "read": _read, "transcribe": _transcribe, "sonify": _sonify,
}  # fmt: skip
