"""What every part of the store stands on: the database, the blobs, the key, and how words from outside are read."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from sqlalchemy.orm import Session

from storage.blobs import Blobs
from storage.contributors import Bearer
from storage.database import Begin, Database
from storage.diagnosis import named_errors
from storage.erasure import Eraser
from storage.errors import NotFound, StoreFull, UnfitSubmission
from storage.hmac_key import HmacKey
from storage.records import Id
from storage.removed import RemovedList
from storage.schema import utc_now

RESERVE_BYTES = 64 * 1024**2
"""Room on the disk that contributions never take: erasing must still be able to write the database anew."""

_T = TypeVar("_T")
_Word = TypeVar("_Word", bound=StrEnum)


class Door:
    """The base of the store's parts."""

    def __init__(
        self,
        data_dir: Path,
        database: Database,
        blobs: Blobs,
        key: HmacKey,
        daily_quota: int,
        voter_age: timedelta | None = None,
    ) -> None:
        self._data_dir = data_dir
        self._database = database
        self._blobs = blobs
        self._key = key
        self._daily_quota = daily_quota
        self._voter_age = voter_age
        self._eraser = Eraser(database, blobs, key, RemovedList(data_dir))

    def _bearer(self, token: str | None) -> Bearer:
        return Bearer(self._key, token, utc_now())

    def _written(self, work: Callable[[Session], _T]) -> _T:
        def job(begin: Begin) -> _T:
            with begin() as session:
                return work(session)

        return self._database.write(job)

    def _make_sure_of_room(self, size: int) -> None:
        with named_errors():
            free = shutil.disk_usage(self._data_dir).free
        if free < RESERVE_BYTES + size:
            raise StoreFull


def key_of(key: Id, missing: type[NotFound]) -> uuid.UUID:
    """The key as a UUID. Text that is none belongs to nothing: no path or SQL ever gets further than here."""
    if isinstance(key, uuid.UUID):
        return key
    try:
        return uuid.UUID(key)
    except (ValueError, AttributeError, TypeError):
        raise missing from None


def word_of(words: type[_Word], word: str) -> _Word:
    """The word as a member of its list; UnfitSubmission, which names the list, for any other."""
    try:
        return words(word)
    except ValueError:
        raise UnfitSubmission(f"{word!r} is unknown. Use one of {', '.join(words)}.") from None
