"""A transcribing job on a desk: the take is laid there, a part of it is heard, the sheet is written."""

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
from scoreweb.jobs.transcribe.options import Wish, cut, heard_of, start
from scoreweb.jobs.transcribe.result import Transcript
from scoreweb.metering import Step, at_work, computed, left
from scoreweb.settings import Settings
from scoreweb.widgets.recorder import Selection
from scoreweb.workspace import Desk, Take

_UPLOADED = re.compile(r"[0-9a-f]{16,128}")
"""Folders of Gradio's uploads inside its cache; desks have other names and are nobody else's."""


def lay_take(desk: Desk, claimed: object, name: object, cache: Path) -> tuple[Take, Sound]:
    """The uploaded recording moved to the desk and opened. ``claimed`` comes from the browser and is not trusted.

    VisitorError when there is no such upload, SoundError when it is no recording; the desk then holds none.
    """
    desk.clear_take()
    try:
        source, root = Path(str(claimed)).resolve(), cache.resolve()
    except (ValueError, OSError, RuntimeError) as error:
        raise VisitorError(messages.UPLOAD_GONE) from error
    if source.parent.parent != root or not _UPLOADED.fullmatch(source.parent.name) or not source.is_file():
        raise VisitorError(messages.UPLOAD_GONE)
    target = _place(desk)
    try:
        shutil.copyfile(source, target)
        source.unlink(missing_ok=True)
    except OSError as error:
        raise VisitorError(messages.UPLOAD_GONE) from error
    return _opened(desk, target, str(name or source.name)[:120])


def lay_example(desk: Desk, example: Path) -> tuple[Take, Sound]:
    """One of our own sounds copied to the desk and opened."""
    desk.clear_take()
    target = _place(desk).with_name(example.name)
    shutil.copyfile(example, target)
    return _opened(desk, target, example.name)


def _place(desk: Desk) -> Path:
    folder = desk.folder / "take"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "sound"


def _opened(desk: Desk, target: Path, name: str) -> tuple[Take, Sound]:
    try:
        sound = open_sound(target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    desk.take = Take(target, name, sound.seconds)
    return desk.take, sound


def chosen(sound: Sound, selection: Selection | None, settings: Settings) -> Sound:
    """The part between the handles, all of it without handles; VisitorError when that is too long for this host."""
    begin, end = (selection.begin, selection.end) if selection else (0.0, sound.seconds)
    if begin >= sound.seconds:  # handles of another take
        begin, end = 0.0, sound.seconds
    part = cut(sound, begin, min(end, sound.seconds))
    if part.seconds > 60 * settings.sound_minutes + 1:
        minutes = part.seconds / 60
        raise VisitorError(messages.TOO_LONG_SOUND.format(minutes=minutes, most=settings.sound_minutes))
    return part


def listen(host: Host, desk: Desk, selection: Selection | None, wish: Wish, client: str) -> Iterator[Step]:
    """The take on the desk transcribed; steps as they happen, the transcript on the desk.

    Raises VisitorError, SoundError, NotationError or EngineError; Cancelled when the visitor cancelled. An earlier
    transcript stays until the new one is there.
    """
    if desk.take is None:
        raise VisitorError(messages.SOUND_FIRST)
    with at_work(host, desk, client):
        began = time.perf_counter()
        yield Step(0.0, messages.STARTING)
        take = desk.take
        sound = chosen(open_sound(take.path), selection, host.settings)
        ticket = yield from _heard(host, desk, sound, wish)
        heard = heard_of(ticket.result())
        host.gate.seconds.spend(client, max(heard.seconds, time.perf_counter() - began))
        yield Step(0.93, messages.WRITING)
        transcript = Transcript(desk.folder / "transcript", take.name, sound, heard, wish)
        transcript.write()
        desk.transcript = transcript
        took = messages.duration(time.perf_counter() - began)
        yield Step(1.0, messages.WRITTEN.format(notes=messages.notes(len(heard.notes)), seconds=took))


def _heard(host: Host, desk: Desk, sound: Sound, wish: Wish) -> Generator[Step, None, Ticket[Any]]:
    return (
        yield from computed(
            desk, lambda hear: start(host.engine, sound, wish, host.limits.deadline_s, hear), _step
        )
    )


def _step(progress: Progress) -> Step:
    text = messages.LISTENING.format(done=progress.done, total=progress.total, note=progress.note)
    if progress.eta_s is not None and progress.done < progress.total:
        text += left(progress.eta_s)
    return Step(0.9 * progress.done / progress.total, text)
