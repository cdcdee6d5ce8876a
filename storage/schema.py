"""The tables of the collection, typed. docs/storage.md describes every column; a test holds the two together.

Who gave something is found through the consent: contributor -> consent -> submission or correction. Taking a
consent back, that is deleting its row, therefore takes everything that was kept under it along.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.columns import (
    HEX_DIGEST,
    NAME_LENGTH,
    REASON_LENGTH,
    VERSION_LENGTH,
    Base,
    Json,
    utc_now,
)
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
    Verdict,
)

__all__ = [
    "Base",
    "Consent",
    "Contributor",
    "Correction",
    "Decision",
    "Json",
    "Media",
    "Prediction",
    "Report",
    "Submission",
    "Tombstone",
    "Vote",
    "utc_now",
]


def _owner(table: str, *, index: bool | None = None, unique: bool | None = None) -> Mapped[uuid.UUID]:
    """A key of the row this one belongs to and dies with."""
    return mapped_column(ForeignKey(f"{table}.id", ondelete="CASCADE"), index=index, unique=unique)


class Contributor(Base):
    """Somebody who holds a token. Nothing else is known about them."""

    __tablename__ = "contributor"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    token_hmac: Mapped[str] = mapped_column(String(HEX_DIGEST), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    consents: Mapped[list[Consent]] = relationship(
        back_populates="contributor", cascade="all, delete-orphan", passive_deletes=True
    )
    votes: Mapped[list[Vote]] = relationship(
        back_populates="contributor", cascade="all, delete-orphan", passive_deletes=True
    )
    reports: Mapped[list[Report]] = relationship(
        back_populates="contributor", cascade="all, delete-orphan", passive_deletes=True
    )


class Consent(Base):
    """What a contributor agreed to, in which words, for one submission or for corrections to one."""

    __tablename__ = "consent"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    contributor_id: Mapped[uuid.UUID] = _owner("contributor", index=True)
    version: Mapped[int]
    text_digest: Mapped[str] = mapped_column(String(HEX_DIGEST))
    licence: Mapped[Licence]
    own_or_may_share: Mapped[bool]
    of_age: Mapped[bool]
    locale: Mapped[str] = mapped_column(String(35))
    given_at: Mapped[datetime] = mapped_column(default=utc_now)

    contributor: Mapped[Contributor] = relationship(back_populates="consents")
    submission: Mapped[Submission | None] = relationship(
        back_populates="consent", cascade="all, delete-orphan", passive_deletes=True, single_parent=True
    )
    corrections: Mapped[list[Correction]] = relationship(
        back_populates="consent", cascade="all, delete-orphan", passive_deletes=True
    )


class Submission(Base):
    """One job that was kept whole: input, results, ranked predictions, settings."""

    __tablename__ = "submission"
    __table_args__ = (Index(None, "status", "created_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    consent_id: Mapped[uuid.UUID] = _owner("consent", unique=True)
    task: Mapped[Task]
    status: Mapped[Status] = mapped_column(default=Status.PENDING)
    app_version: Mapped[str] = mapped_column(String(VERSION_LENGTH))
    settings: Mapped[Json]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    consent: Mapped[Consent] = relationship(back_populates="submission")
    media: Mapped[list[Media]] = relationship(
        back_populates="submission",
        cascade="all, delete-orphan",
        passive_deletes=True,
        order_by="Media.position",
    )
    predictions: Mapped[list[Prediction]] = relationship(
        back_populates="submission",
        cascade="all, delete-orphan",
        passive_deletes=True,
        order_by="Prediction.run, Prediction.rank",
    )
    corrections: Mapped[list[Correction]] = relationship(
        back_populates="submission", cascade="all, delete-orphan", passive_deletes=True
    )
    votes: Mapped[list[Vote]] = relationship(
        back_populates="submission", cascade="all, delete-orphan", passive_deletes=True
    )
    reports: Mapped[list[Report]] = relationship(
        back_populates="submission", cascade="all, delete-orphan", passive_deletes=True
    )
    decisions: Mapped[list[Decision]] = relationship(
        back_populates="submission",
        cascade="all, delete-orphan",
        passive_deletes=True,
        order_by="Decision.decided_at",
    )


class Media(Base):
    """One file of a submission; its bytes lie in the blobs under ``digest``, maybe shared with other rows."""

    __tablename__ = "media"
    __table_args__ = (
        UniqueConstraint("submission_id", "position"),
        CheckConstraint("size >= 0", name="size"),
        CheckConstraint("width > 0 AND height > 0", name="dimensions"),
        CheckConstraint("seconds >= 0", name="seconds"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    submission_id: Mapped[uuid.UUID] = _owner("submission")
    position: Mapped[int]
    role: Mapped[Role]
    kind: Mapped[Kind]
    media_type: Mapped[str] = mapped_column(String(NAME_LENGTH))
    digest: Mapped[str] = mapped_column(String(HEX_DIGEST), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int | None]
    height: Mapped[int | None]
    seconds: Mapped[float | None]
    original_hmac: Mapped[str | None] = mapped_column(String(HEX_DIGEST))

    submission: Mapped[Submission] = relationship(back_populates="media")


class Prediction(Base):
    """One of the ranked answers a model gave for a submission; a later model's are another run."""

    __tablename__ = "prediction"
    __table_args__ = (
        UniqueConstraint("submission_id", "run", "rank"),
        CheckConstraint("run >= 1", name="run"),
        CheckConstraint("rank >= 1", name="rank"),
        CheckConstraint("score >= 0 AND score <= 1", name="score"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    submission_id: Mapped[uuid.UUID] = _owner("submission")
    run: Mapped[int] = mapped_column(default=1)
    rank: Mapped[int]
    score: Mapped[float | None]
    payload: Mapped[Json]
    media_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("media.id", ondelete="SET NULL"), index=True
    )
    model_name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    model_digest: Mapped[str | None] = mapped_column(String(HEX_DIGEST))
    made_at: Mapped[datetime] = mapped_column(default=utc_now)

    submission: Mapped[Submission] = relationship(back_populates="predictions")
    media: Mapped[Media | None] = relationship()


class Correction(Base):
    """What a person says the answer should have been."""

    __tablename__ = "correction"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    submission_id: Mapped[uuid.UUID] = _owner("submission", index=True)
    consent_id: Mapped[uuid.UUID] = _owner("consent", index=True)
    based_on: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("prediction.id", ondelete="SET NULL"), index=True
    )
    format: Mapped[CorrectionFormat]
    payload: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    submission: Mapped[Submission] = relationship(back_populates="corrections")
    consent: Mapped[Consent] = relationship(back_populates="corrections")
    prediction: Mapped[Prediction | None] = relationship()


class Vote(Base):
    """One contributor's verdict on the label that another's submission had then; voting again changes it.

    The label is a correction, or a prediction where nobody had corrected it.
    """

    __tablename__ = "vote"
    __table_args__ = (UniqueConstraint("contributor_id", "submission_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    contributor_id: Mapped[uuid.UUID] = _owner("contributor")
    submission_id: Mapped[uuid.UUID] = _owner("submission", index=True)
    correction_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("correction.id", ondelete="CASCADE"), index=True
    )
    prediction_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("prediction.id", ondelete="CASCADE"), index=True
    )
    verdict: Mapped[Verdict]
    voted_at: Mapped[datetime] = mapped_column(default=utc_now)

    contributor: Mapped[Contributor] = relationship(back_populates="votes")
    submission: Mapped[Submission] = relationship(back_populates="votes")


class Report(Base):
    """A call for the host to look at a submission."""

    __tablename__ = "report"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    submission_id: Mapped[uuid.UUID] = _owner("submission", index=True)
    contributor_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("contributor.id", ondelete="CASCADE"), index=True
    )
    reason: Mapped[Reason]
    raised_by: Mapped[RaisedBy]
    raised_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)

    submission: Mapped[Submission] = relationship(back_populates="reports")
    contributor: Mapped[Contributor | None] = relationship(back_populates="reports")


class Decision(Base):
    """That a submission's status was set, by whom and why; the newest one holds."""

    __tablename__ = "decision"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    submission_id: Mapped[uuid.UUID] = _owner("submission", index=True)
    status: Mapped[Status]
    decided_by: Mapped[DecidedBy]
    reason: Mapped[str] = mapped_column(String(REASON_LENGTH))
    decided_at: Mapped[datetime] = mapped_column(default=utc_now)

    submission: Mapped[Submission] = relationship(back_populates="decisions")


class Tombstone(Base):
    """That something was erased, without what it was: released editions drop it by this."""

    __tablename__ = "erasure"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    export_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    digest_hmac: Mapped[str] = mapped_column(String(HEX_DIGEST), index=True)
    erased_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)
