"""The transcribing service: a recording in, notes with alternatives and the classic picture out, behind the engine's door."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from models.arrays import Grey
from models.contracts.choice import document, names
from models.contracts.transcribe import (
    BEST,
    NAME,
    Guess,
    HeardNote,
    TranscribeAnswer,
    TranscribeCatalogue,
    TranscribeRequest,
)
from models.engine import BadRequest, Estimate, Job, each_alone
from models.transcribe import registry
from models.transcribe.classic.drawing import certainties, draw_classic, draw_keys
from models.transcribe.classic.errors import BadSound
from models.transcribe.registry import mode_named

MEMORY = 250_000_000
"""Bytes of the networks, whichever mode it is."""
NEWEST = 0.5
"""What the last job counts in the measured speed of its mode."""
NO_PICTURE = np.zeros((0, 0), np.uint8)
BEFORE_S = 0.02
"""Seconds before a note's onset from which it is drawn."""


class TranscribeService:
    """Answers `TranscribeRequest`s one recording at a time; networks are loaded when first asked for.

    Which modes there are, and who listens in them, is the registry's: this service only asks, draws the classic
    picture of the first note, and measures how long it takes.
    """

    name = NAME
    request_type = TranscribeRequest
    answer_type = TranscribeAnswer
    max_batch = 1
    batch_wait_s = 0.0

    def __init__(self, *, device: str = "cpu", threads: int = 2) -> None:
        """``device`` ("cpu" or "cuda") is where the networks run; ``threads`` how many the CPU's may use."""
        self._device, self._threads = device, threads
        self._pace = {mode.name: mode.seconds_a_second for mode in registry.MODES}
        """Seconds of work a second of sound, by mode; measured anew by each job."""

    def run(self, jobs: Sequence[Job[TranscribeRequest]]) -> Sequence[TranscribeAnswer | Exception]:
        """An answer, or the error, for each recording."""
        return each_alone(jobs, self._heard)

    def estimate(self, request: TranscribeRequest) -> Estimate:
        """Seconds and bytes that the recording will take, from its length and this host's speed so far."""
        _check(request)
        seconds, mode = len(request.samples) / request.rate, mode_named(request.mode)
        work = mode.fixed_s + self._pace[mode.name] * seconds
        return Estimate(seconds=work, peak_bytes=round(MEMORY + mode.bytes_a_second * seconds))

    def warm(self) -> None:
        """The networks of the default mode are loaded, so that the first visitor need not wait."""
        tone = np.sin(np.arange(32_000) * 0.09).astype(np.float32) * 0.3
        registry.MODES[0].open(self._device).hear(tone, 32_000)

    def describe(self) -> dict[str, Any]:
        """What there is to choose from, and how fast it is."""
        return {
            "options": document(TranscribeCatalogue.shipped()),
            "device": self._device,
            "seconds_a_second": {name: round(pace, 3) for name, pace in self._pace.items()},
        }

    def _heard(self, job: Job[TranscribeRequest]) -> TranscribeAnswer:
        import torch

        request = job.request
        _check(request)
        torch.set_num_threads(self._threads)
        began = time.perf_counter()
        mode = mode_named(request.mode)
        job.report(0, 1, "listening")
        listener = mode.open(self._device)

        def on_progress(done: int, total: int) -> None:
            job.check()
            job.report(done, total + 1, "listening for notes")

        heard = listener.hear(request.samples, request.rate, on_progress=on_progress)
        job.check()
        if mode.seconds_a_second and len(heard.notes) > 1:
            pace = (time.perf_counter() - began) / (len(request.samples) / request.rate)
            self._pace[mode.name] += NEWEST * (pace - self._pace[mode.name])
        picture, notes = self._pictured(request, heard.notes)
        return TranscribeAnswer(
            notes,
            heard.hints,
            picture,
            heard.mode,
            heard.model,
            heard.weights,
            time.perf_counter() - began,
            heard.candidates,
        )

    def _pictured(
        self, request: TranscribeRequest, notes: tuple[HeardNote, ...]
    ) -> tuple[Grey, tuple[HeardNote, ...]]:
        """The classic picture of the first note, and the notes; a single one as another network than `BEST` reads it."""
        if not notes:
            return NO_PICTURE, notes
        first = notes[0]
        if request.network == BEST:
            ranked = ((first.midi, first.certainty), *((g.midi, g.certainty) for g in first.alternatives))
            return draw_keys(certainties(ranked), device=self._device), notes
        begin = round(max(0.0, first.onset_s - BEFORE_S) * request.rate)
        try:
            drawn = draw_classic(request.samples[begin:], request.rate, request.network, device=self._device)
        except BadSound:
            return NO_PICTURE, notes
        if len(notes) > 1:
            return drawn.grey, notes
        (midi, certainty), *others = drawn.ranked
        guesses = tuple(Guess(m, c) for m, c in others)
        return drawn.grey, (replace(first, midi=midi, certainty=certainty, alternatives=guesses),)


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
