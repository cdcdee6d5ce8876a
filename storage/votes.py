"""Verdicts on the labels of what others gave, and the status that follows from them."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage import labels
from storage.contributors import QUOTA_SPAN, Bearer
from storage.errors import QuotaReached, VoteRefused
from storage.labels import Label
from storage.moderation import decide, last_decision
from storage.records import Receipt, Tally
from storage.schema import Base, Consent, Contributor, Correction, Submission, Vote
from storage.visibility import open_submission
from storage.vocabulary import DecidedBy, Status, Verdict

ENOUGH = 2
"""Equal votes that decide, if they are two thirds of those that are not "unsure"."""
MOST = 5
"""Votes after which the host has to decide."""
_UNDECIDED_BY_VOTES = (Status.HIDDEN, Status.QUARANTINED)
_DOES_NOT_STAND = (Status.REJECTED, Status.HIDDEN, Status.QUARANTINED)


def outcome(tally: Tally) -> Status:
    """The status that these votes give a submission: accepted at 2 of 3, disputed after 5 without a majority."""
    decisive = tally.right + tally.wrong
    for count, status in ((tally.right, Status.ACCEPTED), (tally.wrong, Status.REJECTED)):
        if count >= ENOUGH and 3 * count >= 2 * decisive:
            return status
    return Status.DISPUTED if decisive + tally.unsure >= MOST else Status.PENDING


def vote(
    session: Session,
    bearer: Bearer,
    submission_id: uuid.UUID,
    verdict: Verdict,
    *,
    daily_quota: int,
    voter_age: timedelta | None = None,
    seen: Label | None = None,
) -> tuple[Receipt, Base | None]:
    """Stores a verdict on the present label, or changes the one this contributor gave before, and what follows.

    Raises VoteRefused for one's own submission, for a label that one made, where the host has to decide, and as
    `must_stand` does; and where the label is no longer the one that was ``seen``.
    Gives a new row, too, that refers to no other new one; None where there was a vote before.
    """
    if voter_age is not None:
        must_stand(session, bearer, voter_age)
    contributor, shown_once = bearer.known_or_new(session)
    submission = open_submission(session, submission_id, contributor)
    label = labels.current(submission)
    if submission.consent.contributor_id == contributor.id:
        raise VoteRefused
    if label is None:
        raise VoteRefused("There is nothing to judge in this contribution yet. Choose another one.")
    if seen is not None and (seen.correction_id, seen.prediction_id) != (
        label.correction_id,
        label.prediction_id,
    ):
        raise VoteRefused("This was corrected while you looked at it. Look at it again.")
    if label.correction_id is not None:
        edit = session.get_one(Correction, label.correction_id)
        if session.get_one(Consent, edit.consent_id).contributor_id == contributor.id:
            raise VoteRefused("You cannot vote on your own correction. Choose another one.")
    if submission.status is Status.DISPUTED:
        raise VoteRefused("Others did not agree on this one, so the host decides. Choose another one.")
    _check_quota(session, bearer, contributor.id, daily_quota)
    row = session.scalar(
        select(Vote).where(Vote.contributor_id == contributor.id, Vote.submission_id == submission.id)
    )
    new = row is None
    row = row or Vote(contributor_id=contributor.id, submission_id=submission.id)
    row.verdict, row.voted_at = verdict, bearer.now
    row.correction_id = label.correction_id
    row.prediction_id = None if label.correction_id else label.prediction_id
    session.add(row)
    session.flush()
    settle(session, submission, bearer.now)
    return Receipt(submission.id, shown_once), contributor if shown_once else row if new else None


def must_stand(session: Session, bearer: Bearer, voter_age: timedelta) -> Contributor:
    """The token's holder, if something stands that they gave at least so long ago; else VoteRefused.

    A token costs nothing, so a vote by whoever holds one would be worth nothing. What was found wrong, hidden or
    reported does not stand.
    """
    if bearer.token is None or not bearer.token.strip():
        raise VoteRefused(
            "Votes count from contributors only: donate something of your own first, then vote with its token."
        )
    contributor = bearer.known(session)
    stands = Submission.status.not_in(_DOES_NOT_STAND)
    given = select(func.min(Submission.created_at)).join(Submission.consent)
    first = session.scalar(given.where(Consent.contributor_id == contributor.id, stands))
    if first is None:
        raise VoteRefused(
            "Votes count from contributors only: donate something of your own first, then vote with its token."
        )
    if first > bearer.now - voter_age:
        raise VoteRefused(
            f"Your vote counts once your first donation is {_hours(voter_age)} old. Come back then, thank you."
        )
    return contributor


def _hours(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    return "1 hour" if hours == 1 else f"{hours:g} hours"


def tally(session: Session, submission: Submission) -> Tally:
    """The votes on the present label; those on an earlier one do not count."""
    label = labels.current(submission)
    if label is None:
        return Tally()
    about = (
        Vote.correction_id == label.correction_id
        if label.correction_id
        else (Vote.prediction_id == label.prediction_id) & Vote.correction_id.is_(None)
    )
    counted = Counter(session.scalars(select(Vote.verdict).where(Vote.submission_id == submission.id, about)))
    return Tally(counted[Verdict.RIGHT], counted[Verdict.WRONG], counted[Verdict.UNSURE])


def settle(session: Session, submission: Submission, now: datetime) -> None:
    """Sets the status that follows from the votes, unless the host or a report has the last word."""
    if submission.status in _UNDECIDED_BY_VOTES:
        return
    last = last_decision(submission)
    if last is not None and last.decided_by is DecidedBy.HOST and last.status is not Status.PENDING:
        return
    status = outcome(tally(session, submission))
    if status is not submission.status:
        decide(session, submission, status, DecidedBy.VOTES, "", now)


def _check_quota(session: Session, bearer: Bearer, contributor_id: uuid.UUID, quota: int) -> None:
    cast = select(func.count()).where(
        Vote.contributor_id == contributor_id, Vote.voted_at > bearer.now - QUOTA_SPAN
    )
    if (session.scalar(cast) or 0) >= quota:
        raise QuotaReached
