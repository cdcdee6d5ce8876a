"""Calls for the host to look at a submission."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from storage.contributors import Bearer
from storage.errors import UnknownSubmission
from storage.schema import Report, Submission
from storage.vocabulary import RaisedBy, Reason


def report(
    session: Session, bearer: Bearer, submission_id: uuid.UUID, reason: Reason, raised_by: RaisedBy
) -> None:
    """Stores a call for the host to look; whoever has a token need not give it."""
    contributor = bearer.known(session) if bearer.token is not None else None
    if session.get(Submission, submission_id) is None:
        raise UnknownSubmission
    session.add(
        Report(
            submission_id=submission_id,
            contributor_id=contributor.id if contributor else None,
            reason=reason,
            raised_by=RaisedBy.CONTRIBUTOR if contributor else raised_by,
            raised_at=bearer.now,
        )
    )
