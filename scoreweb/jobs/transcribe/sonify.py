"""From a score to sound, as a job in a workspace: a MusicXML file is played by the project's own piano, and drawn."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from models.notation.apart import read_musicxml_apart
from models.notation.engraving.engrave import Engraving, engrave
from models.notation.engraving.process import DrawingProgress
from models.notation.errors import EngravingFailed
from models.notation.performance import Sounding
from models.notation.score import Score
from models.notation.synthesis.sound import flac_bytes, play, play_notes, wav_bytes
from scoreweb import texts as messages
from scoreweb.errors import VisitorError
from scoreweb.file_kinds import safe_stem
from scoreweb.host import Host
from scoreweb.jobs.transcribe import texts as say
from scoreweb.metering import POLL_S, Step
from scoreweb.score_result import softened, without_staves
from scoreweb.workspace import Run, Work, Workspace

_PLAYED, _DRAWN = 0.3, 0.97
"""The share of the job that is done when the sound is there, and when the drawing is."""
_PLAYING = threading.Lock()
"""One score becomes sound at a time: an hour of sound takes 1 GB until it is in its files."""


@dataclass(frozen=True)
class Sonified:
    """A score as sound: its files in the workspace, its length, its drawing or the sentence why there is none."""

    score: Score
    wav: Path
    flac: Path
    seconds: float
    engraving: Engraving | None
    problem: str = ""


@dataclass
class SonifyWork(Work):
    """The sound that a visitor's score was turned into last."""

    job: ClassVar[str] = "sonify"
    result: Sonified | None = field(default=None, init=False)

    def put(self, files: Mapping[str, bytes]) -> list[Path]:
        """The files in the workspace by name, in place of those of an earlier sound."""
        self.clear()
        folder = self.folder / secrets.token_hex(6)  # a new address, so that no browser plays an older one
        folder.mkdir(parents=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
        return [folder / name for name in files]

    def mixed(self, result: Sonified, quiet: Sequence[str]) -> tuple[Path, list[Sounding]]:
        """The sound of the score with staves left out or softened, see `ScoreResult.sound`, and what sounds when."""
        notes = softened(without_staves(result.score, quiet), quiet)
        if not quiet:
            return result.flac, notes
        path = result.flac.with_name(
            f"{result.flac.stem}-{'-'.join(quiet).replace('/', '.').replace('=', 'v')}.flac"
        )
        if not path.exists():
            path.write_bytes(flac_bytes(*play_notes(notes)))
        return path, notes

    def clear(self) -> None:
        """The sound is removed."""
        self.result = None
        super().clear()


def run(host: Host, workspace: Workspace, file: str | None, client: str) -> Iterator[Step]:
    """The visitor's score, played and drawn: steps as they happen; the result is in the workspace.

    Where it cannot be drawn in time there is sound without a drawing. Raises VisitorError or NotationError; Cancelled
    when the visitor cancelled.
    """
    work = workspace.work(SonifyWork)
    if file is None:
        raise VisitorError(say.SONIFY_FIRST)
    data, most = Path(file).read_bytes(), host.settings.score_notes
    with workspace.running(work) as job:
        yield Step(0.0, messages.STARTING)
        with host.meter.computing(client):
            score = read_musicxml_apart(data, most)
        if isinstance(score, int):
            raise VisitorError(say.SONIFY_TOO_LONG.format(notes=score, most=most))
        job.check()
        yield Step(0.1, say.SONIFY_PLAYING)
        with _alone(job), host.meter.computing(client):
            made, seconds = _played(score, safe_stem(file, "score"))
        job.check()
        engraving, problem = None, ""
        try:
            engraving = yield from drawn(job, score)
        except EngravingFailed as error:
            problem = f"{error} {say.SONIFY_UNDRAWN}"
        job.check()
        wav, flac = work.put(made)
        work.result = Sonified(score, wav, flac, seconds, engraving, problem)
        yield Step(1.0, say.SONIFY_DONE.format(seconds=seconds))


@contextmanager
def _alone(job: Run) -> Iterator[None]:
    """While no other score becomes sound. Cancelled, when the visitor does not want to wait for that."""
    while not _PLAYING.acquire(timeout=POLL_S):
        job.check()
    try:
        yield
    finally:
        _PLAYING.release()


def _played(score: Score, stem: str) -> tuple[dict[str, bytes], float]:
    """The sound's files by name, and how many seconds it lasts; the samples are not kept while the score is drawn."""
    samples, rate = play(score)
    files = {f"{stem}.wav": wav_bytes(samples, rate), f"{stem}.flac": flac_bytes(samples, rate)}
    return files, len(samples) / rate


def drawn(job: Run, score: Score) -> Generator[Step, None, Engraving]:
    """The score's drawing; steps while others are drawn first, and while it is drawn. EngravingFailed, or Cancelled."""
    progress = DrawingProgress()

    def watch(latest: DrawingProgress) -> None:
        nonlocal progress
        progress = latest
        job.check()

    with ThreadPoolExecutor(1, thread_name_prefix="drawing") as other:
        drawing: Future[Engraving] = other.submit(engrave, score, watch=watch)
        began = time.monotonic()
        while True:
            try:
                return drawing.result(POLL_S)
            except NotYet:
                if drawing.done():  # a timeout of the drawing's own
                    raise
                yield _step(progress, time.monotonic() - began)


def _step(progress: DrawingProgress, seconds: float) -> Step:
    if progress.ahead:
        return Step(_PLAYED, messages.WAITING.format(ahead=progress.ahead))
    if progress.pages == 0:  # Verovio does not tell how far it is: half of the way at most, ever slower
        return Step(_PLAYED + (_DRAWN - _PLAYED) * 0.5 * seconds / (seconds + 5), say.SONIFY_DRAWING)
    share = 0.5 + 0.5 * progress.page / progress.pages
    page = messages.PAGE_OF.format(number=progress.page, pages=progress.pages)
    return Step(_PLAYED + (_DRAWN - _PLAYED) * share, f"{say.SONIFY_DRAWING} · {page}")
