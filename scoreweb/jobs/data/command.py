"""``erase``: what a host does with the collection."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from scoreweb.batch import finish
from scoreweb.errors import sentence_of
from scoreweb.settings import Settings


def erase(
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="The token that the contributor was shown.")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Erases everything that a contributor donated to the dataset."""
    from scoreweb.host import open_store

    try:
        with open_store(Settings()) as store:
            count = store.erase(token).submissions
    except Exception as error:  # noqa: BLE001 - a sentence and exit code 1, whatever it is
        print(sentence_of(error), file=sys.stderr)
        finish(as_json, {"erased": 0, "error": sentence_of(error)}, done=False)
        return
    print(f"{count} erased.")
    finish(as_json, {"erased": count}, done=True)
