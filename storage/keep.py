"""Keeping a submission: all is checked and made canonical first, then bytes and rows go in together."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from storage.blobs import Blobs, digest_of
from storage.consent import ConsentGiven
from storage.contributors import Bearer
from storage.database import Begin
from storage.errors import UnfitSubmission
from storage.media import Canonical, NewMedia, thumbnail
from storage.records import NewPrediction, NewSubmission, Receipt
from storage.schema import (
    NAME_LENGTH,
    VERSION_LENGTH,
    Consent,
    Contributor,
    Json,
    Media,
    Prediction,
    Submission,
)
from storage.seal import Seal
from storage.sweep import release
from storage.vocabulary import Kind, Role, Task

MAX_SETTINGS = 64 * 1024  # bytes of JSON
MAX_PAYLOAD = 4 * 1024**2  # bytes of JSON
MAX_PREDICTIONS = 64
MAX_RESULTS = 16
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # not where the backslash itself is what is written
_WEIGHTS_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, eq=False)
class _File:
    """A file ready to be kept, and what is kept of the one it was made from; equal bytes still make two."""

    role: Role
    canonical: Canonical
    original_hmac: str | None


@dataclass(frozen=True, slots=True)
class _Answer:
    """A prediction ready to be kept."""

    prediction: NewPrediction
    payload: Json
    file: _File | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A submission ready to be kept: nothing in it can be refused any more."""

    task: Task
    app_version: str
    settings: Json
    files: tuple[_File, ...]
    answers: tuple[_Answer, ...]

    @property
    def size(self) -> int:
        """Bytes of all files, prediction files included."""
        return sum(len(file.canonical.data) for file in self.files)


def prepare(new: NewSubmission, seal: Seal) -> Prepared:
    """The submission with canonical files and plain JSON.

    Raises UnfitSubmission for values out of range, UnreadableMedia for files that cannot be written anew.
    """
    if new.task not in set(Task):
        raise UnfitSubmission(f"{new.task!r} is no task. Use one of {', '.join(Task)}.")
    _check_text(new.app_version, "The app's version", VERSION_LENGTH)
    if len(new.results) > MAX_RESULTS or len(new.predictions) > MAX_PREDICTIONS:
        raise UnfitSubmission(
            f"Keep at most {MAX_RESULTS} results and {MAX_PREDICTIONS} predictions of a submission."
        )
    if len({prediction.rank for prediction in new.predictions}) < len(new.predictions):
        raise UnfitSubmission("Two predictions have the same rank. Number them from 1.")
    settings = plain_json(new.settings, "the settings", MAX_SETTINGS)

    given = _file(Role.INPUT, new.input, seal)
    files = [given, *(_file(Role.RESULT, result, seal) for result in new.results)]
    answers = []
    for prediction in new.predictions:
        _check_prediction(prediction)
        payload = plain_json(prediction.payload, "a prediction", MAX_PAYLOAD)
        file = _file(Role.PREDICTION, prediction.media, seal) if prediction.media is not None else None
        answers.append(_Answer(prediction, payload, file))
    files += [answer.file for answer in answers if answer.file is not None]
    if given.canonical.kind is Kind.IMAGE:
        files.append(_File(Role.THUMBNAIL, thumbnail(given.canonical), None))
    return Prepared(Task(new.task), new.app_version, settings, tuple(files), tuple(answers))


def insert(
    begin: Begin,
    blobs: Blobs,
    bearer: Bearer,
    prepared: Prepared,
    consent: ConsentGiven,
    *,
    daily_quota: int,
) -> Receipt:
    """The receipt, once the bytes and then the rows are on the disk; after an error neither are.

    Runs as a write job. Raises UnknownToken, QuotaReached, or what the disk and the database have to say.
    """
    attempted: list[str] = []
    try:
        with begin() as session:
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
            receipt = Receipt(submission.id, shown_once)
    except BaseException:
        # Bytes that a row needs stay: another's, or ours after a commit that failed in the telling only.
        release(begin, blobs, attempted)
        raise
    return receipt


def record_consent(
    session: Session, contributor: Contributor, consent: ConsentGiven, now: datetime
) -> Consent:
    """The row that says what the contributor agreed to, and in which words."""
    row = Consent(
        contributor_id=contributor.id,
        version=consent.version,
        text_digest=consent.text_digest,
        licence=consent.licence,
        own_or_may_share=consent.own_or_may_share,
        of_age=consent.of_age,
        locale=consent.locale,
        given_at=now,
    )
    session.add(row)
    session.flush()
    return row


def _rows(prepared: Prepared, digests: list[str], consent: Consent) -> Submission:
    media = {
        file: Media(
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
        for position, (file, digest) in enumerate(zip(prepared.files, digests, strict=True))
    }
    return Submission(
        consent_id=consent.id,
        task=prepared.task,
        app_version=prepared.app_version,
        settings=prepared.settings,
        created_at=consent.given_at,
        media=list(media.values()),
        predictions=[
            Prediction(
                rank=answer.prediction.rank,
                score=answer.prediction.score,
                payload=answer.payload,
                media=media[answer.file] if answer.file is not None else None,
                model_name=answer.prediction.model,
                model_digest=answer.prediction.model_digest,
            )
            for answer in prepared.answers
        ],
    )


def _file(role: Role, media: NewMedia, seal: Seal) -> _File:
    original_hmac = seal.original(media.original) if media.original is not None else None
    return _File(role, media.canonical(), original_hmac)


def plain_json(value: Mapping[str, object], what: str, limit: int) -> Json:
    """The value as plain JSON of its own; UnfitSubmission for NaN, foreign types, more than limit bytes."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        size = len(text.encode("utf-8"))
    except (TypeError, ValueError, RecursionError) as error:
        raise UnfitSubmission(f"Nothing was kept: {what} cannot be written as JSON ({error}).") from error
    if size > limit:
        raise UnfitSubmission(
            f"Nothing was kept: {size} bytes of JSON are too many for {what}. Stay below {limit}."
        )
    if _NUL.search(text):
        raise UnfitSubmission(f"Nothing was kept: a NUL character is in {what}. Leave it out.")
    plain: object = json.loads(text)
    if not isinstance(plain, dict):
        raise UnfitSubmission(f"Nothing was kept: {what} must be a JSON object. Put the value under a name.")
    return plain


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
