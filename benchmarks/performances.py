"""Performances written down: ``python -m benchmarks.performances [COLLECTION] [--works N] [--notes N] [--ned]``.

Human performances of the works of one side of `models.transcribe.split` (``--side``, else those for development, which no network
learned from but on which rules were fitted), one a movement, from their first note on. Prints beat F1 (70 ms, mir_eval's window), and the same for beats with the better of
the beat, its double and its half; the downbeats' F1; whether the metre that most of the music has, and the key signature at the
start, are right; hand right a note. ``--ned`` also prints OMR-NED by musicdiff against the printed score, for us, for us with the lengths
that the notation network gives (`models.transcribe.score.reach` left out), and for MuseScore 3's and music21's import of the same MIDI file, where
they are installed; it takes the first ``--notes`` notes and the bars of the score that they fill.
"""

from __future__ import annotations

import argparse
import pickle
import shutil
import subprocess
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt

from benchmarks.metres import SHARED
from models.notation.midi import write_performance
from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.score import Part, Score
from models.transcribe.heard import HeardNote
from models.transcribe.score import performed
from models.transcribe.score.note_network import LENGTHS
from models.transcribe.score.performed import Performed, read_performance
from models.transcribe.score.reach import Struck
from models.transcribe.score.writing import write_score
from models.transcribe.score_training.corpus import Labelled, labelled
from models.transcribe.split import DEVELOP, TEST, Side, work_root, work_side

WINDOW_S = 0.07
FOLLOWED = 0.85
"""Share of a performance's notes that must be found in its score for its hands to be judged."""
COLLECTION = SHARED / "data" / "piano_scores" / "asap"


def performances(
    root: Path, most: int, packed: Path | None = None, side: Side = DEVELOP
) -> Iterator[tuple[Path, Labelled]]:
    """One performance of each movement of a side, at most so many; of every work one before any has two."""
    folders: dict[str, list[Path]] = {}
    for score in sorted(root.rglob("score.mxl")):
        work = str(score.parent.relative_to(root))
        if work_side(work) == side:
            folders.setdefault(work_root(work), []).append(score.parent)
    rounds = max(map(len, folders.values()), default=0)
    order = [own[n] for n in range(rounds) for own in folders.values() if n < len(own)]
    kept: dict[str, Labelled] = {}
    if packed and packed.exists():
        for piece in pickle.loads(packed.read_bytes()):  # noqa: S301 - our own file
            kept.setdefault(str(Path(piece.name).parent), piece)
    for folder in order[:most]:
        first = kept.get(str(folder.relative_to(root))) if kept else next(labelled(folder, root), None)
        if first is not None:
            yield folder, first


def f_measure(found: npt.NDArray[np.float64], true: npt.NDArray[np.float64]) -> float:
    """F1 of moments, each matched once within `WINDOW_S`."""
    i = j = hits = 0
    while i < len(found) and j < len(true):
        if abs(found[i] - true[j]) <= WINDOW_S:
            hits, i, j = hits + 1, i + 1, j + 1
        elif found[i] < true[j]:
            i += 1
        else:
            j += 1
    return 2 * hits / max(1, len(found) + len(true))


def heard(piece: Labelled, most: int) -> list[HeardNote]:
    """The first notes of a performance."""
    return [
        HeardNote(float(a), float(max(b, a + 0.01)), int(m), int(v), 1.0) for a, b, m, v in piece.notes[:most]
    ]


def true_beats(piece: Labelled, count: int) -> npt.NDArray[np.float64]:
    """Seconds of the beats among its first ``count`` notes."""
    return piece.beats.times[piece.beats.times <= piece.notes[count - 1, 0] + WINDOW_S]


def any_level(found: npt.NDArray[np.float64], true: npt.NDArray[np.float64]) -> float:
    """F1 of the better of the beats, their double and their half."""
    doubled = np.interp(np.arange(2 * len(found) - 1) / 2, np.arange(len(found)), found)
    return max(f_measure(some, true) for some in (found, doubled, found[::2], found[1::2]))


def main_metre(piece: Labelled, beats: int) -> str:
    """The time signature that most of the first so many beats have, as ``3/4``."""
    spans: Counter[str] = Counter()
    edges = [*(at for at, _ in piece.beats.metres), beats]
    for (_, name), begin, stop in zip(piece.beats.metres, edges, edges[1:], strict=False):
        spans[name] += max(0, min(stop, beats) - begin)
    return spans.most_common(1)[0][0]


def judged(piece: Labelled, read: Performed, count: int) -> list[float]:
    """Beat F1, that of the better of beat, double and half, downbeat F1, metre right, key right, hands right."""
    end = piece.notes[count - 1, 0] + WINDOW_S
    true = true_beats(piece, count)
    down = piece.beats.times[(piece.beats.times <= end) & piece.beats.down]
    found = read.beats[(read.beats >= piece.notes[0, 0] - WINDOW_S) & (read.beats <= end)]
    names = Counter(f"{m.metre.beats}/{m.metre.beat_type}" for m in read.measures)
    hands = {p.index: p.staff for p in read.placed}
    followed = np.isfinite(piece.place[:count]).mean() > FOLLOWED
    told = [hands[i] == piece.staff[i] for i in hands if i < count and piece.staff[i] in (1, 2)]
    key = piece.beats.keys[0][1] if piece.beats.keys else None
    return [
        f_measure(found, true),
        any_level(found, true),
        f_measure(read.downbeats[read.downbeats <= end], down),
        float(names.most_common(1)[0][0] == main_metre(piece, len(true))),
        np.nan if key is None else float(read.measures[0].key.fifths == key),
        float(np.mean(told)) if told and followed else np.nan,
    ]


def excerpt(score: Score, quarters: float) -> Score:
    """The bars of a score that begin before so many quarter notes, repeats not played."""
    from models.notation.course import course_of

    course = course_of(score, repeats=False)
    count = sum(float(start) < quarters for start in course.starts)
    parts = tuple(Part(p.id, p.bars[:count], p.name, p.staves, p.transpose) for p in score.parts)
    return replace(score, parts=parts)


def by_network(notes: Mapping[int, Struck], _: Sequence[int]) -> dict[int, Fraction]:
    """In place of `reach.by_hand`: the length that the notation network gives each note."""
    return {i: Fraction(LENGTHS[int(n.length.argmax())], 24) * n.beat for i, n in notes.items()}


def distances(
    folder: Path, piece: Labelled, notes: list[HeardNote], ours: Mapping[str, Score], work: Path
) -> dict[str, tuple[float, float]]:
    """(edits, symbols) of each writer's score against the printed one."""
    last = np.nanmax(piece.place[: len(notes)])
    truth = work / "truth.musicxml"
    truth.write_bytes(
        write_musicxml(excerpt(read_musicxml((folder / "score.mxl").read_bytes()), float(last) + 0.01))
    )
    midi = work / "in.mid"
    midi.write_bytes(write_performance([(n.onset_s, n.offset_s, n.midi, n.velocity) for n in notes]))
    made = {}
    for number, (name, score) in enumerate(ours.items()):
        made[name] = work / f"ours-{number}.musicxml"
        made[name].write_bytes(write_musicxml(score))
    program = shutil.which("mscore3") or shutil.which("musescore3")
    if program:
        made["MuseScore 3"] = work / "musescore.musicxml"
        subprocess.run(
            [program, "-o", str(made["MuseScore 3"]), str(midi)],
            check=False, capture_output=True, timeout=300, env={"QT_QPA_PLATFORM": "offscreen", "HOME": str(work), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
    import music21

    made["music21"] = work / "music21.musicxml"
    try:
        music21.converter.parse(str(midi)).write("musicxml", str(made["music21"]))
    except Exception as error:  # noqa: BLE001 - a peer's failure is a result
        print(f"music21: {str(error)[:80]}")
    return {name: _distance(path, truth) for name, path in made.items() if path.exists()}


def _distance(path: Path, truth: Path) -> tuple[float, float]:
    import converter21
    import music21
    from musicdiff import DetailLevel
    from musicdiff.annotation import AnnScore
    from musicdiff.comparison import Comparison

    converter21.register()

    def opened(some: Path) -> Any:  # noqa: ANN401 - musicdiff's own type
        return AnnScore(music21.converter.parse(str(some), forceSource=True), DetailLevel.NotesAndRests)

    right = opened(truth)
    try:
        left = opened(path)
        _, cost = Comparison.annotated_scores_diff(left, right)
    except Exception as error:  # noqa: BLE001 - a score that cannot be compared is all wrong
        print(f"{path.name}: {str(error)[:80]}")
        return float(right.notation_size()), float(right.notation_size())
    return float(cost), float(left.notation_size() + right.notation_size())


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("collection", type=Path, nargs="?", default=COLLECTION)
    parser.add_argument("--works", type=int, default=24, help="most movements")
    parser.add_argument("--notes", type=int, default=1500, help="notes of each from its start")
    parser.add_argument("--side", choices=(DEVELOP, TEST), default=DEVELOP)
    parser.add_argument("--ned", action="store_true")
    parser.add_argument(
        "--packed", type=Path, help="labelled performances, pickled, that spare reading the scores"
    )
    parser.add_argument("--keep", type=Path, help="a folder for the scores that are written")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    rows, totals = [], {}
    print("| performance | beat F1 | at any level | downbeat F1 | metre | key | hands | OMR-NED |")
    print("|---|---|---|---|---|---|---|---|")
    for folder, piece in performances(args.collection, args.works, args.packed, args.side):
        notes = heard(piece, args.notes)
        read = read_performance(notes)
        row = judged(piece, read, len(notes))
        rows.append(row)
        ned = ""
        if args.ned or args.keep:
            ours = write_score(notes)
            with tempfile.TemporaryDirectory() as made:
                work = Path(made)
                if args.keep:
                    work = args.keep / piece.name.replace("/", "_")
                    work.mkdir(parents=True, exist_ok=True)
                    (work / "ours.musicxml").write_bytes(write_musicxml(ours))
                if args.ned:
                    with mock.patch.object(performed, "by_hand", by_network):
                        scores = {"ours": ours, "network's lengths": write_score(notes)}
                    for name, (edits, symbols) in distances(folder, piece, notes, scores, work).items():
                        before = totals.get(name, (0.0, 0.0))
                        totals[name] = before[0] + edits, before[1] + symbols
                        ned += f"{name} {100 * edits / symbols:.1f} "
        print(f"| {piece.name} | " + " | ".join(f"{v:.3f}" for v in row) + f" | {ned} |", flush=True)
    print(
        "| **mean** | "
        + " | ".join(f"**{v:.3f}**" for v in np.nanmean(rows, 0))
        + " | "
        + ", ".join(f"{n} {100 * e / s:.1f} %" for n, (e, s) in totals.items())
        + " |"
    )


if __name__ == "__main__":
    main()
