"""``erase``, ``export``, ``import``, ``backup``: what a host does with the collection."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from scoreweb.batch import finish
from scoreweb.errors import sentence_of
from scoreweb.settings import Settings
from storage import Store
from storage.dataset.pushing import push as push_dataset

AsJson = Annotated[bool, typer.Option("--json", help="End with one line of JSON.")]


@contextmanager
def collection() -> Iterator[Store]:
    """The collection that the settings name."""
    from scoreweb.host import open_store

    with open_store(Settings()) as store:
        yield store


def with_collection(work: Callable[[Store], dict[str, Any]], *, as_json: bool) -> None:
    """Does ``work`` and reports what it gives; an error is a sentence and exit code 1, whatever it is."""
    try:
        with collection() as store:
            report = work(store)
    except Exception as error:  # noqa: BLE001
        print(sentence_of(error), file=sys.stderr)
        finish(as_json, {"error": sentence_of(error)}, done=False)
        return
    finish(as_json, report, done=True)


def erase(
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="The token that the contributor was shown.")],
    as_json: AsJson = False,
) -> None:
    """Erases everything that a contributor donated to the dataset."""

    def work(store: Store) -> dict[str, Any]:
        count = store.erase(token).submissions
        print(f"{count} erased.")
        return {"erased": count}

    with_collection(work, as_json=as_json)


def export(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new folder.")],
    train_only_too: Annotated[
        bool,
        typer.Option(
            "--train-only-too", help="Also what may only train this host's models; not to be published."
        ),
    ] = False,
    push: Annotated[bool, typer.Option("--push", help="Then send it to SCOREWEB_DATASET_URL.")] = False,
    as_json: AsJson = False,
) -> None:
    """Writes the accepted contributions as a dataset: Parquet, tar shards, a card, and what was removed."""
    url = Settings().dataset_url
    if push and url is None:
        raise typer.BadParameter("set SCOREWEB_DATASET_URL to push the dataset there")
    if push and train_only_too:
        raise typer.BadParameter("what may only train this host's models must not be pushed")

    def work(store: Store) -> dict[str, Any]:
        done = store.export(out, publish=not train_only_too)
        counts: dict[str, dict[str, int]] = {}
        for (task, split), count in sorted(done.counts.items()):
            print(f"{task} {split}: {count}")
            counts.setdefault(task, {})[split] = count
        print(f"{len(done.ids)} contributions in {out}; {done.removed} removed so far.")
        report = {"exported": len(done.ids), "counts": counts, "removed": done.removed}
        if push and url is not None:
            sent, gone = push_dataset(out, url)
            print(f"{sent} files sent, {gone} of the last edition removed there.")
            report |= {"sent": sent, "removed_there": gone}
        return report

    with_collection(work, as_json=as_json)


def import_(
    folder: Annotated[Path, typer.Argument(metavar="FILE", help="The folder of an export.")],
    as_json: AsJson = False,
) -> None:
    """Brings an export back into an empty collection."""

    def work(store: Store) -> dict[str, Any]:
        count = store.import_dataset(folder)
        print(f"{count} contributions imported.")
        return {"imported": count}

    with_collection(work, as_json=as_json)


def backup(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder; copies older than --days in it end.")],
    days: Annotated[int, typer.Option(min=1, max=30, help="Days that a copy is kept.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Adds a copy of the whole collection to a folder."""

    def work(store: Store) -> dict[str, Any]:
        done = store.backup(out, days=days)
        print(f"{done.name} written; {done.ended} old copies removed.")
        return {"copy": done.name, "ended": done.ended}

    with_collection(work, as_json=as_json)
