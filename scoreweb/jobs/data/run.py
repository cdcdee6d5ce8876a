"""What My data holds for one visitor: the donation that is judged, skipped ones, whether the visitor is the host."""

from __future__ import annotations

import hmac
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from scoreweb.errors import VisitorError
from scoreweb.jobs.data import texts as say
from scoreweb.jobs.data.result import LabelResult
from scoreweb.settings import Settings
from scoreweb.workspace import Work
from storage import Candidate


@dataclass
class DataWork(Work):
    """``host_key`` is known to the browser that signed in, and to nobody else; empty where nobody did."""

    job: ClassVar[str] = "data"
    candidate: Candidate | None = field(default=None, init=False)
    result: LabelResult | None = field(default=None, init=False)
    skipped: set[str] = field(default_factory=set, init=False)
    host_key: str = field(default="", init=False)

    def fresh(self, name: str) -> Path:
        """An empty folder of this name: what was shown from it before is shown no more."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        return self.folder / name

    def sign_in(self, settings: Settings, password: str) -> str:
        """The key that every act of the host needs. VisitorError for a wrong password, and where there is none."""
        wanted = settings.host_password
        if wanted is None or not _same(wanted.get_secret_value(), password):
            raise VisitorError(say.WRONG_PASSWORD)
        self.host_key = secrets.token_urlsafe(32)
        return self.host_key

    def must_be_host(self, key: str) -> None:
        """VisitorError unless this is the key of the host who signed in here."""
        if not self.host_key or not _same(self.host_key, key):
            raise VisitorError(say.SIGN_IN_FIRST)

    def clear(self) -> None:
        """Everything is removed, files too."""
        self.candidate = self.result = None
        self.host_key = ""
        super().clear()


def must_be(given: object, sentence: str) -> None:
    """VisitorError with the sentence where something is missing."""
    if not given:
        raise VisitorError(sentence)


def _same(one: str, other: str) -> bool:
    """Whether two texts are the same, in a time that does not tell how far they agree."""
    return hmac.compare_digest(one.encode(), other.encode())
