"""Clips of piano music with their truth, mixed note by note from single notes: no two alike, made while the network learns.

What is played: passages of performances (transposed, faster or slower, with and without their pedal), random tunes and chords, and
single notes held while their strings beat. Who plays: any piano of the pack, detuned, its keys borrowed from up to two semitones
away. Where: `models.transcribe.piano.augmentation`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.arrays import Samples
from models.transcribe.ear.takes import no_piano
from models.transcribe.melody import tunes
from models.transcribe.melody.bank import LEAD, RATE, Piano, shifted
from models.transcribe.melody.tunes import NO_DAMPER, Struck, audible
from models.transcribe.piano.performances import Performance

BEFORE_S = 3.0
"""Seconds played before a clip begins, so that notes ring into it."""
RANGE_DB = (24.0, 42.0)
"""Decibels between the softest and the loudest touch."""
TAIL_S = 1.0
FARTHEST = 2
LOWEST, HIGHEST = 21, 108


@dataclass(frozen=True)
class Clip:
    """Samples at `RATE`; notes that sound in it (onsets before it are negative), ``loudness`` 0 to 1; times of the pedal down, up."""

    samples: Samples
    notes: tuple[Struck, ...]
    pedals: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Played:
    """What is to be mixed: notes whose ends are those of their strings, and the pedal."""

    notes: list[Struck]
    pedals: npt.NDArray[np.float32]


def passage(rng: np.random.Generator, played: Performance, seconds: float) -> Played:
    """A stretch of a performance, moved in pitch and tempo; its pedal kept, left out, or half as long."""
    speed = float(np.exp(rng.uniform(-0.25, 0.25)))
    length = (BEFORE_S + seconds) * speed
    start = rng.uniform(-1.0, max(0.0, float(played.notes[-1, 0]) - length / 2))
    chosen = played.notes[(played.notes[:, 0] >= start) & (played.notes[:, 0] < start + length)]
    shift = int(rng.integers(-7, 8)) if rng.random() < 0.7 else 0
    pedals = played.pedals if rng.random() < 0.8 else played.pedals[:0]
    curve = float(np.exp(rng.uniform(-0.4, 0.4)))
    ups = pedals[:, 1]
    notes = []
    for onset, release, midi, velocity in chosen.tolist():
        key = int(midi) + shift
        if not LOWEST <= key <= HIGHEST:
            continue
        end = release
        if len(ups):
            at = int(np.searchsorted(ups, release, side="right"))
            if at < len(ups) and pedals[at, 0] <= release:
                end = float(ups[at])
        notes.append(
            Struck((onset - start) / speed, (end - start) / speed, key, float((velocity / 127) ** curve))
        )
    return Played(notes, ((pedals - start) / speed).astype(np.float32))


def held(rng: np.random.Generator, piano: Piano, seconds: float) -> Played:
    """Single notes or wide intervals that ring for seconds while nothing else is struck."""
    notes, now = [], rng.uniform(0.0, BEFORE_S + 1.0)
    while now < BEFORE_S + seconds:
        last = rng.uniform(1.0, 6.0)
        for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
            midi = int(rng.integers(LOWEST, HIGHEST + 1))
            if piano.reaches(midi):
                notes.append(
                    Struck(now, now + last * rng.uniform(0.7, 1.1), midi, float(rng.uniform(0.2, 1.0)))
                )
        now += last
    return Played(notes, np.zeros((0, 2), np.float32))


def ends(rng: np.random.Generator, piano: Piano, seconds: float) -> Played:
    """Single notes at an end of the keyboard: up, down, again, or leaping, few of which are in any music."""
    low, high = (LOWEST, LOWEST + 13) if rng.random() < 0.5 else (HIGHEST - 12, HIGHEST)
    beat = float(np.exp(rng.uniform(np.log(0.15), np.log(0.8))))
    held_for = float(rng.choice([0.5, 0.9, 2.5]))
    step = int(rng.choice([-1, 1, 1, 0]))
    midi, now, level = int(rng.integers(low, high + 1)), float(rng.uniform(0.0, beat)), rng.uniform(0.3, 1.0)
    notes = []
    while now < BEFORE_S + seconds:
        if piano.reaches(midi):
            loud = float(np.clip(level + rng.normal(0, 0.1), 0.1, 1.0))
            notes.append(Struck(now, now + held_for * beat, midi, loud))
        midi = midi + step if step else int(rng.integers(low, high + 1))
        if not low <= midi <= high:
            step, midi = -step, int(np.clip(midi, low, high))
        now += beat * float(rng.uniform(0.95, 1.05))
    return Played(notes, np.zeros((0, 2), np.float32))


def absent(rng: np.random.Generator, seconds: float) -> Clip:
    """No piano: noise, clicks, hum, whistling or vowels, of which nothing is to be written down."""
    samples = no_piano(rng, int(seconds * RATE))
    return Clip(samples, (), np.zeros((0, 2), np.float32))


def invented(rng: np.random.Generator, piano: Piano, seconds: float, chordal: bool) -> Played:
    """A random tune, or chords of both hands."""
    made = (tunes.chords if chordal else tunes.melody)(rng, piano, BEFORE_S + seconds)
    return Played(made, np.zeros((0, 2), np.float32))


def mixed(rng: np.random.Generator, piano: Piano, played: Played, seconds: float) -> Clip:
    """The clip as the piano plays it, dry. A key struck again damps its earlier note."""
    out = np.zeros(int((BEFORE_S + seconds) * RATE) + RATE // 2, np.float32)
    cents = float(rng.normal(0, 9)) if rng.random() < 0.8 else float(rng.uniform(-35, 35))
    range_db = float(rng.uniform(*RANGE_DB))
    keys = rng.normal(0, 3, 128)
    levels = rng.normal(0, 1.2, 128)
    borrowed = int(rng.integers(-FARTHEST, FARTHEST + 1)) if rng.random() < 0.4 else 0
    release_s = float(rng.uniform(0.03, 0.11))
    thump = float(10 ** (rng.uniform(-50, -26) / 20)) if rng.random() < 0.5 else 0.0
    notes = sorted(played.notes, key=lambda n: n.onset)
    again: dict[int, float] = {}
    heard = []
    for note in reversed(notes):
        following = again.get(note.midi, np.inf)
        again[note.midi] = note.onset
        if following - note.onset < 0.03 or not piano.reaches(note.midi):
            continue
        end = min(note.offset if note.midi < NO_DAMPER else note.offset + 1.5, following)
        end = max(end, note.onset + 0.04)
        if end + 4 * release_s < BEFORE_S:
            continue
        sound = _sound(
            rng, piano, note, end, release_s, cents + keys[note.midi], borrowed, BEFORE_S + seconds
        )
        gain = 10 ** (((note.loudness - 1) * range_db + levels[note.midi]) / 20)
        start = int(note.onset * RATE) - LEAD
        cut = max(0, -start)
        stop = min(len(out), start + len(sound))
        if stop <= start + cut:
            continue
        out[start + cut : stop] += gain * sound[cut : stop - start]
        if thump and note.midi < NO_DAMPER and end < following:
            _thump(rng, out, end, thump * gain)
        last = min(end, note.onset + audible(sound))
        if last > BEFORE_S:
            heard.append(Struck(note.onset - BEFORE_S, last - BEFORE_S, note.midi, note.loudness))
    first = int(BEFORE_S * RATE)
    notes_heard = tuple(sorted((n for n in heard if n.onset < seconds - 0.03), key=lambda n: n.onset))
    return Clip(out[first : first + int(seconds * RATE)], notes_heard, played.pedals - np.float32(BEFORE_S))


def _sound(
    rng: np.random.Generator,
    piano: Piano,
    note: Struck,
    end: float,
    release_s: float,
    cents: float,
    borrowed: int,
    limit: float,
) -> Samples:
    """The note, as long as it is needed, from `LEAD` samples before the hammer on, damped at its end."""
    source = note.midi + borrowed
    if not (LOWEST <= source <= HIGHEST and piano.reaches(source)):
        source = note.midi
    near = min(piano.layers, key=lambda key: (abs(key - source), rng.random()))
    layer = piano.layers[near]
    place = note.loudness * len(layer) + float(rng.normal(0, 0.35))
    sound = layer[int(np.clip(place, 0, len(layer) - 1))]
    ratio = 2 ** ((note.midi - near + cents / 100) / 12)
    seconds = min(end, limit) - note.onset + 4 * release_s
    needed = int(seconds * RATE * ratio) + LEAD + 4
    if needed > len(sound):
        sound = prolonged(rng, sound, needed)
    return tunes.damped(shifted(sound[:needed], ratio), end - note.onset, release_s)


def prolonged(rng: np.random.Generator, sound: Samples, count: int) -> Samples:
    """The note made longer than it was recorded: pieces of its later part joined on, falling as it fell.

    Where two pieces join they interfere, much as strings beat; no hammer falls there.
    """
    begin = len(sound) // 2
    fade = RATE // 8
    tail = sound[begin : len(sound) - LEAD]
    if len(tail) < 4 * fade:
        return sound
    third = len(tail) // 3
    early, late = (float(np.sqrt(np.mean(part**2)) + 1e-7) for part in (tail[:third], tail[-third:]))
    fall = np.log(min(early, max(late, 1e-3 * early)) / early) / (len(tail) - third)
    fall = float(np.clip(fall, -12.0 / RATE, -0.15 / RATE))
    parts = np.zeros(count, np.float32)
    place = len(sound) - LEAD - fade
    parts[: place + fade] = sound[: place + fade]
    parts[place : place + fade] *= np.linspace(1, 0, fade, dtype=np.float32)
    while place < count:
        length = int(rng.uniform(0.5, 1.0) * len(tail))
        at = int(rng.integers(0, len(tail) - length + 1))
        piece = tail[at : at + length] * np.float32(np.exp(fall * (place - begin - at)))
        piece = piece.copy()
        piece[:fade] *= np.linspace(0, 1, fade, dtype=np.float32)
        piece[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
        stop = min(count, place + length)
        parts[place:stop] += piece[: stop - place]
        place += length - fade
    return parts


def _thump(rng: np.random.Generator, out: Samples, second: float, gain: float) -> None:
    """A damper falling: a short dull noise, which is no onset."""
    begin, length = int(second * RATE), RATE // 25
    if begin + length >= len(out):
        return
    noise = np.cumsum(rng.normal(0, 1, length)).astype(np.float32)
    noise = (noise - noise.mean()) * np.hanning(length).astype(np.float32)
    out[begin : begin + length] += noise * np.float32(gain / (np.abs(noise).max() + 1e-9))
