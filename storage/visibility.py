"""Who may see what: one's own always, another's only if its licence and its status allow it."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from storage.errors import UnknownMedia, UnknownSubmission
from storage.schema import Consent, Contributor, Media, Submission
from storage.vocabulary import Licence, Status

OPEN = (Status.PENDING, Status.ACCEPTED, Status.REJECTED, Status.DISPUTED)
"""Neither hidden by the host nor quarantined by a report."""
PUBLIC = (Licence.CC0, Licence.CC_BY)
"""Licences under which others may be shown a contribution."""


def shown_to_others() -> ColumnElement[bool]:
    """The condition, on submissions joined to their consents."""
    return and_(Submission.status.in_(OPEN), Consent.licence.in_(PUBLIC))


def open_submission(session: Session, submission_id: uuid.UUID, contributor: Contributor) -> Submission:
    """The submission, if it is the contributor's own or may be shown to others; else UnknownSubmission.

    Until the end of the transaction nobody else judges it.
    """
    submission = session.get(Submission, submission_id, with_for_update=True)
    if submission is None:
        raise UnknownSubmission
    own = submission.consent.contributor_id == contributor.id
    shown = submission.status in OPEN and submission.consent.licence in PUBLIC
    if not own and not shown:
        raise UnknownSubmission
    return submission


def shown_digest(session: Session, media_id: uuid.UUID) -> str:
    """The digest of a file that may be shown to others; UnknownMedia for any other."""
    digest = session.scalar(
        select(Media.digest)
        .join(Media.submission)
        .join(Submission.consent)
        .where(Media.id == media_id, shown_to_others())
    )
    if digest is None:
        raise UnknownMedia
    return digest
