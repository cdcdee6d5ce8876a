"""What kind of music each sound is taken for, and what is said of it: ``python -m benchmarks.textures``.

Each sound goes to the service in the mode auto, as on the page. Prints how many notes were written, how certain the middle one is, and every
sentence. Speech is espeak-ng's and the guitar a sound font's through fluidsynth: no recordings of either are at hand. Kinds whose
program is not installed are left out and named.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import mido
import numpy as np
import soundfile
import soxr

from benchmarks.melodies import RATE, Piano, piano
from models.arrays import Samples
from models.contracts.transcribe import TranscribeRequest
from models.engine import LocalEngine
from models.transcribe.ear.takes import coloured
from models.transcribe.service import TranscribeService
from models.transcribe.sound import open_sound

SHARED = Path(os.environ.get("SCOREWEB_SHARED", Path(__file__).parents[2] / "shared"))
FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
SENTENCES = {
    "en": "Nobody had expected the ferry to leave before the rain had stopped.",
    "en+f3": "Please put the bread on the table, and call your brother.",
    "de": "Am Abend saßen wir lange am Fluss und redeten über die Ernte.",
    "fr+f2": "Il faudra changer de train deux fois avant la frontière.",
}
GUITARS = {"nylon guitar": 24, "steel guitar": 25, "clean electric guitar": 27}
OTHERS = {"violin": 40, "flute": 73, "church organ": 19, "vibraphone": 11}
SCALE = (52, 55, 57, 59, 62, 64, 67, 64)


def spoken(voice: str, words: str) -> Samples:
    """A sentence by espeak-ng."""
    done = subprocess.run(["espeak-ng", "-v", voice, "--stdout", words], check=True, capture_output=True)
    return open_sound(done.stdout).at(RATE)


def fonts_tune(program: int, midis: tuple[int, ...], *, together: bool = False) -> Samples:
    """Notes of half a second, or a chord, by a program of the sound font."""
    messages = [mido.Message("program_change", program=program)]
    for n, midi in enumerate(midis):
        messages.append(mido.Message("note_on", note=midi, velocity=90, time=400 if n == 0 else 0))
        if not together:
            messages.append(mido.Message("note_off", note=midi, velocity=0, time=500))
    for midi in midis if together else ():
        messages.append(mido.Message("note_off", note=midi, velocity=0, time=1500 if midi == midis[0] else 0))
    return played(messages)


def played(messages: list[mido.Message], end: int = 800) -> Samples:
    """MIDI messages (times in milliseconds) by the sound font."""
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=1_000_000), *messages])
    track.append(mido.MetaMessage("end_of_track", time=end))
    with tempfile.TemporaryDirectory() as folder:
        tune, sound = Path(folder) / "tune.mid", Path(folder) / "tune.wav"
        mido.MidiFile(ticks_per_beat=1000, tracks=[track]).save(tune)
        command = [
            "fluidsynth",
            "-ni",
            "-q",
            "-g",
            "0.6",
            "-r",
            str(RATE),
            "-F",
            str(sound),
            str(FONT),
            str(tune),
        ]
        subprocess.run(command, check=True, capture_output=True)
        samples = soundfile.read(io.BytesIO(sound.read_bytes()), dtype="float32", always_2d=True)[0]
    return np.asarray(samples.mean(1), np.float32)


def drum_loop() -> Samples:
    """Two bars of bass drum, snare and hi-hat."""
    messages = []
    for step in range(16):
        keys = [42, *([36] if step % 4 == 0 else []), *([38] if step % 4 == 2 else [])]
        messages += [
            mido.Message("note_on", channel=9, note=k, velocity=100, time=250 if n == 0 else 0)
            for n, k in enumerate(keys)
        ]
    return played(messages)


def orchestra() -> Samples:
    """Strings, horns, flute and timpani in four chords."""
    programs = ((0, 48), (1, 60), (2, 73), (3, 47))
    messages = [mido.Message("program_change", channel=c, program=p) for c, p in programs]
    chords = (
        ((48, 55, 64), 67, 79, 36),
        ((53, 57, 60), 65, 81, 41),
        ((55, 59, 62), 67, 83, 43),
        ((48, 55, 64), 72, 84, 36),
    )
    for strings, horn, flute, drum in chords:
        keys = [*((0, k) for k in strings), (1, horn), (2, flute), (3, drum)]
        for on, wait in (("note_on", 50), ("note_off", 900)):
            messages += [
                mido.Message(on, channel=c, note=k, velocity=90, time=wait if n == 0 else 0)
                for n, (c, k) in enumerate(keys)
            ]
    return played(messages)


def chord(instrument: Piano, midis: tuple[int, ...], gap: float = 0.0) -> Samples:
    """Notes of a real piano together, or each a ``gap`` in seconds later."""
    out = np.zeros(round((3.4 + gap * len(midis)) * RATE), np.float32)
    for n, midi in enumerate(midis):
        sound = instrument.note(midi, 0.6)
        begin = round((0.2 + gap * n) * RATE)
        out[begin : begin + len(sound)] += sound
    return np.asarray(0.6 * out / np.abs(out).max(), np.float32)


def retuned(samples: Samples, hertz: float) -> Samples:
    """The sound of another pitch: a recording played slower."""
    return np.asarray(soxr.resample(samples, hertz * 100, 440 * 100), np.float32)


def sounds(instrument: Piano, rng: np.random.Generator) -> Iterator[tuple[str, Samples]]:
    """Each kind by name."""
    second = np.arange(2 * RATE) / RATE
    yield "silence", np.zeros(2 * RATE, np.float32)
    yield "white noise, loud", np.asarray(rng.normal(0, 0.2, 2 * RATE), np.float32)
    yield "white noise, faint", np.asarray(rng.normal(0, 0.003, 2 * RATE), np.float32)
    yield "pink noise", 0.2 * coloured(rng, 2 * RATE, 1.0)
    yield (
        "mains hum",
        np.asarray(0.2 * sum(np.sin(2 * np.pi * 50 * h * second) / h for h in (1, 2, 3, 5)), np.float32),
    )
    clicks = (rng.random(2 * RATE) < 6 / RATE) * rng.normal(0, 0.5, 2 * RATE)
    yield "clicks", np.asarray(clicks + rng.normal(0, 1e-3, 2 * RATE), np.float32)
    glide = 2 * np.pi * np.cumsum(700 + 250 * np.sin(2 * np.pi * 0.7 * second)) / RATE
    yield "whistling that glides", np.asarray(0.3 * np.sin(glide), np.float32)
    if shutil.which("espeak-ng"):
        for voice, words in SENTENCES.items():
            yield f"speech ({voice})", spoken(voice, words)
    if shutil.which("fluidsynth") and FONT.exists():
        for name, program in GUITARS.items():
            yield f"{name}, one note", fonts_tune(program, (52,))
            yield f"{name}, tune", fonts_tune(program, SCALE)
        yield "steel guitar, chord", fonts_tune(25, (40, 47, 52, 56, 59, 64), together=True)
        for name, program in OTHERS.items():
            yield f"{name}, tune", fonts_tune(program, SCALE)
        yield "orchestra", orchestra()
        yield "drum loop", drum_loop()
    yield "piano chord of three", chord(instrument, (60, 64, 67))
    yield "piano chord of three, dissonant", chord(instrument, (57, 63, 70))
    yield "piano octave", chord(instrument, (48, 60))
    chords = [
        chord(instrument, c)[: 2 * RATE]
        for c in ((48, 55, 64, 72), (53, 57, 65, 69), (43, 55, 62, 71), (48, 55, 64, 72))
    ]
    both = np.concatenate(chords)
    yield "piano, four chords", both
    yield "piano, four chords, clipped", np.clip(both * 6, -0.9, 0.9)
    yield "piano, four chords, only up to 4 kHz", soxr.resample(soxr.resample(both, RATE, 8_000), 8_000, RATE)
    for hertz in (415, 432):
        yield f"piano, four chords, A = {hertz} Hz", retuned(both, hertz)
    yield "piano, two notes 3 s apart", chord(instrument, (60, 67), 3.0)
    yield "piano, one note (should pass)", chord(instrument, (60,))
    yield "piano, tune (should pass)", chord(instrument, (60, 62, 64, 65, 67), 0.5)


def main() -> None:
    """Prints the table."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter).parse_args()
    missing = [name for name in ("espeak-ng", "fluidsynth") if not shutil.which(name)]
    if missing:
        print(f"Left out: not installed: {', '.join(missing)}.\n")
    instrument = piano(SHARED / "data" / "piano_notes" / "salamander_yamaha_c5")
    print("| sound | taken for | notes | certainty of the middle one | what is said |")
    print("|---|---|---|---|---|")
    with LocalEngine([TranscribeService()]) as engine:
        for name, samples in sounds(instrument, np.random.default_rng(3)):
            answer = engine.run("transcribe", TranscribeRequest(samples, RATE))
            sure = f"{np.median([n.certainty for n in answer.notes]):.2f}" if answer.notes else "-"
            print(
                f"| {name} | {answer.mode} | {len(answer.notes)} | {sure} | {' '.join(answer.hints) or '-'} |"
            )


if __name__ == "__main__":
    main()
