"""What the ear learns from: takes of the data set, each time played in another room, tuning, noise and length.

Beside single notes: chords, and what is no piano at all (silence, noise, hum, speech-like sounds).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch
from scipy.fft import irfft, rfft
from scipy.signal import butter, lfilter, sosfilt
from torch import Tensor
from torch.utils.data import IterableDataset

from models.arrays import Samples
from models.transcribe.dataset import Entry, read_annotations
from models.transcribe.dataset.timbre import equaliser, filtered, room_response
from models.transcribe.ear.network import FIRST_KEY, KEYS
from models.transcribe.ear.spectrogram import RATE

NOTE, CHORD, OTHER, UNTOLD = 0, 1, 2, -1
SHORTEST_S, LONGEST_S = 0.15, 1.6
KIND_SHARES = {"real": 0.4, "font": 0.33, "partials": 0.27}
PARTIAL_STEPS = {0, 12, 19, 24, 28, 31, 34, 36}


@dataclass(frozen=True)
class Example:
    """``samples`` at 32 kHz, the key's index 0 to 87 (-1 for none), and `NOTE`, `CHORD`, `OTHER` or `UNTOLD`."""

    samples: Samples
    key: int
    kind: int


def usable(folders: Sequence[Path], without: Sequence[str]) -> list[tuple[Path, Entry]]:
    """The takes of data sets, but for the named pianos or families and for noise copies."""
    return [
        (folder / entry.file, entry)
        for folder in folders
        for entry in read_annotations(folder)
        if not entry.noise and entry.family not in without and entry.piano not in without
    ]


class Takes(IterableDataset[tuple[Tensor, Tensor, Tensor]]):
    """Endless batches (B, n), (B,), (B,) of one length each."""

    def __init__(self, takes: Sequence[tuple[Path, Entry]], batch: int, seed: int) -> None:
        self.batch, self.seed = batch, seed
        self.by_kind: dict[str, dict[int, list[Path]]] = {}
        for path, entry in takes:
            kind = "real" if entry.kind == "shifted" else entry.kind
            self.by_kind.setdefault(kind, defaultdict(list))[entry.midi].append(path)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        info = torch.utils.data.get_worker_info()
        rng = np.random.default_rng([self.seed, 0 if info is None else info.id])
        while True:
            seconds = float(np.exp(rng.uniform(np.log(SHORTEST_S), np.log(LONGEST_S))))
            examples = [self.example(rng, seconds) for _ in range(self.batch)]
            yield (
                torch.from_numpy(np.stack([e.samples for e in examples])),
                torch.tensor([e.key for e in examples]),
                torch.tensor([e.kind for e in examples]),
            )

    def example(self, rng: np.random.Generator, seconds: float) -> Example:
        """One of what the module says."""
        count = round(seconds * RATE)
        fate = rng.random()
        if fate < 0.07:
            return Example(no_piano(rng, count), -1, OTHER)
        key = int(rng.integers(KEYS))
        sound = self.note(rng, key, count)
        kind = NOTE
        if fate < 0.17:
            for _ in range(int(rng.choice([1, 2, 3], p=[0.4, 0.35, 0.25]))):
                other = int(np.clip(key + rng.integers(-24, 25), 0, KEYS - 1))
                if abs(other - key) not in PARTIAL_STEPS:
                    sound = sound + self.note(rng, other, count) * 10 ** (rng.uniform(-8, 4) / 20)
                    kind = CHORD
        elif fate < 0.32:
            # The note before still rings: the key asked for is the new one.
            other = int(np.clip(key + rng.integers(-14, 15), 0, KEYS - 1))
            if abs(other - key) not in PARTIAL_STEPS:
                level = rng.uniform(-26, -6)
                sound = sound + self.note(rng, other, count, late=True) * 10 ** (level / 20)
                kind = NOTE if level < -14 else UNTOLD
        sound = degraded(rng, sound)
        return Example(sound, key if kind != CHORD else -1, kind)

    def note(self, rng: np.random.Generator, key: int, count: int, *, late: bool = False) -> Samples:
        """(count,) of a key, peak 1, in a random timbre; ``late``: from somewhere in its decay."""
        midi = FIRST_KEY + key
        kinds = list(self.by_kind)
        shares = np.array([KIND_SHARES.get(kind, 0.1) for kind in kinds])
        by_key = self.by_kind[kinds[int(rng.choice(len(kinds), p=shares / shares.sum()))]]
        move = int(rng.choice([-2, -1, 0, 1, 2], p=[0.07, 0.13, 0.6, 0.13, 0.07]))
        source = midi - move if by_key.get(midi - move) else min(by_key, key=lambda m: abs(m - midi))
        move = midi - source
        samples, _ = soundfile.read(
            str(by_key[source][int(rng.integers(len(by_key[source])))]), dtype="float32"
        )
        cents = float(np.clip(rng.normal(0, 11), -35, 35)) + 100 * move
        if abs(cents) > 2:
            samples = soxr.resample(
                samples, RATE * 2 ** (cents / 1200), RATE, quality="QQ" if abs(cents) < 20 else "LQ"
            )
        samples = _placed(rng, np.asarray(samples, np.float32), count, late=late)
        if rng.random() < 0.75:
            room = room_response(rng, RATE) if rng.random() < 0.6 else None
            samples = filtered(samples, room, equaliser(rng), RATE)
        return np.asarray(samples / (np.abs(samples).max() + 1e-6), np.float32)


def _placed(rng: np.random.Generator, samples: Samples, count: int, *, late: bool) -> Samples:
    """(count,) with the hammer near the beginning, mostly; sometimes later, sometimes before the clip."""
    fate = rng.random()
    if late or fate < 0.12:
        begin = int(rng.uniform(0.03, 0.7) * RATE)
        kept = samples[begin : begin + count]
        if len(kept) > count // 2 and (late or np.abs(kept).max() > 0.02 * np.abs(samples).max()):
            return np.pad(kept, (0, count - len(kept)))
    lead = (
        int(rng.uniform(0, min(0.35, 0.5 * count / RATE)) * RATE)
        if fate > 0.85
        else int(rng.uniform(-0.02, 0.06) * RATE)
    )
    kept = samples[max(0, -lead) :][: count - max(0, lead)]
    kept = np.pad(kept, (max(0, lead), 0))
    if rng.random() < 0.08 and len(kept) > RATE // 4:
        stop = int(rng.uniform(0.12 * RATE, len(kept)))
        kept = kept.copy()
        kept[stop:] *= np.exp(-np.arange(len(kept) - stop) / (rng.uniform(0.01, 0.06) * RATE))
    return np.pad(kept, (0, count - len(kept)))


def degraded(rng: np.random.Generator, sound: Samples) -> Samples:
    """The sound as a poor recording has it: noise of 0 to 45 dB SNR, hum, clipping, a narrow band, dropouts of treble."""
    sound = np.asarray(sound / (np.abs(sound).max() + 1e-6), np.float32)
    if rng.random() < 0.06:
        sound = np.clip(sound, -1, 1) if rng.random() < 0.3 else np.clip(sound * rng.uniform(1.5, 8), -1, 1)
    if rng.random() < 0.62:
        sound = sound + noise_for(
            rng, sound, float(rng.uniform(0, 20) if rng.random() < 0.55 else rng.uniform(20, 45))
        )
    if rng.random() < 0.05:
        hum = 50 if rng.random() < 0.7 else 60
        time = np.arange(len(sound)) / RATE
        for n in range(1, int(rng.integers(2, 7))):
            sound = sound + rng.uniform(0, 0.03) * np.sin(2 * np.pi * hum * n * time + rng.uniform(0, 6))  # type: ignore[assignment]
    fate = rng.random()
    if fate < 0.05:
        sound = sosfilt(
            butter(2, [rng.uniform(90, 320), rng.uniform(3200, 4000)], "bandpass", fs=RATE, output="sos"),
            sound,
        )
    elif fate < 0.18:
        sound = sosfilt(butter(6, rng.uniform(4500, 13_000), fs=RATE, output="sos"), sound)
    return np.asarray(sound, np.float32)


def noise_for(rng: np.random.Generator, sound: Samples, snr_db: float) -> Samples:
    """White or coloured noise so loud that the sounding part of the take is ``snr_db`` above it."""
    loud = np.abs(sound) > 0.02 * np.abs(sound).max()
    power = float(np.square(sound[loud]).mean()) if loud.any() else 1e-6
    noise = coloured(rng, len(sound), 0.0 if rng.random() < 0.65 else float(rng.uniform(0.3, 1.6)))
    return np.asarray(noise * np.sqrt(power / 10 ** (snr_db / 10)), np.float32)


def coloured(rng: np.random.Generator, count: int, slope: float) -> Samples:
    """Noise of power 1 that falls with frequency to the power ``slope``: 0 is white, 1 pink."""
    noise = rng.standard_normal(count, dtype=np.float32)
    if slope:
        spectrum = rfft(noise)
        spectrum /= np.maximum(np.arange(len(spectrum)) * RATE / count, 25.0) ** (slope / 2)
        noise = irfft(spectrum, count)
        noise /= np.sqrt(np.square(noise).mean()) + 1e-9
    return np.asarray(noise, np.float32)


def no_piano(rng: np.random.Generator, count: int) -> Samples:
    """Noise, clicks, hum, whistling that glides, or vowels strung together: (count,) of peak about 1."""
    what = rng.choice(["noise", "clicks", "vowels", "glide"], p=[0.35, 0.1, 0.4, 0.15])
    time = np.arange(count) / RATE
    if what == "noise":
        sound = coloured(rng, count, float(rng.choice([0.0, 0.0, rng.uniform(0, 2)])))
        sound = sound * np.interp(time, np.linspace(0, time[-1], 6), rng.uniform(0.05, 1, 6))  # type: ignore[assignment]
    elif what == "clicks":
        sound = (rng.random(count) < rng.uniform(2, 40) / RATE) * rng.normal(0, 1, count)  # type: ignore[assignment]
        sound = lfilter([1], [1, -rng.uniform(0, 0.98)], sound) + coloured(rng, count, 0) * 1e-3
    else:
        base = np.exp(rng.uniform(np.log(80), np.log(320 if what == "vowels" else 2500)))
        glide = np.cumsum(rng.normal(0, 1.2 if what == "vowels" else 4.0, 12))
        pitch = base * 2 ** (np.interp(time, np.linspace(0, max(time[-1], 0.4), 12), glide - glide[0]) / 12)
        phase = np.cumsum(pitch) / RATE + rng.random()
        if what == "glide":
            sound = np.sin(2 * np.pi * phase)
        else:
            pulse = np.maximum(0, np.sin(2 * np.pi * phase)) ** rng.uniform(2, 6) - 0.3
            sound = pulse + 0.05 * rng.normal(0, 1, count)  # type: ignore[assignment]
            for low, high in ((250, 900), (800, 2500), (2200, 3500)):
                centre = rng.uniform(low, high)
                sound = sound + rng.uniform(1, 4) * sosfilt(
                    butter(1, [centre * 0.9, centre * 1.1], "bandpass", fs=RATE, output="sos"), pulse
                )
            sound = sound * np.interp(time, np.linspace(0, max(time[-1], 0.3), 10), rng.uniform(0, 1, 10))  # type: ignore[assignment]
    sound = sound / (np.abs(sound).max() + 1e-6)
    return (
        degraded(rng, np.asarray(sound, np.float32)) if rng.random() < 0.5 else np.asarray(sound, np.float32)
    )
