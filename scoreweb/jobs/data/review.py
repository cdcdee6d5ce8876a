"""``review``: what a host sees of contributions, and decides about them."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from scoreweb.jobs.data.command import AsJson, with_collection
from storage import ReviewItem, Status, Store, Task

app = typer.Typer(no_args_is_help=False, help="Lists contributions and decides about them.")

Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Numbers as the list shows them.")]
Why = Annotated[str, typer.Option("--reason", help="Shown to the contributor, at most 300 characters.")]
MustSay = Annotated[str, typer.Option("--reason", prompt=True, help="Shown to the contributor.")]


class Listed(StrEnum):
    """Which contributions are listed."""

    OPEN = "open"
    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    HIDDEN = "hidden"
    DISPUTED = "disputed"
    QUARANTINED = "quarantined"


@app.callback(invoke_without_command=True)
def _without_command(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_()


@app.command("list")
def list_(
    which: Annotated[Listed, typer.Argument(help="Open ones need the host or votes.")] = Listed.OPEN,
    task: Annotated[Task | None, typer.Option(help="Of one job only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    as_json: AsJson = False,
) -> None:
    """Lists contributions: reported ones first, then the oldest."""

    def work(store: Store) -> dict[str, Any]:
        items = (
            store.to_review(task=task, limit=limit)
            if which is Listed.OPEN
            else store.to_review([Status(which.value)], task=task, limit=limit)
        )
        for item in items:
            print(_line(item))
        print(f"{len(items)} listed.")
        return {"listed": [_plain(item) for item in items]}

    with_collection(work, as_json=as_json)


@app.command()
def numbers(as_json: AsJson = False) -> None:
    """Tells how much there is: submissions by job and state, pages, hours, contributors."""

    def work(store: Store) -> dict[str, Any]:
        found = store.numbers()
        submissions: dict[str, dict[str, int]] = {}
        for (task, status), count in sorted(found.submissions.items()):
            print(f"{task} {status}: {count}")
            submissions.setdefault(task.value, {})[status.value] = count
        print(f"pages: {found.pages} ({found.accepted_pages} accepted)")
        print(f"hours of sound: {found.hours:.2f} ({found.accepted_hours:.2f} accepted)")
        print(f"contributors: {found.contributors}, corrections: {found.corrections}, votes: {found.votes}")
        rest = {name: value for name, value in asdict(found).items() if name != "submissions"}
        return {"submissions": submissions, **rest}

    with_collection(work, as_json=as_json)


@app.command()
def show(
    number: Annotated[str, typer.Argument(metavar="ID")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new folder.")],
    as_json: AsJson = False,
) -> None:
    """Writes the files and the label of a contribution into a folder, to be looked at and listened to."""

    def work(store: Store) -> dict[str, Any]:
        files = store.files(number)
        out.mkdir(parents=True)
        for name, data in files.items():
            (out / name).write_bytes(data)
            print(out / name)
        return {"written": sorted(files)}

    with_collection(work, as_json=as_json)


@app.command()
def accept(ids: Ids, reason: Why = "", as_json: AsJson = False) -> None:
    """Accepts the labels of contributions: they are part of the next export."""
    _decide(ids, Status.ACCEPTED, reason, as_json=as_json)


@app.command()
def reject(ids: Ids, reason: MustSay, as_json: AsJson = False) -> None:
    """Rejects the labels of contributions: others are asked to correct them."""
    _decide(ids, Status.REJECTED, reason, as_json=as_json)


@app.command()
def hide(ids: Ids, reason: MustSay, as_json: AsJson = False) -> None:
    """Hides contributions from everybody but their contributors."""
    _decide(ids, Status.HIDDEN, reason, as_json=as_json)


@app.command()
def reopen(ids: Ids, reason: Why = "", as_json: AsJson = False) -> None:
    """Gives contributions back to the votes."""
    _decide(ids, Status.PENDING, reason, as_json=as_json)


def _decide(ids: list[str], status: Status, reason: str, *, as_json: bool) -> None:
    def work(store: Store) -> dict[str, Any]:
        for number in ids:
            store.decide(number, status, reason)
            print(f"{number}: {status}")
        return {"decided": ids, "status": status.value}

    with_collection(work, as_json=as_json)


def _line(item: ReviewItem) -> str:
    reports = ", ".join(report.reason for report in item.reports)
    parts = [
        str(item.id),
        f"{item.when:%Y-%m-%d}",
        item.task,
        item.status,
        item.licence,
        f"{item.votes} votes, {item.corrections} corrections",
        f"reported: {reports}" if reports else "",
        item.reason,
    ]
    return "  ".join(part for part in parts if part)


def _plain(item: ReviewItem) -> dict[str, Any]:
    return {
        "id": str(item.id),
        "when": item.when.isoformat(),
        "task": item.task.value,
        "status": item.status.value,
        "licence": item.licence.value,
        "votes": item.votes,
        "corrections": item.corrections,
        "reports": [report.reason.value for report in item.reports],
        "reason": item.reason,
        "decided_by": item.decided_by.value if item.decided_by else None,
    }
