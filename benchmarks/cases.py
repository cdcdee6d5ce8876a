"""Small inputs with their right value: ``python -m benchmarks.cases FOLDER [NAME ...] [--keep OUT]``.

FOLDER holds one folder a case with ``input.*`` and ``truth.musicxml`` or ``truth.txt``. Pictures are read, recordings
transcribed, scores played and pictures whose truth says "4x" upscaled, all by the ordinary command line with its
defaults. Right means: every note at its place with its value, and the same staves, bars, clefs, keys, metres, ties,
tuplets, grace notes and repeats as the truth (of a recording: notes, metre, tempo, note values). A truth in words is
checked as far as it names staves, key, metre or bars; where it names none of them the case is left to the eye and not
counted. The last line is ``right N of M``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from benchmarks.case_truths import ScoreFacts, Verdict, compared, heard, played, score_facts, told

Job = Literal["read", "transcribe", "sonify", "upscale"]

SOUNDS = {".flac", ".mp3", ".wav", ".ogg", ".opus", ".webm", ".wma", ".m4a", ".aac", ".mid"}
SCORES = {".musicxml", ".xml", ".mxl"}


def main() -> None:
    """Prints every case with its verdict, a table by kind and, last, how many are right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", help="only these cases")
    parser.add_argument("--keep", type=Path, help="where results are left to be looked at")
    args = parser.parse_args()
    folders = [
        f.parent
        for f in sorted(args.folder.glob("*/truth.*"))
        if not args.names or f.parent.name in args.names
    ]
    if not folders:
        raise SystemExit(f"There are no cases in {args.folder}.")
    with tempfile.TemporaryDirectory() as scratch:
        out = args.keep or Path(scratch)
        verdicts = judged(folders, out)
    print_table(verdicts)


def input_of(folder: Path) -> Path:
    """The case's input file."""
    return next(iter(sorted(folder.glob("input.*"))))


def job_of(folder: Path) -> Job:
    """Which job the case is for, by its input and its truth."""
    suffix = input_of(folder).suffix.lower()
    if suffix in SOUNDS:
        return "transcribe"
    if suffix in SCORES:
        return "sonify"
    text = folder / "truth.txt"
    return "upscale" if text.exists() and text.read_text(encoding="utf-8").startswith("4x") else "read"


def judged(folders: list[Path], out: Path) -> dict[str, Verdict | None]:
    """Each case's verdict by name; None for one that only an eye can judge. Each job runs once, over all its inputs."""
    by_job: dict[Job, list[Path]] = defaultdict(list)
    for folder in folders:
        by_job[job_of(folder)].append(folder)
    verdicts: dict[str, Verdict | None] = {}
    for job, cases in by_job.items():
        inputs = out / f"{job}-in"
        inputs.mkdir(parents=True, exist_ok=True)
        for folder in cases:
            source = input_of(folder)
            shutil.copyfile(source, inputs / f"{folder.name}{source.suffix}")
        command = [sys.executable, "-m", "scoreweb", job, str(inputs), str(out / job)]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for folder in cases:
            verdict = verdicts[folder.name] = _verdict(job, folder, out / job)
            words = "by eye" if verdict is None else verdict.word
            print(f"{words:7} {folder.name}: {'; '.join(verdict.faults) if verdict else ''}", flush=True)
    return verdicts


def _verdict(job: Job, folder: Path, results: Path) -> Verdict | None:
    result = results / folder.name
    nothing = Verdict(0.0, ("no result",))
    if job == "transcribe":
        truth = json.loads((folder / "truth.txt").read_text(encoding="utf-8"))
        return heard(truth, result) if (result / "notes.json").exists() else nothing
    if job == "sonify":
        truth = json.loads((folder / "truth.txt").read_text(encoding="utf-8"))
        return (
            played(truth, _sounded(input_of(folder), truth["tempo"]))
            if _wav(results, folder.name)
            else nothing
        )
    if job == "upscale":
        picture = results / f"{folder.name}.png"
        return _same_way_up(input_of(folder), picture) if picture.exists() else nothing
    read = score_facts(result / "rank1.musicxml") if (result / "rank1.musicxml").exists() else None
    if (folder / "truth.musicxml").exists():
        truth_score = score_facts(folder / "truth.musicxml")
        return compared(truth_score, read, _copies(input_of(folder), truth_score, read)) if read else nothing
    return told((folder / "truth.txt").read_text(encoding="utf-8"), read)


def _wav(results: Path, name: str) -> bool:
    return any(
        path.stat().st_size > 1000
        for path in (results / f"{name}.wav", *results.glob(f"{name}/*.wav"))
        if path.exists()
    )


def _copies(picture: Path, truth: ScoreFacts, read: ScoreFacts) -> int:
    """How often the true page stands in a picture file of several pages."""
    try:
        with Image.open(picture) as opened:
            pages = int(getattr(opened, "n_frames", 1))
    except OSError:
        return 1
    return pages if pages > 1 and read.bars > 1.5 * truth.bars else 1


def _sounded(score: Path, tempo: float) -> list[tuple[float, float]]:
    """What the score sounds, onset in beats of a tempo and MIDI number, by the clock that the sound is made by."""
    from models.notation.musicxml import read_musicxml
    from models.notation.performance import sounding_notes

    notes = sounding_notes(read_musicxml(score))
    return [(float(n.onset_s) * tempo / 60.0, n.midi + n.cents / 100) for n in notes]


def _same_way_up(before: Path, after: Path) -> Verdict:
    """A page that was light on dark stays so, four times larger, and loses no sharpness against its opposite."""
    small, large = (np.asarray(Image.open(p).convert("L"), np.float32) for p in (before, after))
    faults = []
    if large.shape != (4 * small.shape[0], 4 * small.shape[1]):
        faults.append(f"size {large.shape} for {small.shape} x 4")
    if (np.median(small) < 128) != (np.median(large) < 128):
        faults.append("turned round")
    grey = float(((large > 64) & (large < 192)).mean())
    if grey > 0.05:
        faults.append(f"{100 * grey:.0f} % of pixels are grey")
    return Verdict(1.0 if not faults else 0.5, tuple(faults))


def print_table(verdicts: dict[str, Verdict | None]) -> None:
    """Counts by kind (the first part of a case's name), then ``right N of M``."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for name, verdict in verdicts.items():
        kind = kind_of(name)
        table[kind]["by eye" if verdict is None else verdict.word] += 1
    print("\n| kind | right | partly | wrong | by eye |\n|---|---|---|---|---|")
    for kind, counts in sorted(table.items()):
        print(
            f"| {kind} | " + " | ".join(str(counts[w]) for w in ("right", "partly", "wrong", "by eye")) + " |"
        )
    counted = [v for v in verdicts.values() if v is not None]
    print(f"right {sum(v.word == 'right' for v in counted)} of {len(counted)}")


KINDS = {
    "f": "reading, by engraver",
    "img": "reading, kinds of picture",
    "real": "reading, real pages",
    "a": "recordings",
    "s": "scores played",
    "u": "upscaling",
}


def kind_of(name: str) -> str:
    """The kind of a case, by how its name begins; most are about notation."""
    return KINDS.get(name.split("_", maxsplit=1)[0], "reading, notation")


if __name__ == "__main__":
    main()
