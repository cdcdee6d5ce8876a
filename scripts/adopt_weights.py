"""Makes a trained file the shipped one: ``python -m scripts.adopt_weights NAME FILE VERSION``.

Copies FILE to models/weights/<NAME>-<VERSION>.safetensors, with the list of what it was trained on (FILE's name with
the ending .json) where there is one, deletes the version before them, and writes the index. The card beside it is
written by hand.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path

from models.weights import FOLDER


def adopt(name: str, source: Path, version: str) -> None:
    """The file is in place and in the index."""
    index_file = FOLDER / "index.json"
    index = json.loads(index_file.read_text(encoding="utf-8")) if index_file.exists() else {}
    target = FOLDER / f"{name}-{version}.safetensors"
    before = index.get(name, {}).get("file")
    shutil.copyfile(source, target)
    if (listed := source.with_suffix(".json")).exists():
        shutil.copyfile(listed, target.with_suffix(".json"))
    if before and before != target.name:
        (FOLDER / before).unlink(missing_ok=True)
        (FOLDER / before).with_suffix(".json").unlink(missing_ok=True)
    index[name] = {"file": target.name, "sha256": hashlib.sha256(target.read_bytes()).hexdigest()}
    index_file.write_text(json.dumps(index, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    adopt(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
