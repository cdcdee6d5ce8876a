"""What a visitor is offered: labels to judge without knowing what others said, and doubtful ones to correct."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sqlalchemy import ScalarSelect, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from storage import labels
from storage.contributors import Bearer
from storage.records import Candidate, MediaRef
from storage.schema import Consent, Contributor, Correction, Prediction, Submission, Vote
from storage.visibility import shown_to_others
from storage.vocabulary import Role, Status, Task

_LOOKED_AT = 20  # at once: those without a label are rare


def next_to_judge(
    session: Session, bearer: Bearer, task: Task | None, skipped: Collection[uuid.UUID]
) -> Candidate | None:
    """A label that somebody else made and that this visitor has not judged; None when there is none left.

    Those with most votes come first, since they are nearest to a decision, then the most doubtful: those whose model was
    least certain, and last what has no probability.
    """
    contributor = _holder(session, bearer)
    doubt = func.coalesce(_probability(), 1.0)
    cast = select(func.count()).where(Vote.submission_id == Submission.id).scalar_subquery()
    query = _offered(task, skipped).where(Submission.status == Status.PENDING)
    if contributor is not None:
        newest = (
            select(func.max(Correction.created_at))
            .where(Correction.submission_id == Submission.id)
            .scalar_subquery()
        )
        judged = exists().where(
            Vote.submission_id == Submission.id,
            Vote.contributor_id == contributor.id,
            or_(newest.is_(None), Vote.voted_at >= newest),
        )
        own = aliased(Consent)
        corrected = exists().where(
            Correction.submission_id == Submission.id,
            Correction.consent_id == own.id,
            own.contributor_id == contributor.id,
        )
        query = query.where(Consent.contributor_id != contributor.id, ~judged, ~corrected)
    return _first(session, query.order_by(cast.desc(), doubt, Submission.created_at, Submission.id))


def next_to_correct(
    session: Session, bearer: Bearer, task: Task | None, skipped: Collection[uuid.UUID]
) -> Candidate | None:
    """A submission whose label is doubtful; None when there is none left.

    First those that voters found wrong or did not agree on, then those nobody has corrected yet, the least probable
    first.
    """
    contributor = _holder(session, bearer)
    untouched = and_(
        Submission.status == Status.PENDING, ~exists().where(Correction.submission_id == Submission.id)
    )
    judged = Submission.status.in_((Status.REJECTED, Status.DISPUTED))
    query = _offered(task, skipped).where(or_(judged, untouched), Submission.task != Task.UPSCALE)
    if contributor is not None:
        query = query.where(Consent.contributor_id != contributor.id)
    return _first(
        session, query.order_by(judged.desc(), func.coalesce(_probability(), 1.0), Submission.created_at)
    )


def _probability() -> ScalarSelect[float | None]:
    """What a model gave its best answer."""
    best = select(func.max(Prediction.score))
    return best.where(Prediction.submission_id == Submission.id, Prediction.rank == 1).scalar_subquery()


def _holder(session: Session, bearer: Bearer) -> Contributor | None:
    return bearer.known(session) if bearer.token is not None and bearer.token.strip() else None


def _offered(task: Task | None, skipped: Collection[uuid.UUID]) -> Select[Submission]:
    query = select(Submission).join(Submission.consent).where(shown_to_others())
    if task is not None:
        query = query.where(Submission.task == task)
    return query.where(Submission.id.not_in(skipped)) if skipped else query


def _first(session: Session, query: Select[Submission]) -> Candidate | None:
    found = session.scalars(query.limit(_LOOKED_AT).options(selectinload(Submission.media)))
    return next((offer for row in found if (offer := candidate(row)) is not None), None)


def candidate(row: Submission) -> Candidate | None:
    """What is shown of a submission to somebody who judges or corrects it; None where there is no label."""
    label = labels.current(row)
    if label is None:
        return None
    shown = [media for media in row.media if media.role in {Role.INPUT, Role.RESULT}]
    if label.media_id is not None:
        shown += [media for media in row.media if media.id == label.media_id]
    return Candidate(row.id, row.task, label, tuple(map(MediaRef.of, shown)))
