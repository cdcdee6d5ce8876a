"""What was erased, in a file beside the database, so that no backup can bring it back.

``removed.txt`` has a line for each erased submission or correction (its number) and for each erased contributor
("token" and the HMAC of the token). When the store opens, whatever these lines name is erased again, should a
restored database hold it, and numbers that the file lacks are added.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.schema import Consent, Contributor, Correction, Submission, Tombstone

FILE = "removed.txt"
_TOKEN = "token "  # noqa: S105 - the word that begins a line


class RemovedList:
    """The file in one data folder. Used by the writer alone."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE

    def numbers(self) -> set[uuid.UUID]:
        """The numbers of erased submissions and corrections."""
        return {uuid.UUID(line) for line in self._lines() if not line.startswith(_TOKEN)}

    def tokens(self) -> set[str]:
        """The HMACs of erased contributors' tokens."""
        return {line.removeprefix(_TOKEN) for line in self._lines() if line.startswith(_TOKEN)}

    def add(self, numbers: set[uuid.UUID], tokens: set[str]) -> None:
        """Adds what is not there yet, and makes the disk confirm it."""
        lines = sorted(map(str, numbers - self.numbers()))
        lines += [f"{_TOKEN}{token}" for token in sorted(tokens - self.tokens())]
        if not lines:
            return
        handle = os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            # A line that a crash cut off must not swallow the next one.
            file.write("\n" + "\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _lines(self) -> list[str]:
        try:
            lines = self._path.read_text("ascii", errors="replace").split("\n")
        except FileNotFoundError:
            return []
        return [line for line in lines if line.startswith(_TOKEN) or _is_number(line)]


def _is_number(line: str) -> bool:
    try:
        return str(uuid.UUID(line)) == line
    except ValueError:
        return False


def brought_back(session: Session, listed: RemovedList) -> tuple[list[uuid.UUID], set[uuid.UUID]]:
    """The consents of what was erased and is there again, and the listed numbers without a tombstone."""
    numbers = listed.numbers()
    known = set(session.scalars(select(Tombstone.export_id)))
    missing = numbers - known
    consents = set(session.scalars(select(Submission.consent_id).where(Submission.id.in_(missing))))
    consents |= set(
        session.scalars(
            select(Correction.consent_id)
            .join(Correction.submission)
            .where(Correction.id.in_(missing), Correction.consent_id != Submission.consent_id)
        )
    )
    for contributor in erased_contributors(session, listed):
        consents |= set(session.scalars(select(Consent.id).where(Consent.contributor_id == contributor.id)))
    return sorted(consents, key=str), missing


def erased_contributors(session: Session, listed: RemovedList) -> list[Contributor]:
    """Contributors who had themselves erased and are there again."""
    tokens = listed.tokens()
    if not tokens:
        return []
    held = session.execute(select(Contributor.id, Contributor.token_hmac)).all()
    return [session.get_one(Contributor, number) for number, token in held if token in tokens]
