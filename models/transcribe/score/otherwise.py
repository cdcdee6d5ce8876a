"""How else a performance or a melody may be written: ranked readings of its tempo, metre, key and hands, one click each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.notation.score import Key
from models.transcribe.heard import HeardNote
from models.transcribe.score.assumptions import beats_in_words
from models.transcribe.score.bar_rhythms import name_of
from models.transcribe.score.metre import beat_quarters, parse
from models.transcribe.score.note_network import KEYS, METRES, marked
from models.transcribe.score.quantise import readings_of
from models.transcribe.score.readings import Reading
from models.transcribe.score.wishes import FULL, MELODY, READABLE

LIKELY = 0.03
"""The least chance of a metre or a key that is offered."""
MOST = 3
"""Of each that are offered."""


@dataclass(frozen=True)
class Otherwise:
    """One other way: ``value`` names it to a program, ``label`` to a person; ``chance`` is how likely it is, None where nobody can say."""

    value: str
    label: str
    chance: float | None = None


def ways(notes: Sequence[HeardNote]) -> list[Otherwise]:
    """The ways that are offered for a performance, the likeliest of each kind first; the first is the estimate itself."""
    ordered = sorted(notes, key=lambda n: (n.onset_s, n.midi))
    told = marked(*np.array([(n.onset_s, n.offset_s, n.midi, n.velocity) for n in ordered], float).T)
    metres = np.exp(told.metre).mean(0)
    keys = np.exp(told.key).mean(0)
    found = [
        Otherwise("estimated", "As estimated"),
        Otherwise("factor:0.5", "Twice the tempo, notes twice as long"),
        Otherwise("factor:2", "Half the tempo, notes half as long"),
    ]
    for i in _best(metres):
        if METRES[i] != "other":
            found.append(Otherwise(f"metre:{METRES[i]}", f"In {METRES[i]}", float(metres[i])))
    for i in _best(keys):
        found.append(Otherwise(f"key:{KEYS[i]}", f"With {_signature(KEYS[i])}", float(keys[i])))
    return [
        *found,
        Otherwise("hands:split", "Hands parted at middle C"),
        Otherwise(f"level:{READABLE}", "Readable: no ornaments, plain values"),
        Otherwise(f"level:{MELODY}", "The melody only"),
        Otherwise(f"level:{FULL}", "Everything that was played"),
    ]


def melody_ways(notes: Sequence[HeardNote]) -> list[Otherwise]:
    """The ways that are offered for a melody: the estimate itself, then the likeliest other tempi and metres, half and double speed among them."""
    first, *others = readings_of(notes)
    tempo = _quarters(first)
    chosen = others[:MOST]
    for factor in (0.5, 2.0):
        near = [r for r in others if abs(_quarters(r) / tempo / factor - 1) < 0.06]
        if near and not any(r in chosen for r in near):
            chosen.append(near[0])
    return [
        Otherwise("estimated", "As estimated"),
        *(
            Otherwise(
                f"as:{name_of(r.metre)}@{r.rhythm.tempo:.2f}",
                f"In {name_of(r.metre)}, {r.rhythm.tempo:.0f} {beats_in_words(r.metre)} a minute",
                r.chance,
            )
            for r in sorted(chosen, key=lambda r: -r.chance)
        ),
    ]


def _quarters(reading: Reading) -> float:
    return reading.rhythm.tempo * float(beat_quarters(reading.metre))


def wished(options: Any, value: str) -> Any:  # noqa: ANN401 - any options with the fields of `Wishes`
    """The options (a dataclass with the fields of `Wishes`) with one of the `ways` chosen. ValueError for a way that there is not."""
    kind, _, what = value.partition(":")
    if kind == "estimated":
        return replace(options, tempo=None, factor=1.0, metre=None, fifths=None, split=False, level=FULL)
    if kind == "factor" and what in {"0.5", "2"}:
        return replace(options, tempo=None, factor=min(4.0, max(0.25, options.factor * float(what))))
    if kind in {"as", "metre"}:
        metre, _, tempo = what.partition("@")
        return replace(options, metre=parse(metre), tempo=float(tempo) if tempo else options.tempo)
    if kind == "key" and what.lstrip("-").isdecimal() and abs(int(what)) <= 7:
        return replace(options, fifths=int(what))
    if value == "hands:split":
        return replace(options, split=True)
    if kind == "level" and what in {FULL, READABLE, MELODY}:
        return replace(options, level=what)
    raise ValueError(f"{value[:30]!r} is no way to write a performance.")


def _best(chances: np.ndarray[Any, np.dtype[Any]]) -> list[int]:
    order = np.argsort(-chances)[:MOST]
    return [int(i) for i in order if chances[i] >= LIKELY]


def _signature(fifths: int) -> str:
    kind = "sharp" if Key(fifths).fifths > 0 else "flat"
    count = abs(fifths)
    return "no sharps or flats" if not count else f"{count} {kind}" + ("s" if count > 1 else "")
