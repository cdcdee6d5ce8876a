"""Piano music transcribed: ``python -m benchmarks.piano PACK [--side develop|test]``: what no note, piano or work was trained on.

PACK is the folder of `models.transcribe.piano.pack`. Works of the side are played by the piano kept out of training, note by note; a
second run of them stands in a room, with noise. A note is right when its key is right and its onset within 50 ms (mir_eval). Then
scales over all 88 keys, and single notes that ring for three seconds: how often a key was struck that nobody struck.
``--weights FILE`` judges other weights than the shipped, ``--fit`` tries thresholds (develop side only), ``--basic-pitch PYTHON`` lets Basic Pitch
hear the same sounds, run by the interpreter of a virtual environment that has it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import mir_eval
import numpy as np
import soundfile

from benchmarks.transcribe import onset_scores
from models.arrays import Samples
from models.transcribe import split
from models.transcribe.heard import HeardNote
from models.transcribe.melody import bank
from models.transcribe.melody.bank import RATE, Piano
from models.transcribe.melody.tunes import Struck
from models.transcribe.piano import mixing
from models.transcribe.piano.augmentation import noised, roomed
from models.transcribe.piano.decoding import NoteTracker, Thresholds
from models.transcribe.piano.hearing import PianoEar
from models.transcribe.piano.pack import read_performances
from models.transcribe.piano.performances import Performance
from models.weights import Weights

SECONDS = 25.0
BASIC_PITCH = """
import json, sys
from basic_pitch.inference import predict
from basic_pitch import ICASSP_2022_MODEL_PATH
import time
out = {}
for path in sys.argv[1:]:
    began = time.perf_counter()
    _, _, events = predict(path)
    out[path] = [[float(e[0]), float(e[1]), int(e[2])] for e in events], time.perf_counter() - began
print("\\n" + json.dumps(out))
"""


@dataclass(frozen=True)
class Sound:
    """A rendering and what was played in it."""

    name: str
    samples: Samples
    notes: tuple[Struck, ...]


def as_played(performance: Performance, start: float, seconds: float) -> mixing.Played:
    """A stretch of a performance, unchanged."""
    notes = []
    ups = performance.pedals[:, 1]
    for onset, release, midi, velocity in performance.notes.tolist():
        if not start <= onset < start + seconds + mixing.BEFORE_S:
            continue
        at = int(np.searchsorted(ups, release, side="right")) if len(ups) else 0
        end = float(ups[at]) if at < len(ups) and performance.pedals[at, 0] <= release else release
        notes.append(Struck(onset - start, end - start, int(midi), velocity / 127))
    return mixing.Played(notes, np.zeros((0, 2), np.float32))


def renderings(pack: Path, side: str, piano: Piano, most: int) -> Iterable[Sound]:
    """One performance of each work of the side, dry; and the same in a room with noise."""
    seen: set[str] = set()
    for performance in read_performances(pack / "performances.npz"):
        root = split.work_root(performance.work)
        if split.work_side(performance.work) != side or root in seen or len(seen) >= most:
            continue
        seen.add(root)
        rng = np.random.default_rng(int(hashlib.sha256(root.encode()).hexdigest()[:8], 16))
        start = max(0.0, float(performance.notes[0, 0]) - mixing.BEFORE_S - 0.5)
        clip = mixing.mixed(rng, piano, as_played(performance, start, SECONDS), SECONDS)
        notes = tuple(n for n in clip.notes if n.onset >= 0)
        dry = 0.5 * clip.samples / max(1e-6, float(np.abs(clip.samples).max()))
        yield Sound(root, np.asarray(dry, np.float32), notes)
        yield Sound(f"{root}, room and noise", noised(rng, roomed(rng, np.asarray(dry, np.float32))), notes)


def scale(piano: Piano, step_s: float) -> Sound:
    """All 88 keys upwards, one after the other."""
    rng = np.random.default_rng(1)
    struck = [
        Struck(mixing.BEFORE_S + 0.3 + n * step_s, mixing.BEFORE_S + 0.3 + (n + 0.9) * step_s, key, 0.6)
        for n, key in enumerate(range(21, 109))
        if piano.reaches(key)
    ]
    seconds = 0.3 + 88 * step_s + 1.0
    clip = mixing.mixed(rng, piano, mixing.Played(struck, np.zeros((0, 2), np.float32)), seconds)
    return Sound(f"scale, {step_s:g} s a note", clip.samples, clip.notes)


def heard(ear: PianoEar, samples: Samples, rate: int = RATE) -> list[HeardNote]:
    """All notes."""
    return [note for settled, _ in ear.notes(samples, rate) for note in settled]


def of_file(path: Path) -> PianoEar:
    """The ear with the weights in a file."""
    from safetensors import safe_open

    with safe_open(path, "numpy") as held:
        arrays = {k: held.get_tensor(k).astype(np.float32) for k in held.keys()}  # noqa: SIM118 - not a dict
        return PianoEar(Weights(path.stem, "", dict(held.metadata() or {}), arrays))


def offsets_f1(truth: tuple[Struck, ...], notes: list[HeardNote]) -> float:
    """F1 of onset, key and offset (within 50 ms or a fifth of the length)."""
    if not notes or not truth:
        return 0.0
    reference = np.array([[n.onset, n.offset] for n in truth])
    found = np.array([[n.onset_s, n.offset_s] for n in notes])
    keys = (np.array([n.midi for n in truth]), np.array([n.midi for n in notes]))
    hertz = [mir_eval.util.midi_to_hz(k) for k in keys]
    scores = mir_eval.transcription.precision_recall_f1_overlap(reference, hertz[0], found, hertz[1])
    return float(scores[2])


def fit(ear: PianoEar, sounds: list[Sound]) -> None:
    """Prints the mean onset F1 of each threshold."""
    chances = [np.concatenate(list(ear.chances(s.samples, RATE)), 1) for s in sounds]
    for struck in (0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75):
        for again in (0.0, 0.1, 0.2):
            limit = replace(Thresholds(), struck=struck, again=struck + again, candidate=min(0.15, struck))
            found = []
            for sound, chance in zip(sounds, chances, strict=True):
                tracker = NoteTracker(limit)
                notes = tracker.push(chance) + tracker.flush()
                truth = [(n.onset, n.midi) for n in sound.notes]
                found.append(onset_scores(truth, [(n.onset_s, n.midi) for n in notes])[2])
            print(f"struck {struck:.2f} again {struck + again:.2f}: mean onset F1 {np.mean(found):.4f}")


def peers(python: str, sounds: list[Sound]) -> dict[str, tuple[float, float]]:
    """(onset F1, seconds a second) of Basic Pitch for each sound."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, sound in enumerate(sounds):
            paths.append(str(Path(folder) / f"{number}.wav"))
            soundfile.write(paths[-1], sound.samples, RATE)
        done = subprocess.run([python, "-c", BASIC_PITCH, *paths], capture_output=True, text=True, check=True)
    answers = json.loads(done.stdout.strip().splitlines()[-1])
    found = {}
    for path, sound in zip(paths, sounds, strict=True):
        notes, took = answers[path]
        truth = [(n.onset, n.midi) for n in sound.notes]
        f1 = onset_scores(truth, [(n[0], n[2]) for n in notes])[2]
        found[sound.name] = f1, took / (len(sound.samples) / RATE)
    return found


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pack", type=Path)
    parser.add_argument("--side", choices=("develop", "test"), default="test")
    parser.add_argument("--most", type=int, default=12, help="works at most")
    parser.add_argument("--weights", type=Path, default=None)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--basic-pitch", default="", metavar="PYTHON")
    args = parser.parse_args()
    ear = of_file(args.weights) if args.weights else PianoEar.open()
    piano = bank.read(args.pack / "pianos" / f"{split.DEVELOP_PIANOS[0]}.npz")
    sounds = list(renderings(args.pack, args.side, piano, args.most))
    if args.fit:
        fit(ear, list(renderings(args.pack, split.DEVELOP, piano, args.most)))
        return
    beside = peers(args.basic_pitch, sounds) if args.basic_pitch else {}
    print(f"Piano {piano.name}, {args.side} works, {SECONDS:g} s of each.\n")
    print("| work | notes | precision | recall | onset F1 | with offsets | s a second |", end="")
    print(" Basic Pitch | s a second |" if beside else "")
    print("|---|---|---|---|---|---|---|" + ("---|---|" if beside else ""))
    rows = []
    for sound in sounds:
        began = time.perf_counter()
        notes = heard(ear, sound.samples)
        took = (time.perf_counter() - began) / (len(sound.samples) / RATE)
        p, r, f = onset_scores([(n.onset, n.midi) for n in sound.notes], [(n.onset_s, n.midi) for n in notes])
        whole = offsets_f1(sound.notes, notes)
        peer = beside.get(sound.name)
        rows.append([p, r, f, whole, took, *(peer or ())])
        told = f" {peer[0]:.3f} | {peer[1]:.2f} |" if peer else ""
        print(
            f"| {sound.name} | {len(sound.notes)} | {p:.3f} | {r:.3f} | {f:.3f} | {whole:.3f} | {took:.2f} |{told}"
        )
    mean = np.mean(rows, 0)
    told = "".join(f" {value:.3f} |" for value in mean)
    print(f"| mean | {sum(len(s.notes) for s in sounds)} |{told}")
    dry = np.mean([row[2] for row in rows[::2]])
    print(
        f"\nmean onset F1: dry {dry:.3f}, in a room with noise {np.mean([row[2] for row in rows[1::2]]):.3f}"
    )
    ends_and_singles(ear, piano)


def ends_and_singles(ear: PianoEar, piano: Piano) -> None:
    """Prints what is heard of scales and of single notes."""
    for step in (0.25, 0.6):
        sound = scale(piano, step)
        notes = heard(ear, sound.samples)
        p, r, f = onset_scores([(n.onset, n.midi) for n in sound.notes], [(n.onset_s, n.midi) for n in notes])
        missed = [
            n.midi
            for n in sound.notes
            if not any(h.midi == n.midi and abs(h.onset_s - n.onset) < 0.05 for h in notes)
        ]
        print(f"{sound.name}: {len(sound.notes)} notes, P {p:.3f} R {r:.3f} F1 {f:.3f}, missed {missed}")
    extra = missed_notes = count = 0
    for key, layers in sorted(piano.layers.items()):
        for layer in layers[-2:]:
            count += 1
            sounding = np.concatenate([np.zeros(RATE // 2, np.float32), layer * 0.5])
            notes = heard(ear, sounding)
            right = [n for n in notes if n.midi == key and abs(n.onset_s - 0.5) < 0.06]
            missed_notes += not right
            extra += len(notes) - len(right[:1])
    print(f"single loud notes, three seconds: {count}, missed {missed_notes}, extra onsets {extra}")


if __name__ == "__main__":
    main()
