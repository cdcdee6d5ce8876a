"""``serve``: the engine over HTTP, for web pages elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from scoreweb.settings import Settings


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
