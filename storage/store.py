"""The one door to the collection."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import TracebackType

from sqlalchemy import exists, select

from storage import contributions, submissions
from storage.blobs import Blobs
from storage.consent import ConsentGiven
from storage.database import Begin, Database
from storage.door import key_of
from storage.errors import (
    BlobMissing,
    StoreUnwritable,
    UnknownMedia,
    UnknownSubmission,
)
from storage.hmac_key import HmacKey
from storage.hosting import Hosting
from storage.judging import Judging
from storage.publishing import Publishing
from storage.records import (
    Activity,
    Contribution,
    Erasure,
    Id,
    NewSubmission,
    Receipt,
)
from storage.schema import Contributor, Tombstone, utc_now
from storage.sqlite import Journal

DAILY_QUOTA = 200  # submissions and corrections of one contributor within 24 hours
PATIENCE_S = 5.0


class Store(Judging, Hosting, Publishing):
    """Everything that is kept, and the only way to it. Safe to use from any thread; a context manager.

    Every method raises StorageErrors only, each with a sentence that can be shown to a visitor.
    """

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
        voter_age: timedelta | None = None,
        patience_s: float = PATIENCE_S,
    ) -> Store:
        """A store in this folder, made if need be and brought to the newest schema.

        ``url``: an SQLAlchemy address of PostgreSQL or of a SQLite file elsewhere. ``blob_url``: an fsspec
        address. ``secret``: the key of the tokens' HMACs, at least 16 characters; without it, one is made once
        and kept in ``data_dir/secret.key``. ``journal``: "delete" when the folder is a mounted volume.
        ``voter_age``: only contributors of whom something stands that they gave so long ago may vote; None: anybody.
        ``patience_s``: how long to wait, in seconds, while another process writes.

        Raises StoreUnwritable, StoreBusy, StoreFull, StoreUnreachable, NewerCollection or SecretUnfit.
        StoreDamaged for a damaged database, and for one that is gone while its files are there: nothing is changed then.
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
        store = cls(data_dir, database, blobs, key, daily_quota, voter_age)
        try:
            store._eraser.again(utc_now())
        except BaseException:
            database.close()
            raise
        return store

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
        attempted: list[str] = []
        return self._database.add(
            lambda begin: submissions.insert(
                begin, self._blobs, bearer, prepared, consent, attempted, daily_quota=self._daily_quota
            ),
            lambda begin, error: submissions.forget(begin, self._blobs, attempted, error),
        )

    def contributions(self, token: str) -> list[Contribution]:
        """What the holder of the token gave and has not erased, newest first; UnknownToken for no holder."""
        bearer = self._bearer(token)
        return self._database.read(lambda session: contributions.of_contributor(session, bearer))

    def activity(self, token: str) -> Activity:
        """How often the holder of the token corrected, judged and reported what others gave; UnknownToken for no holder."""
        bearer = self._bearer(token)
        return self._database.read(lambda session: contributions.activity(session, bearer))

    def own_files(self, token: str, submission_id: Id) -> dict[str, bytes]:
        """Everything that one of the token holder's contributions holds, by file name, as ``files`` gives it to the host.

        Raises UnknownToken, UnknownSubmission for anybody else's; UnknownMedia where a file was erased meanwhile.
        """
        key, bearer = key_of(submission_id, UnknownSubmission), self._bearer(token)
        self._database.read(lambda session: contributions.must_own(session, bearer, key))
        return self.files(key)

    def media_bytes(self, token: str, media_id: Id) -> bytes:
        """A file of one of the token holder's contributions; UnknownMedia for anybody else's."""
        key, bearer = key_of(media_id, UnknownMedia), self._bearer(token)
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
        return self._eraser.submission(self._bearer(token), key_of(submission_id, UnknownSubmission))

    def client_key(self) -> bytes:
        """A key of 32 bytes, the same wherever the collection's secret is, for naming visitors without keeping who they are."""
        return self._key.clients()

    def close(self) -> None:
        """Finishes what is being written and gives every file back. May be called again."""
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _kept_key(database: Database, data_dir: Path) -> HmacKey:
    """The key in the folder's own file; a new secret is made only where nobody holds a token yet."""

    def job(begin: Begin) -> HmacKey:
        with begin() as session:
            used = session.scalar(select(exists().where(Contributor.id.is_not(None)))) or session.scalar(
                select(exists().where(Tombstone.id.is_not(None)))
            )
        return HmacKey.from_file(data_dir / "secret.key", may_make=not used)

    return database.write(job)
