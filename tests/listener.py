"""A stand-in for the transcribing service: loud stretches are notes, the strongest partial is the pitch.

It takes and gives what the real one does and hears clean tones, so that the page can be tested without a network.
Every third note is doubtful.
"""

import time

import numpy as np

from models.contracts.transcribe import Guess, HeardNote, TranscribeAnswer, TranscribeRequest
from models.engine import BadRequest, Estimate


class Listener:
    name = "transcribe"
    request_type = TranscribeRequest
    answer_type = TranscribeAnswer
    max_batch = 1
    batch_wait_s = 0.0

    def __init__(self, pause_s=0.0):
        self.pause_s = pause_s

    def estimate(self, request):
        return Estimate(seconds=0.1, peak_bytes=1000)

    def run(self, jobs):
        return [self._heard(job) for job in jobs]

    def _heard(self, job):
        x, rate = job.request.samples, job.request.rate
        if job.request.mode not in {"auto", "note", "melody"}:
            return BadRequest("There is no such mode.")
        for step in range(10):
            job.check()
            job.report(step, 10, "stretches")
            time.sleep(self.pause_s / 10)
        step = rate // 100
        level = np.sqrt(np.square(x[: len(x) // step * step]).reshape(-1, step).mean(1))
        loud = np.concatenate([[False], level > 0.02, [False]])
        edges = np.flatnonzero(np.diff(loud.astype(int)))
        notes = []
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            if end - begin < 8:
                continue
            part = x[begin * step : end * step]
            spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 1 << 17))
            hertz = spectrum.argmax() * rate / (1 << 17)
            midi = int(np.clip(round(69 + 12 * np.log2(max(hertz, 20) / 440)), 21, 108))
            sure = 0.6 if len(notes) % 3 == 2 else 0.95
            others = (
                Guess(min(108, midi + 12), 0.3 if sure < 0.9 else 0.02),
                Guess(max(21, midi - 12), 0.01),
            )
            notes.append(HeardNote(begin / 100, end / 100, midi, 80, sure, others))
        mode = "note" if len(notes) == 1 and job.request.mode != "melody" else "melody"
        hints = ("This recording is very quiet: come closer.",) if len(x) and np.abs(x).max() < 0.1 else ()
        return TranscribeAnswer(tuple(notes), hints, np.zeros((0, 0), np.uint8), mode, "listener", "", 0.1)
