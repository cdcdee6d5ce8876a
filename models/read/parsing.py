"""A bar of one staff parsed: its primitives through the grammar, its readings as signs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.arrays import Box
from models.read.grammar import Budget, Grammar, parse
from models.read.meaning.barring import BarSpan
from models.read.meaning.derived import signs_of
from models.read.meaning.relations import relations_of
from models.read.meaning.signs import BarSigns
from models.read.page.staves import Staff
from models.read.relating import RelationModel
from models.read.tokens import tokens_of

KEPT = 8
"""Readings of a bar of one staff that the grammar hands on."""

BAR_STEPS = 4000
BAR_MILLISECONDS = 2000.0
"""The grammar's budget for a bar of one staff; at its end the best found so far is taken. Steps end it at the same
point on every machine, milliseconds end a bar that is worse than any measured."""


@dataclass(frozen=True)
class BarParser:
    """Parses bars by a grammar, at most `milliseconds` each.

    With `relations` it tells the productions how probable it is that signs belong together; without, their own sets do.
    """

    grammar: Grammar
    milliseconds: float = BAR_MILLISECONDS
    relations: RelationModel | None = None

    def readings(self, staff: Staff, span: BarSpan) -> tuple[BarSigns, ...]:
        """The readings of a bar of a staff, distinct in meaning, best first."""
        inside = [p for p in span.primitives if not p.shared or p.kind != "blob"]
        boxes = {p.id: p.box for p in inside}

        def box_of(ids: frozenset[str]) -> Box | None:
            own = [boxes[i] for i in ids if i in boxes]
            if not own:
                return None
            lefts, tops, rights, lows = zip(*own, strict=True)
            x0, y0, x1, y1 = staff.upload_box((min(lefts), min(tops), max(rights), max(lows)))
            return float(x0), float(y0), float(x1), float(y1)

        parsed = parse(
            self.grammar,
            tokens_of(inside),
            environment=self.relations,
            meaning=lambda graph: signs_of(graph, 1.0, lambda _: None).meaning(),
            k=KEPT,
            budget=Budget(BAR_STEPS, self.milliseconds),
        )
        return tuple(
            replace(signs_of(r.graph, r.certainty, box_of), relations=relations_of(r.graph, r.steps))
            for r in parsed.readings
        )
