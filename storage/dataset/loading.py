"""An export brought back into an empty collection."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from storage.blobs import Blobs
from storage.consent import consent_digest
from storage.dataset.records import Row, schema
from storage.dataset.writing import MANIFEST
from storage.errors import ConsentRefused, UnfitSubmission, UnreadableMedia
from storage.hmac_key import HmacKey, new_token
from storage.media import Canonical, Picture, ScoreText, Sound, thumbnail
from storage.schema import (
    Consent,
    Contributor,
    Correction,
    Decision,
    Media,
    Prediction,
    Submission,
    Tombstone,
    Vote,
)
from storage.vocabulary import CorrectionFormat, DecidedBy, Kind, Licence, Role, Status, Task, Verdict

_NO_DATASET = "That folder is no export of a collection, or a part of it is missing. Nothing was imported."
_AT_ONCE = 20


def check(folder: Path) -> None:
    """Raises UnfitSubmission unless every file of the export is there and is what was written."""
    try:
        listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        for name, known in listed.items():
            path = folder / name
            inside = path.resolve().is_relative_to(folder.resolve())
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            if not inside or digest != known["sha256"]:
                raise UnfitSubmission(
                    f"{name} is not what was exported. Nothing was imported; fetch the export again."
                )
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise UnfitSubmission(_NO_DATASET) from error


def rows_of(folder: Path) -> Iterator[Row]:
    """The rows of all shards, some at a time."""
    for path in sorted((folder / "data").rglob("*.parquet")):
        try:
            with pq.ParquetFile(path) as table:
                if table.schema_arrow.remove_metadata() != schema().remove_metadata():
                    raise UnfitSubmission(_NO_DATASET)
                for batch in table.iter_batches(_AT_ONCE):
                    yield from batch.to_pylist()
        except pa.ArrowException as error:
            raise UnfitSubmission(_NO_DATASET) from error


def removed_of(folder: Path) -> set[uuid.UUID]:
    """The numbers that the export lists as withdrawn."""
    try:
        return {uuid.UUID(line) for line in (folder / "removed.txt").read_text("ascii").split()}
    except (OSError, ValueError) as error:
        raise UnfitSubmission(_NO_DATASET) from error


@dataclass
class Loader:
    """Writes rows of an export into one session of an empty collection.

    Contributors come back without their tokens, one for each work. Whatever was withdrawn, here or in the export,
    stays away.
    """

    session: Session
    blobs: Blobs
    key: HmacKey
    now: datetime
    attempted: list[str] = field(default_factory=list)
    count: int = 0
    _contributors: dict[str, Contributor] = field(default_factory=dict)

    def begin(self, removed: set[uuid.UUID]) -> None:
        """Notes the withdrawals; UnfitSubmission for a collection that is not empty."""
        if self.session.scalar(select(exists().where(Submission.id.is_not(None)))):
            raise UnfitSubmission("The collection is not empty. Import into a new data folder.")
        known = set(self.session.scalars(select(Tombstone.export_id)))
        for number in sorted(removed - known, key=str):
            self.session.add(
                Tombstone(export_id=number, digest_hmac=self.key.digest(number.hex), erased_at=self.now)
            )
        self._removed = removed | known

    def add(self, row: Row) -> None:
        """One contribution, with its files, predictions, corrections and votes."""
        number = uuid.UUID(row["id"])
        if number in self._removed:
            return
        given = _day(row["given_on"])
        consent = self._consent(
            f"work {row['work']}", row["input_licence"], row["consent_version"], row["locale"], given
        )
        if consent.text_digest != row["consent_digest"]:
            raise ConsentRefused(
                "A consent in the export was given to other words than ours. Nothing was imported."
            )
        submission = Submission(
            id=number,
            consent_id=consent.id,
            task=Task(row["task"]),
            status=Status.ACCEPTED,
            app_version=row["app_version"],
            settings=json.loads(row["settings"]),
            created_at=given,
        )
        source = row["image"] or row["audio"]
        kind = Kind.IMAGE if row["image"] else Kind.AUDIO
        first = self._media(submission, Role.INPUT, kind, source["bytes"])
        for result in row["results"]:
            self._media(submission, Role.RESULT, Kind(result["kind"]), result["bytes"])
        predictions = {}
        for one in row["predictions"]:
            media = (
                self._media(submission, Role.PREDICTION, Kind(one["kind"]), one["bytes"])[0]
                if one["bytes"] is not None
                else None
            )
            predictions[one["run"], one["rank"]] = Prediction(
                run=one["run"],
                rank=one["rank"],
                score=one["score"],
                payload=json.loads(one["payload"]),
                media=media,
                model_name=one["model"],
                model_digest=one["model_digest"],
                made_at=given,
            )
        if kind is Kind.IMAGE:
            self._store(submission, Role.THUMBNAIL, thumbnail(first[1]))
        submission.predictions = list(predictions.values())
        self.session.add(submission)
        self.session.flush()
        edits = [
            self._correction(submission, consent, position, one, predictions, row)
            for position, one in enumerate(row["corrections"])
            if uuid.UUID(one["id"]) not in self._removed
        ]
        if len(edits) < len(row["corrections"]) and row["label_origin"] != "extraction":
            # Its label was withdrawn, so nobody has accepted what is left.
            submission.status = Status.PENDING
        else:
            self._votes(submission, edits, predictions, row)
        self.session.flush()
        self.session.expire_all()
        self.count += 1

    def _consent(self, who: str, licence: str, version: int, locale: str, given: datetime) -> Consent:
        consent = Consent(
            contributor_id=self._contributor(who).id,
            version=version,
            text_digest=consent_digest(version),
            licence=Licence(licence),
            own_or_may_share=True,
            of_age=True,
            locale=locale,
            given_at=given,
        )
        self.session.add(consent)
        self.session.flush()
        return consent

    def _contributor(self, who: str) -> Contributor:
        if who not in self._contributors:
            # Nobody gets the token: the one that was shown once belongs to another collection.
            one = Contributor(token_hmac=self.key.token(new_token()), created_at=self.now)
            self.session.add(one)
            self.session.flush()
            self._contributors[who] = one
        return self._contributors[who]

    def _media(self, submission: Submission, role: Role, kind: Kind, data: bytes) -> tuple[Media, Canonical]:
        canonical = _canonical(kind, data)
        return self._store(submission, role, canonical), canonical

    def _store(self, submission: Submission, role: Role, canonical: Canonical) -> Media:
        digest = self.blobs.put(canonical.data)
        self.attempted.append(digest)
        media = Media(
            position=len(submission.media),
            role=role,
            kind=canonical.kind,
            media_type=canonical.media_type,
            digest=digest,
            size=len(canonical.data),
            width=canonical.width,
            height=canonical.height,
            seconds=canonical.seconds,
        )
        submission.media.append(media)
        return media

    def _correction(
        self,
        submission: Submission,
        consent: Consent,
        position: int,
        one: dict[str, Any],
        predictions: dict[tuple[int, int], Prediction],
        row: Row,
    ) -> Correction:
        given = _day(one["given_on"])
        base = predictions.get((one["run"], one["rank"]))
        if not one["own"]:
            consent = self._consent(
                f"corrector {position} {row['work']}", one["licence"], one["consent_version"], "und", given
            )
        correction = Correction(
            id=uuid.UUID(one["id"]),
            submission_id=submission.id,
            consent_id=consent.id,
            based_on=base.id if base else None,
            format=CorrectionFormat(one["format"]),
            payload=one["payload"],
            created_at=given + timedelta(microseconds=position),  # they keep their order
        )
        self.session.add(correction)
        self.session.flush()
        return correction

    def _votes(
        self,
        submission: Submission,
        edits: list[Correction],
        predictions: dict[tuple[int, int], Prediction],
        row: Row,
    ) -> None:
        about: dict[str, uuid.UUID] = (
            {"correction_id": edits[-1].id}
            if edits
            else {"prediction_id": predictions[min(predictions, key=lambda one: (-one[0], one[1]))].id}
        )
        verdicts = [verdict for verdict in Verdict for _ in range(row[f"votes_{verdict}"])]
        for number, verdict in enumerate(verdicts):
            voter = self._contributor(f"voter {number}")
            self.session.add(
                Vote(
                    contributor_id=voter.id,
                    submission_id=submission.id,
                    verdict=verdict,
                    voted_at=self.now,
                    **about,
                )
            )
        self.session.add(
            Decision(
                submission_id=submission.id,
                status=Status.ACCEPTED,
                decided_by=DecidedBy.HOST,
                reason="Imported from an export.",
                decided_at=self.now,
            )
        )


def _canonical(kind: Kind, data: bytes) -> Canonical:
    """The file as it is stored; what comes from outside is decoded and written anew like an upload."""
    if kind is Kind.IMAGE:
        return Picture(data).canonical()
    if kind is Kind.AUDIO:
        return Sound.from_wav(data).canonical()
    if kind is Kind.SCORE:
        return ScoreText(data).canonical()
    raise UnreadableMedia


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
