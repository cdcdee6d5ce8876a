"""How long an edit of a five-page piece takes: ``python -m benchmarks.edit_speed``.

Seventy-five bars for two hands, 1,200 notes in 25 systems, a note moved again and again: the score drawn whole, as before,
against what the page does now, where one system is drawn anew and only that is sent. Told as a ratio: seconds depend on the
machine and on what else it does.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from models.notation.editing import Transpose, edited, misfits
from models.notation.engraving.by_system import SystemEngraver
from models.notation.engraving.engrave import Look, engrave
from models.notation.midi import write_midi
from models.notation.musicxml import write_musicxml
from models.notation.score import (
    Bar,
    Clef,
    ClefChange,
    Duration,
    Event,
    Metre,
    Note,
    NoteType,
    Part,
    Pitch,
    Score,
)
from scoreweb.widgets.score_sounds import Source
from scoreweb.widgets.score_view import page_keys, view_value

BARS, LINE = 75, 3
LOOK = Look(width=760, staff_space=7.0, systems=True)
TIMES = 7


def piece() -> Score:
    """Eighths in both hands."""
    bars = []
    for number in range(BARS):
        events = [
            Event(
                f"b{number}v{voice}e{n}",
                Fraction(n, 2),
                Duration(NoteType.EIGHTH),
                (Note(f"b{number}v{voice}n{n}", Pitch.from_diatonic(low + (3 * n + number) % 7)),),
                voice,
                staff,
            )
            for voice, staff, low in ((1, 1, 35), (5, 2, 22))
            for n in range(8)
        ]
        bars.append(Bar(number + 1, tuple(events), new_system=number > 0 and number % LINE == 0))
    clefs = ClefChange(Clef()), ClefChange(Clef("F", 4), staff=2)
    bars[0] = Bar(1, bars[0].events, clefs, metre=Metre())
    return Score((Part("P1", tuple(bars), "", 2),))


def seconds(step: Callable[[Score], int], score: Score) -> tuple[float, int]:
    """The median of what a step takes after each of some edits, and how many bytes go to the browser."""
    taken, sent = [], 0
    for number in range(TIMES):
        score = edited(score, Transpose(f"b40v1n{number % 8}", 1))
        began = time.perf_counter()
        sent = step(score)
        taken.append(time.perf_counter() - began)
    return float(np.median(taken)), sent


def main() -> None:
    """Measures both ways and prints their ratio."""
    score = piece()
    systems = SystemEngraver(LOOK)
    systems.engrave(score)
    engrave(score, LOOK)

    def whole(now: Score) -> int:
        drawn = engrave(now, LOOK)
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "a.musicxml").write_bytes(write_musicxml(now))
            (Path(folder) / "a.mid").write_bytes(write_midi(now))
        return len(json.dumps(view_value(drawn, now)))

    known: set[str] = set(page_keys(systems.engrave(score)))

    def changed(now: Score) -> int:
        drawn = systems.engrave(now)
        value = view_value(drawn, now, known=known, off=misfits(now), sources=[Source("score", None)])
        known.update(page_keys(drawn))
        return len(json.dumps(value))

    before, sent_before = seconds(whole, score)
    after, sent_after = seconds(changed, score)
    print(f"the whole score: 1; the changed system: {after / before:.3f}, {before / after:.1f} times as fast")
    print(f"sent to the browser: {sent_before / 1e3:.0f} kB before, {sent_after / 1e3:.0f} kB now")


if __name__ == "__main__":
    main()
