"""What goes into the store and what comes out of it; plain values that know nothing of the database."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from storage.media import NewMedia
from storage.vocabulary import (
    CorrectionFormat,
    DecidedBy,
    Kind,
    Licence,
    RaisedBy,
    Reason,
    Role,
    Status,
    Task,
)

if TYPE_CHECKING:
    from storage.labels import Label
    from storage.schema import Media

Id = uuid.UUID | str
"""A key as the store gave it; text that is no key is answered like a key that nobody has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPrediction:
    """One of the answers a model gave.

    ``rank`` counts from 1, best first; ``score`` is a certainty in 0..1 where the model has one; ``payload``
    is JSON; ``model_digest`` is the SHA-256 of the weights in hex, None for a method without weights.
    """

    rank: int
    payload: Mapping[str, object]
    model: str
    model_digest: str | None = None
    score: float | None = None
    media: NewMedia | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubmission:
    """A whole job: what was given, what came out, the ranked answers, how they were made, what was corrected."""

    task: Task
    app_version: str
    input: NewMedia
    results: Sequence[NewMedia] = ()
    predictions: Sequence[NewPrediction] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    corrections: Sequence[NewCorrection] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCorrection:
    """What the answer should have been: MusicXML as text, or a list of notes as in notes.json.

    ``based_on_rank`` names the prediction that was corrected, None when it was written from nothing. With the format
    "choice" it is the prediction that is right as it stands, and the payload stays empty.
    """

    format: CorrectionFormat
    payload: str | Sequence[Mapping[str, object]] = ""
    based_on_rank: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """That something was stored, with how many corrections.

    ``token`` is there only for a new contributor, and only here: show it once.
    """

    submission_id: uuid.UUID
    token: str | None = field(default=None, repr=False)  # a token must not end in a log
    corrections: int = 0


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A file that ``Store.media_bytes`` gives; pixels for a picture, seconds for a recording."""

    id: uuid.UUID
    role: Role
    kind: Kind
    media_type: str
    size: int
    width: int | None
    height: int | None
    seconds: float | None

    @classmethod
    def of(cls, row: Media) -> MediaRef:
        """The file of a row."""
        return cls(row.id, row.role, row.kind, row.media_type, row.size, row.width, row.height, row.seconds)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many votes a label has."""

    right: int = 0
    wrong: int = 0
    unsure: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A label to be judged or corrected, with the files that belong to it; it does not tell how others voted."""

    submission_id: uuid.UUID
    task: Task
    label: Label
    media: tuple[MediaRef, ...]


@dataclass(frozen=True, slots=True)
class Reported:
    """A report, as the host sees it; ``when`` is in UTC."""

    reason: Reason
    raised_by: RaisedBy
    when: datetime


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A submission as the host sees it; ``reason`` and ``decided_by`` are those of the last decision."""

    id: uuid.UUID
    task: Task
    when: datetime
    status: Status
    licence: Licence
    votes: int
    corrections: int
    reports: tuple[Reported, ...]
    reason: str
    decided_by: DecidedBy | None


@dataclass(frozen=True, slots=True)
class Contribution:
    """One of a contributor's submissions; ``when`` is in UTC, ``thumbnail`` is there for pictures.

    ``votes`` are those on the present label; ``reason`` is what the host said when deciding, else empty.
    """

    id: uuid.UUID
    task: Task
    when: datetime
    status: Status
    licence: Licence
    thumbnail: MediaRef | None
    media: tuple[MediaRef, ...]
    votes: Tally
    corrections: int
    reason: str


@dataclass(frozen=True, slots=True)
class Activity:
    """How often a contributor corrected, judged and reported what others gave."""

    corrections: int
    votes: int
    reports: int


@dataclass(frozen=True, slots=True)
class Erasure:
    """How much was erased, counting what the asker gave.

    ``complete`` is False while traces are left: a file that could not be removed yet (the sweep will) or a
    database file that waits to be written anew (the next write will).
    """

    submissions: int = 0
    corrections: int = 0
    votes: int = 0
    blobs: int = 0
    complete: bool = True


@dataclass(frozen=True, slots=True)
class BackedUp:
    """The file name of a new copy, how many blobs were added to the copies', how many old copies ended."""

    name: str
    blobs: int
    ended: int


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds: numbers of the contributions, counts by task and split, how many were withdrawn."""

    ids: tuple[str, ...]
    counts: Mapping[tuple[str, str], int]
    removed: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the collection holds, for its host.

    ``submissions`` counts by task and status; ``pages`` are the pictures that were given, ``hours`` the recordings;
    the same of accepted ones alone.
    """

    submissions: Mapping[tuple[Task, Status], int]
    contributors: int
    corrections: int
    votes: int
    pages: int
    hours: float
    accepted_pages: int
    accepted_hours: float


@dataclass(frozen=True, slots=True)
class Swept:
    """How many files without a row, and how many half-written ones, were removed.

    ``held_back`` counts files without a row that were left, since they are suspiciously many.
    """

    blobs: int = 0
    partials: int = 0
    held_back: int = 0
