"""All that stands beside the notes of a page, as marks on its staves: words, dynamics, hairpins, accents, signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from models.arrays import Box
from models.glyph import Glyph
from models.notation.words import Placement
from models.read.directions.among import among_notes
from models.read.directions.dynamics import dynamics_among
from models.read.directions.fingers import fingers_told
from models.read.directions.pedals import pedals_on
from models.read.directions.signs import overlap, signs_told
from models.read.directions.wedges import wedges_on
from models.read.meaning.marks import Mark, MarkKind
from models.read.meaning.signs import StaffBar
from models.read.page.preparation import PreparedPage
from models.read.page.staves import Staff, System
from models.read.primitives import Primitive
from models.read.text.drawn import lines_told
from models.read.text.letters import Letters, Row, letters_on
from models.read.text.recogniser import Recogniser
from models.read.text.roles import PageWords, strip_x, told, upload_box
from models.read.text.tokens import in_order, lines_read

NO_RECOGNISER = "Words (title, lyrics, chord symbols, directions) are left out: Tesseract, which reads them, is not installed here."

_DYNAMICS_REACH = 9.0  # staff spaces
_SIGN_MARKS: dict[str, tuple[MarkKind, str]] = {
    "pedal": ("pedal", ""),
    "pedal-stop": ("pedal-stop", ""),
    "segno": ("jump", "segno"),
    "coda": ("jump", "coda"),
}
"""The kind and text of the marks of signs that stand by bars; the others are marks of a note."""


def beside_notes(
    page: PreparedPage,
    systems: Sequence[System],
    recogniser: Recogniser | None,
    glyphs: Sequence[Glyph] = (),
    hints: Sequence[Sequence[Sequence[Primitive]]] = (),
) -> PageWords:
    """What stands beside the notes of a page, by staff (through all its systems).

    Words are taken from the page's characters where its file tells them, elsewhere read by the recogniser; none without either.
    `hints` are the signs that an extractor saw, by system and staff.
    """
    if not systems:
        return PageWords()
    letters = letters_on(page, systems)
    staves = [staff for system in systems for staff in system.staves]
    signs: dict[int, list[Mark]] = {}
    by_staff = [own for system in hints for own in system]
    found, letters = signs_told(letters, staves, by_staff, glyphs, page)
    told_already = [one.box for one in found if one.name.startswith("pedal")]
    found += [p for p in pedals_on(systems) if not any(overlap(p.box, box) for box in told_already)]
    for one in found:
        kind, text = _SIGN_MARKS.get(one.name, ("articulation", one.name))
        _add(signs, kind, text, one.box, one.certainty, staves)
    for number, (staff, own) in enumerate(zip(staves, by_staff, strict=False)):
        signs.setdefault(number, []).extend(among_notes(staff, own))
    fingers, letters = fingers_told(letters, staves)
    for finger in fingers:
        _add(signs, "fingering", finger.digit, finger.box, finger.certainty, staves)
    letters = _without_dynamics(letters, staves, signs)
    for wedge in wedges_on(letters, staves):
        kind = "articulation" if wedge.kind == "accent" else wedge.kind
        text = "accent" if wedge.kind == "accent" else ""
        _add(signs, kind, text, wedge.box, wedge.certainty, staves, extend=wedge.goes_on)
    lines, rest = lines_told(letters, glyphs, page)
    if recogniser is not None:
        lines = in_order([*lines, *lines_read(rest, recogniser)])
    words = told(lines, letters, systems)
    for number, marks in signs.items():
        words.marks.setdefault(number, []).extend(marks)
    return words


def _without_dynamics(letters: Letters, staves: Sequence[Staff], signs: dict[int, list[Mark]]) -> Letters:
    """The letters of a page without its dynamics, which are told as marks."""
    rows: list[Row] = []
    for row in letters.rows:
        near = row.above is not None or row.base > -_DYNAMICS_REACH
        found = dynamics_among(letters, row.words) if near and row.above != row.below else []
        if row.above == row.below:
            found = []
        for one in found:
            box = (one.word.x0, one.word.y0, one.word.x1, one.word.y1)
            _add(signs, "dynamic", one.mark, box, one.certainty, staves)
        taken = {id(one.word) for one in found}
        words = tuple(w for w in row.words if id(w) not in taken)
        if words:
            rows.append(replace(row, words=words))
    return replace(letters, rows=tuple(rows))


def _add(
    signs: dict[int, list[Mark]],
    kind: MarkKind,
    text: str,
    box: Box,
    certainty: float,
    staves: Sequence[Staff],
    *,
    extend: bool = False,
) -> None:
    """Ties a mark to the nearest staff."""
    x, y = 0.5 * (box[0] + box[2]), 0.5 * (box[1] + box[3])

    def away(staff: Staff) -> float:
        top, bottom = float(staff.y(0, x)), float(staff.y(4, x))
        return max(top - y, y - bottom) / staff.space

    over = [n for n, s in enumerate(staves) if s.left - s.space < x < s.right + s.space]
    number = min(over, key=lambda n: away(staves[n]), default=None)
    if number is None or away(staves[number]) > _DYNAMICS_REACH:
        return
    staff = staves[number]
    placement: Placement = "below" if y > float(np.mean(staff.lines[2])) else "above"
    x0, x1 = strip_x(staff, box[0]), strip_x(staff, box[2])
    mark = Mark(kind, x0, x1, text, placement, extend=extend, certainty=certainty, box=upload_box(staff, box))
    signs.setdefault(number, []).append(mark)


def with_marks_in(bars: Sequence[StaffBar], marks: Sequence[Mark]) -> list[StaffBar]:
    """The bars of a staff, each with the marks that stand by it; what stands before the first or after the last is theirs."""
    if not bars or not marks:
        return list(bars)
    own: list[list[Mark]] = [[] for _ in bars]
    for mark in sorted(marks, key=lambda m: (m.x, m.verse)):
        place = next((n for n, bar in enumerate(bars) if mark.x < bar.frame.right), len(bars) - 1)
        own[place].append(mark)
    return [replace(bar, marks=tuple(found)) for bar, found in zip(bars, own, strict=True)]


def with_marks_of(
    systems: Sequence[System],
    bars: Sequence[Sequence[Sequence[StaffBar]]],
    marks: Mapping[int, Sequence[Mark]],
) -> tuple[tuple[tuple[StaffBar, ...], ...], ...]:
    """The bars of each staff of each system with their marks; ``marks`` are by the identity of a staff's strip, which is the
    same under every layout of the page.
    """
    return tuple(
        tuple(
            tuple(with_marks_in(own, marks.get(id(staff.strip), ())))
            for staff, own in zip(system.staves, staves, strict=True)
        )
        for system, staves in zip(systems, bars, strict=True)
    )
