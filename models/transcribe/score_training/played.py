"""Printed scores played by a made-up pianist: as many works, metres and keys as there are scores, where performances are few.

The tempo wanders, phrases and the end slow down, chords scatter, hands part, the upper line leads, lengths are those of a touch and
a pedal. `models.transcribe.split.notated_side` says from which scores may be learned.
"""

from __future__ import annotations

import csv
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.notation.course import Course, course_of
from models.notation.errors import NotationError
from models.notation.musicxml import read_musicxml
from models.notation.performance import Played, played_notes
from models.notation.score import Metre, Part, Score
from models.transcribe.score.metre import beat_quarters
from models.transcribe.score_training.corpus import Beats, Labelled, written_length, written_notes
from models.transcribe.split import TRAIN, Side, notated_side

FEWEST, MOST, BARS = 120, 1500, 160
"""Notes of a score that is played; how many of them, and of its bars, are."""
LARGEST = 60_000
"""Bytes of a packed score beyond which it is an orchestra's, and slow to read."""
_BEAT_S = 0.28, 1.1

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Grid:
    """The beats of a score: their places in quarter notes, which are downbeats, the metres and keys that begin at beats; the end."""

    places: Floats
    down: npt.NDArray[np.bool_]
    metres: tuple[tuple[int, str], ...]
    keys: tuple[tuple[int, int], ...]
    end: float


def grid_of(part: Part, course: Course) -> _Grid:
    """The beats of a part's bars along a course; the short bar at the start has those that it would have at its end."""
    metre = Metre()
    places: list[float] = []
    down: list[bool] = []
    metres: list[tuple[int, str]] = []
    keys: list[tuple[int, int]] = []
    ends = [*course.starts[1:], course.end]
    for index, start, end in zip(course.bars, course.starts, ends, strict=True):
        bar = part.bars[index]
        metre = bar.metre or metre
        # two beats in 6/4, as in 6/8
        beat = Fraction(3) if (metre.beats, metre.beat_type) == (6, 4) else beat_quarters(metre)
        length = end - start
        name = f"{metre.beats}/{metre.beat_type}"
        if not metres or metres[-1][1] != name:
            metres.append((len(places), name))
        if bar.key is not None and (not keys or keys[-1][1] != bar.key.fifths):
            keys.append((len(places), bar.key.fifths))
        late = metre.quarters - length if not places and length < metre.quarters else Fraction(0)
        first = -(-late // beat) * beat - late
        own = [start + first + n * beat for n in range(math.ceil((length - first) / beat))]
        down += [at == start and not late for at in own]
        places += [float(at) for at in own]
    return _Grid(
        np.array(places), np.array(down, bool), tuple(metres), tuple(keys or [(0, 0)]), float(course.end)
    )


def played(score: Score, name: str, work: str, rng: np.random.Generator) -> Labelled | None:
    """The piano's part of a score as somebody may play it, labelled; None where it has none of two staves or too few notes."""
    pianos = [i for i, part in enumerate(score.parts) if part.staves == 2]
    if not pianos:
        return None
    part = max(
        (score.parts[i] for i in pianos),
        key=lambda p: sum(len(e.notes) for bar in p.bars for e in bar.events),
    )
    score = replace(score, parts=(replace(part, bars=part.bars[:BARS]),), groups=())
    course = course_of(score, repeats=False)
    grid = grid_of(score.parts[0], course)
    sounding = sorted(
        (n for n in played_notes(score, course) if not n.drum), key=lambda n: (n.start, n.midi)
    )[:MOST]
    if len(sounding) < FEWEST or len(grid.places) < 8:
        return None
    written = written_notes(score)
    place = np.array([float(n.start) for n in sounding])
    staff = np.array([float(written[n.ids[0]][0]) for n in sounding])
    length = np.array([written_length(n.ids, written) for n in sounding])
    fifths = np.array([float(written[n.ids[0]][1]) for n in sounding])
    edges, seconds = _clock(grid, rng)
    notes = _touched(sounding, staff, edges, seconds, rng)
    order = np.lexsort((notes[:, 2], notes[:, 0]))
    beats = Beats(np.interp(grid.places, edges, seconds), grid.down, grid.metres, grid.keys)
    # a grace note stands nowhere in its beat
    place = np.where(np.isnan(length), np.nan, place)
    return Labelled(
        name, work, notes[order], place[order], length[order], staff[order], fifths[order], beats, grid.places
    )


def _clock(grid: _Grid, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Places in quarter notes and the seconds at which they come: a tempo that wanders, slows at the ends of phrases, and pauses."""
    count = len(grid.places)
    edges = np.append(grid.places, max(grid.end, grid.places[-1] + 0.5))
    usual = math.exp(rng.uniform(math.log(_BEAT_S[0]), math.log(_BEAT_S[1])))
    wander, drift = rng.uniform(0.01, 0.05), 0.0
    drifts = []
    for _ in range(count):
        drift = 0.93 * drift + wander * rng.normal()
        drifts.append(drift)
    slow = np.array(drifts) + rng.normal(0, rng.uniform(0.0, 0.04), count)
    bars = np.flatnonzero(grid.down)
    phrase = int(rng.choice([2, 4, 4, 8]))
    depth = rng.uniform(0, 0.35)
    for at in [*bars[phrase::phrase].tolist(), count]:
        reach = int(rng.integers(1, 5))
        slow[max(0, at - reach) : at] += depth * rng.random() * np.linspace(0.2, 1, min(reach, at))
        if rng.random() < 0.05:
            slow[at - 1] += rng.uniform(0.2, 1.0)
    if rng.random() < 0.3 and len(bars) > 8:
        slow[bars[int(rng.integers(4, len(bars) - 3))] :] += rng.uniform(-0.5, 0.5)
    quarters = np.diff(edges) / np.median(np.diff(edges))
    return edges, np.concatenate([[0.0], np.cumsum(usual * quarters * np.exp(slow))])


def _touched(
    sounding: list[Played], staff: Floats, edges: Floats, seconds: Floats, rng: np.random.Generator
) -> Floats:
    """(n, 4) onset, offset, key, velocity."""
    start = np.array([float(n.start) for n in sounding])
    end = np.array([float(n.end) for n in sounding])
    onset = np.interp(start, edges, seconds)
    held = np.interp(end, edges, seconds) - onset
    count = len(onset)
    onset = onset + rng.normal(0, rng.uniform(0.003, 0.012), count)
    onset = onset + (staff == 2) * rng.normal(0, 0.012)
    highest = np.array(
        [i + 1 == count or sounding[i + 1].start != n.start for i, n in enumerate(sounding)], bool
    )
    onset = onset - highest * rng.uniform(0, 0.02)
    touch = rng.uniform(0.55, 1.08)
    offset = onset + np.maximum(held * np.clip(rng.normal(touch, 0.12, count), 0.15, 1.3), 0.03)
    if rng.random() < 0.45:
        step = int(rng.integers(1, 5))
        lifted = seconds[::step] + rng.uniform(0, 0.12)
        after = np.searchsorted(lifted, offset)
        pedalled = np.where(after < len(lifted), lifted[np.minimum(after, len(lifted) - 1)], offset)
        offset = np.where(rng.random(count) < 0.95, np.maximum(offset, pedalled), offset)
    loud = np.array([float(n.velocity) for n in sounding])
    loud = loud + 10 * highest + rng.normal(0, 6, count) + 5 * np.sin(start / rng.uniform(4, 16))
    at_edge = np.isin(np.round(start, 4), np.round(edges, 4))
    loud = loud + rng.uniform(0, 8) * at_edge
    return np.stack([onset, offset, [float(n.midi) for n in sounding], np.clip(loud, 8, 127).round()], 1)


def printed(shared: Path, side: Side = TRAIN) -> Iterator[tuple[Path, str]]:
    """The scores of one side, each with its name: ``pdmx/FILE`` or ``lieder/COMPOSER/NUMBER``, whose second part is what sides go by."""
    for path in sorted((shared / "pdmx").glob("*.mxl")):
        if notated_side("pdmx", path.name) == side:
            yield path, f"pdmx/{path.name}"
    index = shared / "lieder" / "index.csv"
    if index.exists():
        with index.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if notated_side("lieder", row["composer"]) == side:
                    yield index.parent / row["file"], f"lieder/{row['composer']}/{row['id']}"


def made_up(shared: Path, side: Side = TRAIN, *, times: int = 2) -> Iterator[Labelled]:
    """Each score of a side, played so many times. Scores that cannot be read are left out."""
    for path, work in printed(shared, side):
        if path.stat().st_size > LARGEST:
            continue
        try:
            score = read_musicxml(path.read_bytes())
        except (NotationError, OSError, ValueError, KeyError):
            continue
        for number in range(times):
            rng = np.random.default_rng([zlib.crc32(work.encode()), number])
            piece = played(score, f"{work}/{number}", work, rng)
            if piece is not None:
                yield piece
