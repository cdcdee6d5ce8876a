"""A score that a job gave, in a visitor's workspace: drawn, edited, heard, and written to files. Read and Transcribe share it."""

from __future__ import annotations

import secrets
import shutil
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from models.notation.editing import Edit, Remove, edited, find_note
from models.notation.engraving.engrave import Engraving, Look, engrave
from models.notation.midi import write_midi
from models.notation.musicxml import write_musicxml, write_mxl
from models.notation.score import Score
from models.notation.synthesis.sound import flac_bytes, play
from scoreweb import texts as messages
from scoreweb.downloads import svg_file
from scoreweb.edits import Edits
from scoreweb.errors import VisitorError
from scoreweb.file_kinds import safe_stem

State = TypeVar("State")
Named = tuple[str, bytes]
"""A file's name and its bytes."""


class ScoreResult(ABC, Generic[State]):
    """What every job's score has in common; what a visitor decided is a ``State`` of the job's own.

    ``score``, ``engraving`` and ``files`` are made from the state by `write`, and anew after each step of ``edits``.
    ``version`` names them: it is the folder of the files, new each time, so that no browser shows an older one. Where
    threads share a result they hold its ``lock``.
    """

    look: ClassVar[Look]
    """How the score is drawn on the page."""

    def __init__(self, folder: Path, name: str, state: State) -> None:
        """A result that is not written yet: its files go below ``folder`` and are called after ``name``."""
        self.folder, self.name = folder, name
        self.edits: Edits[State] = Edits(state)
        self.selected: str | None = None
        self.kept = False
        self.score: Score | None = None
        self.engraving: Engraving | None = None
        self.version = ""
        self.files: dict[str, Path] = {}
        self.lock = threading.RLock()
        self._printing = threading.Lock()

    @property
    def state(self) -> State:
        """What the visitor decided so far."""
        return self.edits.now

    # What a job says of its own

    @abstractmethod
    def _score_of(self, state: State) -> Score:
        """The score as a state has it. NotationError when it cannot be written down."""

    @abstractmethod
    def _with(self, edit: Edit) -> State:
        """The present state and one edit of a note that the score has."""

    def _quick_files(self, score: Score) -> Mapping[str, Named]:
        """Files beside MusicXML, MIDI and SVG that are made at once, by kind."""
        return {}

    @abstractmethod
    def _slow_files(self, score: Score, engraving: Engraving) -> Mapping[str, Named]:
        """Files that nobody need wait for, by kind. Called without the lock."""

    def _sound(self, kind: str, score: Score) -> bytes:
        """The sound of a source as FLAC. VisitorError for a source that this job has not, WeightsError without a piano."""
        if kind != "score":
            raise VisitorError(messages.NO_SUCH_SOUND)
        return flac_bytes(*play(score))

    # What the visitor does

    def edit(self, edit: Edit) -> None:
        """A note corrected, and everything written anew. VisitorError where the note is no longer there."""
        found = find_note(self.score, edit.id) if self.score else None
        if self.score is None or found is None:
            raise VisitorError(messages.NO_SUCH_NOTE)
        self.selected = edit.id
        if edited(self.score, edit) == self.score:
            return
        self._become(self._with(edit))
        if isinstance(edit, Remove) and not find_note(self.score, edit.id):
            near = [found[2].id, *(note.id for note in found[2].notes)]
            self.selected = next((one for one in near if find_note(self.score, one)), None)

    def undo(self) -> None:
        """The last step taken back."""
        self._move(self.edits.undone())

    def redo(self) -> None:
        """The step that was taken back last, done again."""
        self._move(self.edits.redone())

    def _become(self, state: State) -> None:
        self._move(self.edits.to(state))

    def _move(self, edits: Edits[State]) -> None:
        """To another place in the history; where its score cannot be written, all stays as it was."""
        before, self.edits = self.edits, edits
        if edits == before:
            return
        try:
            self.write()
        except BaseException:
            self.edits = before
            raise

    # What is made of it

    def write(self) -> None:
        """The score as it stands, its drawing, and the files that are quickly made. NotationError when it cannot be."""
        score = self._score_of(self.state)
        engraving = engrave(score, self.look)
        made = {
            "musicxml": (f"{self.stem}.musicxml", write_musicxml(self._titled(score))),
            "mxl": (f"{self.stem}.mxl", write_mxl(self._titled(score))),
            "midi": (f"{self.stem}.mid", write_midi(score)),
            "svg": svg_file(self.stem, engraving.pages),
            **self._quick_files(score),
        }
        folder = self.folder / f"made-{secrets.token_hex(8)}"
        folder.mkdir(parents=True, exist_ok=True)
        files = _written(folder, made)
        for old in self.folder.glob("made-*"):
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)
        self.score, self.engraving, self.version, self.files = score, engraving, folder.name, files

    def _titled(self, score: Score) -> Score:
        """The score as it goes into a file: under the upload's name where it has no title of its own."""
        return score if score.title else replace(score, title=Path(self.name).stem.replace("_", " ").strip())

    def print_out(self) -> None:
        """The files that take longer. The visitor may go on deciding meanwhile, and then only the last score is printed."""
        with self._printing:
            with self.lock:
                if self.score is None or self.engraving is None or self._is_printed():
                    return
                score, engraving, version = self.score, self.engraving, self.version
            made = self._slow_files(score, engraving)
            with self.lock:
                if self.version == version:
                    self.files = {**self.files, **_written(self.folder / version, made)}

    def _is_printed(self) -> bool:
        return "pdf" in self.files

    def sound(self, kind: str) -> Path:
        """The sound of a source, made when it is first asked for. VisitorError where there is no such source."""
        with self.lock:
            score, folder = self.score, self.folder / self.version
        if score is None or kind not in messages.SCORE_SOURCES:
            raise VisitorError(messages.NO_SUCH_SOUND)
        target = folder / f"{kind}.flac"
        if not target.exists():
            data = self._sound(kind, score)
            with self.lock:
                if self.version != folder.name:  # another score was written meanwhile
                    raise VisitorError(messages.NO_SUCH_SOUND)
                target.write_bytes(data)
        return target

    @property
    def stem(self) -> str:
        """What its files are called after."""
        return safe_stem(self.name, "score")


def _written(folder: Path, made: Mapping[str, Named]) -> dict[str, Path]:
    files = {}
    for kind, (name, data) in made.items():
        files[kind] = folder / name
        files[kind].write_bytes(data)
    return files
