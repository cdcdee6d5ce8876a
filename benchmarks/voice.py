"""Singing into a phone: ``python -m benchmarks.voice [FOLDER] [--peers] [--fit]``: note F1 (onset 100 ms, pitch 60 cents; mir_eval) of each take.

FOLDER is ``../shared/data/ssvd/dev``; its tunes are parted by `models.transcribe.split.tune_side`, and habits were fitted on the develop
half. ``--melody`` asks the mode ``melody`` too; ``--peers``: SwiftF0's own notes, and our segmentation over the tracks of PESTO and pYIN, where
they are installed. ``--fit`` tries other habits, one at a time, on the develop half.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path

import mir_eval
import numpy as np

from models.transcribe import split
from models.transcribe.registry import MELODY, mode_named
from models.transcribe.sound import Sound, open_sound
from models.transcribe.voice.listener import heard_notes
from models.transcribe.voice.pitch import tracked
from models.transcribe.voice.segmentation import FRAME_S, Habits, Pitches, SungNote, notes_of

SHARED = Path(os.environ.get("SCOREWEB_SHARED", Path(__file__).parents[2] / "shared"))
TRIED: dict[str, Sequence[float]] = {
    "note_cost": (5, 6, 7, 8, 9, 10),
    "cap": (2, 2.5, 3, 4),
    "quiet_db": (15, 18, 21, 24),
    "dip_db": (1.5, 2, 2.5, 3),
    "dip_frames": (4, 6, 8),
    "dip_weight": (1, 1.5, 2),
    "scoop_s": (0.1, 0.16, 0.22),
    "scoop_semitones": (1.2, 1.6, 2),
    "fall_s": (0, 0.1, 0.14),
    "briefest_s": (0.08, 0.1, 0.12),
    "again_db": (4, 5, 6, 7, 9, 100),
    "again_s": (0.2, 0.25, 0.3),
}
Notes = list[tuple[float, float, float]]
"""Onset and end in seconds, MIDI number."""


def truth_of(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """(notes, 2) seconds, each note lasting until the next one, and (notes,) Hz of the nearest keys."""
    notes = json.loads(path.read_text(encoding="utf-8"))["notes"]
    onsets = np.array([note["onset_s"] for note in notes])
    ends = np.append(onsets[1:], onsets[-1] + 0.5)
    return np.stack([onsets, ends], 1), mir_eval.util.midi_to_hz(np.array([float(n["midi"]) for n in notes]))


def note_f1(truth: tuple[np.ndarray, np.ndarray], notes: Notes) -> float:
    """F1 of onsets within 100 ms and pitches within 60 cents."""
    if not notes:
        return 0.0
    times = np.array([[begin, max(end, begin + 0.02)] for begin, end, _ in notes])
    hertz = mir_eval.util.midi_to_hz(np.array([midi for _, _, midi in notes]))
    scores = mir_eval.transcription.precision_recall_f1_overlap(
        *truth, times, hertz, onset_tolerance=0.1, pitch_tolerance=60, offset_ratio=None
    )
    return float(scores[2])


def as_keys(sung: list[SungNote]) -> Notes:
    """What the mode ``voice`` makes of sung notes."""
    return [(n.onset_s, n.offset_s, n.midi) for n in heard_notes(sung)]


def of_swift_f0(sound: Sound) -> Notes:
    """SwiftF0's own notes."""
    import swift_f0

    found = swift_f0.segment_notes(swift_f0.SwiftF0(threads=1).detect(sound.at(16_000), 16_000))
    return [(n.start, n.end, round(69 + 12 * np.log2(n.pitch_hz / 440))) for n in found]


def of_pesto(sound: Sound) -> Notes:
    """Our segmentation of PESTO's track."""
    import pesto
    import torch

    samples = torch.from_numpy(sound.at(16_000))
    _, hertz, sure, _ = pesto.predict(samples, 16_000, step_size=1000 * FRAME_S)
    return as_keys(notes_of(_pitches(sound, hertz.numpy(), sure.numpy())))


def of_pyin(sound: Sound) -> Notes:
    """Our segmentation of the track of librosa's pYIN."""
    import librosa

    hop = round(FRAME_S * 16_000)
    hertz, _, sure = librosa.pyin(sound.at(16_000), fmin=80, fmax=1100, sr=16_000, hop_length=hop)
    return as_keys(notes_of(_pitches(sound, np.nan_to_num(hertz), np.where(np.isfinite(hertz), sure, 0.0))))


def _pitches(sound: Sound, hertz: np.ndarray, sure: np.ndarray) -> Pitches:
    samples, hop = sound.at(16_000), round(FRAME_S * 16_000)
    padded = np.pad(samples, (hop, len(hertz) * hop + hop))
    power = np.array([np.square(padded[k * hop : (k + 2) * hop]).mean() for k in range(len(hertz))])
    with np.errstate(divide="ignore"):
        midi = np.where(hertz > 0, 69 + 12 * np.log2(np.maximum(hertz, 1e-9) / 440), 0.0)
    return Pitches(midi, np.where(hertz > 0, sure, 0.0).astype(float), 10 * np.log10(power + 1e-12))


def fit(takes: dict[str, Pitches], truths: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """Prints the develop half's mean for each habit tried beside the others as they are."""

    def mean(habits: Habits) -> float:
        return float(np.mean([note_f1(truths[t], as_keys(notes_of(p, habits))) for t, p in takes.items()]))

    print(f"as they are: {mean(Habits()):.4f}")
    for field in fields(Habits):
        tried = [(value, mean(replace(Habits(), **{field.name: value}))) for value in TRIED[field.name]]
        print(f"{field.name}: " + ", ".join(f"{value:g} {score:.4f}" for value, score in tried))


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=SHARED / "data" / "ssvd" / "dev")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--melody", action="store_true")
    parser.add_argument("--fit", action="store_true")
    args = parser.parse_args()
    with (args.folder / "takes.csv").open(encoding="utf-8", newline="") as listed:
        tunes = {row["take"]: row["tune"] for row in csv.DictReader(listed)}
    sounds = {take: open_sound(args.folder / f"{take}.ogg") for take in tunes}
    truths = {take: truth_of(args.folder / f"{take}.json") for take in tunes}
    if args.fit:
        own = [take for take, tune in tunes.items() if split.tune_side(tune) == split.DEVELOP]
        fit({take: tracked(sounds[take].samples, sounds[take].rate) for take in own}, truths)
        return
    ways: dict[str, Callable[[Sound], Notes]] = {
        "voice": lambda sound: as_keys(notes_of(tracked(sound.samples, sound.rate)))
    }
    if args.melody:
        listener = mode_named(MELODY).open()
        ways["melody"] = lambda sound: [
            (n.onset_s, n.offset_s, n.midi) for n in listener.hear(sound.samples, sound.rate).notes
        ]
    if args.peers:
        ways["SwiftF0's notes"] = of_swift_f0
        for name, module, way in (("PESTO", "pesto", of_pesto), ("pYIN", "librosa", of_pyin)):
            if importlib.util.find_spec(module):
                ways[name] = way
            else:
                print(f"Left out: {module} is not installed.")
    print("| take | tune's side | notes | " + " | ".join(f"{name}: notes, F1" for name in ways) + " |")
    print("|---|---|---|" + "---|" * len(ways))
    scores: dict[str, list[float]] = {name: [] for name in ways}
    spent = dict.fromkeys(ways, 0.0)
    for take, sound in sounds.items():
        cells = []
        for name, way in ways.items():
            began = time.process_time()
            notes = way(sound)
            spent[name] += time.process_time() - began
            scores[name].append(note_f1(truths[take], notes))
            cells.append(f"{len(notes)}, {scores[name][-1]:.2f}")
        side = split.tune_side(tunes[take])
        print(f"| {take} | {side} | {len(truths[take][0])} | " + " | ".join(cells) + " |", flush=True)
    length = sum(sound.seconds for sound in sounds.values())
    for name, found in scores.items():
        by_side = {
            side: np.mean(
                [f for f, t in zip(found, tunes.values(), strict=True) if split.tune_side(t) == side]
            )
            for side in (split.DEVELOP, split.TEST)
        }
        told = ", ".join(f"{side} {mean:.3f}" for side, mean in by_side.items())
        print(
            f"{name}: mean F1 {np.mean(found):.3f} ({told}), {spent[name] / length:.3f} s of a core a second"
        )


if __name__ == "__main__":
    main()
