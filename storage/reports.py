"""Calls for the host to look at a submission; the grave ones hide it at once."""

from __future__ import annotations

import uuid

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.contributors import QUOTA_SPAN, Bearer
from storage.errors import QuotaReached, UnknownSubmission
from storage.moderation import decide, last_decision
from storage.schema import Report, Submission
from storage.vocabulary import DecidedBy, RaisedBy, Reason, Status

GRAVE = (Reason.RIGHTS, Reason.PERSONAL, Reason.OFFENSIVE)
"""Reasons for which a submission is quarantined: shown to nobody else and exported no more."""


def report(
    session: Session,
    bearer: Bearer,
    submission_id: uuid.UUID,
    reason: Reason,
    raised_by: RaisedBy,
    *,
    daily_quota: int,
) -> None:
    """Stores a call for the host to look; whoever has a token need not give it.

    A grave reason quarantines the submission, unless the host has looked at it already and accepted it.
    """
    contributor = bearer.known(session, alone=True) if bearer.token is not None else None
    submission = session.get(Submission, submission_id, with_for_update=True)
    if submission is None:
        raise UnknownSubmission
    if contributor is not None:
        made = select(func.count()).where(
            Report.contributor_id == contributor.id, Report.raised_at > bearer.now - QUOTA_SPAN
        )
        if (session.scalar(made) or 0) >= daily_quota:
            raise QuotaReached
    session.add(
        Report(
            submission_id=submission_id,
            contributor_id=contributor.id if contributor else None,
            reason=reason,
            raised_by=RaisedBy.CONTRIBUTOR if contributor else raised_by,
            raised_at=bearer.now,
        )
    )
    last = last_decision(submission)
    trusted = last is not None and (last.decided_by, last.status) == (DecidedBy.HOST, Status.ACCEPTED)
    hidden = submission.status in {Status.HIDDEN, Status.QUARANTINED}
    if reason in GRAVE and not trusted and not hidden:
        decide(session, submission, Status.QUARANTINED, DecidedBy.REPORT, reason, bearer.now)
