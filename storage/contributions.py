"""What a contributor may see: their own contributions and the files in them."""

from __future__ import annotations

import uuid

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from storage.contributors import Bearer
from storage.errors import UnknownMedia, UnknownSubmission
from storage.moderation import last_decision
from storage.records import Activity, Contribution, MediaRef
from storage.schema import Consent, Correction, Media, Report, Submission, Vote
from storage.vocabulary import DecidedBy, Role
from storage.votes import tally


def of_contributor(session: Session, bearer: Bearer) -> list[Contribution]:
    """The contributions of the token's holder, newest first; UnknownToken when there is none."""
    contributor = bearer.known(session)
    rows = session.scalars(
        select(Submission)
        .join(Submission.consent)
        .where(Consent.contributor_id == contributor.id)
        .order_by(Submission.created_at.desc(), Submission.id)
        .options(
            joinedload(Submission.consent),
            selectinload(Submission.media),
            selectinload(Submission.predictions),
            selectinload(Submission.corrections),
            selectinload(Submission.decisions),
        )
    )
    return [_contribution(session, row) for row in rows]


def activity(session: Session, bearer: Bearer) -> Activity:
    """What the token's holder did about what others gave."""
    contributor = bearer.known(session)
    edits = (
        select(func.count())
        .select_from(Correction)
        .join(Correction.consent)
        .join(Submission, Correction.submission_id == Submission.id)
        .where(Consent.contributor_id == contributor.id, Submission.consent_id != Consent.id)
    )
    votes, reports = (
        select(func.count()).where(table.contributor_id == contributor.id) for table in (Vote, Report)
    )
    return Activity(*(session.scalar(query) or 0 for query in (edits, votes, reports)))


def must_own(session: Session, bearer: Bearer, submission_id: uuid.UUID) -> None:
    """UnknownSubmission where the submission is not of the token's holder."""
    submission = session.get(Submission, submission_id)
    if submission is None or submission.consent.contributor_id != bearer.known(session).id:
        raise UnknownSubmission


def digest_of(session: Session, bearer: Bearer, media_id: uuid.UUID) -> str:
    """The digest of a file that the token's holder gave; UnknownMedia for anybody else's."""
    contributor = bearer.known(session)
    digest = session.scalar(
        select(Media.digest)
        .join(Media.submission)
        .join(Submission.consent)
        .where(Media.id == media_id, Consent.contributor_id == contributor.id)
    )
    if digest is None:
        raise UnknownMedia
    return digest


def _contribution(session: Session, row: Submission) -> Contribution:
    media = tuple(map(MediaRef.of, row.media))
    last = last_decision(row)
    return Contribution(
        id=row.id,
        task=row.task,
        when=row.created_at,
        status=row.status,
        licence=row.consent.licence,
        thumbnail=next((ref for ref in media if ref.role is Role.THUMBNAIL), None),
        media=media,
        votes=tally(session, row),
        corrections=len(row.corrections),
        reason=last.reason if last is not None and last.decided_by is DecidedBy.HOST else "",
    )
