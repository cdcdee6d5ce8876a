"""The words of a page, and what else stands beside its notes, as marks on its staves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from models.read.meaning.marks import Mark
from models.read.meaning.signs import StaffBar
from models.read.page.preparation import PreparedPage
from models.read.page.staves import System
from models.read.text.letters import letters_on
from models.read.text.recogniser import Recogniser
from models.read.text.roles import PageWords, told
from models.read.text.tokens import lines_read

NO_RECOGNISER = "Words (title, lyrics, chord symbols, directions) are left out: Tesseract, which reads them, is not installed here."


def page_words(page: PreparedPage, systems: Sequence[System], recogniser: Recogniser | None) -> PageWords:
    """What is said on a page beside its notes, by staff (through all its systems); no words without a recogniser."""
    if recogniser is None or not systems:
        return PageWords()
    letters = letters_on(page, systems)
    return told(lines_read(letters, recogniser), letters, systems)


def with_marks_in(bars: Sequence[StaffBar], marks: Sequence[Mark]) -> list[StaffBar]:
    """The bars of a staff, each with the marks that stand by it; what stands before the first or after the last is theirs."""
    if not bars or not marks:
        return list(bars)
    own: list[list[Mark]] = [[] for _ in bars]
    for mark in sorted(marks, key=lambda m: (m.x, m.verse)):
        place = next((n for n, bar in enumerate(bars) if mark.x < bar.frame.right), len(bars) - 1)
        own[place].append(mark)
    return [replace(bar, marks=tuple(found)) for bar, found in zip(bars, own, strict=True)]
