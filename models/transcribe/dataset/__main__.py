"""Makes the data set: ``python -m models.transcribe.dataset OUT [--notes DIR] [--altered N] [--drawn N]``.

``OUT/audio/<piano>/<dynamic>-<midi>[-noise].flac`` and ``OUT/annotations.csv``. With ``--table`` the set of the
dissertation's size: 14 takes of every key, 11 for training and 3 for testing, and as many again with white noise.
Pianos named by ``--test`` are the test side; a family of recordings (see `fonts`) is never on both sides.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

from models.transcribe.dataset.annotations import Entry, write_annotations
from models.transcribe.dataset.fonts import FOLDER, PRESETS, font_notes
from models.transcribe.dataset.note import KEYS, Note
from models.transcribe.dataset.partials import DrawnPiano
from models.transcribe.dataset.real import filled, real_notes
from models.transcribe.dataset.timbre import altered

VELOCITIES = (25, 60, 90, 120)
NOISE_DB = (10.0, 40.0)
TEST_FAMILIES = ("salamander_yamaha_c5", "fuhton_gm_piano", "gmbank")
TABLE = (
    *(
        ("fluid-yamaha", "v090"),
        ("fluid-bright", "v060"),
        ("fluid-honky-tonk", "v090"),
        ("muse-mellow", "v060"),
    ),
    *(
        ("tim-1", "v090"),
        ("tim-2", "v060"),
        ("splendid_steinway_akai", "mf"),
        ("splendid_steinway_akai", "pp"),
    ),
    *(("drawn-000", ""), ("drawn-001", ""), ("drawn-002", "")),
    *(("salamander_yamaha_c5", "v08"), ("fuhton_gm_piano", "gm"), ("gmbank-1", "v090")),
)
"""Piano and dynamic of the 14 sets of the table, the last three for testing; where one is missing, a drawn piano."""


@dataclass(frozen=True)
class Wish:
    """What the set is to hold: ``altered`` new pianos per old one and ``drawn`` synthetic ones."""

    rate: int = 44_100
    seconds: float = 3.0
    altered: int = 0
    drawn: int = 8
    noise: bool = True
    table: bool = False
    seed: int = 1
    test: Sequence[str] = TEST_FAMILIES
    suffix: str = ".flac"


def every_set(wish: Wish, notes: Path, fonts: Path) -> Iterator[list[Note]]:
    """The takes of one piano at one dynamic after another, up to 88 each."""
    wanted = set(TABLE) if wish.table else None
    for preset in PRESETS:
        for velocity in VELOCITIES:
            if wanted is None or (preset.name, f"v{velocity:03d}") in wanted:
                yield list(font_notes(preset, velocity, wish.rate, wish.seconds, fonts))
    for folder in sorted(path.parent for path in notes.glob("*/notes.csv")):
        layers: dict[str, list[Note]] = {}
        for note in real_notes(folder, wish.rate):
            layers.setdefault(note.dynamic, []).append(note)
        for dynamic, layer in layers.items():
            if wanted is None or (folder.name, dynamic) in wanted:
                yield list(filled(layer))
    for number in range(wish.drawn):
        draw = np.random.default_rng([wish.seed, number])
        piano = DrawnPiano(1000 * wish.seed + number if wish.seed != 1 else number)
        loudness = float(draw.uniform(0.1, 1.0))
        yield [piano.note(key, loudness, wish.rate, wish.seconds) for key in KEYS]


def make(out: Path, wish: Wish, *, notes: Path, fonts: Path = FOLDER) -> list[Entry]:
    """Writes the set and gives its table. A missing source is passed over; ValueError when nothing is left."""
    draw = np.random.default_rng(wish.seed)
    entries: list[Entry] = []
    want = {"train": 11, "test": 3}
    out.mkdir(parents=True, exist_ok=True)
    for original in every_set(wish, notes, fonts):
        for number in range(wish.altered + 1):
            takes = (
                original if number == 0 else [altered(note, 100 * wish.seed + number) for note in original]
            )
            if not takes:
                continue
            side = "test" if takes[0].family in wish.test or takes[0].piano in wish.test else "train"
            if wish.table:
                if side == "train" and want[side] <= 0:
                    continue
                if len(takes) < len(KEYS):
                    takes = _completed(takes, wish)
                want[side] -= 1
            for take in takes:
                entries += _written(out, take.with_length(round(wish.seconds * wish.rate)), side, wish, draw)
        write_annotations(out, entries)
    if not entries:
        raise ValueError("No note could be made: install the sound fonts of packages-train.txt.")
    return entries


def _completed(takes: list[Note], wish: Wish) -> list[Note]:
    """All 88 keys: what the piano does not reach at all is drawn."""
    have = {take.midi: take for take in takes}
    piano = DrawnPiano(900)
    return [
        have.get(key)
        or replace(
            piano.note(key, 0.5, wish.rate, wish.seconds),
            piano=takes[0].piano,
            family=takes[0].family,
            dynamic=takes[0].dynamic,
        )
        for key in KEYS
    ]


def _written(out: Path, take: Note, side: str, wish: Wish, draw: np.random.Generator) -> list[Entry]:
    folder = out / "audio" / re.sub(r"\W+", "_", take.piano)
    folder.mkdir(parents=True, exist_ok=True)
    clean = take.samples * (0.5 / (np.abs(take.samples).max() + 1e-9))
    entries = []
    for noise in (0, 1) if wish.noise else (0,):
        samples = clean
        if noise:
            loud = np.abs(clean) > 0.02 * np.abs(clean).max()
            power = float(np.square(clean[loud]).mean())
            samples = clean + draw.normal(
                0, np.sqrt(power / 10 ** (draw.uniform(*NOISE_DB) / 10)), len(clean)
            )
            samples = samples / max(1.0, float(np.abs(samples).max()))
        path = folder / f"{take.dynamic}-{take.midi:03d}{'-noise' if noise else ''}{wish.suffix}"
        soundfile.write(path, samples, wish.rate, subtype="PCM_16")
        name = path.relative_to(out).as_posix()
        entries.append(Entry(name, take.midi, take.piano, take.family, take.dynamic, take.kind, noise, side))
    return entries


def add_options(parser: argparse.ArgumentParser) -> None:
    """The maker's command line, which `release` shares."""
    plain = Wish()
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--notes", type=Path, default=Path("../shared/data/piano_notes"), help="folders of real notes"
    )
    parser.add_argument("--fonts", type=Path, default=FOLDER, help="where the sound fonts lie")
    parser.add_argument("--rate", type=int, default=plain.rate)
    parser.add_argument("--seconds", type=float, default=plain.seconds)
    parser.add_argument("--altered", type=int, default=plain.altered, help="new pianos out of each old one")
    parser.add_argument(
        "--drawn", type=int, default=plain.drawn, help="pianos synthesised partial by partial"
    )
    parser.add_argument("--no-noise", action="store_true", help="without the white-noise copies")
    parser.add_argument(
        "--table", action="store_true", help="the dissertation's size: 1936 to train on, 528 to test"
    )
    parser.add_argument("--seed", type=int, default=plain.seed)
    parser.add_argument(
        "--test", action="append", metavar="PIANO", help="a piano or family for the test side"
    )


def wish_of(options: argparse.Namespace, suffix: str = ".flac") -> Wish:
    """What the command line asks for; sounds are written in the suffix's format."""
    return Wish(
        rate=options.rate,
        seconds=options.seconds,
        altered=options.altered,
        drawn=options.drawn,
        noise=not options.no_noise,
        table=options.table,
        seed=options.seed,
        test=tuple(options.test or TEST_FAMILIES),
        suffix=suffix,
    )


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser)
    options = parser.parse_args()
    entries = make(options.out, wish_of(options), notes=options.notes, fonts=options.fonts)
    counts = {side: sum(entry.split == side for entry in entries) for side in ("train", "test")}
    sys.stdout.write(
        json.dumps({"samples": len(entries), "pianos": len({e.piano for e in entries}), **counts}) + "\n"
    )


if __name__ == "__main__":
    main()
