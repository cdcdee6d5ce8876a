"""Releases the data set of piano notes: ``python -m scripts.release_notes OUT [--wav]`` and the options of its maker.

The notes are made by `models.transcribe.dataset` and written by the writer of exports (`storage.dataset.writing`), which
know nothing of each other: Parquet below ``data/``, WebDataset shards below ``tar/``, a card with the licence of every
source, and a manifest. The same sources and options give the same bytes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import pyarrow as pa

from models.transcribe.dataset.__main__ import Wish, add_options, make, wish_of
from models.transcribe.dataset.annotations import Entry
from models.transcribe.dataset.fonts import FOLDER
from models.transcribe.dataset.release import COLUMNS, CONFIG, card, must_be_licensed, rows
from storage.dataset.records import FILE, Row, columns_of
from storage.dataset.writing import Layout, write_manifest, write_rows

_KINDS = {
    "audio": FILE,
    "image": FILE,
    "midi": pa.int16(),
    "clef_octave": pa.int8(),
    "noise": pa.bool_(),
    "rate": pa.int32(),
    "samples": pa.int32(),
}


def _members(row: Row) -> dict[str, bytes]:
    plain = {name: value for name, value in row.items() if name not in {"audio", "image"}}
    ending = Path(row["audio"]["path"]).suffix.lstrip(".")
    return {
        ending: row["audio"]["bytes"],
        "png": row["image"]["bytes"],
        "json": json.dumps(plain, ensure_ascii=False, sort_keys=True).encode("utf-8"),
    }


NOTES = Layout(
    columns_of({name: _KINDS.get(name, pa.string()) for name in COLUMNS}),
    lambda row: (CONFIG, row["split"]),
    _members,
    lambda row: len(row["audio"]["bytes"]) + len(row["image"]["bytes"]) + 500,
)


def release(out: Path, wish: Wish, *, notes: Path, fonts: Path = FOLDER) -> list[Entry]:
    """Makes the set, writes it into the new folder ``out``, and gives its table.

    ValueError, with a sentence, when ``out`` has something in it, and when a source has no known licence: nothing is
    written then.
    """
    if out.exists() and any(out.iterdir()):
        raise ValueError(f"{out.name} is there already. Release into a new folder.")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made"
        entries = make(made, wish, notes=notes, fonts=fonts)
        must_be_licensed(entries)
        partial = Path(folder) / "release"
        write_rows(partial, rows(made, entries, wish), layout=NOTES)
        (partial / "README.md").write_text(card(entries, wish), encoding="utf-8", newline="\n")
        write_manifest(partial)
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.exists():
            out.rmdir()
        shutil.move(str(partial), out)
    return entries


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser)
    parser.add_argument("--wav", action="store_true", help="WAV instead of FLAC")
    options = parser.parse_args()
    wish = wish_of(options, suffix=".wav" if options.wav else ".flac")
    try:
        entries = release(options.out, wish, notes=options.notes, fonts=options.fonts)
    except ValueError as error:
        raise SystemExit(str(error)) from error
    print(f"{len(entries)} sounds with their sheet images in {options.out}")  # noqa: T201


if __name__ == "__main__":
    main()
