"""``erase`` and ``serve``: what a host does with the collection and the engine."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from scoreweb.command_report import finish
from scoreweb.errors import sentence_of
from scoreweb.settings import Settings


def erase(
    token: Annotated[str, typer.Argument(metavar="TOKEN")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Removes everything that a contributor left to the dataset."""
    from scoreweb.host import open_store

    try:
        with open_store(Settings()) as store:
            count = store.erase(token).submissions
    except Exception as error:  # noqa: BLE001 - a sentence and exit code 1, whatever it is
        print(sentence_of(error), file=sys.stderr)
        finish(as_json, {"erased": 0, "error": sentence_of(error)}, done=False)
        return
    print(f"{count} removed.")
    finish(as_json, {"erased": count}, done=True)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Serves the models to web pages elsewhere (their SCOREWEB_ENGINE_URL); SCOREWEB_ENGINE_TOKEN guards it."""
    import uvicorn

    from models.engine.http import engine_app
    from scoreweb.host import open_engine

    settings = Settings().model_copy(update={"engine_url": None})
    token = settings.engine_token.get_secret_value() if settings.engine_token else None
    if token is None and host not in {"127.0.0.1", "localhost", "::1"}:
        raise typer.BadParameter("set SCOREWEB_ENGINE_TOKEN before the engine listens to other machines")
    with open_engine(settings) as engine:
        uvicorn.run(
            engine_app(engine, token=token), host=host, port=port, log_level="warning", limit_concurrency=64
        )
