"""``serve``: the engine over HTTP, for web pages elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scoreweb.settings import Settings


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    ray: Annotated[
        bool,
        typer.Option(
            "--ray", help="Run the models on a Ray cluster, of this machine unless --cluster says else."
        ),
    ] = False,
    cluster: Annotated[
        Path | None,
        typer.Option(help="TOML file of the cluster: its address, each service's share (docs/cluster.md)."),
    ] = None,
) -> None:
    """Serves the models to web pages elsewhere (their SCOREWEB_ENGINE_URL); SCOREWEB_ENGINE_TOKEN guards it."""
    import uvicorn

    from models.engine import EngineError
    from models.engine.http import engine_app
    from scoreweb.cluster import ClusterFileError, put_on_cluster, read_cluster
    from scoreweb.host import open_engine

    if cluster is not None and not ray:
        raise typer.BadParameter("--cluster is for --ray; add it")
    settings = Settings().model_copy(update={"engine_url": None, "engine": "auto"})
    token = settings.engine_token.get_secret_value() if settings.engine_token else None
    if token is None and host not in {"127.0.0.1", "localhost", "::1"}:
        raise typer.BadParameter("set SCOREWEB_ENGINE_TOKEN before the engine listens to other machines")
    try:
        opened = put_on_cluster(settings, read_cluster(cluster)) if ray else open_engine(settings)
    except ClusterFileError as error:
        raise typer.BadParameter(str(error)) from error
    except EngineError as error:
        typer.echo(f"{error} Is the cluster up (ray status), and large enough for every service?", err=True)
        raise typer.Exit(1) from error
    with opened as engine:
        uvicorn.run(
            engine_app(engine, token=token), host=host, port=port, log_level="warning", limit_concurrency=64
        )
