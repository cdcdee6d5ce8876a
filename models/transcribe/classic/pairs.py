"""The data set class: an annotations file and a folder of sounds give pairs of spectrogram and sheet image.

After the dissertation's section 2.4.1. The annotations are a CSV file with at least the columns ``file`` (relative to the
folder of sounds) and ``midi``; ``piano``, ``noise`` and ``dynamic`` are kept where they are there. Training and test data are
two such files.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile as sf
import torch
from torch import Tensor
from torch.utils.data import Dataset

from models.transcribe.classic.errors import BadAnnotations
from models.transcribe.classic.images import note_image
from models.transcribe.classic.keys import checked
from models.transcribe.classic.spectrogram import from_onset, mono, resampled, spectrogram

Sound = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Annotation:
    """One line of the annotations: the sound file, its key, the piano it comes from, whether noise was added, how loud."""

    file: str
    midi: int
    piano: str
    noise: bool
    dynamic: str


def read_annotations(path: Path) -> list[Annotation]:
    """The lines of an annotations file. BadAnnotations when it is missing, lacks a column or names a wrong key."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise BadAnnotations(f"The annotations file {path.name} cannot be read.") from error
    if not rows or not {"file", "midi"} <= rows[0].keys():
        raise BadAnnotations(
            f"{path.name} needs a header with the columns file and midi, and a line per sound."
        )
    try:
        return [
            Annotation(
                row["file"],
                checked(int(row["midi"])),
                row.get("piano") or "",
                (row.get("noise") or "") not in {"", "0", "False", "false"},
                row.get("dynamic") or "",
            )
            for row in rows
        ]
    except ValueError as error:
        raise BadAnnotations(f"{path.name} holds a MIDI number that is no number.") from error


def ink(image: npt.NDArray[np.uint8]) -> Tensor:
    """(1, 162, 300) float32 of a sheet image: 0 white paper, 1 black."""
    return (255 - torch.from_numpy(image.astype(np.float32))).div_(255).unsqueeze(0)


class NotePairs(Dataset[tuple[Tensor, Tensor]]):
    """Pairs (spectrogram (1, 64, 96), ink (1, 162, 300)) in the order of the annotations."""

    def __init__(
        self,
        annotations: Path,
        sounds: Path,
        transform_sound: Callable[[Sound], npt.NDArray[np.float32]] = spectrogram,
        transform_image: Callable[[npt.NDArray[np.uint8]], Tensor] = ink,
    ) -> None:
        self.annotations = read_annotations(annotations)
        self._sounds = sounds
        self._transform_sound = transform_sound
        self._transform_image = transform_image

    def __len__(self) -> int:
        return len(self.annotations)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        annotation = self.annotations[index]
        sound, rate = sf.read(self._sounds / annotation.file, dtype="float32", always_2d=True)
        heard = from_onset(resampled(mono(sound), rate))
        picture = torch.from_numpy(self._transform_sound(heard)).unsqueeze(0)
        return picture, self._transform_image(note_image(annotation.midi))


@dataclass(frozen=True)
class Cached:
    """All spectrograms of a data set, kept because making them takes longer than an epoch; and what they are of."""

    spectrograms: Tensor
    midi: npt.NDArray[np.int64]
    pianos: tuple[str, ...]
    noise: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.midi)


def cached(pairs: NotePairs, file: Path) -> Cached:
    """The spectrograms of ``pairs`` as (n, 1, 64, 96) float32, from ``file`` (.npz) where it holds these very annotations."""
    table = [(a.file, str(a.midi), a.piano, str(int(a.noise))) for a in pairs.annotations]
    if file.exists():
        with np.load(file) as held:
            if held["table"].tolist() == [list(row) for row in table]:
                return _cached(held["spectrograms"], pairs.annotations)
    spectrograms = np.stack([pairs[i][0].numpy() for i in range(len(pairs))]).astype(np.float16)
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(file, spectrograms=spectrograms, table=np.array(table))
    return _cached(spectrograms, pairs.annotations)


def _cached(spectrograms: npt.NDArray[np.float16], annotations: list[Annotation]) -> Cached:
    return Cached(
        torch.from_numpy(spectrograms.astype(np.float32)),
        np.array([a.midi for a in annotations]),
        tuple(a.piano for a in annotations),
        np.array([a.noise for a in annotations]),
    )
