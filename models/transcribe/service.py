"""The transcribing service: a recording in, notes with alternatives and the classic picture out, behind the engine's door."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from models.contracts.choice import document, names
from models.contracts.transcribe import (
    BEST,
    NAME,
    TranscribeAnswer,
    TranscribeCatalogue,
    TranscribeRequest,
)
from models.engine import BadRequest, Estimate, Job, each_alone
from models.transcribe.classic.drawing import certainties, draw_classic, draw_keys
from models.transcribe.classic.errors import BadSound
from models.transcribe.ear import Ear, Hearing
from models.transcribe.ear.hearing import NO_NOTE, SEVERAL, SILENCE, UNSURE
from models.transcribe.heard import Guess, HeardNote
from models.transcribe.melody.listening import MelodyListener

NOTE_MEMORY = 250_000_000
BYTES_A_SECOND = 1_500_000
FADED_DB = -35.0
UNLIKELY = 0.7
"""A melody whose notes are less certain than this, in the middle, is probably none (`benchmarks.no_melody`)."""
DOUBTFUL = "Most of the notes are uncertain: this may be no piano, or several notes may sound at once."
NO_PICTURE = np.zeros((0, 0), np.uint8)


class TranscribeService:
    """Answers `TranscribeRequest`s one recording at a time; networks are loaded when first asked for."""

    name = NAME
    request_type = TranscribeRequest
    answer_type = TranscribeAnswer
    max_batch = 1
    batch_wait_s = 0.0

    def __init__(self, *, device: str = "cpu", threads: int = 2) -> None:
        """``device`` ("cpu" or "cuda") is where the networks run; ``threads`` how many the CPU's may use."""
        self._device, self._threads = device, threads
        self._share = 0.35
        """Seconds of work a second of melody; measured anew by each job."""

    def run(self, jobs: Sequence[Job[TranscribeRequest]]) -> Sequence[TranscribeAnswer | Exception]:
        """An answer, or the error, for each recording."""
        return each_alone(jobs, self._heard)

    def estimate(self, request: TranscribeRequest) -> Estimate:
        """Seconds and bytes that the recording will take, from its length and this host's speed so far."""
        _check(request)
        seconds = len(request.samples) / request.rate
        work = 0.3 if request.mode == "note" else 0.4 + self._share * seconds
        return Estimate(seconds=work, peak_bytes=round(NOTE_MEMORY + BYTES_A_SECOND * seconds))

    def warm(self) -> None:
        """The networks are loaded, so that the first visitor need not wait."""
        listener = MelodyListener.open(self._device)
        listener.hear(np.sin(np.arange(32_000) * 0.09).astype(np.float32) * 0.3, 32_000)

    def describe(self) -> dict[str, Any]:
        """What there is to choose from, and how fast it is."""
        return {
            "options": document(TranscribeCatalogue.shipped()),
            "device": self._device,
            "seconds_a_second": round(self._share, 3),
        }

    def _heard(self, job: Job[TranscribeRequest]) -> TranscribeAnswer:
        import torch

        request = job.request
        _check(request)
        torch.set_num_threads(self._threads)
        began = time.perf_counter()
        length = len(request.samples) / request.rate
        job.report(0, 4, "listening")
        ear = Ear.open(self._device)
        notes: list[HeardNote] = []
        if request.mode != "note" and length >= 0.3:

            def on_chunk(done: int, total: int) -> None:
                job.check()
                job.report(done, total + 2, "listening for notes")

            notes = MelodyListener.open(self._device).hear(request.samples, request.rate, on_chunk=on_chunk)
            self._share = 0.5 * self._share + 0.5 * (time.perf_counter() - began) / length
        single = request.mode == "note" or (request.mode == "auto" and len(notes) <= 1)
        hearing = ear.hear(request.samples, request.rate)
        job.check()
        if single:
            notes = [_note_of(request, hearing)] if hearing.ranked else []
        hints = _hints(hearing, notes, single=single)
        picture, redrawn = self._picture(request, hearing, notes, single=single)
        if redrawn is not None:
            notes = [redrawn]
        return TranscribeAnswer(
            tuple(notes),
            hints,
            picture,
            "note" if single else "melody",
            "ear" if single else "melody",
            ear.weights.sha256,
            time.perf_counter() - began,
        )

    def _picture(
        self, request: TranscribeRequest, hearing: Hearing, notes: list[HeardNote], *, single: bool
    ) -> tuple[npt.NDArray[np.uint8], HeardNote | None]:
        """The classic picture; with another network than `BEST` also the note as that one reads it."""
        if not notes:
            return NO_PICTURE, None
        if request.network == BEST:
            first = notes[0]
            ranked = (
                hearing.ranked
                if single
                else ((first.midi, 1.0), *((g.midi, 0.0) for g in first.alternatives))
            )
            return draw_keys(certainties(ranked), device=self._device), None
        begin = round(max(0.0, notes[0].onset_s - 0.02) * request.rate)
        try:
            drawn = draw_classic(request.samples[begin:], request.rate, request.network, device=self._device)
        except BadSound:
            return NO_PICTURE, None
        if not single:
            return drawn.grey, None
        (midi, certainty), *others = drawn.ranked
        guesses = tuple(Guess(m, c) for m, c in others)
        return drawn.grey, replace(notes[0], midi=midi, certainty=certainty, alternatives=guesses)


def _note_of(request: TranscribeRequest, hearing: Hearing) -> HeardNote:
    """The one note of a take: from its onset until it has faded by 35 dB."""
    (midi, certainty), *others = hearing.ranked
    sound = request.samples[round(hearing.onset_s * request.rate) :]
    frame = max(1, request.rate // 50)
    count = max(1, len(sound) // frame)
    padded = np.pad(sound[: count * frame], (0, max(0, count * frame - len(sound))))
    level = 10 * np.log10(np.square(padded.reshape(count, frame)).mean(1) + 1e-12)
    loud = np.flatnonzero(level > level.max() + FADED_DB)
    end = hearing.onset_s + (int(loud[-1]) + 1) * frame / request.rate
    velocity = int(np.clip(round(100 + 1.8 * (float(level.max()) + 20)), 20, 120))
    guesses = tuple(Guess(m, c) for m, c in others)
    return HeardNote(hearing.onset_s, max(end, hearing.onset_s + 0.03), midi, velocity, certainty, guesses)


def _hints(hearing: Hearing, notes: list[HeardNote], *, single: bool) -> tuple[str, ...]:
    """Of one note what the ear says; of a melody what is true of a whole recording."""
    if single:
        return hearing.hints
    said = [hint for hint in hearing.hints if hint not in {NO_NOTE, SEVERAL, UNSURE}]
    if not notes and SILENCE not in said:
        said.append(NO_NOTE)
    if notes and float(np.median([note.certainty for note in notes])) < UNLIKELY:
        said.append(NO_NOTE if hearing.kinds.get("other", 0.0) > 0.5 else DOUBTFUL)
    return tuple(said)


def _check(request: TranscribeRequest) -> None:
    samples = request.samples
    if samples.ndim != 1 or samples.dtype != np.float32 or not len(samples):
        raise BadRequest("A recording to transcribe must be one channel of samples.")
    if not np.isfinite(samples).all():
        raise BadRequest("The recording holds samples that are no numbers: record or export it again.")
    if not 1000 <= request.rate <= 384_000:
        raise BadRequest("The recording has no sampling rate that recordings have.")
    offered = TranscribeCatalogue.shipped()
    modes, networks = names(offered.modes), names(offered.networks)
    if request.mode not in modes:
        raise BadRequest(f"There is no mode {request.mode[:20]!r}; there are {', '.join(modes)}.")
    if request.network not in networks:
        raise BadRequest(f"There is no network {request.network[:20]!r}; there are {', '.join(networks)}.")
