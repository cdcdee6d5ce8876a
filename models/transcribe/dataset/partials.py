"""Pianos that never were: notes built partial by partial from a drawn instrument.

A stiff string's partial n lies at n f0 sqrt(1 + B n^2). Over the keyboard log B falls along the wound strings and
rises along the plain ones. Drawn beside it: stretch and mistuning, the hammer's place and hardness, the soundboard's
cut in the bass (which takes the fundamental away) and its resonances, the decay's two stages, beating strings,
the knock.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, sosfilt

from models.arrays import Samples
from models.notation.synthesis.piano import stiff_partials
from models.transcribe.dataset.note import Note

_CONTROL_HZ = 250


@dataclass(frozen=True)
class DrawnPiano:
    """An instrument that the seed decides."""

    seed: int

    @cached_property
    def traits(self) -> dict[str, float]:
        """What is alike for all keys."""
        draw = np.random.default_rng([77, self.seed])
        return {
            "cents": draw.normal(0, 7),
            "stretch": draw.uniform(0.4, 1.6),
            "mistuned": draw.uniform(0.5, 4),
            "stiff_bass": draw.uniform(-6.6, -5.2),
            "stiff_treble": draw.uniform(-14.4, -13.0),
            "strike": draw.uniform(1 / 11, 1 / 6.5),
            "board_hz": draw.uniform(45, 150),
            "board_order": draw.uniform(0.7, 3.2),
            "hardness_hz": np.exp(draw.uniform(np.log(500), np.log(3500))),
            "softness": draw.uniform(0.8, 2.2),
            "ring": np.exp(draw.uniform(np.log(0.45), np.log(1.6))),
            "damping": draw.uniform(0.4, 1.3),
            "beat_cents": np.exp(draw.uniform(np.log(0.1), np.log(4.0))),
            "scatter_db": draw.uniform(1.5, 6),
            "knock": np.exp(draw.uniform(np.log(0.01), np.log(0.5))),
        }

    @cached_property
    def board(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """The soundboard's and the microphone's colour: log2 of frequency, gain in decibels."""
        draw = np.random.default_rng([78, self.seed])
        grid = np.linspace(np.log2(20), np.log2(20_000), 60)
        wild = np.convolve(draw.normal(0, 1, 64), np.ones(5) / 5**0.5, "valid")
        return grid, draw.uniform(2, 7) * wild + draw.uniform(-2, 2) * (grid - 9)

    def note(self, midi: int, loudness: float, rate: int, seconds: float) -> Note:
        """The note of a key at a loudness from 0 to 1, from 20 ms before the hammer on."""
        t, draw = self.traits, np.random.default_rng([79, self.seed, midi, int(1000 * loudness)])
        from_middle = (midi - 64) / 44
        cents = t["cents"] + t["stretch"] * 22 * from_middle**3 + draw.normal(0, t["mistuned"])
        f0 = 440 * 2 ** ((midi - 69) / 12 + cents / 1200)
        stiff = np.exp(t["stiff_bass"] - 0.085 * midi) + np.exp(t["stiff_treble"] + 0.0926 * midi)
        n = np.arange(1, 121)
        f = stiff_partials(n, f0, stiff)
        n, f = n[f < min(0.48 * rate, 16_000)], f[f < min(0.48 * rate, 16_000)]
        level = self._levels(n, f, midi, loudness, draw)
        keep = level > level.max() * 1e-3
        n, f, level = n[keep], f[keep], level[keep]
        count = round((seconds - 0.02) * rate)
        time = np.arange(0, seconds, 1 / _CONTROL_HZ)
        ring = t["ring"] * 9 * np.exp(-(midi - 21) / 24) + 0.06
        sound = np.zeros(count, np.float32)
        clock = np.arange(count, dtype=np.float64) / rate
        for each, strength in zip(f, level, strict=True):
            first = ring / (1 + t["damping"] * (each / 1500) ** 0.9) * draw.lognormal(0, 0.25) / 2.3
            second, share = first * draw.uniform(2.5, 9), draw.uniform(0.02, 0.3)
            strings = 1 if midi < 30 else 2 if midi < 48 else 3
            detune = 2 ** (draw.normal(0, t["beat_cents"], strings) / 1200) - 1
            turning = np.exp(
                2j * np.pi * (np.outer(detune * each, time) + draw.uniform(0, 0.15, (strings, 1)))
            )
            envelope = ((1 - share) * np.exp(-time / first) + share * np.exp(-time / second)) * np.abs(
                turning.mean(0)
            )
            phase = (each * clock + draw.random()) % 1.0
            sound += np.sin(2 * np.pi * phase.astype(np.float32)) * np.interp(
                clock, time, strength * envelope
            ).astype(np.float32)
        rise = round(draw.uniform(0.0008, 0.006) * rate)
        sound[:rise] *= np.linspace(0, 1, rise, dtype=np.float32)
        sound += self._knock(midi, count, rate, draw) * float(np.abs(sound).max())
        sound += draw.normal(0, 10 ** draw.uniform(-5, -3.2) * np.abs(sound).max(), count).astype(np.float32)
        samples = np.concatenate([np.zeros(round(0.02 * rate), np.float32), sound])
        name = f"drawn-{self.seed:03d}"
        return Note(samples, midi, name, name, f"{loudness:.2f}", "partials")

    def _levels(
        self,
        n: npt.NDArray[np.int64],
        f: npt.NDArray[np.float64],
        midi: int,
        loudness: float,
        draw: np.random.Generator,
    ) -> npt.NDArray[np.float64]:
        t = self.traits
        comb = np.abs(np.sin(np.pi * n * t["strike"])) + 0.05
        hardness = t["hardness_hz"] * (0.4 + 1.4 * loudness) * 2 ** ((midi - 60) / 30)
        hammer = 1 / (1 + (f / hardness) ** 2) ** (t["softness"] / 2)
        board = 1 / (1 + (t["board_hz"] / f) ** 2) ** (t["board_order"] / 2)
        colour = np.interp(np.log2(f), *self.board) + draw.normal(0, t["scatter_db"], len(n))
        return np.asarray(comb * hammer * board * 10 ** (colour / 20))

    def _knock(self, midi: int, count: int, rate: int, draw: np.random.Generator) -> Samples:
        length = min(count, round(0.25 * rate))
        low, high = sorted(np.exp(draw.uniform(np.log(60), np.log(5000), 2)))
        shaped = sosfilt(
            butter(1, [low, max(high, 1.3 * low)], "bandpass", fs=rate, output="sos"),
            draw.normal(0, 1, length),
        )
        shaped = shaped * np.exp(-np.arange(length) / rate / draw.uniform(0.008, 0.05))
        strength = self.traits["knock"] * 2 ** ((midi - 64) / 22) * draw.uniform(0.5, 1.5)
        out = np.zeros(count, np.float32)
        out[:length] = strength * shaped / (np.abs(shaped).max() + 1e-9)
        return out
