"""A command's inputs, one after the other: a bad file is reported and the rest goes on; the report; the exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from scoreweb import texts as messages
from scoreweb.errors import VisitorError, sentence_of


def inputs(sources: Sequence[Path], kinds: Collection[str]) -> list[Path]:
    """The files named, and of each folder its files of these kinds (endings in lower case), by name. Exit 2 for a missing one."""
    files: list[Path] = []
    for source in sources:
        if not source.exists():
            raise typer.BadParameter(messages.NO_SUCH_FILE.format(path=source))
        if source.is_dir():
            files += sorted(p for p in source.iterdir() if p.is_file() and p.suffix.lower() in kinds)
        else:
            files.append(source)
    return files


def each(files: Iterable[Path], one: Callable[[Path], None], sources: Sequence[Path]) -> dict[str, str]:
    """What failed, by name, with its sentence, which is printed too; ``one`` is called for every file.

    Without any file the first of ``sources`` is what failed.
    """
    failed: dict[str, str] = {}
    none = True
    for path in files:
        none = False
        try:
            one(path)
        except Exception as error:  # noqa: BLE001 - one bad file of a folder must not stop the others
            failed[path.name] = sentence_of(error)
            print(f"{path.name}: {failed[path.name]}", file=sys.stderr)
    if none:
        failed[sources[0].name] = messages.NOTHING_USABLE
        print(messages.NOTHING_USABLE, file=sys.stderr)
    return failed


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """What is written inside goes to ``target``; VisitorError, with a hint to choose another, where it cannot."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or "no reason was given"
        raise VisitorError(messages.CANNOT_WRITE.format(path=target, reason=reason)) from error


def finish(as_json: bool, report: dict[str, Any], *, done: bool) -> None:
    """Prints the report as the last line with ``as_json``; exit code 1 where nothing was done."""
    if as_json:
        print(json.dumps(report))
    if not done:
        raise typer.Exit(1)
