"""The command line: ``python -m scoreweb ...``. Exit 0 done; 1 nothing could be done (with a sentence); 2 wrong call."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from models.engine import Engine
from models.sheet import open_pages, write_png
from models.upscale.service import UpscaleService
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.settings import Settings
from scoreweb.upscaling import Limits, Order, upscale

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="ScoreWeb: upscale, read and transcribe scores."
)

SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".bmp", ".webp", ".pdf"}


@dataclass(frozen=True)
class Written:
    """One output of the command, for ``--json``."""

    source: str
    output: str
    width: int
    height: int
    model: str
    weights: str
    seconds: float


@app.callback()
def _main() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(message)s")


@app.command("upscale")
def upscale_command(
    source: Annotated[Path, typer.Argument(metavar="IN", help="An image, a PDF or a folder of them.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A .png file, or a folder for several results.")],
    model: Annotated[str, typer.Option(help=f"One of: {', '.join(UpscaleService.models())}.")] = "fast",
    real: Annotated[
        bool, typer.Option("--real", help="For scans and photographs: the same as --model scan.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Writes PNG files exactly four times larger."""
    if model not in UpscaleService.models():
        raise typer.BadParameter(
            f"there is no model {model!r}; there are {', '.join(UpscaleService.models())}"
        )
    if not source.exists():
        raise typer.BadParameter(f"{source} does not exist")
    if real and model not in {"fast", "scan"}:
        raise typer.BadParameter(f"--real chooses the model scan; leave --model {model} out")
    model = "scan" if real else model
    from scoreweb.host import limits, open_engine

    settings = Settings()
    written: list[Written] = []
    failed: dict[str, str] = {}
    with open_engine(settings) as engine:
        for path, place in _plan(source, out):
            try:
                for result in _upscale_file(engine, path, place, Order(model), limits(settings)):
                    written.append(result)
                    print(
                        f"{result.source} -> {result.output} ({result.width}x{result.height}, {result.seconds:.1f} s)"
                    )
            except Exception as error:  # noqa: BLE001 - one bad file of a folder must not stop the others
                failed[path.name] = sentence_of(error)
                print(f"{path.name}: {failed[path.name]}", file=sys.stderr)
    if not written and not failed:
        failed[source.name] = "There is no image or PDF in this folder."
        print(failed[source.name], file=sys.stderr)
    _finish(as_json, {"written": [asdict(w) for w in written], "failed": failed}, done=bool(written))


@app.command()
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
        _finish(as_json, {"erased": 0, "error": sentence_of(error)}, done=False)
        return
    print(f"{count} removed.")
    _finish(as_json, {"erased": count}, done=True)


@app.command()
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


def _plan(source: Path, out: Path) -> Iterator[tuple[Path, Path]]:
    """Each input with the file (image) or folder (PDF) that its output goes to."""
    if source.is_dir():
        files = sorted(p for p in source.iterdir() if p.is_file() and p.suffix.lower() in SUFFIXES)
    else:
        files = [source]
    for path in files:
        if _is_pdf(path):
            yield path, out / path.stem
        elif source.is_dir() or out.is_dir() or not out.suffix:
            yield path, out / f"{path.stem}.png"
        else:
            yield path, out


def _is_pdf(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return b"%PDF-" in file.read(1024)
    except OSError:
        return False


def _upscale_file(engine: Engine, path: Path, place: Path, order: Order, limits: Limits) -> Iterator[Written]:
    pages = open_pages(path, name=path.name)
    folder = place if _is_pdf(path) else None
    if folder is None and len(pages) > 1:  # a TIFF of several pages
        folder = place.with_suffix("")
    for number, finished in enumerate(upscale(engine, pages, order, limits), start=1):
        target = place if folder is None else folder / f"page-{number:03d}.png"
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(write_png(finished.grey, dpi=finished.dpi))
        except OSError as error:
            raise VisitorError(
                f"{target} cannot be written ({error.strerror}). Choose another place for OUT."
            ) from error
        height, width = finished.grey.shape
        answer = finished.answer
        yield Written(
            path.name, str(target), width, height, answer.model, answer.weights[:12], round(answer.seconds, 3)
        )


def _finish(as_json: bool, report: dict[str, Any], *, done: bool) -> None:
    if as_json:
        print(json.dumps(report))
    if not done:
        raise typer.Exit(1)
