"""Which side a piano work stands on: the ONE split of performances and scores; training, fitting and benchmarks all ask it.

A work is a composer and a piece with all its movements, editions and performances, so that no movement of a sonata
helps to read another. Works of which several collections hold performances have one name.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

DEVELOPMENT_SHARE = 0.2
SAME_WORK = {"chopin/etudes_op_10/3": "chopin/op10-3", "chopin/ballades/2": "chopin/op38"}
"""Works that the Vienna collection holds too; both are for development only."""
ALWAYS_DEVELOPMENT = frozenset(SAME_WORK.values())


def work_of(folder: Path, root: Path) -> str:
    """The work that a folder of the aligned collection holds: ``beethoven/piano_sonatas/21`` for its movements."""
    parts = [part.lower() for part in folder.relative_to(root).parts]
    last = re.sub(r"_no_.*|_repeat$", "", parts[-1])
    if "sonata" in "/".join(parts[:-1]):
        last = last.split("-")[0] if parts[-2].endswith("sonatas") else ""
    name = "/".join([*parts[:-1], last]).rstrip("/")
    if parts[0] == "bach" and parts[1] in {"fugue", "prelude"}:
        name = f"bach/{last}"
    return SAME_WORK.get(name, name)


def is_development(work: str) -> bool:
    """Whether a work is kept from training: about one in five."""
    if work in ALWAYS_DEVELOPMENT:
        return True
    return int(hashlib.sha256(work.encode()).hexdigest(), 16) % 1000 < 1000 * DEVELOPMENT_SHARE
