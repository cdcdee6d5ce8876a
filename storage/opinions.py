"""What people say about a submission: that it should read otherwise, that it is right, that it should go."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.consent import ConsentGiven
from storage.contributors import Bearer
from storage.errors import ConsentRefused, UnfitSubmission, UnknownSubmission, VoteRefused
from storage.keep import MAX_PAYLOAD, plain_json, record_consent
from storage.media import canonical_score
from storage.records import NewCorrection, Receipt
from storage.schema import Contributor, Correction, Flag, Prediction, Submission, Vote
from storage.vocabulary import CorrectionFormat, RaisedBy, Reason, Status, Verdict

_OPEN = (Status.PENDING, Status.ACCEPTED)
_NOTE_FIELDS = {"onset_s": 86_400, "offset_s": 86_400, "midi": 127, "velocity": 127, "certainty": 1}
_NOTE_NEEDS = ("onset_s", "offset_s", "midi")


@dataclass(frozen=True, slots=True)
class PreparedCorrection:
    """A correction ready to be kept; ``payload``: canonical MusicXML, or JSON of the notes' known fields."""

    format: CorrectionFormat
    payload: str
    based_on_rank: int | None


def prepare(new: NewCorrection) -> PreparedCorrection:
    """The correction as it is kept.

    Raises UnreadableMedia for what is not MusicXML, UnfitSubmission for anything else that cannot be kept.
    """
    if new.format == CorrectionFormat.MUSICXML and isinstance(new.payload, str):
        text = canonical_score(new.payload).data.decode("utf-8")
        return PreparedCorrection(CorrectionFormat.MUSICXML, text, new.based_on_rank)
    if new.format == CorrectionFormat.NOTES and not isinstance(new.payload, str):
        return PreparedCorrection(CorrectionFormat.NOTES, _notes_text(new.payload), new.based_on_rank)
    raise UnfitSubmission("A correction is MusicXML as text, or a list of notes. Say which in its format.")


def _notes_text(notes: Sequence[Mapping[str, object]]) -> str:
    kept = []
    for note in notes:
        if not isinstance(note, Mapping) or not all(name in note for name in _NOTE_NEEDS):
            raise UnfitSubmission("Every note of a correction needs onset_s, offset_s and midi. Add them.")
        plain = {name: note[name] for name in _NOTE_FIELDS if note.get(name) is not None}
        for name, value in plain.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise UnfitSubmission(f"{value!r} is no {name} of a note. Give a number.")
            if not 0 <= value <= _NOTE_FIELDS[name]:
                raise UnfitSubmission(
                    f"{value!r} is no {name} of a note. Keep it in 0..{_NOTE_FIELDS[name]}."
                )
        kept.append(plain)
    return json.dumps(plain_json({"notes": kept}, "the notes", MAX_PAYLOAD)["notes"])


def correct(
    session: Session,
    bearer: Bearer,
    submission_id: uuid.UUID,
    correction: PreparedCorrection,
    consent: ConsentGiven | None,
    *,
    daily_quota: int,
) -> Receipt:
    """Keeps a correction; the giver of the submission needs no second consent, everybody else needs one."""
    contributor, shown_once = bearer.known_or_new(session)
    bearer.check_quota(session, contributor, daily_quota)
    submission = _open(session, submission_id, contributor)
    if submission.consent.contributor_id == contributor.id:
        given = submission.consent
    elif consent is None:
        raise ConsentRefused
    else:
        given = record_consent(session, contributor, consent, bearer.now)
    session.add(
        Correction(
            submission_id=submission.id,
            consent_id=given.id,
            based_on=_prediction(session, submission, correction.based_on_rank),
            format=correction.format,
            payload=correction.payload,
            created_at=bearer.now,
        )
    )
    return Receipt(submission.id, shown_once)


def vote(session: Session, bearer: Bearer, submission_id: uuid.UUID, verdict: Verdict) -> Receipt:
    """Keeps a verdict, or changes the one this contributor gave before; VoteRefused for one's own."""
    contributor, shown_once = bearer.known_or_new(session)
    submission = _open(session, submission_id, contributor)
    if submission.consent.contributor_id == contributor.id:
        raise VoteRefused
    earlier = session.scalar(
        select(Vote).where(Vote.contributor_id == contributor.id, Vote.submission_id == submission.id)
    )
    if earlier is None:
        earlier = Vote(contributor_id=contributor.id, submission_id=submission.id)
        session.add(earlier)
    earlier.verdict, earlier.voted_at = verdict, bearer.now
    return Receipt(submission.id, shown_once)


def flag(
    session: Session, bearer: Bearer, submission_id: uuid.UUID, reason: Reason, raised_by: RaisedBy
) -> None:
    """Keeps a call for the host to look; whoever has a token need not give it."""
    contributor = bearer.known(session) if bearer.token is not None else None
    if session.get(Submission, submission_id) is None:
        raise UnknownSubmission
    session.add(
        Flag(
            submission_id=submission_id,
            contributor_id=contributor.id if contributor else None,
            reason=reason,
            raised_by=RaisedBy.CONTRIBUTOR if contributor else raised_by,
            raised_at=bearer.now,
        )
    )


def _open(session: Session, submission_id: uuid.UUID, contributor: Contributor) -> Submission:
    """The submission, if it is the contributor's own or open to all; a withdrawn one seems not to exist."""
    submission = session.get(Submission, submission_id)
    if submission is None:
        raise UnknownSubmission
    if submission.status not in _OPEN and submission.consent.contributor_id != contributor.id:
        raise UnknownSubmission
    return submission


def _prediction(session: Session, submission: Submission, rank: int | None) -> uuid.UUID | None:
    if rank is None:
        return None
    found = session.scalar(
        select(Prediction.id).where(Prediction.submission_id == submission.id, Prediction.rank == rank)
    )
    if found is None:
        raise UnfitSubmission(f"There is no prediction of rank {rank} to correct. Choose one that was shown.")
    return found
