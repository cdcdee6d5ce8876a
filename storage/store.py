"""The one door to the collection."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from storage import contributions, corrections, reports, submissions, sweep, votes
from storage.blobs import Blobs
from storage.commits import commit
from storage.consent import ConsentGiven
from storage.contributors import Bearer
from storage.database import Begin, Database
from storage.diagnosis import named_errors
from storage.erasure import Eraser
from storage.errors import (
    BlobMissing,
    NotFound,
    StorageError,
    StoreFull,
    StoreUnwritable,
    UnfitSubmission,
    UnknownMedia,
    UnknownSubmission,
)
from storage.hmac_key import HmacKey
from storage.records import (
    Contribution,
    Erasure,
    Id,
    NewCorrection,
    NewSubmission,
    Receipt,
    Swept,
)
from storage.schema import Base, Contributor, Media, Tombstone, utc_now
from storage.sqlite import Journal
from storage.vocabulary import RaisedBy, Reason, Verdict

DAILY_QUOTA = 200  # submissions and corrections of one contributor within 24 hours
PATIENCE_S = 5.0
RESERVE_BYTES = 64 * 1024**2
"""Room on the disk that keeping never takes: erasing must still be able to write the database anew."""

_T = TypeVar("_T")
_Word = TypeVar("_Word", bound=StrEnum)


class Store:
    """Everything that is kept, and the only way to it. Safe to use from any thread; a context manager.

    Every method raises StorageErrors only, each with a sentence that can be shown to a visitor.
    """

    def __init__(
        self, data_dir: Path, database: Database, blobs: Blobs, key: HmacKey, daily_quota: int = DAILY_QUOTA
    ) -> None:
        self._data_dir = data_dir
        self._database = database
        self._blobs = blobs
        self._key = key
        self._daily_quota = daily_quota
        self._eraser = Eraser(database, blobs, key)

    @classmethod
    def open(
        cls,
        data_dir: Path,
        *,
        url: str | None = None,
        blob_url: str | None = None,
        secret: str | None = None,
        journal: Journal = "wal",
        daily_quota: int = DAILY_QUOTA,
        patience_s: float = PATIENCE_S,
    ) -> Store:
        """A store in this folder, made if need be and brought to the newest schema.

        ``url``: an SQLAlchemy address of PostgreSQL or of a SQLite file elsewhere. ``blob_url``: an fsspec
        address. ``secret``: the key of the tokens' HMACs, at least 16 characters; without it, one is made once
        and kept in ``data_dir/secret.key``. ``journal``: "delete" when the folder is a mounted volume.
        ``patience_s``: how long to wait, in seconds, while another process writes.

        Raises StoreUnwritable, StoreBusy, StoreFull, StoreUnreachable, NewerCollection or SecretUnfit. A
        damaged database file is moved aside, see ``health``.
        """
        try:
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnwritable from error
        blobs = Blobs.open(data_dir / "blobs", blob_url)
        database = Database.open(
            data_dir,
            url=url,
            journal=journal,
            patience_s=patience_s,
            has_files=lambda: any(True for _ in blobs.digests()),
        )
        try:
            key = HmacKey(secret) if secret is not None else _kept_key(database, data_dir)
        except BaseException:
            database.close()
            raise
        return cls(data_dir, database, blobs, key, daily_quota)

    def contribute(
        self, submission: NewSubmission, consent: ConsentGiven, token: str | None = None
    ) -> Receipt:
        """Stores the submission whole, corrections included, in one transaction; after an error nothing of it.

        Without a token it makes a new contributor, whose token is in the receipt. Raises UnknownToken,
        QuotaReached, UnfitSubmission, UnreadableMedia, StoreBusy, StoreFull or StoreUnreachable, and
        OutcomeUnknown, which carries the receipt, when the connection was lost during the commit.
        """
        prepared = submissions.prepare(submission, self._key)
        self._make_sure_of_room(prepared.size)
        bearer = self._bearer(token)
        return self._database.write(
            lambda begin: submissions.insert(
                begin, self._blobs, bearer, prepared, consent, daily_quota=self._daily_quota
            )
        )

    def contributions(self, token: str) -> list[Contribution]:
        """What the holder of the token gave and has not erased, newest first; UnknownToken for no holder."""
        bearer = self._bearer(token)
        return self._database.read(lambda session: contributions.of_contributor(session, bearer))

    def media_bytes(self, token: str, media_id: Id) -> bytes:
        """A file of one of the token holder's contributions; UnknownMedia for anybody else's."""
        key, bearer = _key(media_id, UnknownMedia), self._bearer(token)
        digest = self._database.read(lambda session: contributions.digest_of(session, bearer, key))
        try:
            return self._blobs.read(digest)
        except BlobMissing:  # erased between the two steps
            raise UnknownMedia from None

    def erase(self, token: str) -> Erasure:
        """Erases everything the holder of the token gave, and the token; UnknownToken for no holder."""
        return self._eraser.contributor(self._bearer(token))

    def erase_submission(self, token: str, submission_id: Id) -> Erasure:
        """Erases one contribution; UnknownSubmission when it is not the token holder's."""
        return self._eraser.submission(self._bearer(token), _key(submission_id, UnknownSubmission))

    def correct(
        self,
        submission_id: Id,
        correction: NewCorrection,
        *,
        token: str | None = None,
        consent: ConsentGiven | None = None,
    ) -> Receipt:
        """Keeps a correction. The giver of the submission needs only the token; others need a consent too.

        Raises UnknownSubmission, UnknownToken, ConsentRefused, QuotaReached, UnfitSubmission or
        UnreadableMedia.
        """
        key = _key(submission_id, UnknownSubmission)
        bearer, prepared = self._bearer(token), corrections.prepare(correction)
        self._make_sure_of_room(len(prepared.payload))

        def work(session: Session) -> tuple[Receipt, Base]:
            return corrections.correct(session, bearer, key, prepared, consent, daily_quota=self._daily_quota)

        return self._database.write(lambda begin: commit(begin, work))

    def vote(self, submission_id: Id, verdict: Verdict, *, token: str | None = None) -> Receipt:
        """Keeps a verdict on somebody else's submission; the same voter's next one replaces it.

        Raises UnknownSubmission, UnknownToken, VoteRefused for one's own, UnfitSubmission for another word.
        """
        key, bearer = _key(submission_id, UnknownSubmission), self._bearer(token)
        word = _word(Verdict, verdict)
        return self._database.write(
            lambda begin: commit(begin, lambda session: votes.vote(session, bearer, key, word))
        )

    def report(
        self,
        submission_id: Id,
        reason: Reason,
        *,
        token: str | None = None,
        raised_by: RaisedBy = RaisedBy.VISITOR,
    ) -> None:
        """Calls the host to a submission. With a token it counts as a contributor's, whatever ``raised_by``.

        Raises UnknownSubmission, UnknownToken, UnfitSubmission for another word.
        """
        key, bearer = _key(submission_id, UnknownSubmission), self._bearer(token)
        word, by = _word(Reason, reason), _word(RaisedBy, raised_by)
        self._written(lambda session: reports.report(session, bearer, key, word, by))

    def expire(self, now: datetime | None = None) -> Erasure:
        """Erases what nobody reviewed within 180 days, and reports older than 30. To be called daily."""
        return self._eraser.expired(now or utc_now())

    def sweep(self, *, grace: timedelta = sweep.GRACE, now: datetime | None = None) -> Swept:
        """Removes what crashes left: files without a row and half-written ones, if older than ``grace``."""
        return sweep.sweep(self._database, self._blobs, now or utc_now(), grace)

    def scrub(self) -> bool:
        """Clears the database's files of erased rows, if any are left; False if it failed. To be called nightly.

        SQLite's file is cleared by every erasure itself; on PostgreSQL this writes the tables anew, which keeps
        everybody waiting meanwhile.
        """
        return self._database.scrub()

    def health(self) -> dict[str, object]:
        """How the collection is; it never raises, and ``ok`` is False where the host should look.

        Keys: ok, error (a sentence or None), database, journal_mode, quick_check (what it said at the start),
        moved_aside (names of damaged files), lost_rows (there were files, but the database is new), scrubbed,
        free_bytes (of the data folder's disk), counts (rows by table), stored_bytes.
        """
        found: dict[str, object] = {"ok": False, "error": None}
        try:
            with named_errors():
                found["free_bytes"] = shutil.disk_usage(self._data_dir).free
                condition = self._database.condition()
            found |= condition | self._database.read(_census)
            troubles = (condition["moved_aside"], condition["lost_rows"], not condition["scrubbed"])
            found["ok"] = not any(troubles)
        except StorageError as error:
            found["error"] = str(error)
        return found

    def close(self) -> None:
        """Finishes what is being written and gives every file back. May be called again."""
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

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


def _kept_key(database: Database, data_dir: Path) -> HmacKey:
    """The key in the folder's own file; a new secret is made only where nobody holds a token yet."""

    def job(begin: Begin) -> HmacKey:
        with begin() as session:
            used = session.scalar(select(exists().where(Contributor.id.is_not(None)))) or session.scalar(
                select(exists().where(Tombstone.id.is_not(None)))
            )
        return HmacKey.from_file(data_dir / "secret.key", may_make=not used)

    return database.write(job)


def _census(session: Session) -> dict[str, object]:
    """Rows by table, and the bytes of all blobs that rows know of."""
    counts = {
        table.name: session.scalar(select(func.count()).select_from(table))
        for table in Base.metadata.sorted_tables
    }
    blobs = select(Media.digest, func.max(Media.size).label("size")).group_by(Media.digest).subquery()
    return {"counts": counts, "stored_bytes": int(session.scalar(select(func.sum(blobs.c.size))) or 0)}


def _key(key: Id, missing: type[NotFound]) -> uuid.UUID:
    """The key as a UUID. Text that is none belongs to nothing: no path or SQL ever gets further than here."""
    if isinstance(key, uuid.UUID):
        return key
    try:
        return uuid.UUID(key)
    except (ValueError, AttributeError, TypeError):
        raise missing from None


def _word(words: type[_Word], word: str) -> _Word:
    try:
        return words(word)
    except ValueError:
        raise UnfitSubmission(f"{word!r} is unknown. Use one of {', '.join(words)}.") from None
