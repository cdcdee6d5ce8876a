"""What a collection's folder holds, looked at past the store."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import Session

from storage import Status, Store
from storage.database import FILE_NAME, Begin
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
def reading(folder: Path, url: str | None = None) -> Iterator[Callable[[Any], list[Any]]]:
    """A function that gives all rows of a table; ``url`` where they do not lie in the folder."""
    engine = create_engine(url or f"sqlite:///{folder / FILE_NAME}")

    def rows(table):
        with Session(engine, expire_on_commit=False) as session:
            return list(session.scalars(select(table)))

    yield rows
    engine.dispose()


def set_status(store: Store, status: Status) -> None:
    """As a reviewer would, for all submissions."""

    def job(begin: Begin) -> None:
        with begin() as session:
            session.execute(update(Submission).values(status=status))

    store._database.write(job)


@contextmanager
def losing_the_answer(
    store: Store, monkeypatch: Any, *, committed: bool = True, for_good: bool = False
) -> Iterator[None]:
    """Within it the connection is lost during the first commit of every write.

    ``committed`` says whether the database had finished before that, ``for_good`` that it answers no more.
    """
    real = store._database.add

    def cut(job: Callable[[Begin], Any]) -> Callable[[Begin], Any]:
        def cut_off(begin: Begin) -> Any:
            calls: list[None] = []

            @contextmanager
            def begin_and_lose() -> Iterator[Session]:
                calls.append(None)
                if len(calls) > 1:
                    if for_good:
                        raise ConnectionError("no answer")
                    with begin() as session:
                        yield session
                    return
                with suppress(_UndoneError), begin() as session:
                    yield session
                    if not committed:
                        raise _UndoneError
                raise ConnectionError("the answer was lost")

            return job(begin_and_lose)

        return cut_off

    with monkeypatch.context() as patch:
        patch.setattr(store._database, "add", lambda job, undo=None: real(cut(job), undo))
        yield


class _UndoneError(Exception):
    pass


def submissions(store: Store) -> int:
    """How many there are, by the store's own word."""
    return store.health()["counts"]["submission"]


def fails_from(call: int, error: Exception, real: Callable[..., Any] | None) -> Callable[..., Any]:
    """A stand-in that works until the given call, counted from 1, and then raises."""
    calls = []

    def stand_in(*arguments, **named):
        calls.append(arguments)
        if len(calls) >= call:
            raise error
        return real(*arguments, **named)

    return stand_in
