"""``upscale``: images and PDFs become four times larger."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from models.contracts.upscale import UpscaleCatalogue
from models.sheet import open_pages, write_png, write_svg, write_vector_pdf
from scoreweb.batch import each, finish, inputs, writing
from scoreweb.file_kinds import PAGES, is_pdf
from scoreweb.jobs.upscale.options import Finished, UpscaleOptions, upscale
from scoreweb.metering import Limits, Meter
from scoreweb.settings import Settings

MODELS = {choice.name: choice.note for choice in UpscaleCatalogue.shipped().models}
"""What must be said of each model, or ""."""


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
    model: Annotated[str, typer.Option(help=f"One of: {', '.join(MODELS)}.")] = "fast",
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
    if model not in MODELS:
        raise typer.BadParameter(f"there is no model {model!r}; there are {', '.join(MODELS)}")
    if real and model not in {"fast", "scan"}:
        raise typer.BadParameter(f"--real chooses the model scan; leave --model {model} out")
    files = inputs([source], PAGES)
    model = "scan" if real else model
    from scoreweb.host import limits, open_meter

    note = MODELS[model]
    if note:
        print(f"{model} is {note}.", file=sys.stderr)
    settings = Settings()
    written: list[Written] = []
    with open_meter(settings) as meter:

        def one(path: Path) -> None:
            place = _place(path, source, out)
            form, options = Form(bilevel, vector), UpscaleOptions(model)
            for result in _upscale_file(meter, path, place, options, limits(settings), form):
                written.append(result)
                print(
                    f"{result.source} -> {result.output} ({result.width}x{result.height}, {result.seconds:.1f} s)"
                )

        failed = each(files, one, [source])
    report = {"written": [asdict(w) for w in written], "failed": failed, "note": note}
    finish(as_json, report, done=bool(written))


def _place(path: Path, source: Path, out: Path) -> Path:
    """The file (image) or folder (PDF) that an input's output goes to."""
    if is_pdf(path):
        return out / path.stem
    if source.is_dir() or out.is_dir() or not out.suffix:
        return out / f"{path.stem}.png"
    return out


def _upscale_file(
    meter: Meter, path: Path, place: Path, options: UpscaleOptions, limits: Limits, form: Form
) -> Iterator[Written]:
    pages = open_pages(path, name=path.name)
    folder = place if is_pdf(path) else None
    if folder is None and len(pages) > 1:  # a TIFF of several pages
        folder = place.with_suffix("")
    for number, finished in enumerate(upscale(meter, pages, options, limits), start=1):
        target = place if folder is None else folder / f"page-{number:03d}.png"
        with writing(target):
            _write(finished, target, form)
        height, width = finished.grey.shape
        answer = finished.answer
        yield Written(
            path.name, str(target), width, height, answer.model, answer.weights[:12], round(answer.seconds, 3)
        )


def _write(finished: Finished, target: Path, form: Form) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(write_png(finished.grey, dpi=finished.dpi, bilevel=form.bilevel))
    if form.vector:
        from scoreweb.jobs.upscale.result import PLAIN_DPI

        dpi = finished.dpi or PLAIN_DPI
        target.with_suffix(".svg").write_bytes(write_svg(finished.grey, dpi))
        target.with_suffix(".pdf").write_bytes(write_vector_pdf([finished.grey], dpi))
