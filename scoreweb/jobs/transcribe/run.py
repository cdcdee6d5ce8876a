"""A transcribing job in a workspace: the recording is opened, a part of it is heard, the sheet is written."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from models.engine import Progress, Ticket
from models.transcribe.sound import Sound, open_sound
from scoreweb import texts as messages
from scoreweb.errors import VisitorError
from scoreweb.host import Host
from scoreweb.jobs.transcribe.options import TranscribeOptions, cut, heard_of, start
from scoreweb.jobs.transcribe.result import TranscribeResult
from scoreweb.metering import Step, one_job, time_left, wait_for
from scoreweb.settings import Settings
from scoreweb.widgets.recorder import Selection
from scoreweb.workspace import Recording, Workspace

_UPLOADED = re.compile(r"[0-9a-f]{16,128}")
"""Folders of Gradio's uploads inside its cache; workspaces have other names and are nobody else's."""


def open_recording(
    workspace: Workspace, claimed: object, name: object, cache: Path
) -> tuple[Recording, Sound]:
    """The uploaded recording moved to the workspace and opened. ``claimed`` comes from the browser and is not trusted.

    VisitorError when there is no such upload, SoundError when it is no recording; the workspace then holds none.
    """
    workspace.clear_recording()
    try:
        source, root = Path(str(claimed)).resolve(), cache.resolve()
    except (ValueError, OSError, RuntimeError) as error:
        raise VisitorError(messages.UPLOAD_GONE) from error
    if source.parent.parent != root or not _UPLOADED.fullmatch(source.parent.name) or not source.is_file():
        raise VisitorError(messages.UPLOAD_GONE)
    target = _place(workspace)
    try:
        shutil.copyfile(source, target)
        source.unlink(missing_ok=True)
    except OSError as error:
        raise VisitorError(messages.UPLOAD_GONE) from error
    return _opened(workspace, target, str(name or source.name)[:120])


def open_example(workspace: Workspace, example: Path) -> tuple[Recording, Sound]:
    """One of our own sounds copied to the workspace and opened."""
    workspace.clear_recording()
    target = _place(workspace).with_name(example.name)
    shutil.copyfile(example, target)
    return _opened(workspace, target, example.name)


def _place(workspace: Workspace) -> Path:
    folder = workspace.folder / "recording"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "sound"


def _opened(workspace: Workspace, target: Path, name: str) -> tuple[Recording, Sound]:
    try:
        sound = open_sound(target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    workspace.recording = Recording(target, name, sound.seconds)
    return workspace.recording, sound


def chosen(sound: Sound, selection: Selection | None, settings: Settings) -> Sound:
    """The part between the handles, all of it without handles; VisitorError when that is too long for this host."""
    begin, end = (selection.begin, selection.end) if selection else (0.0, sound.seconds)
    if begin >= sound.seconds:  # handles of another recording
        begin, end = 0.0, sound.seconds
    part = cut(sound, begin, min(end, sound.seconds))
    if part.seconds > 60 * settings.sound_minutes + 1:
        minutes = part.seconds / 60
        raise VisitorError(messages.TOO_LONG_SOUND.format(minutes=minutes, most=settings.sound_minutes))
    return part


def run(
    host: Host, workspace: Workspace, selection: Selection | None, options: TranscribeOptions, client: str
) -> Iterator[Step]:
    """The take in the workspace transcribed; steps as they happen, the result in the workspace.

    Raises VisitorError, SoundError, NotationError or EngineError; Cancelled when the visitor cancelled. An earlier
    result stays until the new one is there.
    """
    if workspace.recording is None:
        raise VisitorError(messages.SOUND_FIRST)
    with one_job(host, workspace, client):
        began = time.perf_counter()
        yield Step(0.0, messages.STARTING)
        recording = workspace.recording
        sound = chosen(open_sound(recording.path), selection, host.settings)
        ticket = yield from _heard(host, workspace, sound, options)
        heard = heard_of(ticket.result())
        host.budgets.seconds.spend(client, max(heard.seconds, time.perf_counter() - began))
        yield Step(0.93, messages.WRITING)
        result = TranscribeResult(workspace.folder / "result", recording.name, sound, heard, options)
        result.write()
        workspace.transcribe_result = result
        took = messages.duration(time.perf_counter() - began)
        yield Step(1.0, messages.WRITTEN.format(notes=messages.notes(len(heard.notes)), seconds=took))


def _heard(
    host: Host, workspace: Workspace, sound: Sound, options: TranscribeOptions
) -> Generator[Step, None, Ticket[Any]]:
    return (
        yield from wait_for(
            workspace,
            lambda on_progress: start(host.engine, sound, options, host.limits.deadline_s, on_progress),
            _step,
        )
    )


def _step(progress: Progress) -> Step:
    text = messages.LISTENING.format(done=progress.done, total=progress.total, note=progress.note)
    if progress.eta_s is not None and progress.done < progress.total:
        text += time_left(progress.eta_s)
    return Step(0.9 * progress.done / progress.total, text)
