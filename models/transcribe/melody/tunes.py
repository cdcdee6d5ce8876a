"""Endless random tunes with their truth, mixed from single notes: what the onset network learns from and is measured on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.signal import fftconvolve, sosfilt

from models.arrays import Samples
from models.transcribe.melody.bank import LEAD, RATE, Piano, shifted

NO_DAMPER = 90
"""From about F#6 up the strings of a piano have no dampers."""


@dataclass(frozen=True, slots=True)
class Struck:
    """A key's note in a tune: seconds, MIDI number, loudness 0 to 1."""

    onset: float
    offset: float
    midi: int
    loudness: float


@dataclass(frozen=True)
class Tune:
    """Samples at `bank.RATE`, and the notes in order of their onsets."""

    samples: Samples
    notes: tuple[Struck, ...]


def melody(rng: np.random.Generator, piano: Piano, seconds: float) -> list[Struck]:
    """One note at a time: steps, leaps, repeats and rests, from staccato to notes that ring on under the next ones."""
    centre = float(rng.integers(21, 109)) if rng.random() < 0.8 else float(rng.choice([24, 30, 100, 105]))
    span = rng.uniform(2, 14)
    beat = float(np.exp(rng.uniform(np.log(0.11), np.log(1.1))))
    level, swing = rng.uniform(0.25, 0.95), rng.uniform(0.0, 0.3)
    manner = rng.choice(["staccato", "legato", "pedal"], p=[0.25, 0.4, 0.35])
    chromatic = rng.random() < 0.15
    direction = rng.choice([-1, 1])
    notes: list[Struck] = []
    midi, now = round(centre), rng.uniform(0.05, 0.5)
    while now < seconds - 0.05:
        length = beat * float(rng.choice([0.5, 1, 1, 1, 1.5, 2]) if not chromatic else 1.0)
        length *= rng.uniform(0.93, 1.07)
        midi = int(np.clip(midi, 21, 108))
        if piano.reaches(midi) and (chromatic or rng.random() > 0.1):
            held = {"staccato": rng.uniform(0.3, 0.8), "legato": rng.uniform(0.9, 1.05), "pedal": 40.0}[
                str(manner)
            ]
            loud = float(np.clip(level + rng.normal(0, swing), 0.02, 1.0))
            notes.append(Struck(now, now + held * length, midi, loud))
        now += length
        if chromatic:
            midi += int(direction)
            if not 21 <= midi <= 108:
                direction = -direction
                midi += int(2 * direction)
        elif rng.random() > 0.15:
            pull = 0.3 * (centre - midi) / max(1.0, span)
            midi += round(float(rng.normal(pull * 3, max(1.5, span / 2.5))))
    return notes


def chords(rng: np.random.Generator, piano: Piano, seconds: float) -> list[Struck]:
    """Several notes at a time: two hands with up to four notes each."""
    beat = float(np.exp(rng.uniform(np.log(0.2), np.log(1.0))))
    pedal = rng.random() < 0.4
    level = rng.uniform(0.3, 0.9)
    notes: list[Struck] = []
    for low, high in ((24, 62), (55, 105)):
        now, centre = rng.uniform(0.05, 0.5), rng.uniform(low, high)
        while now < seconds - 0.05:
            length = beat * float(rng.choice([0.5, 1, 1, 2]))
            count = int(rng.choice([0, 1, 1, 2, 3, 4]))
            root = int(np.clip(rng.normal(centre, 6), 21, 108))
            offsets = (
                {0, *(int(o) for o in rng.choice([3, 4, 5, 7, 8, 9, 10, 12, 15, 16], count))}
                if count
                else set()
            )
            for offset in offsets:
                if root + offset <= 108 and piano.reaches(root + offset):
                    start = now + abs(rng.normal(0, 0.008))
                    held = 40.0 if pedal else rng.uniform(0.5, 1.05) * length
                    loud = float(np.clip(level + rng.normal(0, 0.15), 0.05, 1.0))
                    notes.append(Struck(start, start + held, root + offset, loud))
            now += length * rng.uniform(0.97, 1.03)
    return sorted(notes, key=lambda note: note.onset)


def mixed(notes: list[Struck], piano: Piano, seconds: float, rng: np.random.Generator) -> Tune:
    """The notes sounding, a key struck again damping its earlier note; offsets are those that can be heard."""
    out = np.zeros(int(seconds * RATE) + RATE * 3, np.float32)
    cents = float(rng.normal(0, 7))
    heard: list[Struck] = []
    for i, note in enumerate(notes):
        sound = piano.note(note.midi, note.loudness, rng)
        sound = shifted(sound, 2 ** ((cents + float(rng.normal(0, 2))) / 1200))
        again = next((n.onset for n in notes[i + 1 :] if n.midi == note.midi), np.inf)
        end = min(note.offset if note.midi < NO_DAMPER else note.offset + 1.5, again)
        sound = damped(sound, end - note.onset, float(rng.uniform(0.03, 0.12)))
        start = int(note.onset * RATE) - LEAD
        cut = max(0, -start)
        gain = 10 ** ((note.loudness - 1) * 30 / 20)
        out[start + cut : start + len(sound)] += gain * sound[cut:]
        heard.append(replace(note, offset=min(end, note.onset + audible(sound))))
    return Tune(out[: int(seconds * RATE)], tuple(n for n in heard if n.onset < seconds - 0.05))


def damped(sound: Samples, seconds: float, release: float) -> Samples:
    """The note with its damper falling after ``seconds``, decaying by 60 dB in ``3 * release`` seconds or so."""
    start = LEAD + int(seconds * RATE)
    tail = int(4 * release * RATE)
    fade = min(int(0.05 * RATE), len(sound))
    if start + tail >= len(sound):
        sound = sound.copy()
        sound[len(sound) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)  # the recording's own cut
        if start >= len(sound):
            return sound
    sound = sound[: start + tail].copy()
    after = np.arange(len(sound) - start, dtype=np.float32) / RATE
    sound[start:] *= np.exp(-1.7 * after / release)
    return sound


def audible(sound: Samples) -> float:
    """Seconds after the hammer at which the note has fallen 36 dB below its loudest 20 ms."""
    step = RATE // 50
    levels = np.sqrt(np.mean(sound[: len(sound) // step * step].reshape(-1, step) ** 2, axis=1))
    loud = np.flatnonzero(levels > levels.max(initial=0.0) * 10 ** (-36 / 20))
    return max(0.03, (int(loud[-1]) + 1) * step / RATE - LEAD / RATE) if len(loud) else 0.03


def degraded(samples: Samples, rng: np.random.Generator, *, snr_db: float | None = None) -> Samples:
    """The sound as some room, microphone and level would give it; ``snr_db`` fixes the white noise, else it varies."""
    x = samples
    if rng.random() < 0.7:
        x = tilted(x, float(rng.uniform(-5, 5)), float(rng.uniform(200, 2500)))
    if rng.random() < 0.5:
        x = roomed(x, rng)
    x = x * (10 ** (rng.uniform(-26, 0) / 20) / max(1e-6, float(np.abs(x).max())))
    loud = np.abs(x) > 0.05 * np.abs(x).max(initial=0.0)
    power = float(np.mean(x[loud] ** 2)) if loud.any() else 1e-6
    snr = float(rng.uniform(8, 70)) if snr_db is None else snr_db
    noise = rng.normal(0, 1, len(x)).astype(np.float32)
    if snr_db is None and rng.random() < 0.5:
        noise = coloured(noise, rng)
    return (x + noise * np.sqrt(power / 10 ** (snr / 10)) / max(1e-9, float(noise.std()))).astype(np.float32)  # type: ignore[no-any-return]


def tilted(x: Samples, decibels: float, hz: float) -> Samples:
    """Everything above ``hz`` louder by ``decibels`` (a first-order shelf)."""
    gain, k = 10 ** (decibels / 20), np.tan(np.pi * hz / RATE)
    b0, b1, a1 = (gain + k) / (1 + k), (k - gain) / (1 + k), (k - 1) / (1 + k)
    return np.asarray(sosfilt([[b0, b1, 0, 1, a1, 0]], x), np.float32)


def roomed(x: Samples, rng: np.random.Generator) -> Samples:
    """The sound in a room: exponentially decaying noise, 0.15 to 1 s, behind the direct sound."""
    decay = rng.uniform(0.15, 1.0)
    time = np.arange(int(decay * RATE)) / RATE
    tail = rng.normal(0, 1, len(time)) * np.exp(-6.9 * time / decay) * (time > 0.004)
    tail *= rng.uniform(0.05, 0.5) / max(1e-9, float(np.sqrt(np.sum(tail**2))))
    return np.asarray(x + fftconvolve(x, tail)[: len(x)], np.float32)


def coloured(noise: Samples, rng: np.random.Generator) -> Samples:
    """The noise falling towards high frequencies, with or without mains hum."""
    spectrum = np.fft.rfft(noise)
    slope = rng.uniform(0.3, 1.0)
    brown = np.fft.irfft(
        spectrum / np.maximum(np.arange(len(spectrum)) * RATE / len(noise), 20.0) ** slope, len(noise)
    )
    brown = brown / max(1e-9, float(brown.std()))
    if rng.random() < 0.3:
        t = np.arange(len(noise)) / RATE
        mains = float(rng.choice([50, 60]))
        brown += sum(
            rng.uniform(0, 0.6) * np.sin(2 * np.pi * mains * h * t + rng.uniform(0, 6)) for h in (1, 2, 3, 5)
        )
    return np.asarray(brown, np.float32)


def tune(rng: np.random.Generator, piano: Piano, seconds: float, *, polyphony: float = 0.25) -> Tune:
    """A random tune on this piano, degraded; a share ``polyphony`` of them are chordal."""
    notes = (chords if rng.random() < polyphony else melody)(rng, piano, seconds)
    clean = mixed(notes, piano, seconds, rng)
    return Tune(degraded(clean.samples, rng), clean.notes)
