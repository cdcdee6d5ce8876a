"""Fits ``models/transcribe/score/bar_rhythms.json``: counts over printed tunes, and the weights of readings. For `benchmarks.metres`."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import logsumexp

from benchmarks.score_tunes import Tune, composed, played
from models.notation.score import Metre
from models.transcribe.heard import HeardNote
from models.transcribe.score.bar_rhythms import (
    ANY_TEMPO,
    LONGEST,
    METRES,
    QUARTER,
    BarRhythms,
    kind_of,
    place_ranks,
)
from models.transcribe.score.metre import beat_quarters, parse
from models.transcribe.score.readings import FEATURES, Line, candidates

MORE = {(5, 4): 3.0, (7, 8): 1.5}
"""What tunes of a metre count beside that: few in five and seven are woven."""
FULL = 100.0
"""A longer tune counts as one of so many notes."""
TOLERANCE = 0.06
RARITY = -0.2
"""Power of a metre's share by which each of its tunes counts: 0 as they are printed, -1 every metre alike."""

Floats = npt.NDArray[np.float64]


def line_of(notes: Sequence[HeardNote]) -> Line:
    """What readings are made of."""
    return Line([n.onset_s for n in notes], [float(n.velocity) for n in notes], [n.midi for n in notes])


def counted(some: Iterable[Tune]) -> BarRhythms:
    """The tables of these tunes, without weights."""
    steps: dict[str, dict[str, dict[str, float]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(float))
    )
    starts: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    ends: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    values: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    begun = {kind: np.ones(5) for kind in ("simple", "compound")}
    there = {kind: np.full(5, 3.0) for kind in ("simple", "compound")}
    tempi: dict[str, list[float]] = defaultdict(list)
    for tune in some:
        name = f"{tune.metre[0]}/{tune.metre[1]}"
        if name not in METRES:
            continue
        metre = parse(name)
        kind, ranks, bar = kind_of(metre), place_ranks(metre), int(tune.bar * QUARTER)
        places = [n.start * QUARTER for n in tune.notes]
        weight = min(1.0, FULL / len(places))
        for a, b in pairwise(places):
            if a.denominator == b.denominator == 1:
                step = min(LONGEST, int(b - a))
                steps[name][str(int(a) % bar)][str(step)] += weight
                values[kind][str(step)] += weight
                there[kind] += (
                    weight * np.bincount(ranks, minlength=5) * int(b - a) / bar if step < LONGEST else 0
                )
                begun[kind][ranks[int(b) % bar]] += weight
        for table, place in ((starts, places[0]), (ends, places[-1])):
            if place.denominator == 1:
                table[name][str(int(place) % bar)] += 1
        if tune.quarters_a_minute:
            tempi[name].append(np.log(tune.quarters_a_minute))
            tempi[kind].append(np.log(tune.quarters_a_minute))
    for table_of in values.values():
        whole = sum(table_of.values())
        for value in table_of:
            table_of[value] = round(table_of[value] / whole, 6)
    bells = {}
    for kind, logs in tempi.items():
        if len(logs) >= 5:
            prior = np.array(
                tempi["compound" if kind in {"compound", "6/8", "9/8", "12/8", "3/8"} else "simple"]
            )
            middle = (np.sum(logs) + 6 * prior.mean()) / (len(logs) + 6)
            bells[kind] = [
                round(float(middle), 3),
                round(float(np.sqrt((np.var(logs) * len(logs) + 6 * prior.var()) / (len(logs) + 6))), 3),
            ]
    rounded = {
        m: {p: {s: round(c, 1) for s, c in t.items() if c >= 0.1} for p, t in at.items()}
        for m, at in steps.items()
    }
    ranks_of = {kind: [round(float(v), 4) for v in begun[kind] / there[kind]] for kind in begun}
    return BarRhythms(
        rounded,
        {k: dict(v) for k, v in starts.items()},
        {k: dict(v) for k, v in ends.items()},
        {k: dict(v) for k, v in values.items()},
        ranks_of,
        bells,
        {},
    )


def drawn_tempo(tune: Tune, tables: BarRhythms, rng: np.random.Generator) -> float:
    """Quarter notes a minute: its own mark, one drawn as marks of its metre are, or any."""
    metre = parse(f"{tune.metre[0]}/{tune.metre[1]}")
    chance = rng.random()
    if tune.quarters_a_minute and chance < 0.6:
        return float(np.clip(tune.quarters_a_minute * np.exp(rng.normal(0, 0.1)), 30, 300))
    if chance < 0.85:
        bell = tables.tempi.get(f"{tune.metre[0]}/{tune.metre[1]}") or tables.tempi.get(kind_of(metre))
        middle, width = bell or ANY_TEMPO
        return float(np.clip(np.exp(rng.normal(middle, width)), 30, 300))
    return float(
        np.exp(rng.uniform(np.log(50), np.log(190))) * float(min(beat_quarters(metre), Fraction(3, 2)))
    )


def cut(tune: Tune, rng: np.random.Generator) -> Tune:
    """A passage of it as people play one: from its beginning to a long note or after some bars."""
    bars = int(rng.integers(4, 17))
    moved = tune.passage(bars, int(rng.integers(14, 64)))
    notes = list(moved.notes)
    if rng.random() < 0.7:
        late = range(max(12, len(notes) - 12), len(notes))
        if late:
            end = max(late, key=lambda i: (notes[i].length, i))
            notes = notes[: end + 1]
    return replace(moved, notes=tuple(notes))


def right(tune: Tune, metre: Metre, quarter_ratio: float, first: Fraction, start: Fraction) -> bool:
    """Whether a reading is the printed one."""
    return (
        (metre.beats, metre.beat_type) == tune.metre
        and abs(np.log(quarter_ratio)) < TOLERANCE
        and (start - first - tune.notes[0].start) % tune.bar == 0
    )


def judged(
    tune: Tune, notes: Sequence[HeardNote], tempo: float, tables: BarRhythms
) -> tuple[Floats, npt.NDArray[np.bool_]] | None:
    """Features of all readings of a tune, and which of them are right; None where none is."""
    rows, told = [], []
    for c in candidates(line_of(notes), tables=tables):
        rows.append(c.features)
        quarter = 60 / float(np.median(c.base.seconds_a_beat)) * float(c.scale)
        start = c.base.beats[0] * c.scale
        told.append(
            np.array(
                [right(tune, c.metre, quarter / tempo, Fraction(int(p), QUARTER), start) for p in c.phases]
            )
        )
    if not rows:
        return None
    right_ones = np.concatenate(told)
    return (np.concatenate(rows), right_ones) if right_ones.any() else None


def weights_of(
    examples: Sequence[tuple[Floats, npt.NDArray[np.bool_], float]], strength: float = 0.3
) -> dict[str, float]:
    """Weights under which the right readings are likeliest; each example is features, which rows are right, and what it counts."""
    total = sum(w for _, _, w in examples)
    scale = np.sqrt(np.mean([f.var(0) for f, _, _ in examples], 0)) + 1e-6

    def loss(v: Floats) -> tuple[float, Floats]:
        w, value, slope = v / scale, 0.0, np.zeros_like(v)
        for f, ok, weight in examples:
            odds = f @ w
            whole, good = logsumexp(odds), logsumexp(odds[ok])
            value += weight * (whole - good)
            slope += weight * (np.exp(odds - whole) @ f - np.exp(odds[ok] - good) @ f[ok])
        return value / total + strength / total * float(
            v @ v
        ), slope / scale / total + 2 * strength / total * v

    found = (
        minimize(loss, np.zeros(len(scale)), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x / scale
    )
    return {name: round(float(w), 4) for name, w in zip(FEATURES, found, strict=True)}


def fitted(some: Sequence[Tune], seed: int = 0, most: int = 30) -> BarRhythms:
    """The tables of all these tunes, and weights fitted on ``most`` tunes of each metre, halves whose own tables they do not use."""
    rng = np.random.default_rng(seed)
    known = [t for t in some if f"{t.metre[0]}/{t.metre[1]}" in METRES]
    woven = composed(known, rng, most)
    share = Counter(t.metre for t in (*known, *woven))
    examples = []
    for half in (0, 1):
        tables = counted([t for i, t in enumerate((*known, *woven)) if i % 2 != half])
        own = [t for i, t in enumerate((*known, *woven)) if i % 2 == half]
        taken: Counter[tuple[int, int]] = Counter()
        for number in rng.permutation(len(own)):
            tune = own[number]
            passage = cut(tune, rng)
            if taken[tune.metre] >= most // 2 or len(passage.notes) < 10:
                continue
            taken[tune.metre] += 1
            tempo = drawn_tempo(tune, tables, rng)
            accent = float(rng.uniform(0, 2.5)) if rng.random() < 0.5 else 0.0
            notes = played(passage, rng, tempo, accent)
            found = judged(passage, notes, tempo, tables)
            if found:
                examples.append((tune.metre, *found))
    count = Counter(metre for metre, _, _ in examples)
    weighted = [(f, ok, share[m] ** (1 + RARITY) * MORE.get(m, 1.0) / count[m]) for m, f, ok in examples]
    return replace(counted([*known, *woven]), weights=weights_of(weighted))


def saved(tables: BarRhythms) -> str:
    """As the file has it."""
    return (
        json.dumps(
            {k: getattr(tables, k) for k in tables.__dataclass_fields__},
            separators=(",", ":"),
            sort_keys=True,
        )
        + "\n"
    )
