"""What a person says the answer should have been: checked and made canonical, then stored."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.consent import ConsentGiven
from storage.contributors import Bearer, record_consent
from storage.errors import ConsentRefused, UnfitSubmission
from storage.media import canonical_score
from storage.moderation import decide
from storage.plain_json import plain_json
from storage.records import NewCorrection, Receipt
from storage.schema import Base, Contributor, Correction, Prediction, Submission
from storage.visibility import open_submission
from storage.vocabulary import CorrectionFormat, DecidedBy, Status

MAX_NOTES = 4 * 1024**2  # bytes of JSON
_NOTE_FIELDS = {"onset_s": 86_400, "offset_s": 86_400, "midi": 127, "velocity": 127, "certainty": 1}
_NOTE_NEEDS = ("onset_s", "offset_s", "midi")


@dataclass(frozen=True, slots=True)
class PreparedCorrection:
    """A correction ready to be stored; ``payload``: canonical MusicXML, or JSON of the notes' known fields."""

    format: CorrectionFormat
    payload: str
    based_on_rank: int | None


def prepare(new: NewCorrection) -> PreparedCorrection:
    """The correction as it is stored.

    Raises UnreadableMedia for what is not MusicXML, UnfitSubmission for anything else that cannot be stored.
    """
    if new.format == CorrectionFormat.MUSICXML and isinstance(new.payload, str):
        text = canonical_score(new.payload).data.decode("utf-8")
        return PreparedCorrection(CorrectionFormat.MUSICXML, text, new.based_on_rank)
    if new.format == CorrectionFormat.NOTES and not isinstance(new.payload, str):
        return PreparedCorrection(CorrectionFormat.NOTES, _notes_text(new.payload), new.based_on_rank)
    if new.format == CorrectionFormat.CHOICE and not new.payload:
        if new.based_on_rank is None:
            raise UnfitSubmission("A choice names the rank that was chosen. Say which.")
        return PreparedCorrection(CorrectionFormat.CHOICE, "", new.based_on_rank)
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
    return json.dumps(plain_json({"notes": kept}, "the notes", MAX_NOTES)["notes"])


def correct(
    session: Session,
    bearer: Bearer,
    submission_id: uuid.UUID,
    correction: PreparedCorrection,
    consent: ConsentGiven | None,
    *,
    daily_quota: int,
) -> tuple[Receipt, Base]:
    """Stores a correction to a submission that is there already.

    The contributor of the submission needs no second consent, everybody else needs one.
    Gives a new row, too, that refers to no other new one.
    """
    contributor, shown_once = bearer.known_or_new(session)
    bearer.check_quota(session, contributor, daily_quota)
    submission = open_submission(session, submission_id, contributor)
    if submission.consent.contributor_id == contributor.id:
        given = submission.consent
    elif consent is None:
        raise ConsentRefused
    else:
        given = record_consent(session, contributor, consent, bearer.now)
    row = Correction(
        submission_id=submission.id,
        consent_id=given.id,
        based_on=_prediction(session, submission, correction.based_on_rank),
        format=correction.format,
        payload=correction.payload,
        created_at=bearer.now,
    )
    session.add(row)
    session.flush()
    _reopen(session, submission, contributor, bearer.now)
    own = given is submission.consent
    return Receipt(
        submission.id, shown_once, corrections=1
    ), contributor if shown_once else row if own else given


def _reopen(session: Session, submission: Submission, contributor: Contributor, now: datetime) -> None:
    """A new label has to be judged anew.

    To an accepted submission anybody else's correction is a suggestion, or one stranger could undo what many agreed
    on.
    """
    session.expire(submission, ["corrections"])
    own = submission.consent.contributor_id == contributor.id
    again = (Status.REJECTED, Status.DISPUTED, Status.ACCEPTED) if own else (Status.REJECTED, Status.DISPUTED)
    if submission.status in again:
        decide(session, submission, Status.PENDING, DecidedBy.CORRECTION, "", now)


def _prediction(session: Session, submission: Submission, rank: int | None) -> uuid.UUID | None:
    if rank is None:
        return None
    found = session.scalar(
        select(Prediction.id)
        .where(Prediction.submission_id == submission.id, Prediction.rank == rank)
        .order_by(Prediction.run.desc())
        .limit(1)
    )
    if found is None:
        raise unknown_rank(rank)
    return found


def unknown_rank(rank: int) -> UnfitSubmission:
    """The error for a correction of a prediction that there is not."""
    return UnfitSubmission(f"There is no prediction of rank {rank} to correct. Choose one that was shown.")
