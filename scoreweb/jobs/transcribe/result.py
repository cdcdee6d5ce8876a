"""A transcription in a visitor's workspace: the notes as they stand now, their sheet, and the files to hear and take away."""

from __future__ import annotations

import json
import secrets
import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import scoreweb
from models.notation.engraving.pictures import svg_to_pdf, svg_to_png
from models.notation.midi import write_midi, write_performance
from models.notation.musicxml import write_musicxml
from models.notation.synthesis.sound import play, play_notes, wav_bytes
from models.transcribe.classic.images import note_image
from models.transcribe.heard import HeardNote
from models.transcribe.sound import Sound
from models.weights import WeightsError
from scoreweb.jobs.transcribe.options import (
    DOUBTFUL,
    Heard,
    TranscribeOptions,
    Written,
    corrected,
    name_of,
    safe_stem,
    write,
)
from storage import CorrectionFormat, NewCorrection, NewPrediction, NewSubmission, ScoreText, Task
from storage import Sound as KeptSound

STRIP = 12
"""Most pictures that the classic strip of a melody shows."""


@dataclass
class TranscribeResult:
    """One transcribed recording. ``notes`` are as the visitor left them, ``heard.notes`` as the network heard them."""

    folder: Path
    name: str
    sound: Sound
    heard: Heard
    options: TranscribeOptions
    notes: list[HeardNote] = field(default_factory=list)
    kept: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    written: Written | None = None
    files: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.notes = self.notes or list(self.heard.notes)

    @property
    def is_corrected(self) -> bool:
        """Whether the visitor changed a note."""
        return [n.midi for n in self.notes] != [n.midi for n in self.heard.notes]

    @property
    def doubtful(self) -> list[int]:
        """Indices of notes worth a look, the least certain first."""
        unsure = [n for n, note in enumerate(self.notes) if note.certainty < DOUBTFUL]
        return sorted(unsure, key=lambda n: self.notes[n].certainty)

    def correct(self, index: int, midi: int) -> None:
        """One note's pitch replaced and everything written anew; VisitorError for what is not there."""
        self.notes = corrected(self.notes, index, midi)
        self.write()

    def rewrite(self, options: TranscribeOptions) -> None:
        """Another tempo or metre: the same notes on a new sheet."""
        self.options = options
        self.write()

    def write(self) -> None:
        """The sheet and every file of it. NotationError when the notes cannot be written down."""
        written = write(self.notes, self.options, single=self.heard.single)
        folder = self.folder / secrets.token_hex(6)  # a new address, so that no browser shows an older one
        folder.mkdir(parents=True, exist_ok=True)
        stem = safe_stem(self.name)
        pages, score = written.engraving.pages, written.score
        performance = [(n.onset_s, n.offset_s, n.midi, n.velocity) for n in self.notes]
        made: dict[str, tuple[str, bytes]] = {
            "musicxml": (f"{stem}.musicxml", write_musicxml(score)),
            "midi": (f"{stem}.mid", write_midi(score)),
            "performance": (f"{stem}-as-played.mid", write_performance(performance)),
            "svg": (f"{stem}.svg", pages[0].svg.encode()),
            "png": (f"{stem}.png", svg_to_png(pages[0], width=1800)),
            "pdf": (f"{stem}.pdf", svg_to_pdf(pages)),
            "original": (f"{stem}-original.wav", wav_bytes(self.sound.samples, self.sound.rate)),
            "notes": (f"{stem}.json", json.dumps(self.as_json()).encode()),
        }
        try:
            made["wav"] = f"{stem}.wav", wav_bytes(*play(score))
            made["heard"] = f"{stem}-as-played.wav", wav_bytes(*play_notes(performance))
        except WeightsError:  # a host without the piano still writes sheets
            pass
        for kind, (name, data) in made.items():
            (folder / name).write_bytes(data)
            self.files[kind] = folder / name
        for old in self.folder.iterdir():
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)
        self.files = {kind: path for kind, path in self.files.items() if path.parent == folder}
        self.written = written

    def as_json(self) -> list[dict[str, float | int]]:
        """The notes as in notes.json."""
        return [
            {
                "onset_s": round(n.onset_s, 4),
                "offset_s": round(n.offset_s, 4),
                "midi": n.midi,
                "velocity": n.velocity,
                "certainty": round(n.certainty, 4),
            }
            for n in self.notes
        ]

    def view(self, urls: dict[str, str]) -> dict[str, Any]:
        """What the browser shows: the drawing, the notes with their alternatives, sounds with their moments."""
        if self.written is None:
            return {}
        engraving = self.written.engraving
        played = [[round(s, 3), list(on), list(off)] for s, on, off in engraving.timemap]
        moments = sorted(
            [[round(n.onset_s, 3), [f"n{i}"], []] for i, n in enumerate(self.notes)]
            + [[round(n.offset_s, 3), [], [f"n{i}"]] for i, n in enumerate(self.notes)]
        )
        sources = [
            {"kind": kind, "url": urls[kind], "moments": played if kind == "wav" else moments}
            for kind in ("wav", "original", "heard")
            if kind in urls
        ]
        return {
            "svg": "".join(page.svg for page in engraving.pages),
            "sources": sources,
            "notes": [
                {
                    "name": name_of(n.midi),
                    "certainty": round(n.certainty, 3),
                    "others": [[a.midi, name_of(a.midi), round(a.certainty, 3)] for a in n.alternatives[:5]],
                }
                for n in self.notes
            ],
            "doubtful": self.doubtful,
        }

    def classic(self) -> Image.Image:
        """The dissertation's picture: the network's own for one note, a strip of drawn ones for a melody."""
        if len(self.notes) == 1 and self.heard.picture is not None and not self.is_corrected:
            return Image.fromarray(np.asarray(self.heard.picture, np.uint8))
        strip = [note_image(n.midi) for n in self.notes[:STRIP] if 21 <= n.midi <= 108]
        return Image.fromarray(np.concatenate(strip, axis=1))

    def submission(self) -> NewSubmission:
        """The recording whole, for the collection: recording, sheet as it was heard, ranked readings, settings."""
        heard = self.heard
        sheet = write(heard.notes, self.options, single=heard.single)
        metre = self.options.metre
        payload = {
            "notes": [
                {
                    "onset_s": n.onset_s,
                    "offset_s": n.offset_s,
                    "midi": n.midi,
                    "velocity": n.velocity,
                    "certainty": n.certainty,
                    "alternatives": [{"midi": a.midi, "certainty": a.certainty} for a in n.alternatives],
                }
                for n in heard.notes
            ]
        }
        score = min(1.0, max(0.0, float(np.mean([n.certainty for n in heard.notes]))))
        return NewSubmission(
            task=Task.TRANSCRIBE,
            app_version=scoreweb.__version__,
            settings={
                "mode": self.options.mode,
                "tempo": self.options.tempo,
                "metre": f"{metre.beats}/{metre.beat_type}" if metre else None,
                "network": self.options.network,
                "hints": list(heard.hints),
            },
            input=KeptSound(self.sound.samples, self.sound.rate),
            results=[ScoreText(write_musicxml(sheet.score))],
            predictions=[
                NewPrediction(
                    rank=1,
                    payload=payload,
                    model=heard.model,
                    model_digest=heard.weights if len(heard.weights) == 64 else None,
                    score=score,
                )
            ],
        )

    def corrections(self) -> list[NewCorrection]:
        """What the visitor changed, as notes; none when nothing was."""
        if not self.is_corrected:
            return []
        return [NewCorrection(format=CorrectionFormat.NOTES, payload=self.as_json(), based_on_rank=1)]
