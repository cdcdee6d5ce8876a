"""The part of the store for whoever runs it: review, upkeep, numbers."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage import moderation, submissions, sweep, votes
from storage.backups import MOST_DAYS, back_up
from storage.diagnosis import named_errors
from storage.door import Door, key_of, word_of
from storage.errors import BlobMissing, StorageError, UnknownMedia, UnknownSubmission
from storage.records import BackedUp, Erasure, Id, NewPrediction, Numbers, ReviewItem, Swept
from storage.schema import Base, Media, utc_now
from storage.vocabulary import Status, Task

TO_REVIEW = (Status.QUARANTINED, Status.DISPUTED, Status.PENDING)


class Hosting(Door):
    """Review by the host and the collection's upkeep. Nothing here asks for a token: guard it."""

    def to_review(
        self, statuses: Sequence[Status] = TO_REVIEW, *, task: Task | None = None, limit: int = 100
    ) -> list[ReviewItem]:
        """Submissions of these statuses: those that were reported first, then the oldest; at most 1,000."""
        words = [word_of(Status, status) for status in statuses]
        return self._database.read(lambda session: moderation.to_review(session, words, task, limit))

    def review_item(self, submission_id: Id) -> ReviewItem:
        """One submission as the list has it; UnknownSubmission."""
        key = key_of(submission_id, UnknownSubmission)
        return self._database.read(lambda session: moderation.review_item(session, key))

    def numbers(self) -> Numbers:
        """Submissions by task and status, pages and hours, contributors, corrections, votes."""
        return self._database.read(moderation.numbers)

    def files(self, submission_id: Id) -> dict[str, bytes]:
        """Everything that a submission holds, by file name: its media, and its label as ``label.*``.

        Raises UnknownSubmission; UnknownMedia where a file was erased meanwhile.
        """
        key = key_of(submission_id, UnknownSubmission)
        texts, digests = self._database.read(lambda session: moderation.contents(session, key))
        try:
            return texts | {name: self._blobs.read(digest) for name, digest in digests.items()}
        except BlobMissing:
            raise UnknownMedia from None

    def decide(self, submission_id: Id, status: Status, reason: str = "") -> None:
        """Sets a submission's status on the host's word, which stands until a new correction comes.

        "pending" gives the word back to the votes. Its contributor is shown the reason, at most 300 characters.
        Raises UnknownSubmission; UnfitSubmission for the other statuses, and without a reason to reject or hide.
        """
        key, word = key_of(submission_id, UnknownSubmission), word_of(Status, status)

        def work(session: Session) -> None:
            submission = moderation.host_decides(session, key, word, reason, utc_now())
            votes.settle(session, submission, utc_now())

        self._written(work)

    def extract(self, submission_id: Id, predictions: Sequence[NewPrediction]) -> int:
        """Stores what a later model reads as another run, whose number is given; edits stay as they are.

        Raises UnknownSubmission, UnfitSubmission, UnreadableMedia, StoreBusy or StoreFull.
        """
        key = key_of(submission_id, UnknownSubmission)
        answers = submissions.prepare_answers(predictions, self._key)
        self._make_sure_of_room(sum(len(a.file.canonical.data) for a in answers if a.file is not None))
        return self._database.write(
            lambda begin: submissions.extract(begin, self._blobs, key, answers, utc_now())
        )

    def backup(self, out: Path, *, days: int = MOST_DAYS) -> BackedUp:
        """Adds a copy of the whole collection to the folder ``out`` and ends copies older than ``days``, at most 30.

        Rows in ``collection-<time>.sqlite3`` (of a PostgreSQL server ``.dump``, by pg_dump), bytes in ``blobs/``, shared
        by all copies (and, on one disk, with the collection), ``secret.key`` and ``removed.txt``. Raises
        StoreUnreachable where pg_dump is missing or fails, StoreFull, StoreUnwritable, or StoreDamaged when the copy is
        not sound.
        """
        with named_errors():
            return back_up(self._database, self._blobs, self._data_dir, out, days, utc_now())

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
        scrubbed (False after a scrub of erased rows that failed), free_bytes (of the data folder's disk), counts (rows by table), stored_bytes.
        """
        found: dict[str, object] = {"ok": False, "error": None}
        try:
            with named_errors():
                found["free_bytes"] = shutil.disk_usage(self._data_dir).free
                condition = self._database.condition()
            found |= condition | self._database.read(_census)
            found["ok"] = condition["scrubbed"]
        except StorageError as error:
            found["error"] = str(error)
        return found


def _census(session: Session) -> dict[str, object]:
    """Rows by table, and the bytes of all blobs that rows know of."""
    counts = {
        table.name: session.scalar(select(func.count()).select_from(table))
        for table in Base.metadata.sorted_tables
    }
    blobs = select(Media.digest, func.max(Media.size).label("size")).group_by(Media.digest).subquery()
    return {"counts": counts, "stored_bytes": int(session.scalar(select(func.sum(blobs.c.size))) or 0)}
