"""Melodies transcribed: ``python -m benchmarks.transcribe [FOLDER]``: onset F1 (50 ms, mir_eval) for each recording.

FOLDER holds recordings beside ``.mid`` files of the truth (default ``../shared/data/chromatic_scales``). A note is right when its
key is right and its onset within 50 ms; offsets are not judged. The last column is seconds of work a second of sound.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import mido
import mir_eval
import numpy as np

from models.transcribe.melody.hearing import MelodyEar
from models.transcribe.sound import open_sound

SHARED = Path(os.environ.get("SCOREWEB_SHARED", Path(__file__).parents[2] / "shared"))


def truth_of(path: Path) -> list[tuple[float, int]]:
    """(seconds, MIDI number) of the notes of a MIDI file."""
    now, notes = 0.0, []
    for message in mido.MidiFile(path):
        now += message.time
        if message.type == "note_on" and message.velocity:
            notes.append((now, message.note))
    return sorted(notes)


def onset_scores(
    truth: list[tuple[float, int]], heard: list[tuple[float, int]]
) -> tuple[float, float, float]:
    """Precision, recall and F1."""
    if not heard or not truth:
        return 0.0, 0.0, 0.0

    def arrays(notes: list[tuple[float, int]]) -> tuple[np.ndarray, np.ndarray]:
        times = np.array([[t, t + 0.05] for t, _ in notes])
        return times, mir_eval.util.midi_to_hz(np.array([m for _, m in notes]))

    scores = mir_eval.transcription.precision_recall_f1_overlap(
        *arrays(truth), *arrays(heard), onset_tolerance=0.05, offset_ratio=None
    )
    return float(scores[0]), float(scores[1]), float(scores[2])


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=SHARED / "data" / "chromatic_scales")
    args = parser.parse_args()
    listener = MelodyEar.open()
    print("| recording | notes | precision | recall | F1 | s a second |")
    print("|---|---|---|---|---|---|")
    scores = []
    for midi in sorted(args.folder.glob("*.mid")):
        path = next((p for p in midi.parent.glob(f"{midi.stem}.*") if p.suffix != ".mid"), None)
        if path is None:
            continue
        sound, truth = open_sound(path), truth_of(midi)
        began = time.perf_counter()
        notes = listener.hear(sound.samples, sound.rate)
        took = (time.perf_counter() - began) / sound.seconds
        p, r, f = onset_scores(truth, [(n.onset_s, n.midi) for n in notes])
        scores.append(f)
        print(f"| {midi.stem} | {len(truth)} | {p:.3f} | {r:.3f} | {f:.3f} | {took:.2f} |")
    print(f"\nmean F1 {np.mean(scores):.3f}" if scores else "There are no pairs of recording and .mid here.")


if __name__ == "__main__":
    main()
