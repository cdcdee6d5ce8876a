"""``upscale``: images and PDFs become four times larger."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from models.contracts.choice import names
from models.contracts.upscale import UpscaleCatalogue
from models.engine import Engine
from models.sheet import open_pages, write_png, write_svg, write_vector_pdf
from scoreweb.command_report import finish
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.jobs.upscale.options import Finished, Limits, UpscaleOptions, upscale
from scoreweb.settings import Settings

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


@dataclass(frozen=True)
class Form:
    """How results are written: in black and white, with outlines beside."""

    bilevel: bool = False
    vector: bool = False


def upscale_command(
    source: Annotated[Path, typer.Argument(metavar="IN", help="An image, a PDF or a folder of them.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A .png file, or a folder for several results.")],
    model: Annotated[
        str, typer.Option(help=f"One of: {', '.join(names(UpscaleCatalogue.shipped().models))}.")
    ] = "fast",
    real: Annotated[
        bool, typer.Option("--real", help="For scans and photographs: --model scan, staves made level.")
    ] = False,
    bilevel: Annotated[bool, typer.Option("--bilevel", help="Black and white, 1 bit a pixel.")] = False,
    vector: Annotated[
        bool, typer.Option("--vector", help="An SVG and a PDF of outlines beside each PNG.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Writes PNG files exactly four times larger."""
    notes = {choice.name: choice.note for choice in UpscaleCatalogue.shipped().models}
    if model not in notes:
        raise typer.BadParameter(f"there is no model {model!r}; there are {', '.join(notes)}")
    if not source.exists():
        raise typer.BadParameter(f"{source} does not exist")
    if real and model not in {"fast", "scan"}:
        raise typer.BadParameter(f"--real chooses the model scan; leave --model {model} out")
    model = "scan" if real else model
    from scoreweb.host import limits, open_engine

    if notes[model]:
        print(f"{model} is {notes[model]}.", file=sys.stderr)
    settings = Settings()
    written: list[Written] = []
    failed: dict[str, str] = {}
    with open_engine(settings) as engine:
        for path, place in _plan(source, out):
            try:
                form = Form(bilevel, vector)
                for result in _upscale_file(
                    engine, path, place, UpscaleOptions(model), limits(settings), form
                ):
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
    report = {"written": [asdict(w) for w in written], "failed": failed, "note": notes[model]}
    finish(as_json, report, done=bool(written))


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


def _upscale_file(
    engine: Engine, path: Path, place: Path, options: UpscaleOptions, limits: Limits, form: Form
) -> Iterator[Written]:
    pages = open_pages(path, name=path.name)
    folder = place if _is_pdf(path) else None
    if folder is None and len(pages) > 1:  # a TIFF of several pages
        folder = place.with_suffix("")
    for number, finished in enumerate(upscale(engine, pages, options, limits), start=1):
        target = place if folder is None else folder / f"page-{number:03d}.png"
        try:
            _write(finished, target, form)
        except OSError as error:
            raise VisitorError(
                f"{target} cannot be written ({error.strerror}). Choose another place for OUT."
            ) from error
        height, width = finished.grey.shape
        answer = finished.answer
        yield Written(
            path.name, str(target), width, height, answer.model, answer.weights[:12], round(answer.seconds, 3)
        )


def _write(finished: Finished, target: Path, form: Form) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(write_png(finished.grey, dpi=finished.dpi, bilevel=form.bilevel))
    if form.vector:
        from scoreweb.jobs.upscale.run import PLAIN_DPI

        dpi = finished.dpi or PLAIN_DPI
        target.with_suffix(".svg").write_bytes(write_svg(finished.grey, dpi))
        target.with_suffix(".pdf").write_bytes(write_vector_pdf([finished.grey], dpi))
