"""Note error rates of reading: ``python -m benchmarks.read [SET ...] [--limit N] [--errors]``.

Sets are those of `benchmarks.reading_sets`. Every page goes through the same reader as on the page and the command
line, is written as MusicXML, and the notes are counted from that file. SER is the Levenshtein distance over (step,
alter, octave, type and dots) by staff, summed over the set and divided once; oracle is that of the best of the first
five ranks. Where bars of the truth are known, the probability of each bar's chosen reading is held against whether it is
right in every note. Pitches of MUSCIMA++ and of the photos of melodies are letters and octaves: their truths apply no
sharp or flat, or not all. A figure that a set's truth does not give is a dash. ``--errors`` prints every edit: for development
sets only. ``--table FILE`` writes the table, and beside it the reliability plot.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from benchmarks.reading_bars import bar_truths
from benchmarks.reading_marks import (
    Marks,
    NoteToken,
    aligned,
    flat,
    midi,
    musicxml_staves,
    natural,
    without_alters,
)
from benchmarks.reading_scans import SETS, cases
from benchmarks.reading_sets import Case
from models.arrays import Grey
from models.contracts.upscale import UpscaleRequest
from models.engine import Job
from models.notation.musicxml import write_musicxml
from models.read.extractors import DEFAULT, PRIMITIVES
from models.read.reader import Reader
from models.read.reading import Reading
from models.upscale.service import UpscaleService

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


def read_case(
    reader: Reader, case: Case, marks: Marks, folder: Path, primitives: str = DEFAULT
) -> tuple[Reading, list[NoteToken]]:
    """Reads a page by the named extractor and adds it to the marks."""
    grey = np.asarray(cv2.imread(str(case.picture), cv2.IMREAD_GRAYSCALE), np.uint8)
    began = time.perf_counter()
    reading = reader.read([grey], top=RANKS, primitives=primitives)
    marks.seconds.append(time.perf_counter() - began)
    ranks = written_ranks(reading, folder)
    if case.naturals:
        ranks = [without_alters(staves) for staves in ranks]
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
    elif case.pitches is not None:
        marks.add_pitches(case.pitches, first, natural if case.naturals else midi)
    judge_bars(reading, case, marks)
    return reading, first


def written_ranks(reading: Reading, folder: Path) -> list[list[list[NoteToken]]]:
    """The notes of each interpretation by staff, as its MusicXML file in `folder` tells them."""
    ranks = []
    for way in reading.interpretations:
        path = folder / f"rank{way.rank}.musicxml"
        path.write_bytes(write_musicxml(reading.score(way)))
        ranks.append(musicxml_staves(path))
    return ranks


def judge_bars(reading: Reading, case: Case, marks: Marks) -> None:
    """Adds the probability of each bar's chosen reading, held against the truth, to the marks."""
    truths = bar_truths(reading, case)
    if truths is None or not reading.interpretations:
        return
    best = reading.interpretations[0]
    for number, (options, truth) in enumerate(zip(reading.bars, truths, strict=True)):
        chosen = best.choice[number]
        if options.readings:
            told = options.readings[chosen].certainty, truth.right[chosen], reading.is_doubtful(number, best)
            marks.told.append(told)
            if not truth.right[chosen]:
                marks.among.append(any(truth.right[:RANKS]))


COLUMNS = (
    "set", "", "pages", "notes", "SER", "pitch", "duration", "oracle@5 / rank 1", "pitch F1", "bars that sum", "bars right",
    "wrong ones right among five", "calibration error of bars", "wrong / right bars marked", "valid", "s a page, median / most",
)  # fmt: skip
NONE = "–"


def row(name: str, marks: Marks) -> str:
    """A line of the table: a cell for each of `COLUMNS`."""
    ser = bool(marks.notes)
    seconds = f"{float(np.median(marks.seconds)):.1f} / {max(marks.seconds):.1f}" if marks.seconds else NONE
    wrong, right = (marks.marked(right=which) for which in (False, True))
    cells = (
        name,
        "held out" if name.endswith("-test") else "developed on",
        str(marks.pages),
        str(marks.notes or marks.wanted_pitches),
        *(f"{marks.ser(view):.1f} %" if ser else NONE for view in ("all", "pitch", "duration")),
        f"{marks.oracle_ser / marks.ser():.2f}" if ser and marks.ser() else NONE,
        f"{marks.pitch_f1:.3f}",
        f"{100 * marks.sums / max(1, marks.bars):.0f} %",
        f"{100 * marks.bars_right:.0f} % of {len(marks.told)}" if marks.told else NONE,
        _percent(marks.right_among_five),
        f"{marks.calibration_error:.3f}" if marks.told else NONE,
        f"{_percent(wrong)} / {_percent(right)}" if marks.told else NONE,
        str(marks.valid),
        seconds,
    )
    return "| " + " | ".join(cells) + " |"


def _percent(share: float | None) -> str:
    return NONE if share is None else f"{100 * share:.0f} %"


def head() -> str:
    """The table's first two lines."""
    return "| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS)


def reliability_picture(found: dict[str, Marks], path: Path) -> None:
    """Probability against the share of bars that are right in every note, a curve a set."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="0.7")
    for name, marks in found.items():
        rows = marks.reliability()
        if rows:
            axes.plot(
                [r[0] for r in rows],
                [r[1] for r in rows],
                marker="o",
                label=f"{name} ({len(marks.told)} bars)",
            )
    axes.set(xlabel="probability told", ylabel="share of bars right", xlim=(0, 1), ylim=(0, 1))
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
    parser.add_argument("--primitives", choices=PRIMITIVES, default=DEFAULT, help="who finds signs")
    given = parser.parse_args()
    if unknown := [s for s in given.sets if s not in SETS]:
        parser.error(f"there is no set {unknown[0]}; there are {', '.join(SETS)}")
    reader = Reader(enlarge=enlarging(given.enlarge))
    found: dict[str, Marks] = {}
    for name in given.sets:
        marks = found[name] = Marks()
        for number, case in enumerate(cases(name, given.cache)):
            if number >= given.limit:
                break
            before, notes = marks.edits["all"], marks.notes
            with tempfile.TemporaryDirectory() as folder:
                _, first = read_case(reader, case, marks, Path(folder), given.primitives)
            told = (
                f"{marks.edits['all'] - before}/{marks.notes - notes}"
                if case.staves is not None
                else f"{marks.pitch_f1:.3f}"
            )
            print(f"{name} {case.name}: {told}, {len(first)} notes, {marks.seconds[-1]:.1f} s", flush=True)
            if given.errors and case.staves is not None:
                print("\n".join("    " + line for line in aligned(flat(case.staves), first)))
    table = "\n".join([head(), *(row(name, marks) for name, marks in found.items())])
    print(table)
    if given.table:
        given.table.write_text(table + "\n", encoding="utf-8")
        reliability_picture(found, given.table.with_suffix(".png"))


if __name__ == "__main__":
    main()
