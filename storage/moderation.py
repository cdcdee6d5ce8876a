"""What the host decides about submissions, and the log of every decision."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from storage import labels
from storage.columns import REASON_LENGTH
from storage.errors import UnfitSubmission, UnknownSubmission
from storage.records import Numbers, Reported, ReviewItem
from storage.schema import Contributor, Correction, Decision, Media, Submission, Vote
from storage.vocabulary import CorrectionFormat, DecidedBy, Kind, Role, Status, Task

NEEDS_REASON = (Status.REJECTED, Status.HIDDEN)
_MOST_LISTED = 1000


def decide(
    session: Session, submission: Submission, status: Status, by: DecidedBy, reason: str, now: datetime
) -> None:
    """Sets the status and logs who set it and why."""
    submission.status = status
    submission.decisions.append(Decision(status=status, decided_by=by, reason=reason, decided_at=now))
    session.flush()


def last_decision(submission: Submission) -> Decision | None:
    """The decision that holds; None before the first."""
    return max(submission.decisions, key=lambda row: row.decided_at, default=None)


def host_decides(
    session: Session, submission_id: uuid.UUID, status: Status, reason: str, now: datetime
) -> Submission:
    """Sets a status on the host's word: it stands until a new correction comes.

    Raises UnknownSubmission, and UnfitSubmission for a status that only votes and reports give, or without a
    reason where one is needed.
    """
    if status in {Status.DISPUTED, Status.QUARANTINED}:
        raise UnfitSubmission(
            f"{status} follows from votes and reports. Accept, reject, hide, or say pending."
        )
    said = reason.strip()
    if status in NEEDS_REASON and not said:
        raise UnfitSubmission("Say why: the contributor is shown the reason.")
    if len(said) > REASON_LENGTH or not said.isprintable():
        raise UnfitSubmission(f"A reason has at most {REASON_LENGTH} printable characters. Shorten it.")
    submission = session.get(Submission, submission_id)
    if submission is None:
        raise UnknownSubmission
    decide(session, submission, status, DecidedBy.HOST, said, now)
    return submission


def to_review(
    session: Session, statuses: Sequence[Status], task: Task | None, limit: int
) -> list[ReviewItem]:
    """Submissions of these statuses, those that were reported first, then the oldest."""
    query = (
        select(Submission)
        .where(Submission.status.in_(statuses))
        .order_by((Submission.status == Status.QUARANTINED).desc(), Submission.created_at, Submission.id)
        .limit(min(limit, _MOST_LISTED))
        .options(
            joinedload(Submission.consent),
            selectinload(Submission.reports),
            selectinload(Submission.decisions),
            selectinload(Submission.votes),
            selectinload(Submission.corrections),
        )
    )
    if task is not None:
        query = query.where(Submission.task == task)
    return [_item(row) for row in session.scalars(query)]


def review_item(session: Session, submission_id: uuid.UUID) -> ReviewItem:
    """One submission; UnknownSubmission."""
    row = session.get(Submission, submission_id)
    if row is None:
        raise UnknownSubmission
    return _item(row)


def contents(session: Session, submission_id: uuid.UUID) -> tuple[dict[str, bytes], dict[str, str]]:
    """The label and the settings of a submission as files, and the digests of its media, by file name."""
    row = session.get(Submission, submission_id)
    if row is None:
        raise UnknownSubmission
    texts = {"settings.json": json.dumps(row.settings, indent=1).encode("utf-8")}
    label = labels.current(row)
    if label is not None and label.text is not None:
        ending = "musicxml" if label.format is CorrectionFormat.MUSICXML else "notes.json"
        texts[f"label.{ending}"] = label.text.encode("utf-8")
    elif label is not None:
        texts["label.json"] = json.dumps(label.payload, indent=1).encode("utf-8")
    scores = {media.id: media.digest for media in row.media if media.kind is Kind.SCORE}
    endings = {Kind.IMAGE: "png", Kind.AUDIO: "wav", Kind.SCORE: "musicxml"}
    named = {f"{media.position:02}-{media.role}.{endings[media.kind]}": media.digest for media in row.media}
    if label is not None and label.text is None and label.media_id in scores:
        named["label.musicxml"] = scores[label.media_id]
    return texts, named


def numbers(session: Session) -> Numbers:
    """What there is, counted by the database."""
    by_status = select(Submission.task, Submission.status, func.count()).group_by(
        Submission.task, Submission.status
    )
    given = (
        select(Submission.status, Media.kind, func.count(), func.coalesce(func.sum(Media.seconds), 0.0))
        .join(Media.submission)
        .where(Media.role == Role.INPUT)
        .group_by(Submission.status, Media.kind)
    )
    pages: Counter[bool] = Counter()
    seconds: dict[bool, float] = {True: 0.0, False: 0.0}
    for status, kind, count, length in session.execute(given):
        pages[status is Status.ACCEPTED] += count if kind is Kind.IMAGE else 0
        seconds[status is Status.ACCEPTED] += length or 0.0
    contributors, corrections, votes = (
        session.scalar(select(func.count()).select_from(table)) or 0
        for table in (Contributor, Correction, Vote)
    )
    return Numbers(
        submissions={(task, status): count for task, status, count in session.execute(by_status)},
        contributors=contributors,
        corrections=corrections,
        votes=votes,
        pages=pages[True] + pages[False],
        hours=(seconds[True] + seconds[False]) / 3600,
        accepted_pages=pages[True],
        accepted_hours=seconds[True] / 3600,
    )


def _item(row: Submission) -> ReviewItem:
    last = last_decision(row)
    reports = sorted(row.reports, key=lambda report: (report.raised_at, report.id.hex))
    return ReviewItem(
        id=row.id,
        task=row.task,
        when=row.created_at,
        status=row.status,
        licence=row.consent.licence,
        votes=len(row.votes),
        corrections=len(row.corrections),
        reports=tuple(Reported(report.reason, report.raised_by, report.raised_at) for report in reports),
        reason=last.reason if last else "",
        decided_by=last.decided_by if last else None,
    )
