"""The consent a visitor gave, checked, and the wording it was given to.

Each wording is one plain text file, ``consent_texts/<version>.txt``. A published file never changes again: a
new wording is a new file, and the digest kept with every consent proves which words were on the screen.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from storage.errors import ConsentRefused
from storage.vocabulary import Licence

TEXTS = Path(__file__).with_name("consent_texts")
CURRENT_VERSION = max(int(path.stem) for path in TEXTS.glob("*.txt"))

_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_LANGUAGE_TAG_LENGTH = 35
UNDETERMINED = "und"


@cache
def consent_text(version: int = CURRENT_VERSION) -> str:
    """The wording of one version, its lines ended by line feeds; ConsentRefused for an unknown version."""
    # bool is an int and 1.0 equals 1 in Python, but neither names a version.
    if type(version) is not int or not (TEXTS / f"{version}.txt").is_file():
        raise ConsentRefused(
            "Nothing was kept: this consent text is not known. Load the page again and tick the boxes there."
        )
    # A checkout may have turned line ends; the digest must be the same on every machine.
    return (TEXTS / f"{version}.txt").read_bytes().decode("utf-8").replace("\r\n", "\n")


def consent_digest(version: int = CURRENT_VERSION) -> str:
    """The SHA-256 (64 hex digits) of one version's wording in UTF-8."""
    return hashlib.sha256(consent_text(version).encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven:
    """What the visitor ticked, for one submission.

    Making one that does not suffice raises ConsentRefused, so that whoever holds a ConsentGiven may keep.
    A ``locale`` that is no language tag becomes "und": an odd browser setting is no reason to refuse a gift.
    """

    licence: Licence
    own_or_may_share: bool
    of_age: bool
    locale: str = UNDETERMINED
    version: int = CURRENT_VERSION

    def __post_init__(self) -> None:
        # "is not True": a truthy string from a form field is not a tick.
        if self.own_or_may_share is not True:
            raise ConsentRefused(
                "Nothing was kept. Give only what you made or may share, and tick the box that says so."
            )
        if self.of_age is not True:
            raise ConsentRefused(
                "Nothing was kept. You must be at least 16, or have a guardian's leave, and tick the box."
            )
        try:
            object.__setattr__(self, "licence", Licence(self.licence))
        except ValueError:
            known = ", ".join(licence.value for licence in Licence)
            raise ConsentRefused(f"Nothing was kept: choose one of the licences {known}.") from None
        consent_text(self.version)
        tag = self.locale if isinstance(self.locale, str) else ""
        if len(tag) > _LANGUAGE_TAG_LENGTH or not _LANGUAGE_TAG.fullmatch(tag):
            object.__setattr__(self, "locale", UNDETERMINED)

    @property
    def text_digest(self) -> str:
        """The SHA-256 (64 hex digits) of the wording this consent was given to."""
        return consent_digest(self.version)
