"""Fits the detector's probabilities: ``python -m models.read.training.detector.calibrate FILE.safetensors PACK [PACK ...]``.

Pages of packs of the part *develop*, aged as in training, are shown to the network. For each class the logit at a peak
is scaled and shifted so that its sigmoid is the share of such peaks that are right; classes with few examples stay near
the fit of all. The fit is written into the file's metadata under ``calibration``; scores by class are printed.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from models.read.primitives.learned.classes import CLASSES, SPACE
from models.read.primitives.learned.detect import Detection, DetectorRuntime, decoded, overlap, weights_in
from models.read.training.detector.augmentation import aged
from models.read.training.detector.pack import PackedPage, Rows, read_pack
from models.weights import Weights

Peaks = dict[str, list[tuple[float, bool]]]
"""For each class the logits of its peaks and whether each was right."""

_LEAST = 0.02
_NEAR = 0.45  # staff spaces between the centres of a thin stroke, or of a dot, and of its detection
_SAME = 0.5
_THIN = frozenset(
    ("stem", "bar_line", "ledger", "augmentation_dot", "staccato_dot", "repeat_dot", "slur", "tie")
)
_PRIOR = 12.0  # examples that the fit of all classes is worth


def peaks_of(
    runtime: DetectorRuntime, page: PackedPage, rng: np.random.Generator | None
) -> tuple[Peaks, NDArray[np.int64]]:
    """The peaks of a page, and how many signs each class truly has on it; with `rng` the page is aged."""
    scale = SPACE / page.space
    small = cv2.resize(255 - page.grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ink = np.asarray(small, np.float32) / 255.0
    if rng is not None:
        ink = aged(ink, rng)
    rows = page.rows.copy()
    rows[:, 1:5] *= scale
    found = decoded(runtime(ink), least=_LEAST)
    return _matched(found, rows), np.bincount(rows[:, 0].astype(int), minlength=len(CLASSES)).astype(np.int64)


def _matched(found: Sequence[Detection], rows: Rows) -> Peaks:
    told = [(grade, name, d) for d in found for name, grade in d.memberships.items()]
    told.sort(key=lambda t: -t[0])
    free = {name: list(rows[rows[:, 0] == n, 1:5]) for n, name in enumerate(CLASSES)}
    peaks: Peaks = defaultdict(list)
    for grade, name, d in told:
        best, least = -1, 1e9
        for n, box in enumerate(free[name]):
            apart = abs(d.box[0] + d.box[2] - box[0] - box[2]) + abs(d.box[1] + d.box[3] - box[1] - box[3])
            if apart < least and _right(name, d, box):
                best, least = n, apart
        if best >= 0:
            free[name].pop(best)
        peaks[name].append((float(np.log(grade / (1 - min(grade, 1 - 1e-6)))), best >= 0))
    return peaks


def _right(name: str, d: Detection, box: NDArray[np.float32]) -> bool:
    x0, y0, x1, y1 = (float(v) for v in box)
    if name in _THIN:
        dx, dy = (d.box[0] + d.box[2] - x0 - x1) / 2, (d.box[1] + d.box[3] - y0 - y1) / 2
        reach = _NEAR * SPACE
        return abs(dx) < reach + 0.1 * (x1 - x0) and abs(dy) < reach + 0.1 * (y1 - y0)
    return overlap(d.box, (x0, y0, x1, y1)) > _SAME


def fitted(peaks: Peaks) -> dict[str, dict[str, float]]:
    """Scale and shift of the logits of each class that has peaks."""
    every = np.array([p for rows in peaks.values() for p in rows], np.float64)
    scale, shift = _logistic(every[:, 0], every[:, 1], (1.0, 0.0), 1.0)
    out: dict[str, dict[str, float]] = {"scale": {}, "shift": {}}
    for name in CLASSES:
        rows = np.array(peaks.get(name, []), np.float64).reshape(-1, 2)
        a, b = _logistic(rows[:, 0], rows[:, 1], (scale, shift), _PRIOR) if len(rows) else (scale, shift)
        out["scale"][name], out["shift"][name] = round(float(np.clip(a, 0.3, 3.0)), 4), round(b, 4)
    return out


def _logistic(
    z: NDArray[np.float64], y: NDArray[np.float64], prior: tuple[float, float], weight: float
) -> tuple[float, float]:
    """Logistic regression by Newton's method, held near a prior as if by so many examples."""
    at = np.array(prior)
    design = np.stack([z, np.ones_like(z)], 1)
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(design @ at, -30, 30)))
        slope = design.T @ (y - chance) - weight * 0.25 * (at - prior)
        curve = (design * (chance * (1 - chance))[:, None]).T @ design + weight * 0.25 * np.eye(2)
        at = at + np.clip(np.linalg.solve(curve, slope), -1, 1)
    return float(at[0]), float(at[1])


def scores(
    peaks: Peaks, true: NDArray[np.int64], threshold: float = 0.5
) -> list[tuple[str, int, float, float, float]]:
    """For each class that occurs: name, true ones, precision, recall and F1 from a probability on."""
    out = []
    level = np.log(threshold / (1 - threshold))
    for n, name in enumerate(CLASSES):
        told = [right for z, right in peaks.get(name, []) if z >= level]
        right = sum(told)
        if true[n] or told:
            p, r = right / max(len(told), 1), right / max(int(true[n]), 1)
            out.append((name, int(true[n]), p, r, 2 * p * r / max(p + r, 1e-9)))
    return out


def calibration_error(peaks: Peaks, bins: int = 10) -> float:
    """The mean gap between the probability told and the share that is right, weighted by peaks."""
    every = np.array([(1 / (1 + np.exp(-z)), right) for rows in peaks.values() for z, right in rows]).reshape(
        -1, 2
    )
    place = np.minimum((every[:, 0] * bins).astype(int), bins - 1)
    gaps = [
        abs(every[place == b].mean(0) @ (1, -1)) * (place == b).sum()
        for b in range(bins)
        if (place == b).any()
    ]
    return float(sum(gaps) / max(len(every), 1))


def gathered(weights: Weights, pages: Sequence[PackedPage], seed: int) -> tuple[Peaks, NDArray[np.int64]]:
    """The peaks of pages, every second of them aged, and the count of true signs."""
    runtime = DetectorRuntime(weights)
    peaks: Peaks = defaultdict(list)
    true = np.zeros(len(CLASSES), np.int64)
    for n, page in enumerate(pages):
        found, count = peaks_of(runtime, page, np.random.default_rng(seed + n) if n % 2 else None)
        true += count
        for name, rows in found.items():
            peaks[name] += rows
    return peaks, true


def main() -> None:
    """Fits, writes and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("packs", type=Path, nargs="+")
    parser.add_argument(
        "--pages", type=int, default=12, help="pages of each pack; half of them fit, half measure"
    )
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    pages = [p for pack in args.packs for p in _spread(read_pack(pack), args.pages)]
    plain = weights_in(args.file)
    kept = {k: v for k, v in plain.metadata.items() if k != "calibration"}
    peaks, _ = gathered(Weights(plain.name, "", kept, plain.arrays), pages[0::2], args.seed)
    told = json.dumps(fitted(peaks))
    with safe_open(args.file, "numpy") as held:
        arrays = {key: held.get_tensor(key) for key in held.keys()}  # noqa: SIM118 - not a dict
    save_file(arrays, args.file, metadata={**kept, "calibration": told})
    peaks, true = gathered(weights_in(args.file), pages[1::2], args.seed + 1000)
    print("| class | true ones | precision | recall | F1 |\n|---|---|---|---|---|")
    rows = scores(peaks, true)
    for name, count, p, r, f in sorted(rows, key=lambda row: -row[1]):
        print(f"| {name} | {count} | {p:.3f} | {r:.3f} | {f:.3f} |")
    print(f"\ncalibration error {calibration_error(peaks):.3f}")


def _spread(pages: Sequence[PackedPage], most: int) -> Sequence[PackedPage]:
    return pages[:: max(1, len(pages) // most)][:most]


if __name__ == "__main__":
    main()
