"""Verdicts on what others gave."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.contributors import Bearer
from storage.corrections import open_submission
from storage.errors import VoteRefused
from storage.records import Receipt
from storage.schema import Base, Vote
from storage.vocabulary import Verdict


def vote(
    session: Session, bearer: Bearer, submission_id: uuid.UUID, verdict: Verdict
) -> tuple[Receipt, Base | None]:
    """Stores a verdict, or changes the one this contributor gave before; VoteRefused for one's own.

    Gives a new row, too, that refers to no other new one; None where there was a vote before.
    """
    contributor, shown_once = bearer.known_or_new(session)
    submission = open_submission(session, submission_id, contributor)
    if submission.consent.contributor_id == contributor.id:
        raise VoteRefused
    row = session.scalar(
        select(Vote).where(Vote.contributor_id == contributor.id, Vote.submission_id == submission.id)
    )
    new = row is None
    row = row or Vote(contributor_id=contributor.id, submission_id=submission.id)
    row.verdict, row.voted_at = verdict, bearer.now
    session.add(row)
    return Receipt(submission.id, shown_once), contributor if shown_once else row if new else None
