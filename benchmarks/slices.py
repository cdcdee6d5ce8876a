"""Campaigns that run in slices: a file keeps what each slice found, and the next one goes on from there."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any


class Slices:
    """What the slices of one campaign found, oldest first; with no path, of this run only."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.runs: list[dict[str, Any]] = []
        if path is not None and path.exists():
            self.runs = json.loads(path.read_text(encoding="utf-8"))

    def add(self, found: dict[str, Any]) -> None:
        """One more slice, kept at once."""
        self.runs.append(found)
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new = self._path.with_name(self._path.name + ".new")
            new.write_text(json.dumps(self.runs, indent=1), encoding="utf-8")
            new.replace(self._path)

    def total(self, key: str) -> float:
        """The sum over all slices, of numbers or of the members of lists."""
        return sum(len(v) if isinstance(v := run.get(key, 0), list) else v for run in self.runs)

    def most(self, key: str) -> float:
        """The greatest number in any slice."""
        return max((run.get(key, 0) for run in self.runs), default=0)

    def counts(self, key: str) -> Counter[str]:
        """Counts by name, over all slices."""
        whole: Counter[str] = Counter()
        for run in self.runs:
            whole.update(run.get(key, {}))
        return whole
