"""The files of an upload as the pages of one piece, or each as a piece by itself, with what was read of it."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from models.sheet.framing import Framing, turned
from scoreweb.jobs.read import texts as say
from scoreweb.jobs.read.options import SERVICE
from scoreweb.jobs.read.result import ReadResult
from scoreweb.uploads import Upload, Uploads
from scoreweb.workspace import Work


@dataclass
class Piece:
    """One piece: its files, and its reading, or the sentence that says why there is none."""

    upload: Upload
    result: ReadResult | None = None
    problem: str = ""

    @property
    def state(self) -> str:
        """In a word or two: waiting, read, corrected or could not be read."""
        if self.problem:
            return say.PIECE_STATES["failed"]
        if self.result is None:
            return say.PIECE_STATES["waiting"]
        state = self.result.state
        touched = self.result.is_corrected or bool(state.settled)
        return say.PIECE_STATES["corrected" if touched else "read"]


@dataclass
class ReadWork(Work):
    """A visitor's score to read, as one piece or as several (``apart``), and what was read; ``at`` is the piece looked at."""

    job: ClassVar[str] = SERVICE
    upload: Upload | None = field(default=None, init=False)
    apart: bool = field(default=False, init=False)
    pieces: list[Piece] = field(default_factory=list, init=False)
    at: int = field(default=0, init=False)
    _aside: list[Piece] = field(default_factory=list, init=False)
    """Pieces that were read and are none as long as the files are put together otherwise."""

    def __post_init__(self) -> None:
        self.uploads = Uploads(self.folder / "upload")

    @property
    def piece(self) -> Piece | None:
        """The piece that the visitor looks at."""
        return self.pieces[self.at] if self.at < len(self.pieces) else None

    @property
    def result(self) -> ReadResult | None:
        """The reading that the visitor looks at."""
        return self.piece.result if self.piece else None

    @property
    def has_result(self) -> bool:
        """Whether there is something to come back to."""
        return any(piece.result for piece in self.pieces)

    def plan(self) -> None:
        """The pieces are those that the upload now has; what was read of files and pages that are as they were stays."""
        uploads = () if self.upload is None else each_file(self.upload) if self.apart else (self.upload,)
        shown, known = self.piece, [*self.pieces, *self._aside]
        pieces = []
        for upload in uploads:
            old = next((one for one in known if one.upload == upload), None)
            pieces.append(old or Piece(replace(upload, framings=dict(upload.framings))))
        there = set(self.upload.origins) if self.upload else set()
        self._aside = [
            one
            for one in known
            if one.result
            and not any(one is piece for piece in pieces)
            and there >= set(one.upload.origins)
            and self.upload is not None
            and _as_they_are(one.upload, self.upload)
        ]
        self.pieces = pieces
        self.at = next((n for n, one in enumerate(pieces) if one is shown), 0)
        self._remove_results()

    def stand_upright(self, piece: Piece, turns: Mapping[int, int]) -> None:
        """Pages of a piece (from 0), read on their side, are turned clockwise by so many quarters from now on."""
        first = sum(one.upload.pages for one in self.pieces[: self.pieces.index(piece)])
        for page, quarters in turns.items():
            framing = turned(piece.upload.framings.get(page, Framing()), quarters)
            piece.upload.frame(page, framing)
            if self.upload is not None:
                self.upload.frame(first + page, framing)

    def to_read(self) -> list[Piece]:
        """The pieces that nothing was read of yet; all of them where each was."""
        return [one for one in self.pieces if one.result is None] or list(self.pieces)

    def new_result_folder(self) -> Path:
        """A name for the folder of a result; `put` removes that of an earlier one."""
        return self.folder / f"result-{secrets.token_hex(6)}"

    def put(self, piece: Piece, result: ReadResult) -> None:
        """The result of a piece is in the workspace; an earlier one's files are removed."""
        piece.result, piece.problem = result, ""
        self._remove_results()

    def clear_result(self) -> None:
        """The results are removed; the upload stays."""
        self.pieces, self._aside, self.at = [], [], 0
        self._remove_results()

    def clear(self) -> None:
        """The upload and its results are removed."""
        self.upload, self.apart = None, False
        self.clear_result()
        self.uploads.clear()
        super().clear()

    def _remove_results(self) -> None:
        keep = [one.result.folder for one in (*self.pieces, *self._aside) if one.result]
        for folder in self.folder.glob("result-*"):
            if folder not in keep:
                shutil.rmtree(folder, ignore_errors=True)


def each_file(upload: Upload) -> tuple[Upload, ...]:
    """The files of an upload as uploads of their own, with the framing of their pages."""
    counts, first, out = upload.counts or (upload.pages,), 0, []
    for file, origin, count in zip(upload.files, upload.origins, counts, strict=True):
        framings = {
            n - first: framing for n, framing in upload.framings.items() if first <= n < first + count
        }
        out.append(Upload((file,), count, (origin,), counts=(count,), framings=framings))
        first += count
    return tuple(out)


def _as_they_are(old: Upload, now: Upload) -> bool:
    """Whether the pages of the files that were in an upload are framed now as they were."""
    own = {one.origins[0]: one.framings for one in each_file(now)}
    return all(own.get(one.origins[0]) == one.framings for one in each_file(old))


def listed(pieces: Sequence[Piece]) -> list[tuple[str, int]]:
    """The pieces by name and state, each with its number from 0."""
    return [(say.PIECE.format(name=one.upload.name, state=one.state), n) for n, one in enumerate(pieces)]
