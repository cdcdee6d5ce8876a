"""The label of a submission: what it should read as, by a model or by a person.

What a model extracts are predictions; what a person says are corrections. The two are rows of different tables, so
that a later extraction can never overwrite an edit.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from storage.schema import Correction, Json, Prediction, Submission
from storage.vocabulary import CorrectionFormat, Status


class Origin(StrEnum):
    """Where a label comes from: a model's best prediction, a prediction that a person chose, or an edit."""

    EXTRACTION = "extraction"
    CHOICE = "choice"
    EDIT = "edit"


class Label(NamedTuple):
    """What a submission reads as.

    ``text`` is the edit in the ``format`` "musicxml" or "notes"; without an edit both are None, and the prediction
    of ``prediction_id`` is the label. ``rank``, ``model``, ``model_digest`` and ``probability`` are those of the
    prediction that was taken or corrected, None where an edit was written from nothing.
    """

    origin: Origin
    format: CorrectionFormat | None
    text: str | None
    payload: Json | None
    media_id: uuid.UUID | None
    rank: int | None
    model: str | None
    model_digest: str | None
    probability: float | None
    correction_id: uuid.UUID | None
    prediction_id: uuid.UUID | None


def current(submission: Submission) -> Label | None:
    """The newest correction, else the newest run's best prediction; None where there is neither.

    An accepted submission keeps the label that was accepted: what came after the decision is a suggestion.
    """
    until = _accepted_at(submission)
    corrections = [row for row in submission.corrections if until is None or row.created_at <= until]
    if corrections:
        newest = max(corrections, key=lambda row: (row.created_at, row.id.hex))
        return _of_correction(newest)
    predictions = [row for row in submission.predictions if until is None or row.made_at <= until]
    if not predictions:
        return None
    return _of_prediction(min(predictions, key=lambda row: (-row.run, row.rank)))


def _accepted_at(submission: Submission) -> datetime | None:
    """When the label was accepted, if it is; of several acceptances of the same label, the last."""
    if submission.status is not Status.ACCEPTED or not submission.decisions:
        return None
    return max(decision.decided_at for decision in submission.decisions)


def _of_correction(row: Correction) -> Label:
    base = row.prediction
    chosen = row.format is CorrectionFormat.CHOICE
    return Label(
        origin=Origin.CHOICE if chosen else Origin.EDIT,
        format=None if chosen else row.format,
        text=None if chosen else row.payload,
        payload=base.payload if chosen and base else None,
        media_id=base.media_id if chosen and base else None,
        rank=base.rank if base else None,
        model=base.model_name if base else None,
        model_digest=base.model_digest if base else None,
        probability=base.score if base else None,
        correction_id=row.id,
        prediction_id=row.based_on,
    )


def _of_prediction(row: Prediction) -> Label:
    return Label(
        origin=Origin.EXTRACTION,
        format=None,
        text=None,
        payload=row.payload,
        media_id=row.media_id,
        rank=row.rank,
        model=row.model_name,
        model_digest=row.model_digest,
        probability=row.score,
        correction_id=None,
        prediction_id=row.id,
    )
