"""The closed lists of words that the collection's columns may hold; each becomes a CHECK in the database."""

from __future__ import annotations

from enum import StrEnum


class Task(StrEnum):
    """The job a submission comes from."""

    UPSCALE = "upscale"
    READ = "read"
    TRANSCRIBE = "transcribe"


class Status(StrEnum):
    """Where a submission stands in review; nothing leaves the collection unless it is accepted."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    HIDDEN = "hidden"


class Licence(StrEnum):
    """What the contributor allows; "train-only" is never published."""

    CC0 = "CC0-1.0"
    CC_BY = "CC-BY-4.0"
    TRAIN_ONLY = "train-only"


class Role(StrEnum):
    """What a file is to its submission."""

    INPUT = "input"
    RESULT = "result"
    PREDICTION = "prediction"
    THUMBNAIL = "thumbnail"


class Kind(StrEnum):
    """What a file holds."""

    IMAGE = "image"
    AUDIO = "audio"
    SCORE = "score"


class CorrectionFormat(StrEnum):
    """How a correction is written: MusicXML, or a JSON list of notes (onset_s, offset_s, midi, velocity)."""

    MUSICXML = "musicxml"
    NOTES = "notes"


class Verdict(StrEnum):
    """What a voter says about a submission."""

    RIGHT = "right"
    WRONG = "wrong"
    UNSURE = "unsure"


class Reason(StrEnum):
    """Why somebody raised a flag."""

    RIGHTS = "rights"
    PERSONAL = "personal"
    OFFENSIVE = "offensive"
    NOT_MUSIC = "not-music"
    BROKEN = "broken"
    OTHER = "other"


class RaisedBy(StrEnum):
    """Who raised a flag: anybody, somebody with a token, or the host."""

    VISITOR = "visitor"
    CONTRIBUTOR = "contributor"
    HOST = "host"
