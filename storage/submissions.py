"""A new submission: all is checked and made canonical first, then bytes and rows are stored together."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from storage.blobs import Blobs, digest_of
from storage.columns import NAME_LENGTH, VERSION_LENGTH
from storage.commits import commit
from storage.consent import ConsentGiven
from storage.contributors import Bearer, record_consent
from storage.corrections import PreparedCorrection, unknown_rank
from storage.corrections import prepare as prepare_correction
from storage.database import Begin
from storage.errors import OutcomeUnknown, UnfitSubmission, UnknownSubmission
from storage.hmac_key import HmacKey
from storage.media import Canonical, NewMedia, thumbnail
from storage.plain_json import plain_json
from storage.records import NewPrediction, NewSubmission, Receipt
from storage.schema import (
    Base,
    Consent,
    Correction,
    Json,
    Media,
    Prediction,
    Submission,
)
from storage.sweep import release
from storage.vocabulary import Kind, Role, Task

MAX_SETTINGS = 64 * 1024  # bytes of JSON
MAX_PAYLOAD = 4 * 1024**2  # bytes of JSON
MAX_PREDICTIONS = 64
MAX_RESULTS = 16
MAX_CORRECTIONS = 16
_WEIGHTS_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, eq=False)
class _File:
    """A file ready to be stored, and what is stored of the one it was made from; equal bytes still make two."""

    role: Role
    canonical: Canonical
    original_hmac: str | None


@dataclass(frozen=True, slots=True)
class _Answer:
    """A prediction ready to be stored."""

    prediction: NewPrediction
    payload: Json
    file: _File | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A submission ready to be stored: nothing in it can be refused any more."""

    task: Task
    app_version: str
    settings: Json
    files: tuple[_File, ...]
    answers: tuple[_Answer, ...]
    corrections: tuple[PreparedCorrection, ...]

    @property
    def size(self) -> int:
        """Bytes of all files, prediction files included, and of the corrections."""
        files = sum(len(file.canonical.data) for file in self.files)
        return files + sum(len(correction.payload) for correction in self.corrections)


def prepare(new: NewSubmission, key: HmacKey) -> Prepared:
    """The submission with canonical files and plain JSON.

    Raises UnfitSubmission for values out of range, UnreadableMedia for files that cannot be written anew.
    """
    if new.task not in set(Task):
        raise UnfitSubmission(f"{new.task!r} is no task. Use one of {', '.join(Task)}.")
    _check_text(new.app_version, "The app's version", VERSION_LENGTH)
    for what, given, most in (
        ("results", new.results, MAX_RESULTS),
        ("corrections", new.corrections, MAX_CORRECTIONS),
    ):
        if len(given) > most:
            raise UnfitSubmission(f"A submission has at most {most} {what}. Leave some out.")
    ranks = {prediction.rank for prediction in new.predictions}
    settings = plain_json(new.settings, "the settings", MAX_SETTINGS)

    source = _file(Role.INPUT, new.input, key)
    files = [source, *(_file(Role.RESULT, result, key) for result in new.results)]
    answers = prepare_answers(new.predictions, key)
    files += [answer.file for answer in answers if answer.file is not None]
    if source.canonical.kind is Kind.IMAGE:
        files.append(_File(Role.THUMBNAIL, thumbnail(source.canonical), None))
    changes = tuple(prepare_correction(correction) for correction in new.corrections)
    for change in changes:
        if change.based_on_rank is not None and change.based_on_rank not in ranks:
            raise unknown_rank(change.based_on_rank)
    return Prepared(Task(new.task), new.app_version, settings, tuple(files), answers, changes)


def prepare_answers(predictions: Sequence[NewPrediction], key: HmacKey) -> tuple[_Answer, ...]:
    """A model's ranked answers, ready to be stored; UnfitSubmission or UnreadableMedia where they cannot be."""
    if len(predictions) > MAX_PREDICTIONS:
        raise UnfitSubmission(f"A submission has at most {MAX_PREDICTIONS} predictions. Leave some out.")
    if len({prediction.rank for prediction in predictions}) < len(predictions):
        raise UnfitSubmission("Two predictions have the same rank. Number them from 1.")
    answers = []
    for prediction in predictions:
        _check_prediction(prediction)
        payload = plain_json(prediction.payload, "a prediction", MAX_PAYLOAD)
        file = _file(Role.PREDICTION, prediction.media, key) if prediction.media is not None else None
        answers.append(_Answer(prediction, payload, file))
    return tuple(answers)


def insert(
    begin: Begin,
    blobs: Blobs,
    bearer: Bearer,
    prepared: Prepared,
    consent: ConsentGiven,
    attempted: list[str],
    *,
    daily_quota: int,
) -> Receipt:
    """The receipt, once the bytes and then all rows, corrections too, are on the disk; after an error no row is.

    Runs as a job that adds; `forget` undoes the bytes, whose digests are put in ``attempted``. Raises UnknownToken, QuotaReached, OutcomeUnknown (see ``commit``), or what the disk and
    the database have to say.
    """

    def work(session: Session) -> tuple[Receipt, Base]:
        # Asking the database first: a busy or unwilling one is found out before any byte is written.
        contributor, shown_once = bearer.known_or_new(session)
        bearer.check_quota(session, contributor, daily_quota)
        for file in prepared.files:
            attempted.append(digest_of(file.canonical.data))
            blobs.put(file.canonical.data)
        given = record_consent(session, contributor, consent, bearer.now)
        submission = _rows(prepared, attempted, given)
        session.add(submission)
        session.flush()
        receipt = Receipt(submission.id, shown_once, len(prepared.corrections))
        return receipt, contributor if shown_once else given

    return commit(begin, work)


def forget(begin: Begin, blobs: Blobs, attempted: Sequence[str], error: BaseException) -> None:
    """Removes the bytes that `insert` stored before it failed with ``error``, but those that another's row needs."""
    # Where the outcome is unknown the rows may be there and need their bytes; if not, the sweep removes them.
    if not isinstance(error, OutcomeUnknown):
        release(begin, blobs, attempted)


def extract(
    begin: Begin, blobs: Blobs, submission_id: uuid.UUID, answers: tuple[_Answer, ...], now: datetime
) -> int:
    """The number of the run under which a later model's answers are stored. Nothing that was there changes.

    Runs as a write job; UnknownSubmission where there is no such submission.
    """
    attempted: list[str] = []
    try:
        with begin() as session:
            submission = _existing(session, submission_id)
            run = 1 + max((row.run for row in submission.predictions), default=0)
            position = 1 + max((row.position for row in submission.media), default=-1)
            for answer in answers:
                media = None
                if answer.file is not None:
                    data = answer.file.canonical.data
                    attempted.append(digest_of(data))
                    blobs.put(data)
                    media = _media_row(answer.file, attempted[-1], position)
                    submission.media.append(media)
                    position += 1
                submission.predictions.append(_prediction_row(answer, media, run, now))
    except BaseException:
        release(begin, blobs, attempted)
        raise
    return run


def _existing(session: Session, submission_id: uuid.UUID) -> Submission:
    submission = session.get(Submission, submission_id)
    if submission is None:
        raise UnknownSubmission
    return submission


def _media_row(file: _File, digest: str, position: int) -> Media:
    return Media(
        position=position,
        role=file.role,
        kind=file.canonical.kind,
        media_type=file.canonical.media_type,
        digest=digest,
        size=len(file.canonical.data),
        width=file.canonical.width,
        height=file.canonical.height,
        seconds=file.canonical.seconds,
        original_hmac=file.original_hmac,
    )


def _prediction_row(answer: _Answer, media: Media | None, run: int, now: datetime) -> Prediction:
    return Prediction(
        run=run,
        rank=answer.prediction.rank,
        score=answer.prediction.score,
        payload=answer.payload,
        media=media,
        model_name=answer.prediction.model,
        model_digest=answer.prediction.model_digest,
        made_at=now,
    )


def _rows(prepared: Prepared, digests: list[str], consent: Consent) -> Submission:
    media = {
        file: _media_row(file, digest, position)
        for position, (file, digest) in enumerate(zip(prepared.files, digests, strict=True))
    }
    predictions = {
        answer.prediction.rank: _prediction_row(
            answer, media[answer.file] if answer.file is not None else None, 1, consent.given_at
        )
        for answer in prepared.answers
    }
    return Submission(
        consent_id=consent.id,
        task=prepared.task,
        app_version=prepared.app_version,
        settings=prepared.settings,
        created_at=consent.given_at,
        media=list(media.values()),
        predictions=list(predictions.values()),
        corrections=[
            Correction(
                consent_id=consent.id,
                prediction=predictions.get(correction.based_on_rank or 0),
                format=correction.format,
                payload=correction.payload,
                created_at=consent.given_at,
            )
            for correction in prepared.corrections
        ],
    )


def _file(role: Role, media: NewMedia, key: HmacKey) -> _File:
    original_hmac = key.original(media.original) if media.original is not None else None
    return _File(role, media.canonical(), original_hmac)


def _check_prediction(prediction: NewPrediction) -> None:
    if type(prediction.rank) is not int or not 1 <= prediction.rank <= 2**31 - 1:
        raise UnfitSubmission(f"{prediction.rank!r} is no rank. Number predictions from 1.")
    score = prediction.score
    if score is not None and not (math.isfinite(score) and 0 <= score <= 1):
        raise UnfitSubmission(f"{score!r} is no certainty. Give a number from 0 to 1, or None.")
    _check_text(prediction.model, "A model's name", NAME_LENGTH)
    if prediction.model_digest is not None and not _WEIGHTS_DIGEST.fullmatch(prediction.model_digest):
        raise UnfitSubmission("A weights digest is not 64 hex digits. Give the SHA-256, or None.")


def _check_text(text: str, what: str, limit: int) -> None:
    if not isinstance(text, str) or not text.isprintable() or not 0 < len(text) <= limit:
        raise UnfitSubmission(f"{what} must be 1 to {limit} printable characters.")
