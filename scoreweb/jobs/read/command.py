"""``read``: pictures of scores become ranked MusicXML, MIDI, a picture with marks, and reading.json."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from models.contracts.choice import names
from models.contracts.read import ReadCatalogue
from models.engine import Engine
from models.sheet import Limits, open_pages
from scoreweb.command_report import finish
from scoreweb.errors import sentence_of
from scoreweb.jobs.read import texts as say
from scoreweb.jobs.upscale.command import SUFFIXES
from scoreweb.settings import Settings

STYLES = names(ReadCatalogue.shipped().styles)
PRIMITIVES = names(ReadCatalogue.shipped().primitives)
SECONDS_A_PAGE = 120.0
"""A page that takes longer is given up, if the host's deadline allows it so long."""


@dataclass(frozen=True)
class Written:
    """What one input became, for ``--json``."""

    source: str
    folder: str
    pages: int
    bars: int
    interpretations: int
    certainty: float
    doubtful: int
    seconds: float


def read_command(
    sources: Annotated[
        list[Path], typer.Argument(metavar="IN...", help="Images, PDFs, or a folder of them.")
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder, made where it is missing.")],
    top: Annotated[int, typer.Option(help="Most interpretations that are written.", min=1, max=20)] = 5,
    style: Annotated[str, typer.Option(help=f"One of: {', '.join(STYLES)}.")] = "auto",
    primitives: Annotated[str, typer.Option(help=f"One of: {', '.join(PRIMITIVES)}.")] = "classical",
    grammar: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A folder of productions in place of ours.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Writes rank1.musicxml ... rankK.musicxml, rank1.mid, overlay.png and reading.json of each score."""
    if style not in STYLES:
        raise typer.BadParameter(f"there is no style {style!r}; there are {', '.join(STYLES)}")
    if primitives not in PRIMITIVES:
        if primitives == "learned":
            print(say.NO_LEARNED, file=sys.stderr)
            raise typer.Exit(2)
        raise typer.BadParameter(f"there are no primitives {primitives!r}; there are {', '.join(PRIMITIVES)}")
    for source in sources:
        if not source.exists():
            raise typer.BadParameter(f"{source} does not exist")
    from scoreweb.jobs.read.options import ReadOptions

    settings = Settings()
    options = ReadOptions(style, top, primitives)
    written: list[Written] = []
    failed: dict[str, str] = {}
    with _engine(settings, grammar) as engine:
        for path, folder in _plan(sources, out):
            try:
                done = _read(engine, path, folder, options, settings)
            except OSError as error:
                reason = error.strerror or "no reason was given"
                failed[path.name] = f"{folder} cannot be written ({reason}). Choose another place for OUT."
            except Exception as error:  # noqa: BLE001 - one bad file of a folder must not stop the others
                failed[path.name] = sentence_of(error)
            else:
                written.append(done)
                print(_told(done))
            if path.name in failed:
                print(f"{path.name}: {failed[path.name]}", file=sys.stderr)
    if not written and not failed:
        failed[sources[0].name] = "There is no image or PDF in this folder."
        print(failed[sources[0].name], file=sys.stderr)
    finish(as_json, {"written": [asdict(w) for w in written], "failed": failed}, done=bool(written))


def _engine(settings: Settings, grammar: Path | None) -> Engine | Any:  # noqa: ANN401 - a context either way
    """The engine of this host; with other productions one of this process. Exit 2 where they do not hold together."""
    from scoreweb.host import open_engine

    if grammar is None:
        return open_engine(settings)
    from models.read.grammar import GrammarError
    from models.read.productions import grammar_in

    try:
        grammar_in(grammar)
    except GrammarError as error:
        print(str(error), file=sys.stderr)
        raise typer.Exit(2) from None
    except OSError as error:
        print(f"{grammar} cannot be read ({error.strerror}). Name a folder of productions.", file=sys.stderr)
        raise typer.Exit(2) from None
    return open_engine(settings, grammar=grammar)


def _plan(sources: Sequence[Path], out: Path) -> Iterator[tuple[Path, Path]]:
    """Each input with the folder that its output goes to: OUT itself for one image, OUT/<stem> otherwise."""
    alone = len(sources) == 1 and not sources[0].is_dir()
    for source in sources:
        if source.is_dir():
            files = sorted(p for p in source.iterdir() if p.is_file() and p.suffix.lower() in SUFFIXES)
        else:
            files = [source]
        for path in files:
            yield path, out if alone and not _is_pdf(path) else out / path.stem


def _is_pdf(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return b"%PDF-" in file.read(1024)
    except OSError:
        return False


def _read(engine: Engine, path: Path, folder: Path, options: Any, settings: Settings) -> Written:  # noqa: ANN401
    from scoreweb.jobs.read.options import greys_of, limits_for_reading, music_of, start, write_reading

    pages = open_pages(path, name=path.name, limits=limits_for_reading(Limits()))
    greys = greys_of(pages)
    deadline = max(settings.deadline_s, SECONDS_A_PAGE * len(greys))
    answer = start(engine, greys, options, deadline).result()
    reading = music_of(answer)
    write_reading(folder, reading, greys)
    best = reading.interpretations[0]
    return Written(
        path.name,
        str(folder),
        len(greys),
        len(reading.bars),
        len(reading.interpretations),
        round(best.certainty, 4),
        len(reading.doubtful(best)),
        round(answer.seconds, 3),
    )


def _told(done: Written) -> str:
    return (
        f"{done.source} -> {done.folder} ({done.bars} bars, {done.doubtful} doubtful, "
        f"{done.interpretations} interpretations, {done.seconds:.1f} s)"
    )
