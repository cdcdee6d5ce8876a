"""Fits the piano of partials to recorded notes: ``python -m models.notation.synthesis.fit FOLDER OUT.safetensors``.

FOLDER holds ``notes.csv`` (file, midi, dynamic) and the recordings. Only numbers leave this program, no sound.
Keys that were not recorded get what lies between their neighbours.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.notation.synthesis.piano import BANDS_HZ, HIGHEST, LOWEST, PARTIALS, RATE, Piano, stiff_partials
from models.notation.synthesis.recordings import recorded_notes

DYNAMICS = {"pp": 0, "p": 0, "mf": 1, "f": 2, "ff": 2}
_FLOOR = -11.5
"""Natural logarithm of the amplitude of what is not there."""

Array = npt.NDArray[np.float64]


@dataclass
class Measured:
    """One recording's numbers, as in `Piano` without the key."""

    ratio: Array
    level: Array
    decay: Array
    slow_share: Array
    knock: Array
    knock_decay: float


def measure(samples: Array, midi: int) -> Measured:
    """The numbers of one recorded note (mono at `RATE`)."""
    onset = _onset(samples)
    sound = samples[onset:]
    nominal = 440.0 * 2 ** ((midi - 69) / 12)
    frequencies = _partials(sound, nominal)
    level, decay, share = (
        np.full(PARTIALS, _FLOOR),
        np.tile([8.0, 1.0], (PARTIALS, 1)),
        np.full(PARTIALS, 0.3),
    )
    for k, frequency in enumerate(frequencies):
        if frequency:
            level[k], decay[k], share[k] = _decays(sound, frequency, nominal)
    knock, knock_decay = _knock(sound, frequencies)
    return Measured(frequencies / nominal, level, decay, share, knock, knock_decay)


def fit(notes: Sequence[tuple[int, int, Array]]) -> Piano:
    """A piano from (midi, layer 0..2, samples). Each key's frequencies and decays are its loudest recording's."""
    found: dict[int, dict[int, Measured]] = {}
    for midi, layer, samples in notes:
        found.setdefault(midi, {})[layer] = measure(samples, midi)
    keys = np.array(sorted(found))
    rows = [_one_key(found[midi]) for midi in keys]
    wanted = np.arange(LOWEST, HIGHEST + 1)

    def spread(values: Array) -> npt.NDArray[np.float32]:
        """Along the keys, at those that are there; the ends are carried on."""
        flat = values.reshape(len(keys), -1)
        columns = [np.interp(wanted, keys, flat[:, i]) for i in range(flat.shape[1])]
        return np.stack(columns, 1).reshape(len(wanted), *values.shape[1:]).astype(np.float32)

    stretched = np.stack([_stretched(row.ratio) for row in rows])
    return Piano(
        ratio=spread(stretched),
        level=spread(np.stack([row.level for row in rows])),
        decay=np.exp(spread(np.log(np.stack([row.decay for row in rows])))),
        slow_share=spread(np.stack([row.slow_share for row in rows])),
        knock=spread(np.stack([row.knock for row in rows])),
        knock_decay=spread(np.array([[row.knock_decay] for row in rows]))[:, 0],
    )


def _one_key(layers: dict[int, Measured]) -> Measured:
    """The layers of a key side by side; a missing one is 6 dB from its neighbour, the upper partials more."""
    best = layers[max(layers)]
    tilt = 0.7 + 0.02 * np.arange(PARTIALS)
    levels, knocks = [], []
    for layer in range(3):
        near = min(layers, key=lambda have: abs(have - layer))
        levels.append(layers[near].level + (layer - near) * tilt)
        knocks.append(layers[near].knock + (layer - near) * 0.9)
    mean_decay = np.exp(np.mean([np.log(m.decay) for m in layers.values()], axis=0))
    share = np.mean([m.slow_share for m in layers.values()], axis=0)
    return Measured(best.ratio, np.stack(levels), mean_decay, share, np.stack(knocks), best.knock_decay)


def _stretched(ratio: Array) -> Array:
    """Every partial's place by f_k = k f_1 sqrt(1 + B k^2) (Fletcher, 1964), measured ones as measured."""
    k = np.arange(1, PARTIALS + 1)
    there = ratio > 0
    if there.sum() < 3:
        return np.where(there, ratio, k * (ratio[0] or 1.0))
    slope, base = np.polyfit(k[there] ** 2, (ratio[there] / k[there]) ** 2, 1)
    model = k * np.sqrt(np.maximum(0.5, base + max(0.0, slope) * k**2))
    return np.where(there, ratio, model)


def _onset(samples: Array) -> int:
    size = np.abs(samples)
    return int(np.argmax(size > 0.05 * size.max()))


def _partials(sound: Array, nominal: float) -> Array:
    """Hz of each partial, 0 where none stands out; the stretch is followed from partial to partial."""
    window = sound[: min(len(sound), round(1.5 * RATE))]
    padded = 1 << 18
    spectrum = np.abs(np.fft.rfft(window * np.hanning(len(window)), padded))
    width = RATE / padded
    found = np.zeros(PARTIALS)
    base, stretch = nominal, 7e-5 * 2 ** ((nominal / 261.6 - 1) / 2) if nominal > 200 else 2e-4
    for k in range(1, PARTIALS + 1):
        expected = float(stiff_partials(k, base, stretch))
        if expected > 0.42 * RATE:
            break
        reach = max(0.035 * nominal, 2.5) if k > 2 else 0.03 * k * nominal
        low, high = round((expected - reach) / width), round((expected + reach) / width) + 1
        peak = low + int(np.argmax(spectrum[low:high]))
        around = spectrum[max(0, peak - round(0.4 * nominal / width)) : peak + round(0.4 * nominal / width)]
        if spectrum[peak] < 4 * np.median(around):
            continue
        found[k - 1] = peak * width
        there = np.flatnonzero(found) + 1
        if len(there) >= 3:
            slope, square = np.polyfit(there**2, (found[there - 1] / there) ** 2, 1)
            if square > 0:
                base, stretch = float(np.sqrt(square)), float(np.clip(slope / square, 0, 0.02))
        elif k == 1:
            base = found[0]
    return found


def _decays(sound: Array, frequency: float, nominal: float) -> tuple[float, Array, float]:
    """(log amplitude at the start, the two decays in 1/s, share of the slow one) of one partial."""
    count = min(len(sound), 3 * RATE)
    hop = 441
    moments = np.arange(count) / RATE
    base = sound[:count] * np.exp(-2j * np.pi * frequency * moments)
    reach = int(np.clip(2.5 / nominal, 0.012, 0.09) * RATE)
    window = np.hanning(2 * reach + 1)
    smooth = np.abs(np.convolve(base, window / window.sum() * 2, "same"))[reach::hop]
    times = (np.arange(len(smooth)) * hop + reach) / RATE
    logs = np.log(np.maximum(smooth, 1e-7))
    floor = logs[-20:].mean() if len(logs) > 60 else -16.0
    alive = logs > max(floor + 0.7, logs.max() - 7)
    end = max(12, int(np.argmax(~alive))) if not alive.all() else len(logs)
    logs, times = logs[:end], times[:end]
    late = slice(len(logs) // 2, None)
    slow = (
        float(np.clip(-np.polyfit(times[late], logs[late], 1)[0], 0.15, 40)) if len(logs[late]) > 5 else 3.0
    )
    early = slice(0, max(6, min(len(logs) // 3, 60)))
    fast = float(np.clip(-np.polyfit(times[early], logs[early], 1)[0], slow, 80)) if len(logs) > 6 else slow
    fast = max(fast * 1.3, slow)
    # The shares of both stages by least squares, relative so that the tail counts too
    basis = np.exp(-np.outer(times, [fast, slow]))
    size = np.exp(logs)
    shares, *_ = np.linalg.lstsq(basis / size[:, None], np.ones(len(size)), rcond=None)
    first, second = np.maximum(shares, 0)
    total = float(first + second)
    if total <= 0:
        return float(logs.max()), np.array([slow, slow]), 1.0
    return float(np.log(total)), np.array([fast, slow]), float(second / total)


def _knock(sound: Array, frequencies: Array) -> tuple[Array, float]:
    """Effective values (logarithms) of what lies between the partials in the first 80 ms, by band, and its decay."""
    size = 4096
    early, later = (np.fft.rfft(sound[a : a + size] * np.hanning(size), size) for a in (0, size))
    bins = np.fft.rfftfreq(size, 1 / RATE)
    gap = np.ones(len(bins), bool)
    for frequency in frequencies[frequencies > 0]:
        gap &= np.abs(bins - frequency) > 30
    gains, ratios = [], []
    for low, high in pairwise(BANDS_HZ):
        band = (bins >= low) & (bins < high)
        free = band & gap if (band & gap).sum() >= 3 else band
        power = np.median(np.abs(early[free]) ** 2) / np.log(2)
        rest = np.median(np.abs(later[free]) ** 2) / np.log(2)
        # One-sided power of a Hann window: 3/8 of the samples
        value = np.sqrt(2 * power * band.sum() / (size * size * 0.375))
        gains.append(np.log(max(value, 1e-6)))
        ratios.append(0.5 * np.log(max(power, 1e-20) / max(rest, 1e-20)) * RATE / size)
    decay = float(np.clip(np.median(ratios), 8, 60))
    # The window sees the middle of a decaying knock
    return np.array(gains) + decay * 0.5 * size / RATE * 0.8, decay


def load_notes(folder: Path) -> list[tuple[int, int, Array]]:
    """(midi, layer, samples) of every recording that notes.csv names."""
    return [
        (note.midi, DYNAMICS[note.dynamic.lower()], note.samples)
        for note in recorded_notes(folder, "float64")
        if note.rate == RATE and note.dynamic.lower() in DYNAMICS
    ]


def save(piano: Piano, path: Path) -> None:
    """The piano as a safetensors file in half precision."""
    from safetensors.numpy import save_file

    arrays = {name: np.ascontiguousarray(value, np.float16) for name, value in asdict(piano).items()}
    arrays["ratio"] = np.ascontiguousarray(
        piano.ratio, np.float32
    )  # half precision would put partials out of tune
    save_file(arrays, path, {"network": "notation-piano", "rate": str(RATE)})


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    save(fit(load_notes(options.folder)), options.out)


if __name__ == "__main__":
    main()
