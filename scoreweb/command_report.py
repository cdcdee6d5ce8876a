"""How every command ends: one JSON object where that is asked for, and the exit code."""

from __future__ import annotations

import json
from typing import Any

import typer


def finish(as_json: bool, report: dict[str, Any], *, done: bool) -> None:
    """Prints the report as the last line with ``as_json``; exit code 1 where nothing was done."""
    if as_json:
        print(json.dumps(report))
    if not done:
        raise typer.Exit(1)
