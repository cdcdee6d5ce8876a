"""A transcribing job in a workspace: the recording is opened, a part of it is heard, the score is written."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from models.contracts.transcribe import HeardNote
from models.engine import Progress
from models.notation.synthesis.sound import play_notes
from models.transcribe.apart import open_sound_apart, read_performance_apart
from models.transcribe.performance import is_midi
from models.transcribe.sound import LONGEST_S, Sound, sound_of
from scoreweb import texts as messages
from scoreweb.errors import VisitorError
from scoreweb.host import Host
from scoreweb.jobs.transcribe import texts as say
from scoreweb.jobs.transcribe.options import (
    SERVICE,
    TranscribeOptions,
    cut,
    heard_of,
    played_answer,
    request_of,
)
from scoreweb.jobs.transcribe.result import TranscribeResult
from scoreweb.languages.catalogue import retold
from scoreweb.metering import Step, time_left
from scoreweb.settings import Settings
from scoreweb.widgets.recorder import Beaten, Selection
from scoreweb.workspace import Work, Workspace

_UPLOADED = re.compile(r"[0-9a-f]{16,128}")
"""Folders of Gradio's uploads inside its cache; workspaces have other names, so that none of them can be claimed."""


@dataclass
class Recording:
    """A recording in the workspace: its file at ``path``; ``name`` is what the visitor calls it."""

    path: Path
    name: str
    seconds: float


@dataclass
class TranscribeWork(Work):
    """A visitor's recording, and what was written down of it."""

    job: ClassVar[str] = SERVICE
    recording: Recording | None = field(default=None, init=False)
    result: TranscribeResult | None = field(default=None, init=False)
    beaten: Beaten | None = field(default=None, init=False)
    """What the metronome beat while it was recorded."""

    @property
    def has_result(self) -> bool:
        """Whether there is something to come back to."""
        return self.result is not None

    def clear(self) -> None:
        """The recording and its result are removed."""
        self.recording = self.result = None
        super().clear()


def open_recording(work: TranscribeWork, claimed: object, name: object, cache: Path) -> Sound:
    """The uploaded recording, in place of an earlier one, opened. ``claimed`` comes from the browser and is not trusted.

    VisitorError when there is no such upload, SoundError when it is no recording; the workspace then holds none.
    """
    work.clear()
    try:
        source, root = Path(str(claimed)).resolve(), cache.resolve()
    except (ValueError, OSError, RuntimeError) as error:
        raise VisitorError(messages.UPLOAD_GONE) from error
    if source.parent.parent != root or not _UPLOADED.fullmatch(source.parent.name) or not source.is_file():
        raise VisitorError(messages.UPLOAD_GONE)
    target = _place(work)
    try:
        shutil.copyfile(source, target)
        source.unlink(missing_ok=True)
    except OSError as error:
        raise VisitorError(messages.UPLOAD_GONE) from error
    return _opened(work, target, str(name or source.name)[:120])


def open_example(work: TranscribeWork, example: Path) -> Sound:
    """One of our own sounds, in place of an earlier recording, opened."""
    work.clear()
    target = _place(work).with_name(example.name)
    shutil.copyfile(example, target)
    return _opened(work, target, example.name)


def _place(work: TranscribeWork) -> Path:
    folder = work.folder / "recording"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "sound"


def _opened(work: TranscribeWork, target: Path, name: str) -> Sound:
    try:
        sound = sound_at(target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    work.recording = Recording(target, name, sound.seconds)
    return sound


def sound_at(path: Path) -> Sound:
    """The recording at a path; of a MIDI file, its notes as the project's own piano plays them.

    SoundError, NotationError or VisitorError, with a sentence, for what is neither, and for what is too long.
    """
    if not is_midi(path):
        return open_sound_apart(path)
    return sound_of_notes(read_performance_apart(path))


def sound_of_notes(notes: tuple[HeardNote, ...]) -> Sound:
    """The notes of a MIDI file as the project's own piano plays them. VisitorError when that is too long."""
    if max(n.offset_s for n in notes) > LONGEST_S:  # before an hour of silence is made
        raise VisitorError(say.MIDI_TOO_LONG.format(minutes=LONGEST_S / 60))
    return sound_of(*play_notes((n.onset_s, n.offset_s, n.midi, n.velocity) for n in notes))


def chosen(sound: Sound, selection: Selection | None, settings: Settings) -> Sound:
    """The part between the handles, all of it without handles; VisitorError when that is too long for this host."""
    begin, end = (selection.begin, selection.end) if selection else (0.0, sound.seconds)
    if begin >= sound.seconds:  # handles of another recording
        begin, end = 0.0, sound.seconds
    part = cut(sound, begin, min(end, sound.seconds))
    if part.seconds > 60 * settings.sound_minutes + 1:
        minutes = part.seconds / 60
        raise VisitorError(say.TOO_LONG.format(minutes=minutes, most=settings.sound_minutes))
    return part


def run(
    host: Host, workspace: Workspace, selection: Selection | None, options: TranscribeOptions, client: str
) -> Iterator[Step]:
    """The visitor's recording, transcribed: steps as they happen; the result is in the workspace.

    Raises VisitorError, SoundError, NotationError or EngineError; Cancelled when the visitor cancelled. An earlier
    result stays until the new one is there.
    """
    work = workspace.work(TranscribeWork)
    if selection is not None and selection.pending:
        raise VisitorError(say.STILL_COMING)
    if work.recording is None:
        raise VisitorError(say.SOUND_FIRST)
    with workspace.running(work) as job:
        began, recording = time.perf_counter(), work.recording
        yield Step(0.0, messages.STARTING)
        if is_midi(recording.path):
            notes = read_performance_apart(recording.path)
            sound, heard = sound_of_notes(notes), heard_of(played_answer(notes))
        else:
            sound = chosen(open_sound_apart(recording.path), selection, host.settings)
            request = request_of(sound, options)
            heard = heard_of((yield from host.meter.follow(job, SERVICE, request, client, _step)))
        yield Step(0.93, say.WRITING)
        result = TranscribeResult(work.folder / "result", recording.name, sound, heard, options)
        result.write()
        job.check()
        work.result = result
        took = messages.duration(time.perf_counter() - began)
        yield Step(1.0, say.DONE.format(notes=say.notes(len(heard.notes)), seconds=took))


def _step(progress: Progress) -> Step:
    text = say.LISTENING.format(done=progress.done, total=progress.total, note=retold(progress.note))
    if progress.eta_s is not None and progress.done < progress.total:
        text += time_left(progress.eta_s)
    return Step(0.9 * progress.done / progress.total, text)
