"""What the columns of the schema are made of: times in UTC, closed lists of words, names of constraints."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Dialect, Enum, MetaData, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

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

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

HEX_DIGEST = 64  # characters of a SHA-256 or HMAC-SHA-256 in hex
NAME_LENGTH = 120
VERSION_LENGTH = 40
WORD_LENGTH = 16
REASON_LENGTH = 300
Json = dict[str, Any]


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: takes aware datetimes only and gives aware ones back, also on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC; ValueError for a naive one, whose meaning only its writer knows."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment needs its time zone: use datetime.now(UTC).")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC, aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def _one_of(words: type[StrEnum], name: str) -> Enum:
    """A column type for one of these words: a CHECK, the same on every database and easy to widen."""
    return Enum(
        words,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=WORD_LENGTH,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """The declarative base; its metadata carries the naming convention that SQLite's batch mode needs."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        uuid.UUID: Uuid(),
        datetime: UtcDateTime(),
        Json: JSON().with_variant(JSONB(), "postgresql"),
        Task: _one_of(Task, "task"),
        Status: _one_of(Status, "status"),
        Licence: _one_of(Licence, "licence"),
        Role: _one_of(Role, "role"),
        Kind: _one_of(Kind, "kind"),
        CorrectionFormat: _one_of(CorrectionFormat, "format"),
        Verdict: _one_of(Verdict, "verdict"),
        Reason: _one_of(Reason, "reason"),
        RaisedBy: _one_of(RaisedBy, "raised_by"),
        DecidedBy: _one_of(DecidedBy, "decided_by"),
    }
