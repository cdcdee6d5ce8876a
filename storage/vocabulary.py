"""The closed lists of words that the collection's columns may hold; each becomes a CHECK in the database."""

from __future__ import annotations

from enum import StrEnum


class Task(StrEnum):
    """The job a submission comes from."""

    UPSCALE = "upscale"
    READ = "read"
    TRANSCRIBE = "transcribe"


class Status(StrEnum):
    """Where a submission stands in review; nothing leaves the collection unless it is accepted.

    "disputed": the votes found no majority, the host decides. "quarantined": reported, and seen by nobody but its
    contributor and the host until the host has decided.
    """

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    HIDDEN = "hidden"
    DISPUTED = "disputed"
    QUARANTINED = "quarantined"


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
    """How a correction is written.

    "musicxml"; "notes": a JSON list of notes (onset_s, offset_s, midi, velocity); "choice": nothing was written,
    the prediction that it is based on was chosen as it stands.
    """

    MUSICXML = "musicxml"
    NOTES = "notes"
    CHOICE = "choice"


class Verdict(StrEnum):
    """What a voter says about a submission."""

    RIGHT = "right"
    WRONG = "wrong"
    UNSURE = "unsure"


class Reason(StrEnum):
    """Why somebody reported a submission."""

    RIGHTS = "rights"
    PERSONAL = "personal"
    OFFENSIVE = "offensive"
    NOT_MUSIC = "not-music"
    BROKEN = "broken"
    OTHER = "other"


class RaisedBy(StrEnum):
    """Who made a report: anybody, somebody with a token, or the host."""

    VISITOR = "visitor"
    CONTRIBUTOR = "contributor"
    HOST = "host"


class DecidedBy(StrEnum):
    """Who set a submission's status: the votes, a report, a new correction, or the host."""

    VOTES = "votes"
    REPORT = "report"
    CORRECTION = "correction"
    HOST = "host"
