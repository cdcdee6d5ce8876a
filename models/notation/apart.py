"""Visitors' MusicXML files read as by `read_musicxml`, but in processes with a limit on time and memory (`models.limited`)."""

from __future__ import annotations

from models.limited import NoneFree, TooMuch, limited
from models.notation.errors import NotationError, TooLongScore
from models.notation.musicxml import read_musicxml
from models.notation.musicxml.container import xml_text
from models.notation.score import Score

_BUSY = "Many files are being opened at this moment. Try again in a minute."
_TOO_MUCH = "Reading this score takes too much time or memory; send a part of it."


def read_musicxml_apart(data: bytes, most_notes: int) -> Score | int:
    """The score in a MusicXML file; where the file holds more notes and rests than ``most_notes``, only their number.

    NotationErrors as `read_musicxml`; TooLongScore besides, where reading it takes more than any honest file does.
    """
    try:
        return limited(score_or_count, (NotationError,), data, most_notes)
    except TooMuch as error:
        raise TooLongScore(_TOO_MUCH) from error
    except NoneFree as error:
        raise TooLongScore(_BUSY) from error


def score_or_count(data: bytes, most_notes: int) -> Score | int:
    """As `read_musicxml_apart`, in this process. The notes are counted before anything is read."""
    notes = xml_text(data).count(b"<note")
    return notes if notes > most_notes else read_musicxml(data)
