"""Visitors' recordings and MIDI files opened as by `open_sound` and `read_performance_file`, but in processes with a limit
on time and memory (`models.limited`).
"""

from __future__ import annotations

from pathlib import Path

from models.limited import NoneFree, TooMuch, limited
from models.notation.errors import NotationError, TooLongScore
from models.transcribe.errors import SoundError, TooDemanding
from models.transcribe.heard import HeardNote
from models.transcribe.performance import read_performance_file
from models.transcribe.sound import Sound, open_sound

_BUSY = "Many files are being opened at this moment. Try again in a minute."
_SOUND = "Opening that recording takes too much time or memory. Save it as wav, or send a shorter one."
_MIDI = "Reading this MIDI file takes too much time or memory: send a part of it."


def open_sound_apart(source: Path | bytes) -> Sound:
    """The recording. SoundErrors as `open_sound`; TooDemanding where opening it takes more than any honest file does."""
    try:
        return limited(open_sound, (SoundError,), source)
    except TooMuch as error:
        raise TooDemanding(_SOUND) from error
    except NoneFree as error:
        raise TooDemanding(_BUSY) from error


def read_performance_apart(source: Path | bytes) -> tuple[HeardNote, ...]:
    """The notes of a MIDI file. NotationErrors as `read_performance_file`; TooLongScore where reading it takes too much."""
    try:
        return limited(read_performance_file, (NotationError,), source)
    except TooMuch as error:
        raise TooLongScore(_MIDI) from error
    except NoneFree as error:
        raise TooLongScore(_BUSY) from error
