"""What a collection's folder holds, looked at past the store."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import Session

from storage import Status, Store
from storage.database import FILE_NAME
from storage.schema import Submission

NOTES = [{"onset_s": 0.0, "offset_s": 0.5, "midi": 60, "velocity": 80}]


def blob_files(folder: Path) -> set[str]:
    """The names of all files among the blobs, half-written ones included."""
    return {path.name for path in (folder / "blobs").rglob("*") if path.is_file()}


def files_holding(folder: Path, marker: str) -> list[str]:
    """The names of all files in which these letters are found."""
    return [
        path.name for path in folder.rglob("*") if path.is_file() and marker.encode() in path.read_bytes()
    ]


@contextmanager
def reading(folder: Path) -> Iterator[Callable[[Any], list[Any]]]:
    """A function that gives all rows of a table."""
    engine = create_engine(f"sqlite:///{folder / FILE_NAME}")

    def rows(table):
        with Session(engine, expire_on_commit=False) as session:
            return list(session.scalars(select(table)))

    yield rows
    engine.dispose()


def set_status(folder: Path, status: Status) -> None:
    """As a reviewer would, for all submissions."""
    engine = create_engine(f"sqlite:///{folder / FILE_NAME}")
    with engine.begin() as connection:
        connection.execute(update(Submission).values(status=status))
    engine.dispose()


def submissions(store: Store) -> int:
    """How many there are, by the store's own word."""
    return store.health()["counts"]["submission"]


def fails_from(call: int, error: Exception, real: Callable[..., Any] | None) -> Callable[..., Any]:
    """A stand-in that works until the given call, counted from 1, and then raises."""
    calls = []

    def stand_in(*arguments):
        calls.append(arguments)
        if len(calls) >= call:
            raise error
        return real(*arguments)

    return stand_in
