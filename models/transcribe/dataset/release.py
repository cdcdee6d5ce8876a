"""The data set as others may use it: the rows of a release and its card. ``python -m scripts.release_notes`` writes them.

A row is a sound and its sheet image with what is known of them: `COLUMNS`. The same sources and options give the same rows.
What has no licence in `SOURCES` is not released.
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image

from models.transcribe.classic.images import note_image
from models.transcribe.classic.keys import key_name, writing
from models.transcribe.dataset.__main__ import Wish
from models.transcribe.dataset.annotations import Entry

CONFIG = "notes"
COLUMNS = {
    "id": "piano, dynamic, key and, of a noise copy, `noise`",
    "audio": "the sound, mono, 16 bits",
    "image": "its sheet image of 162x300 pixels",
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


def source_of(entry: Entry) -> Source | None:
    """Where a row's recordings come from; None when that is not known."""
    return DRAWN if entry.kind == "partials" else SOURCES.get(entry.family)


def must_be_licensed(entries: Sequence[Entry]) -> None:
    """ValueError, with a sentence, when a source has no known licence."""
    if unknown := sorted({e.family for e in entries if source_of(e) is None}):
        raise ValueError(f"No licence is known of {', '.join(unknown)}: add it to SOURCES, or leave it out.")


def rows(folder: Path, entries: Sequence[Entry], wish: Wish) -> Iterator[dict[str, Any]]:
    """A row for every entry of the set in ``folder``, in the order of their making: `COLUMNS`, files as bytes and name."""
    for e in entries:
        key, source = writing(e.midi), source_of(e)
        sound = (folder / e.file).read_bytes()
        name = Path(e.file).with_suffix("").as_posix().removeprefix("audio/").replace("/", "-")
        yield {
            "id": name,
            "audio": {"bytes": sound, "path": f"{name}{Path(e.file).suffix}"},
            "image": {"bytes": _sheet(e.midi), "path": f"{e.midi}.png"},
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
            "sha256": hashlib.sha256(sound).hexdigest(),
        }


@lru_cache(maxsize=88)
def _sheet(midi: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(note_image(midi)).save(out, "PNG", optimize=True)
    return out.getvalue()


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
        f"- config_name: {CONFIG}",
        "  data_files:",
        *(
            f"  - split: {side}\n    path: data/{CONFIG}/{side}-*.parquet"
            for side in ("train", "test")
            if sides[side]
        ),
        "---",
        "",
        "# Piano notes and their sheet images",
        "",
        f"{len(entries)} sounds of single piano notes ({wish.seconds:g} s, {wish.rate} Hz, mono, 16 bits) and the 88 sheet",
        "images of 162x300 pixels: common time, sharps only, bass clef with an 8 below, bass, treble, treble with an 8 above.",
        f"{sides['train']} sounds are for training and {sides['test']} for testing; no piano, and no family of recordings, is",
        "on both sides. Every take is 0.5 loud at its peak; a white-noise copy is 10 to 40 dB above its noise.",
        "",
        f"Made by `python -m scripts.release_notes` of ScoreWeb, seed {wish.seed}.",
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
    lines += [
        "",
        "## Columns",
        "",
        "`data/` holds Parquet with the files in it, `tar/` the same as WebDataset shards, `manifest.json` the SHA-256 of every file.",
        "",
        "| column | what |",
        "|---|---|",
    ]
    lines += [f"| `{name}` | {says} |" for name, says in COLUMNS.items()]
    lines += [
        "",
        "```python",
        "import datasets",
        "",
        f'notes = datasets.load_dataset(FOLDER, "{CONFIG}")',
        'row = notes["train"][0]  # row["audio"], row["image"], row["midi"]',
        "```",
        "",
    ]
    return "\n".join(lines)
