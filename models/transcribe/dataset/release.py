"""The data set as others may use it: ``python -m models.transcribe.dataset.release OUT [--wav]`` and the maker's own options.

OUT then holds

``audio/<piano>/<dynamic>-<midi>[-noise].flac`` (``.wav`` with ``--wav``), 16 bits, mono;
``images/<midi>.png``, the 88 sheet images of 162x300;
``notes.parquet``, a row for every sound: `COLUMNS`; ``annotations.csv``, the maker's own table;
``README.md``, the card, with the licence of every source.

The same sources and options give the same bytes. What has no licence in `SOURCES` is not released. Needs pyarrow.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.transcribe.classic.images import write_images
from models.transcribe.classic.keys import key_name, writing
from models.transcribe.dataset.__main__ import Wish, add_options, make, wish_of
from models.transcribe.dataset.annotations import Entry
from models.transcribe.dataset.fonts import FOLDER

TABLE, CARD = "notes.parquet", "README.md"
COLUMNS = {
    "file": "the sound, relative to this folder",
    "image": "its sheet image",
    "midi": "the key, 21 (A0) to 108 (C8)",
    "name": "its scientific name, sharps only",
    "clef": "F or G",
    "clef_octave": "-1, 0 or 1: the 8 below or above the clef",
    "piano": "who plays",
    "family": "the recordings behind the piano: a family is on one side of the split only",
    "dynamic": "how loud",
    "kind": "font, real, shifted (from a neighbouring key), altered or partials (synthesised)",
    "noise": "true for the white-noise copy",
    "split": "train or test",
    "licence": "of the recordings",
    "rate": "samples a second",
    "samples": "how many",
    "sha256": "of the file",
}


@dataclass(frozen=True)
class Source:
    """Who made the recordings of a family, and under which licence (SPDX where there is an identifier)."""

    title: str
    licence: str
    author: str


DRAWN = Source(
    "synthesised partial by partial (models/transcribe/dataset/partials.py)", "Apache-2.0", "this project"
)
SOURCES = {
    "fluid": Source(
        "FluidR3 GM, and MuseScore General after it (Debian: fluid-soundfont-gm, musescore-general-soundfont-small)",
        "MIT",
        "Frank Wen; Michael Cowgill; S. Christian Collins",
    ),
    "tim": Source("TimGM6mb (Debian: timgm6mb-soundfont)", "GPL-2.0-only", "Tim Brechbill; David Bolton"),
    "gmbank": Source("sf_GMbank of Csound (Debian: csound-soundfont)", "public domain", "not stated"),
    "salamander_yamaha_c5": Source("Salamander Grand Piano, a Yamaha C5", "CC-BY-3.0", "Alexander Holm"),
    "splendid_steinway_akai": Source("Splendid Grand, a Steinway (AKAI S5000)", "public domain", "AKAI"),
    "fuhton_gm_piano": Source("piano-mp3", "MIT", "fuhton"),
}


def release(out: Path, wish: Wish, *, notes: Path, fonts: Path = FOLDER) -> list[Entry]:
    """Makes the set in ``out`` and gives its rows. ValueError, with a sentence, when a source has no known licence."""
    entries = make(out, wish, notes=notes, fonts=fonts)
    if unknown := sorted({e.family for e in entries if source_of(e) is None}):
        raise ValueError(f"No licence is known of {', '.join(unknown)}: add it to SOURCES, or leave it out.")
    write_images(out / "images")
    write_table(out, entries, wish)
    (out / CARD).write_text(card(entries, wish), encoding="utf-8")
    return entries


def source_of(entry: Entry) -> Source | None:
    """Where a row's recordings come from; None when that is not known."""
    return DRAWN if entry.kind == "partials" else SOURCES.get(entry.family)


def write_table(out: Path, entries: Sequence[Entry], wish: Wish) -> None:
    """``out/notes.parquet``, a row for every entry in the order of their making."""
    import pyarrow as pa
    from pyarrow import parquet

    rows = []
    for e in entries:
        key, source = writing(e.midi), source_of(e)
        rows.append(
            {
                "file": e.file,
                "image": f"images/{e.midi}.png",
                "midi": e.midi,
                "name": key_name(e.midi),
                "clef": key.clef,
                "clef_octave": key.shift,
                "piano": e.piano,
                "family": e.family,
                "dynamic": e.dynamic,
                "kind": e.kind,
                "noise": bool(e.noise),
                "split": e.split,
                "licence": source.licence if source else "",
                "rate": wish.rate,
                "samples": round(wish.seconds * wish.rate),
                "sha256": hashlib.sha256((out / e.file).read_bytes()).hexdigest(),
            }
        )
    whole = {"midi": pa.int16(), "clef_octave": pa.int8(), "rate": pa.int32(), "samples": pa.int32()}
    schema = pa.schema(
        [
            pa.field(
                c,
                pa.bool_() if c == "noise" else whole.get(c, pa.string()),
                nullable=False,
                metadata={"says": says},
            )
            for c, says in COLUMNS.items()
        ]
    )
    parquet.write_table(pa.Table.from_pylist(rows, schema), out / TABLE, compression="zstd")


def card(entries: Sequence[Entry], wish: Wish) -> str:
    """The README of the set: what it holds, who made the sounds, how to load it."""
    sides = Counter(e.split for e in entries)
    licences = sorted({s.licence for e in entries if (s := source_of(e))})
    lines = [
        "---",
        "pretty_name: Piano notes and their sheet images",
        "license: other",
        "task_categories: [audio-classification, audio-to-audio]",
        "tags: [music, piano, sheet-music]",
        "configs:",
        "- config_name: default",
        f"  data_files: {TABLE}",
        "---",
        "",
        "# Piano notes and their sheet images",
        "",
        f"{len(entries)} sounds of single piano notes ({wish.seconds:g} s, {wish.rate} Hz, mono, 16 bits) and the 88 sheet",
        "images of 162x300 pixels: common time, sharps only, bass clef with an 8 below, bass, treble, treble with an 8 above.",
        f"{sides['train']} sounds are for training and {sides['test']} for testing; no piano, and no family of recordings, is",
        "on both sides. Every take is 0.5 loud at its peak; a white-noise copy is 10 to 40 dB above its noise.",
        "",
        f"Made by `python -m models.transcribe.dataset.release` of ScoreWeb, seed {wish.seed}.",
        "",
        "## Licences",
        "",
        f"Each sound keeps the licence of its source ({', '.join(licences)}); the column `licence` names it. Where a copyleft",
        "licence is not wanted, leave those rows out. The sheet images, engraved by Verovio, are under Apache-2.0 as the project.",
        "",
        "| piano | side | sounds | kinds | source | licence | by |",
        "|---|---|---|---|---|---|---|",
    ]
    for piano, side in sorted({(e.piano, e.split) for e in entries}):
        own = [e for e in entries if e.piano == piano]
        # A key that the piano lacks may be synthesised: the row's source is that of the others.
        source = next((SOURCES[e.family] for e in own if e.family in SOURCES), DRAWN)
        kinds = ", ".join(f"{k} {n}" for k, n in sorted(Counter(e.kind for e in own).items()))
        lines.append(
            f"| {piano} | {side} | {len(own)} | {kinds} | {source.title} | {source.licence} | {source.author} |"
        )
    lines += ["", f"## `{TABLE}`", "", "| column | what |", "|---|---|"]
    lines += [f"| `{name}` | {says} |" for name, says in COLUMNS.items()]
    lines += [
        "",
        "```python",
        "import pandas, soundfile",
        "from PIL import Image",
        "",
        f'row = pandas.read_parquet("{TABLE}").iloc[0]',
        "sound, rate = soundfile.read(row.file)",
        "sheet = Image.open(row.image)",
        "```",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser)
    parser.add_argument("--wav", action="store_true", help="WAV instead of FLAC")
    options = parser.parse_args()
    wish = wish_of(options, suffix=".wav" if options.wav else ".flac")
    entries = release(options.out, wish, notes=options.notes, fonts=options.fonts)
    sys.stdout.write(f"{len(entries)} sounds, 88 images, {TABLE} and {CARD} in {options.out}\n")


if __name__ == "__main__":
    main()
