"""Made-up piano notes for tests: decaying partials, by the project's own synthesis."""

import numpy as np
import soundfile

from models.transcribe.dataset.partials import DrawnPiano

RATE = 32_000


def piano_note(midi, seconds=1.2, number=3):
    """(n,) float32 at 32 kHz of a drawn piano."""
    note = DrawnPiano(number).note(midi, 0.6, RATE, seconds)
    samples = note.samples * np.minimum(
        1, np.arange(len(note.samples))[::-1] / (0.05 * RATE)
    )  # let go, not cut
    return np.asarray(0.5 * samples / np.abs(samples).max(), np.float32)


def tune(midis, beat=0.5, before=0.3, number=3):
    """The notes one after another, each ringing into the next."""
    out = np.zeros(round((before + beat * len(midis) + 1.0) * RATE), np.float32)
    for position, midi in enumerate(midis):
        begin = round((before + position * beat) * RATE)
        note = piano_note(midi, beat * 1.2, number)
        out[begin : begin + len(note)] += note
    return np.asarray(out / np.abs(out).max() * 0.6, np.float32)


def write(path, samples, rate=RATE):
    soundfile.write(path, samples, rate, subtype="PCM_16")
    return path
