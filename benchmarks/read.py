"""Note error rates of reading: ``python -m benchmarks.read [SET ...] [--limit N] [--errors]``.

Sets are those of `benchmarks.reading_sets`. Every page goes through the same reader as on the page and the command
line, is written as MusicXML, and the notes are counted from that file. SER is the Levenshtein distance over (step,
alter, octave, type and dots) by staff, summed over the set and divided once; oracle is that of the best of the first
five ranks. ``--errors`` prints every edit: for development sets only. ``--table FILE`` writes the table, and beside it
the reliability plot.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from benchmarks.reading_marks import Marks, NoteToken, aligned, flat, musicxml_staves, right_ones
from benchmarks.reading_sets import SETS, Case, cases
from models.arrays import Grey
from models.contracts.upscale import UpscaleRequest
from models.engine import Job
from models.notation.musicxml import write_musicxml
from models.read.reader import Reader
from models.read.reading import Reading
from models.upscale.service import UpscaleService

ASKED = {
    "clean": "4 %",
    "engraved-test": "8 %",
    "photos": "35 %",
    "low-scans": "8 %",
    "muscima-test": "F1 0.45",
}
RANKS = 5


def enlarging(model: str = "scan") -> Callable[[Grey], Grey]:
    """A page enlarged four times by an upscaling network; ``scan``, for scans and photos, is what the app uses."""
    service = UpscaleService()

    def enlarge(grey: Grey) -> Grey:
        answer = service.run([Job(UpscaleRequest(grey, model))])[0]
        if isinstance(answer, Exception):
            raise answer
        return np.asarray(answer.grey, np.uint8)

    return enlarge


def read_case(reader: Reader, case: Case, marks: Marks, folder: Path) -> tuple[Reading, list[NoteToken]]:
    """Reads a page and adds it to the marks."""
    grey = np.asarray(cv2.imread(str(case.picture), cv2.IMREAD_GRAYSCALE), np.uint8)
    began = time.perf_counter()
    reading = reader.read([grey], top=RANKS)
    marks.seconds.append(time.perf_counter() - began)
    ranks = []
    for way in reading.interpretations:
        path = folder / f"rank{way.rank}.musicxml"
        path.write_bytes(write_musicxml(reading.score(way)))
        ranks.append(musicxml_staves(path))
    first = flat(ranks[0]) if ranks else []
    marks.pages += 1
    marks.valid += bool(first)
    if reading.interpretations:
        chosen = [
            b.readings[i]
            for b, i in zip(reading.bars, reading.interpretations[0].choice, strict=True)
            if b.readings
        ]
        marks.bars += len(chosen)
        marks.sums += sum(r.sums for r in chosen)
    if case.staves is not None:
        marks.add_notes(case.staves, ranks)
        _grade(reading, flat(case.staves), first, marks)
    elif case.pitches is not None:
        marks.add_pitches(case.pitches, first)
    return reading, first


def _grade(reading: Reading, truth: list[NoteToken], first: list[NoteToken], marks: Marks) -> None:
    """Certainty against truth, note by note, in the order of the file."""
    if not reading.interpretations:
        return
    certain = certainties(reading)
    if len(certain) == len(first):
        marks.graded += list(zip(certain, right_ones(truth, first), strict=True))


def certainties(reading: Reading) -> list[float]:
    """The certainty of each note of the first interpretation in the order in which the benchmark counts notes."""
    out: list[float] = []
    for part in reading.score(reading.interpretations[0]).parts:
        for staff in range(1, part.staves + 1):
            for bar in part.bars:
                events = sorted(
                    (e for e in bar.events if e.staff == staff), key=lambda e: (e.onset, not e.grace)
                )
                found = [(e.onset, n) for e in events for n in e.notes]
                found.sort(key=lambda f: (f[0], f[1].pitch.step.lower(), f[1].pitch.alter, f[1].pitch.octave))
                out += [min(n.certainty, bar.certainty) for _, n in found]
    return out


def row(name: str, marks: Marks) -> str:
    """A line of the table."""
    if marks.notes:
        figures = f"{marks.ser():.1f} % | {marks.ser('pitch'):.1f} % | {marks.ser('duration'):.1f} % | {marks.oracle_ser / max(1e-9, marks.ser()):.2f}"
    else:
        figures = "| | "
    middle = float(np.median(marks.seconds)) if marks.seconds else 0.0
    return (
        f"| {name} | {marks.pages} | {marks.notes or marks.wanted_pitches} | {figures} | {marks.pitch_f1:.3f} | "
        f"{100 * marks.sums / max(1, marks.bars):.0f} % | {marks.calibration_error:.3f} | {marks.valid} | "
        f"{middle:.1f} / {max(marks.seconds, default=0):.1f} | {ASKED.get(name, '')} |"
    )


HEAD = (
    "| set | pages | notes | SER | pitch | duration | oracle@5 / rank 1 | pitch F1 | bars that sum | calibration error"
    " | valid | s a page, median / most | asked |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def reliability_picture(found: dict[str, Marks], path: Path) -> None:
    """Certainty against the share of notes that are right, a curve a set."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="0.7")
    for name, marks in found.items():
        rows = marks.reliability()
        if rows:
            axes.plot([r[0] for r in rows], [r[1] for r in rows], marker="o", label=f"{name} ({marks.notes})")
    axes.set(xlabel="certainty told", ylabel="share of notes right", xlim=(0, 1), ylim=(0, 1))
    axes.legend()
    figure.savefig(path, dpi=110)


def main() -> None:
    """Reads the sets and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=["clean", "photos", "low-scans", "engraved", "muscima"])
    parser.add_argument("--limit", type=int, default=10_000, help="pages of a set")
    parser.add_argument("--errors", action="store_true", help="print every edit")
    parser.add_argument(
        "--cache", type=Path, default=Path("build/reading"), help="where engraved pages are kept"
    )
    parser.add_argument("--table", type=Path, help="a Markdown file to write; the plot lies beside it")
    parser.add_argument("--enlarge", default="scan", help="the upscaling method for pages of low resolution")
    parser.add_argument(
        "--grades",
        action="store_true",
        help="the grammar's grades in place of certainties, and how often each is right",
    )
    given = parser.parse_args()
    if unknown := [s for s in given.sets if s not in SETS]:
        parser.error(f"there is no set {unknown[0]}; there are {', '.join(SETS)}")
    reader = Reader(enlarge=enlarging(given.enlarge), grades=given.grades)
    found: dict[str, Marks] = {}
    for name in given.sets:
        marks = found[name] = Marks()
        for number, case in enumerate(cases(name, given.cache)):
            if number >= given.limit:
                break
            before, notes = marks.edits["all"], marks.notes
            with tempfile.TemporaryDirectory() as folder:
                _, first = read_case(reader, case, marks, Path(folder))
            told = (
                f"{marks.edits['all'] - before}/{marks.notes - notes}"
                if case.staves is not None
                else f"{marks.pitch_f1:.3f}"
            )
            print(f"{name} {case.name}: {told}, {len(first)} notes, {marks.seconds[-1]:.1f} s", flush=True)
            if given.errors and case.staves is not None:
                print("\n".join("    " + line for line in aligned(flat(case.staves), first)))
    if given.grades:
        for name, marks in found.items():
            print(f"{name}: {marks.found / max(1, marks.read):.3f} of the pitches told are right")
            print(
                "\n".join(
                    f"    grade {g:.2f}: {right:.3f} of {count} notes"
                    for g, right, count in marks.reliability()
                )
            )
    table = "\n".join([HEAD, *(row(name, marks) for name, marks in found.items())])
    print(table)
    if given.table:
        given.table.write_text(table + "\n", encoding="utf-8")
        reliability_picture(found, given.table.with_suffix(".png"))


if __name__ == "__main__":
    main()
