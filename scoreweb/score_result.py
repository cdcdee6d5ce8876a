"""A score that a job gave, in a visitor's workspace: drawn, edited, heard, and written to files. Read and Transcribe share it."""

from __future__ import annotations

import secrets
import shutil
import threading
from abc import ABC, abstractmethod
from collections.abc import Collection, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from models.notation.editing import AddNote, Edit, InsertBar, PutIn, Repeat, edited_by, find_note, with_rests
from models.notation.engraving.by_system import SystemEngraver
from models.notation.engraving.engrave import Engraving, Look, engrave
from models.notation.midi import write_midi
from models.notation.musicxml import write_musicxml, write_mxl
from models.notation.performance import Sounding, sounding_notes
from models.notation.score import Event, Score
from models.notation.synthesis.sound import flac_bytes, play, play_notes
from scoreweb import score_texts
from scoreweb.downloads import svg_file, zip_of_files
from scoreweb.edits import Edits
from scoreweb.errors import VisitorError
from scoreweb.file_kinds import safe_stem
from scoreweb.widgets.events import whole_number

State = TypeVar("State")
Named = tuple[str, bytes]
"""A file's name and its bytes."""
_REMEMBERED = 60
"""States whose scores are remembered: a further edit, undo and redo then start from there."""


class ScoreResult(ABC, Generic[State]):
    """What every job's score has in common; what a visitor decided is a ``State`` of the job's own.

    ``score``, ``engraving`` and ``files`` are made from the state by `write`, and anew after each step of ``edits``.
    ``version`` names them: it is the folder of the files, new each time, so that no browser shows an older one. Where
    threads share a result they hold its ``lock``.
    """

    look: ClassVar[Look]
    """How the score is drawn on the page."""
    as_printed: ClassVar[bool] = True
    """Whether another clef or key leaves heads where they are printed, or notes as they sound."""

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
        self.sent: set[str] = set()
        """Keys of drawn systems that the browser has."""
        self.lock = threading.RLock()
        self._engraver = SystemEngraver(self.look)
        self._remembered: dict[Hashable, Score] = {}
        self._printing = threading.Lock()
        self._heard = ("", 0)

    def is_latest(self, order: object) -> bool:
        """Whether a visitor did something after all else that was heard of: ``order`` is a browser's [page, count].

        Requests overtake each other on the way and in the threads that answer them; what nobody ordered is the latest.
        """
        if not (isinstance(order, list) and len(order) == 2 and isinstance(order[0], str)):
            return True
        page, count = order[0], whole_number(order[1])
        if count is None:
            return True
        before, self._heard = self._heard, (page, count)
        if before[0] == page and before[1] > count:
            self._heard = before
        return self._heard == (page, count)

    @property
    def state(self) -> State:
        """What the visitor decided so far."""
        return self.edits.now

    def begin_with(self, state: State) -> None:
        """The result starts from what the visitor decided before; for a result that is not written yet."""
        self.edits = Edits(state)

    # What a job says of its own

    @abstractmethod
    def _score_of(self, state: State) -> Score:
        """The score as a state has it. NotationError when it cannot be written down."""

    def _key(self, state: State) -> Hashable:
        """What of a state its score depends on."""
        return state

    @abstractmethod
    def _with(self, edits: Sequence[Edit]) -> State:
        """The present state and edits of notes that the score has."""

    @abstractmethod
    def _slow_files(self, score: Score, engraving: Engraving) -> Mapping[str, Named]:
        """Files beside MusicXML, MIDI and SVG, by kind. Called without the lock; ``engraving`` is the whole score's."""

    def _apart_files(self) -> Mapping[str, Path]:
        """Files that do not depend on the score as it stands, by kind, where they are made already."""
        return {}

    def _sound(self, kind: str, score: Score) -> bytes:
        """The sound of a source as FLAC. VisitorError for a source that this job has not, WeightsError without a piano."""
        if kind != "score":
            raise VisitorError(score_texts.NO_SUCH_SOUND)
        return flac_bytes(*play(score))

    def sounding(self, kind: str, quiet: Sequence[str] = ()) -> list[Sounding]:
        """What sounds when in the sound of a source; in that of the score as loud as ``quiet`` has it, see `sound`."""
        return softened(without_staves(self.score, quiet), quiet) if self.score else []

    # What the visitor does

    def edit(self, *edits: Edit) -> None:
        """Notes corrected in one step, and the score drawn anew. VisitorError where none of them is there any more."""
        before = self.score
        there = [edit for edit in edits if before is not None and find_note(before, edit.id)]
        if before is None or not there:
            raise VisitorError(score_texts.NO_SUCH_NOTE)
        self.selected = there[-1].id
        useful, score = [], before
        for edit in there:
            new = edited_by(score, [edit])
            if new != score:
                useful.append(edit)
                score = new
        if not useful:
            return
        self._become(self._with(useful))
        self.selected = self._chosen_after(before, useful[-1])

    def _chosen_after(self, before: Score, edit: Edit) -> str | None:
        """The note or rest that is chosen after an edit: what it made, or the same, or what stands where that stood."""
        if self.score is None:
            return None
        if isinstance(edit, AddNote | PutIn | Repeat | InsertBar):
            old = _ids(before)
            made = [one for one in _ids(self.score) if one not in old]
            return made[0] if made else edit.id
        if find_note(self.score, edit.id):
            return edit.id
        found = find_note(before, edit.id)
        near = [found[2].id, *(note.id for note in found[2].notes)] if found else []
        order = list(_ids(before))
        at = order.index(edit.id) if edit.id in order else 0
        near += [*order[at:], *reversed(order[:at])]
        return next((one for one in near if find_note(self.score, one)), None)

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
        """The score as it stands and its drawing. NotationError when it cannot be. `print_out` makes the files."""
        score = self._remembered.get(self._key(self.state))
        if score is None:
            score = with_rests(self._score_of(self.state))
        engraving = self._engraver.engrave(score)
        self._remember(self._key(self.state), score)
        folder = self.folder / f"made-{secrets.token_hex(8)}"
        folder.mkdir(parents=True, exist_ok=True)
        files: dict[str, Path] = {}
        for old in self.folder.glob("made-*"):
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)
        self.score, self.engraving, self.version, self.files = score, engraving, folder.name, files

    def _remember(self, key: Hashable, score: Score) -> None:
        self._remembered.pop(key, None)
        self._remembered[key] = score
        while len(self._remembered) > _REMEMBERED:
            del self._remembered[next(iter(self._remembered))]

    def _titled(self, score: Score) -> Score:
        """The score as it goes into a file: under the upload's name where it has no title of its own."""
        return score if score.title else replace(score, title=Path(self.name).stem.replace("_", " ").strip())

    def print_out(self) -> None:
        """The files of the score. The visitor may go on deciding meanwhile, and then only the last score is printed."""
        with self._printing:
            with self.lock:
                if self.score is None or self.engraving is None or self._is_printed():
                    return
                score, version = self.score, self.version
            engraving = engrave(score, self.look)
            made = {
                "musicxml": (f"{self.stem}.musicxml", write_musicxml(self._titled(score))),
                "mxl": (f"{self.stem}.mxl", write_mxl(self._titled(score))),
                "midi": (f"{self.stem}.mid", write_midi(score)),
                "svg": svg_file(self.stem, engraving.pages),
                **self._slow_files(score, engraving),
            }
            with self.lock:
                if self.version != version:
                    return
                files = {**self.files, **_written(self.folder / version, made), **self._apart_files()}
            with suppress(FileNotFoundError):  # another score was written meanwhile
                files["zip"] = zip_of_files(self.folder / version / f"{self.stem}.zip", list(files.values()))
            with self.lock:
                if self.version == version:
                    self.files = files

    def _is_printed(self) -> bool:
        return "pdf" in self.files

    def sound(self, kind: str, quiet: Sequence[str] = ()) -> Path:
        """The sound of a source, made when it is first asked for.

        The score's is without the staves in ``quiet`` that are "part/staff"; "part/staff=40" is one at 40 % of its volume.
        VisitorError where there is no such source.
        """
        with self.lock:
            score, folder = self.score, self.folder / self.version
        if score is None or kind not in score_texts.SCORE_SOURCES:
            raise VisitorError(score_texts.NO_SUCH_SOUND)
        quiet = quiet if kind == "score" else ()
        target = (
            folder / f"{'-'.join([kind, *(one.replace('/', '.').replace('=', 'v') for one in quiet)])}.flac"
        )
        if not target.exists():
            heard = without_staves(score, quiet)
            soft = kind == "score" and levels_of(quiet)
            data = flac_bytes(*play_notes(softened(heard, quiet))) if soft else self._sound(kind, heard)
            with self.lock:
                if self.version != folder.name:  # another score was written meanwhile
                    raise VisitorError(score_texts.NO_SUCH_SOUND)
                target.write_bytes(data)
        return target

    @property
    def stem(self) -> str:
        """What its files are called after."""
        return safe_stem(self.name, "score")


def without_staves(score: Score, quiet: Collection[str]) -> Score:
    """The score in which the staves in ``quiet`` ("part/staff", parts from 0) have rests in place of notes."""
    if not quiet:
        return score

    def hushed(number: int, event: Event) -> Event:
        return replace(event, notes=()) if f"{number}/{event.staff}" in quiet else event

    parts = tuple(
        replace(
            part,
            bars=tuple(replace(bar, events=tuple(hushed(n, one) for one in bar.events)) for bar in part.bars),
        )
        for n, part in enumerate(score.parts)
    )
    return replace(score, parts=parts)


def levels_of(quiet: Collection[str]) -> dict[str, float]:
    """The staves ("part/staff") that are softened by ``quiet``, each with the share of its volume that is left."""
    told = (one.partition("=") for one in quiet)
    return {lane: int(percent) / 100 for lane, _, percent in told if percent}


def softened(score: Score, quiet: Collection[str]) -> list[Sounding]:
    """What sounds when, its velocity as ``quiet`` ("part/staff=40" for 40 %) leaves it."""
    levels, notes = levels_of(quiet), sounding_notes(score)
    if not levels:
        return notes
    lanes = {
        note.id: f"{number}/{event.staff}"
        for number, part in enumerate(score.parts)
        for bar in part.bars
        for event in bar.events
        for note in event.notes
    }
    shares = [levels.get(lanes.get(n.ids[0], ""), 1.0) if n.ids else 1.0 for n in notes]
    return [
        n._replace(velocity=max(1, round(n.velocity * share))) for n, share in zip(notes, shares, strict=True)
    ]


def _ids(score: Score) -> dict[str, None]:
    """Ids of notes and rests, bar by bar, in the order in which they sound."""
    return {
        one.id: None
        for part in score.parts
        for bar in part.bars
        for event in sorted(bar.events, key=lambda e: e.onset)
        for one in event.notes or (event,)
    }


def _written(folder: Path, made: Mapping[str, Named]) -> dict[str, Path]:
    files = {}
    for kind, (name, data) in made.items():
        files[kind] = folder / name
        files[kind].write_bytes(data)
    return files
