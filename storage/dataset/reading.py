"""From the collection to rows of the dataset: what may leave it, in an order that its content alone decides."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from storage import labels
from storage.blobs import Blobs
from storage.dataset.records import Row
from storage.dataset.works import beginning, works
from storage.errors import BlobMissing
from storage.labels import Label
from storage.schema import Consent, Correction, Media, Prediction, Submission, Tombstone
from storage.visibility import PUBLIC
from storage.vocabulary import CorrectionFormat, Kind, Licence, Role, Status, Task
from storage.votes import tally

_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """A contribution that goes into the dataset."""

    id: uuid.UUID
    task: Task
    input_digest: str
    work: str


def entries(session: Session, *, publish: bool) -> list[Entry]:
    """What goes in, sorted by the digest of the input, then by number.

    Only what is accepted and whose licences, that of the label's author too, allow it: to be published, or with
    ``publish=False`` to train this host's own models.
    """
    found: list[tuple[uuid.UUID, Task, str]] = []  # not the rows, which may be too many to be held
    traits: dict[str, tuple[str, list[tuple[str, object]]]] = {}
    query = (
        select(Submission)
        .where(Submission.status == Status.ACCEPTED)
        .order_by(Submission.id)
        .options(
            joinedload(Submission.consent),
            selectinload(Submission.media),
            selectinload(Submission.predictions),
            selectinload(Submission.corrections).joinedload(Correction.consent),
            selectinload(Submission.decisions),
        )
        .execution_options(yield_per=500)
    )
    for row in session.scalars(query):
        label = labels.current(row)
        if label is None or not _allowed(row, label, publish=publish):
            continue
        source = next(media for media in row.media if media.role is Role.INPUT)
        shared: list[tuple[str, object]] = [("contributor", row.consent.contributor_id)]
        if source.original_hmac is not None:
            shared.append(("original", source.original_hmac))
        start = beginning(label.format, label.text)
        if start is not None:
            shared.append(("beginning", start))
        found.append((row.id, row.task, source.digest))
        traits[row.id.hex] = (source.digest, shared)
    named = works(traits)
    listed = [Entry(number, task, digest, named[number.hex]) for number, task, digest in found]
    return sorted(listed, key=lambda entry: (entry.input_digest, entry.id.hex))


def _allowed(row: Submission, label: Label, *, publish: bool) -> bool:
    if not publish:
        return True
    edits = {correction.id: correction.consent.licence for correction in row.corrections}
    of_label = (
        edits.get(label.correction_id, row.consent.licence) if label.correction_id else row.consent.licence
    )
    return row.consent.licence in PUBLIC and of_label in PUBLIC


def rows(session: Session, blobs: Blobs, chosen: Sequence[Entry], *, publish: bool) -> Iterator[Row]:
    """The rows of these entries, in their order; without those whose files were erased meanwhile."""
    for start in range(0, len(chosen), _AT_ONCE):
        part = chosen[start : start + _AT_ONCE]
        query = (
            select(Submission)
            .where(Submission.id.in_([entry.id for entry in part]))
            .options(
                joinedload(Submission.consent),
                selectinload(Submission.media),
                selectinload(Submission.predictions),
                selectinload(Submission.corrections).joinedload(Correction.consent),
                selectinload(Submission.decisions),
            )
        )
        by_id = {row.id: row for row in session.scalars(query)}
        for entry in part:
            if entry.id in by_id:
                try:
                    yield _row(session, blobs, by_id[entry.id], entry, publish=publish)
                except BlobMissing:
                    continue
        session.expunge_all()


def removed(session: Session) -> list[str]:
    """The numbers of everything that was erased, sorted."""
    return sorted(str(number) for number in session.scalars(select(Tombstone.export_id)))


def _row(session: Session, blobs: Blobs, row: Submission, entry: Entry, *, publish: bool) -> Row:
    label = labels.current(row)
    if label is None:
        raise BlobMissing
    votes = tally(session, row)
    files = {media.id: media for media in row.media}
    text, form = _label_text(blobs, label, files)
    taken = [
        correction
        for correction in sorted(row.corrections, key=lambda one: (one.created_at, one.id.hex))
        if _taken(correction, row, publish=publish)
    ]
    source = next(media for media in row.media if media.role is Role.INPUT)
    data = {"bytes": blobs.read(source.digest), "path": f"{row.id}{_ENDING[source.kind]}"}
    return {
        "id": str(row.id),
        "work": entry.work,
        "task": row.task.value,
        "licence": _whole([row.consent.licence, *(one.consent.licence for one in taken)]).value,
        "image": data if source.kind is Kind.IMAGE else None,
        "audio": data if source.kind is Kind.AUDIO else None,
        "label": text,
        "label_format": form,
        "label_origin": label.origin.value,
        "label_rank": label.rank,
        "label_probability": label.probability,
        "label_model": label.model,
        "label_model_digest": label.model_digest,
        "votes_right": votes.right,
        "votes_wrong": votes.wrong,
        "votes_unsure": votes.unsure,
        "input_licence": row.consent.licence.value,
        "consent_version": row.consent.version,
        "consent_digest": row.consent.text_digest,
        "locale": row.consent.locale,
        "given_on": row.created_at.date().isoformat(),
        "app_version": row.app_version,
        "settings": _json(row.settings),
        "results": [
            {"kind": media.kind.value, "bytes": blobs.read(media.digest)}
            for media in row.media
            if media.role is Role.RESULT
        ],
        "predictions": [_prediction(blobs, prediction, files) for prediction in _in_order(row.predictions)],
        "corrections": [_correction(correction, row.consent) for correction in taken],
    }


_ENDING = {Kind.IMAGE: ".png", Kind.AUDIO: ".wav", Kind.SCORE: ".musicxml"}


def _taken(correction: Correction, row: Submission, *, publish: bool) -> bool:
    """Corrections after the acceptance are suggestions that nobody has judged."""
    accepted = max((decision.decided_at for decision in row.decisions), default=None)
    judged = accepted is None or correction.created_at <= accepted
    return judged and (not publish or correction.consent.licence in PUBLIC)


def _whole(licences: Sequence[Licence]) -> Licence:
    """The strictest of the licences."""
    order = (Licence.TRAIN_ONLY, Licence.CC_BY, Licence.CC0)
    return next(licence for licence in order if licence in licences)


def _label_text(blobs: Blobs, label: Label, files: dict[uuid.UUID, Media]) -> tuple[str, str]:
    """The label and its format. A prediction that is a score is given as MusicXML, any other as its JSON."""
    if label.text is not None and label.format is not None:
        return label.text, label.format.value
    media = files.get(label.media_id) if label.media_id is not None else None
    if media is not None and media.kind is Kind.SCORE:
        return blobs.read(media.digest).decode("utf-8"), CorrectionFormat.MUSICXML.value
    return _json(label.payload or {}), "payload"


def _in_order(predictions: Sequence[Prediction]) -> list[Prediction]:
    return sorted(predictions, key=lambda one: (one.run, one.rank))


def _prediction(blobs: Blobs, row: Prediction, files: dict[uuid.UUID, Media]) -> Row:
    media = files.get(row.media_id) if row.media_id is not None else None
    return {
        "run": row.run,
        "rank": row.rank,
        "score": row.score,
        "payload": _json(row.payload),
        "model": row.model_name,
        "model_digest": row.model_digest,
        "kind": media.kind.value if media else None,
        "bytes": blobs.read(media.digest) if media else None,
    }


def _correction(row: Correction, submission_consent: Consent) -> Row:
    return {
        "id": str(row.id),
        "own": row.consent_id == submission_consent.id,
        "licence": row.consent.licence.value,
        "consent_version": row.consent.version,
        "given_on": row.created_at.date().isoformat(),
        "format": row.format.value,
        "payload": row.payload,
        "run": row.prediction.run if row.prediction else None,
        "rank": row.prediction.rank if row.prediction else None,
    }


def _json(value: object) -> str:
    """The same text for the same value, whatever order a database gives its keys in."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
