"""``read``: images of scores become ranked MusicXML, MIDI, a picture with marks, and reading.json."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from models.contracts.choice import names
from models.contracts.read import ReadCatalogue
from models.sheet import Limits, open_pages
from scoreweb import texts as messages
from scoreweb.batch import each, finish, inputs, writing
from scoreweb.errors import VisitorError
from scoreweb.file_kinds import PAGES, is_pdf
from scoreweb.jobs.read import texts as say
from scoreweb.jobs.read.options import (
    SERVICE,
    ReadOptions,
    given_of,
    limits_for_reading,
    music_of,
    request_of,
    write_reading,
)
from scoreweb.metering import Meter
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
    primitives: Annotated[str, typer.Option(help=f"One of: {', '.join(PRIMITIVES)}.")] = PRIMITIVES[0],
    page: Annotated[
        int | None, typer.Option(metavar="N", help="Only this page of each file, from 1.", min=1)
    ] = None,
    grammar: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A folder of productions in place of ours.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Writes rank1.musicxml ... rankK.musicxml, rank1.mid, overlay.png and reading.json of each score."""
    if style not in STYLES:
        raise typer.BadParameter(f"there is no style {style!r}; there are {', '.join(STYLES)}")
    if primitives not in PRIMITIVES:
        raise typer.BadParameter(f"there are no primitives {primitives!r}; there are {', '.join(PRIMITIVES)}")
    files = inputs(sources, PAGES)
    if grammar is not None:
        _check_grammar(grammar)
    from scoreweb.host import open_meter

    settings, options = Settings(), ReadOptions(style, top, primitives)
    written: list[Written] = []
    with open_meter(settings, grammar=grammar) as meter:

        def one(path: Path) -> None:
            done = _read(meter, path, _folder(path, sources, out), options, settings, page)
            written.append(done)
            print(_line(done))

        failed = each(files, one, sources)
    finish(as_json, {"written": [asdict(w) for w in written], "failed": failed}, done=bool(written))


def _check_grammar(folder: Path) -> None:
    """Exit 2, with a sentence, where the folder holds no productions that fit together."""
    from models.read.grammar import GrammarError
    from models.read.productions import grammar_in

    try:
        grammar_in(folder)
    except GrammarError as error:
        print(str(error), file=sys.stderr)
        raise typer.Exit(2) from None
    except OSError as error:
        print(f"{folder} cannot be read ({error.strerror}). Name a folder of productions.", file=sys.stderr)
        raise typer.Exit(2) from None


def _folder(path: Path, sources: Sequence[Path], out: Path) -> Path:
    """The folder that an input's output goes to: OUT itself for one image, OUT/<stem> otherwise."""
    alone = len(sources) == 1 and not sources[0].is_dir()
    return out if alone and not is_pdf(path) else out / path.stem


def _read(
    meter: Meter, path: Path, folder: Path, options: ReadOptions, settings: Settings, page: int | None
) -> Written:
    pages = open_pages(path, name=path.name, limits=limits_for_reading(Limits()))
    if page is not None and page > len(pages):
        raise VisitorError(say.NO_SUCH_PAGE.format(page=page, pages=messages.pages(len(pages))))
    given = given_of(pages if page is None else [pages[page - 1]])
    deadline = max(settings.deadline_s, SECONDS_A_PAGE * len(given.greys))
    answer = meter.call(SERVICE, request_of(given, options), deadline_s=deadline)
    reading = music_of(answer)
    with writing(folder):
        write_reading(folder, reading, given.greys)
    best = reading.interpretations[0]
    return Written(
        path.name,
        str(folder),
        len(given.greys),
        len(reading.bars),
        len(reading.interpretations),
        round(best.certainty, 4),
        len(reading.doubtful(best)),
        round(answer.seconds, 3),
    )


def _line(done: Written) -> str:
    return (
        f"{done.source} -> {done.folder} ({done.bars} bars, {done.doubtful} doubtful, "
        f"{done.interpretations} interpretations, {done.seconds:.1f} s)"
    )
