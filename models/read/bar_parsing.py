"""The bars of a page's systems, parsed: a bar of a staff that stands alike under two layouts is parsed once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from models.arrays import Box
from models.read.grammar import Budget, Grammar, parse
from models.read.meaning.barring import BarSpan, bars_of
from models.read.meaning.derived import signs_of
from models.read.meaning.relations import relations_of
from models.read.meaning.repeating import marked
from models.read.meaning.sightings import marks_seen
from models.read.meaning.signs import BarSigns, StaffBar
from models.read.meaning.spanning import only_rests, with_bars_of_rest, with_endings, with_octaves
from models.read.page.staves import Staff, System
from models.read.primitives import Primitive
from models.read.primitives.between_staves import crossings
from models.read.primitives.simile import bar_repeats
from models.read.primitives.spanners import numbered_rests, spanners
from models.read.primitives.unread import unread_shares
from models.read.relating import RelationModel
from models.read.tokens import tokens_of

KEPT = 8
"""Readings of a bar of one staff that the grammar hands on."""

BAR_STEPS = 4000
BAR_MILLISECONDS = 2000.0
"""The grammar's budget for a bar of one staff; at its end the best found so far is taken. Steps end it at the same
point on every machine, milliseconds end a bar that is worse than any measured."""

T = TypeVar("T")


class BarParser:
    """Parses the systems of one page, under one layout after another."""

    def __init__(
        self,
        grammar: Grammar,
        milliseconds: float = BAR_MILLISECONDS,
        relations: RelationModel | None = None,
    ) -> None:
        """``milliseconds`` is the most that the parse of a bar of one staff may take.

        With ``relations`` it tells the productions how probable it is that signs belong together; without, their own sets do.
        """
        self._grammar, self._milliseconds, self._relations = grammar, milliseconds, relations
        self._known: dict[object, object] = {}
        self._held: list[object] = []

    def system(
        self,
        system: System,
        primitives: Sequence[Sequence[Primitive]],
        hints: Sequence[Sequence[Primitive]],
        spans: Sequence[Sequence[BarSpan]] | None = None,
    ) -> list[list[StaffBar]]:
        """The bars of each staff of a system with their readings; ``primitives`` and ``hints`` are those of each staff.

        ``spans`` are the bars in place of those that its bar lines give.
        """
        over = [self._once("over", staff, partial(spanners, staff.strip)) for staff in system.staves]
        found = bars_of(system, primitives) if spans is None else spans
        own_spans = with_endings(found, [one.brackets for one in over])
        unread = [
            unread_shares(staff.strip, own, [span.frame.ends for span in staff_spans])
            for staff, own, staff_spans in zip(system.staves, primitives, own_spans, strict=True)
        ]
        own_spans = [
            [
                replace(span, primitives=shared.applied(span.primitives, span.frame.ends))
                for span in staff_spans
            ]
            for staff_spans, shared in zip(own_spans, crossings(system, primitives), strict=True)
        ]
        bars = [
            [
                StaffBar(
                    span.frame,
                    tuple(with_octaves(self._readings(staff, span), span.frame, own.octaves)),
                    seen=marks_seen(
                        [*span.primitives, *(p for p in faint if span.frame.left <= p.x < span.frame.right)],
                        staff.upload_box,
                    ),
                    unread=share,
                )
                for span, share in zip(staff_spans, shares, strict=True)
            ]
            for staff, own, faint, staff_spans, shares in zip(
                system.staves, over, hints, own_spans, unread, strict=True
            )
        ]
        bars = [
            marked(own, self._once("repeats", staff, partial(bar_repeats, staff.strip)))
            for staff, own in zip(system.staves, bars, strict=True)
        ]
        rests = [
            [*one.rests, *numbered_rests(staff.strip, only_rests(own))]
            for staff, one, own in zip(system.staves, over, bars, strict=True)
        ]
        return with_bars_of_rest(bars, rests)

    def _once(self, what: str, staff: Staff, find: Callable[[], T], also: tuple[int, ...] = ()) -> T:
        """What is found on a staff, whose strip is the same under every layout: looked for once."""
        key = what, id(staff.strip), also
        if key not in self._known:
            self._held.append(staff.strip)  # so that nothing else gets its identity
            self._known[key] = find()
        return self._known[key]  # type: ignore[return-value]

    def _readings(self, staff: Staff, span: BarSpan) -> tuple[BarSigns, ...]:
        """The readings of a bar of a staff, distinct in meaning, best first."""
        inside = [p for p in span.primitives if not p.shared or p.kind != "blob"]
        self._held.extend(inside)
        return self._once("bar", staff, lambda: self._parsed(staff, inside), tuple(map(id, inside)))

    def _parsed(self, staff: Staff, inside: Sequence[Primitive]) -> tuple[BarSigns, ...]:
        boxes = {p.id: p.box for p in inside}

        def box_of(ids: frozenset[str]) -> Box | None:
            own = [boxes[i] for i in ids if i in boxes]
            if not own:
                return None
            lefts, tops, rights, lows = zip(*own, strict=True)
            x0, y0, x1, y1 = staff.upload_box((min(lefts), min(tops), max(rights), max(lows)))
            return float(x0), float(y0), float(x1), float(y1)

        parsed = parse(
            self._grammar,
            tokens_of(inside),
            environment=self._relations,
            meaning=lambda graph: signs_of(graph, 1.0, lambda _: None).meaning(),
            k=KEPT,
            budget=Budget(BAR_STEPS, self._milliseconds),
        )
        return tuple(
            replace(signs_of(r.graph, r.certainty, box_of), relations=relations_of(r.graph, r.steps))
            for r in parsed.readings
        )
