"""Forgetting: on a contributor's word, or after the time that the consent text names.

Whatever was kept hangs on a consent. Taking consents back deletes their rows, the database's cascades take
the rest along, and a tombstone stays for each thing that a released edition may hold.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, exists, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from storage import labels
from storage.blobs import Blobs
from storage.contributors import Bearer
from storage.database import Begin, Database
from storage.errors import UnknownSubmission
from storage.hmac_key import HmacKey
from storage.moderation import decide
from storage.records import Erasure
from storage.removed import RemovedList, brought_back, erased_contributors
from storage.schema import Consent, Correction, Media, Report, Submission, Tombstone, Vote
from storage.sweep import release
from storage.vocabulary import DecidedBy, Role, Status

UNREVIEWED_KEPT = timedelta(days=180)
REPORTS_KEPT = timedelta(days=30)

_Consents = Select[uuid.UUID]

_log = logging.getLogger(__name__)


class Eraser:
    """Removes rows with all that hangs on them, then the bytes that nobody else needs, then the traces."""

    def __init__(self, database: Database, blobs: Blobs, key: HmacKey, listed: RemovedList) -> None:
        self._database = database
        self._blobs = blobs
        self._key = key
        self._listed = listed

    def contributor(self, bearer: Bearer) -> Erasure:
        """Everything the holder of the token gave, and the token itself; UnknownToken for no holder."""
        tokens: set[str] = set()

        def rows(session: Session) -> tuple[Erasure, list[str]]:
            contributor = bearer.known(session)
            tokens.add(contributor.token_hmac)
            counted = select(func.count()).select_from(Vote).where(Vote.contributor_id == contributor.id)
            votes = session.scalar(counted) or 0
            given = select(Consent.id).where(Consent.contributor_id == contributor.id)
            erasure, digests = self._withdraw(session, given, bearer.now)
            session.delete(contributor)
            self._database.scrub_after(session)
            return replace(erasure, votes=votes), digests

        return self._erase(rows, tokens)

    def submission(self, bearer: Bearer, submission_id: uuid.UUID) -> Erasure:
        """One of the contributor's submissions; UnknownSubmission when it is not theirs."""

        def rows(session: Session) -> tuple[Erasure, list[str]]:
            contributor = bearer.known(session)
            given = (
                select(Submission.consent_id)
                .join(Submission.consent)
                .where(Submission.id == submission_id, Consent.contributor_id == contributor.id)
            )
            if session.scalar(given) is None:
                raise UnknownSubmission
            return self._withdraw(session, given, bearer.now)

        return self._erase(rows)

    def expired(self, now: datetime) -> Erasure:
        """Submissions that nobody accepted within UNREVIEWED_KEPT, and reports older than REPORTS_KEPT."""

        def rows(session: Session) -> tuple[Erasure, list[str]]:
            session.execute(delete(Report).where(Report.raised_at <= now - REPORTS_KEPT))
            unreviewed = select(Submission.consent_id).where(
                Submission.status != Status.ACCEPTED, Submission.created_at <= now - UNREVIEWED_KEPT
            )
            return self._withdraw(session, unreviewed, now)

        return self._erase(rows)

    def again(self, now: datetime) -> Erasure:
        """Whatever removed.txt lists and a restored backup has brought back; to be called when the store opens."""

        def rows(session: Session) -> tuple[Erasure, list[str]]:
            back, missing = brought_back(session, self._listed)
            erasure, digests = self._withdraw(session, select(Consent.id).where(Consent.id.in_(back)), now)
            there = set(session.scalars(select(Tombstone.export_id)))
            for number in sorted(missing - there, key=str):
                session.add(self._tombstone(number, number.hex, now))
            for contributor in erased_contributors(session, self._listed):
                session.delete(contributor)
                self._database.scrub_after(session)
            return erasure, digests

        return self._erase(rows)

    def _erase(
        self, rows: Callable[[Session], tuple[Erasure, list[str]]], tokens: set[str] | None = None
    ) -> Erasure:
        """Rows first: bytes without a row can still be swept, a row without its bytes would be a lie."""

        def job(begin: Begin) -> Erasure:
            with begin() as session:
                erasure, digests = rows(session)
            removed, all_of_them = release(begin, self._blobs, digests)
            listed = self._list(begin, tokens or set())
            return replace(erasure, blobs=removed, complete=all_of_them and listed)

        erasure = self._database.write(job)
        return replace(erasure, complete=erasure.complete and self._database.scrubbed)

    def _list(self, begin: Begin, tokens: set[str]) -> bool:
        """Whether removed.txt lists everything that was erased. What it lacks is added at the next start, too."""
        try:
            with begin() as session:
                numbers = set(session.scalars(select(Tombstone.export_id)))
            self._listed.add(numbers, tokens)
        except (SQLAlchemyError, OSError):
            _log.warning(
                "removed.txt could not be written; the next erasure or start does it.", exc_info=True
            )
            return False
        return True

    def _withdraw(self, session: Session, given: _Consents, now: datetime) -> tuple[Erasure, list[str]]:
        """Deletes these consents and what was kept under them; gives the digests that may be free now."""
        doomed = select(Submission.id).where(Submission.consent_id.in_(given))
        inputs = session.execute(
            select(Media.submission_id, Media.digest).where(
                Media.submission_id.in_(doomed), Media.role == Role.INPUT
            )
        ).all()
        # Corrections to a doomed submission go with it and need no tombstone of their own.
        corrections = session.execute(
            select(Correction.id, Correction.payload).where(
                Correction.consent_id.in_(given), Correction.submission_id.not_in(doomed)
            )
        ).all()
        digests = list(
            session.scalars(select(Media.digest).where(Media.submission_id.in_(doomed)).distinct())
        )
        for submission_id, digest in inputs:
            session.add(self._tombstone(submission_id, digest, now))
        for correction_id, payload in corrections:
            digest = hashlib.sha256(payload.encode("utf-8")).hexdigest()
            session.add(self._tombstone(correction_id, digest, now))
        session.flush()
        unlabelled = _whose_label_goes(session, [number for number, _ in corrections])
        session.execute(
            delete(Consent).where(Consent.id.in_(given)), execution_options={"synchronize_session": False}
        )
        session.expire_all()
        for submission in unlabelled:
            decide(session, submission, Status.PENDING, DecidedBy.CORRECTION, "", now)
        _forget_empty_consents(session)
        if inputs or corrections:
            self._database.scrub_after(session)
        return Erasure(submissions=len(inputs), corrections=len(corrections)), digests

    def _tombstone(self, export_id: uuid.UUID, digest: str, now: datetime) -> Tombstone:
        return Tombstone(export_id=export_id, digest_hmac=self._key.digest(digest), erased_at=now)


def _whose_label_goes(session: Session, corrections: list[uuid.UUID]) -> list[Submission]:
    """Submissions that were judged by one of these corrections: what is left of them nobody has judged."""
    judged = (Status.ACCEPTED, Status.REJECTED, Status.DISPUTED)
    touched = (
        select(Submission)
        .join(Submission.corrections)
        .where(Correction.id.in_(corrections), Submission.status.in_(judged))
        .distinct()
    )
    found = []
    for submission in session.scalars(touched):
        label = labels.current(submission)
        if label is not None and label.correction_id in corrections:
            found.append(submission)
    return found


def _forget_empty_consents(session: Session) -> None:
    """Somebody else's correction goes with the submission it was made to; what they agreed to for it, too."""
    session.execute(
        delete(Consent).where(
            ~exists().where(Submission.consent_id == Consent.id),
            ~exists().where(Correction.consent_id == Consent.id),
        ),
        execution_options={"synchronize_session": False},
    )
