"""Trains the notation network: ``python -m models.transcribe.score_training.train COLLECTION OUT.safetensors --minutes M [--printed SHARED]``.

COLLECTION is the folder of aligned scores and performances, SHARED that of the printed scores which `played` plays; of both only the
side for training of `models.transcribe.split` is read, and ``OUT.json`` lists the works. It picks the device, resumes from ``OUT.ckpt``, logs a line per block of steps, writes ``OUT.png`` (the curve)
and stops itself. Each window of notes is changed anew: tempo, key, loudness, lengths as by a pedal, fingers that scatter, notes
left out, now and then the upper line alone.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import pickle
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from models.training import Checkpoint, Line, add_arguments, average_into, draw_curve
from models.transcribe.score import note_network as spec
from models.transcribe.score.note_features import SIZE, chords_of, features
from models.transcribe.score_training.corpus import Labelled, collection
from models.transcribe.score_training.network import NotationNetwork
from models.transcribe.score_training.played import made_up
from models.transcribe.split import TRAIN

NOTES, BATCH, RATE, SEED = 320, 6, 2e-3, 1
MELODIES = 0.2
"""Share of the windows of which only the upper line is heard."""
PERFORMED = 0.6
"""Share of the windows that are of human performances, where there are made-up ones too."""
WEIGHTS = {"beat": 2.0, "down": 2.0, "hand": 1.0, "place": 1.0, "length": 0.5, "period": 1.0, "metre": 0.7, "key": 0.8, "spelling": 0.7}  # fmt: skip
UNKNOWN = -100

Labels = dict[str, npt.NDArray[np.int64]]


def labels_of(piece: Labelled) -> Labels:
    """The class of each note for each answer, `UNKNOWN` where the score does not say."""
    onsets = piece.notes[:, 0]
    beats, places = piece.beats.times, piece.beat_places
    known = ~np.isnan(piece.place)
    at = np.interp(piece.place, places, np.arange(len(places)))
    at[~known] = np.interp(onsets[~known], beats, np.arange(len(beats)))
    number = np.clip(np.floor(at + 1e-4).astype(int), 0, len(beats) - 1)
    share = np.clip(at - number, 0, 1)
    beyond = (piece.place < places[0] - 1e-3) | (piece.place > places[-1] + 0.99)
    exact = known & ~beyond
    on = np.abs(at - np.round(at)) < 0.02
    nearest = np.clip(np.round(at).astype(int), 0, len(beats) - 1)
    out: Labels = {}
    out["beat"] = np.where(exact, on, UNKNOWN)
    out["down"] = np.where(exact, on & piece.beats.down[nearest], UNKNOWN)
    out["hand"] = np.where(np.isin(piece.staff, (1, 2)), piece.staff == 1, UNKNOWN).astype(np.int64)
    unit = np.round(share * 24).astype(int) % 24
    classes = np.full(24, len(spec.PLACES))
    for c, units in enumerate(spec.PLACES):
        classes[list(units)] = c
    out["place"] = np.where(exact, classes[unit], UNKNOWN)
    follow = np.clip(number, 0, len(beats) - 2)
    quarters = np.maximum(places[follow + 1] - places[follow], 0.1)
    lengths = np.log(np.maximum(piece.length / quarters * 24, 1e-3))
    nearest_length = np.abs(lengths[:, None] - np.log(spec.LENGTHS)[None])
    out["length"] = np.where(np.isnan(piece.length), UNKNOWN, np.nan_to_num(nearest_length).argmin(1))
    seconds = np.maximum(beats[follow + 1] - beats[follow], 0.05)
    out["seconds"] = seconds
    out["metre"] = _held(piece.beats.metres, number, lambda m: spec.METRES.index(m) if m in spec.METRES else spec.METRES.index("other"))  # fmt: skip
    out["key"] = _held(piece.beats.keys, number, lambda k: k if -7 <= k <= 7 else UNKNOWN)
    out["spelling"] = np.where(np.isnan(piece.fifths), UNKNOWN, np.nan_to_num(piece.fifths)).astype(np.int64)
    return out


def _held(
    changes: tuple[tuple[int, Any], ...], number: npt.NDArray[np.int64], as_class: Callable[[Any], int]
) -> npt.NDArray[np.int64]:
    out = np.full(len(number), UNKNOWN)
    for at, value in changes:
        out[number >= at] = as_class(value)
    return out


def window(piece: tuple[npt.NDArray[np.float64], Labels], rng: np.random.Generator) -> tuple[Any, ...]:
    """A stretch of a piece, changed: features, seconds, labels."""
    notes, labels = piece
    begin = int(rng.integers(0, max(1, len(notes) - NOTES)))
    melody = rng.random() < MELODIES
    some = slice(begin, begin + 2 * NOTES if melody else begin + int(1.15 * NOTES))
    played, own = notes[some].copy(), {k: v[some] for k, v in labels.items()}
    keep = rng.random(len(played)) > rng.choice([0.0, 0.03, 0.08])
    if melody:
        keep &= (own["hand"] == 1) & _highest(played)
    if keep.sum() < 16:
        keep[:] = True
    played, own = played[keep], {k: v[keep].copy() for k, v in own.items()}
    scale = math.exp(rng.uniform(-0.3, 0.3))
    held = played[:, 1] - played[:, 0]
    if rng.random() < 0.5:
        held = np.maximum(held, rng.uniform(0.2, 1.5) * rng.random(len(held)))
    played[:, 0] = played[:, 0] * scale + rng.normal(0, 0.006, len(played))
    played[:, 1] = played[:, 0] + held * scale
    semitones = int(rng.integers(-5, 7))
    played[:, 2] = np.clip(played[:, 2] + semitones, 21, 108)
    own["key"], own["spelling"] = _transposed(own["key"], own["spelling"], semitones)
    played[:, 3] = 70 if rng.random() < (0.5 if melody else 0.1) else played[:, 3]
    order = np.lexsort((played[:, 2], played[:, 0]))[:NOTES]
    played, own = played[order], {k: v[order] for k, v in own.items()}
    own["period"] = np.abs(np.log(own.pop("seconds") * scale)[:, None] - np.log(spec.PERIODS)[None]).argmin(1)
    told = features(played[:, 0], played[:, 1], played[:, 2], played[:, 3])
    return told, played[:, 0].astype(np.float32), own


def _highest(played: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which notes are the highest of their chord."""
    chord = chords_of(played[:, 0])
    top = np.zeros(int(chord.max(initial=0)) + 1)
    np.maximum.at(top, chord, played[:, 2])
    return np.asarray(played[:, 2] == top[chord])


def _transposed(
    key: npt.NDArray[np.int64], spelling: npt.NDArray[np.int64], semitones: int
) -> tuple[Any, Any]:
    """Keys and spellings so many semitones higher, by the transposition that keeps most signatures within six signs."""
    shift = (semitones * 7 + 5) % 12 - 5
    most = spec.KEYS[-1]
    known = key[key != UNKNOWN]
    middle = float(np.median(known)) if len(known) else 0.0
    # seven signs only where the score itself has them: few composers write so, and six of the other kind sound the same
    if semitones and middle + shift > 6:
        shift -= 12
    elif semitones and middle + shift < -6:
        shift += 12
    new_key = np.where((key == UNKNOWN) | (np.abs(key + shift) > most), UNKNOWN, key + shift + most)
    place = spelling + shift
    fits = (spelling != UNKNOWN) & (place >= spec.SPELLINGS[0]) & (place <= spec.SPELLINGS[-1])
    return new_key, np.where(fits, place - spec.SPELLINGS[0], UNKNOWN)


def loss(out: Tensor, labels: dict[str, Tensor]) -> tuple[Tensor, dict[str, float]]:
    """Weighted cross-entropy of all answers, and the share of right ones of each."""
    total, right, at = out.new_zeros(()), {}, 0
    for name, size in spec.SIZES.items():
        part, wanted = out[..., at : at + size], labels[name]
        at += size
        known = wanted != UNKNOWN
        if not known.any():
            continue
        if size == 1:
            logits = part[..., 0][known]
            value = nn.functional.binary_cross_entropy_with_logits(logits, wanted[known].float())
            right[name] = float(((logits > 0) == (wanted[known] > 0)).float().mean())
        else:
            value = nn.functional.cross_entropy(part[known], wanted[known])
            right[name] = float((part[known].argmax(-1) == wanted[known]).float().mean())
        total = total + WEIGHTS[name] * value
    return total, right


def batch_of(
    pieces: list[Any], odds: npt.NDArray[np.float64], rng: np.random.Generator
) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """`BATCH` windows, the shorter ones filled up with unknown notes."""
    told = torch.zeros(BATCH, NOTES, SIZE)
    times = torch.zeros(BATCH, NOTES)
    labels = {name: torch.full((BATCH, NOTES), UNKNOWN) for name in spec.SIZES}
    for row, index in enumerate(rng.choice(len(pieces), BATCH, p=odds)):
        some, seconds, own = window(pieces[index], rng)
        n = len(some)
        told[row, :n], times[row, :n] = torch.from_numpy(some), torch.from_numpy(seconds)
        for name in spec.SIZES:
            labels[name][row, :n] = torch.from_numpy(own[name].astype(np.int64))
    return told, times, labels


def main() -> None:
    """Trains for so many minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("collection", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--printed",
        type=Path,
        help="the folder of pdmx and lieder, whose scores are played by a made-up pianist",
    )
    parser.add_argument("--packed", type=Path, help="a file that keeps the labelled notes between runs")
    add_arguments(parser, minutes=100)
    given = parser.parse_args()
    device = given.device if given.device != "auto" else ("cuda" if torch.cuda.is_available() else "cpu")
    performed, made = _pieces(given.collection, given.printed, given.packed)
    train(performed, given.out, given.minutes, device, given.seed, made)


def odds_of(pieces: Sequence[Labelled]) -> npt.NDArray[np.float64]:
    """How often each piece is learned from: a work counts as the root of its performances, a performance as that of its notes."""
    count = Counter(p.work for p in pieces)
    odds = np.array([math.sqrt(len(p.notes)) / math.sqrt(count[p.work]) for p in pieces])
    return odds / odds.sum() if len(odds) else odds


def train(
    performed: list[Labelled],
    out: Path,
    minutes: float,
    device: str,
    seed: int = SEED,
    made: Sequence[Labelled] = (),
) -> None:
    """Trains on performances, and (`PERFORMED`) on made-up ones."""
    torch.manual_seed(seed)
    pieces = [*performed, *made]
    prepared = [(p.notes, labels_of(p)) for p in pieces]
    share = PERFORMED if made else 1.0
    odds = np.concatenate([share * odds_of(performed), (1 - share) * odds_of(made)])
    net = NotationNetwork().to(device)
    averaged = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=0.01)
    checkpoint = Checkpoint(out, net=net, averaged=averaged, optimiser=optimiser)
    counted = checkpoint.restore(device)
    step, before = counted.get("step", 0), counted.get("spent", 0.0)
    curve: list[tuple[float, float]] = counted.get("curve", [])
    rng = np.random.default_rng([seed, step])
    began, running, spent = time.monotonic(), dict[str, float](), before
    while spent < 60 * minutes:
        spent = before + time.monotonic() - began
        done = min(1.0, spent / (60 * minutes))
        for group in optimiser.param_groups:
            slope = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done))
            group["lr"] = RATE * min(1.0, (step + 1) / 50) * slope
        told, times, labels = batch_of(prepared, odds, rng)
        value, right = loss(
            net(told.to(device), times.to(device)), {k: v.to(device) for k, v in labels.items()}
        )
        optimiser.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        step += 1
        average_into(averaged, net, min(0.998, step / (step + 20)))
        for k, v in {**right, "loss": float(value.detach())}.items():
            running[k] = 0.98 * running.get(k, v) + 0.02 * v
        if step % 100 == 0:
            print(f"step {step} {spent:.0f} s", *(f"{k} {v:.3f}" for k, v in running.items()), flush=True)
            curve.append((float(step), running["loss"]))
        if step % 200 == 0 or done >= 1:
            save_file(
                {k: v.half().contiguous() for k, v in averaged.state_dict().items()},
                out,
                {"steps": str(step)},
            )
            checkpoint.save(step=step, spent=spent, curve=curve)
            listed = {
                "works": sorted({str(Path(p.name).parent) for p in performed}),
                "printed": sorted({p.work for p in made}),
            }
            out.with_suffix(".json").write_text(
                json.dumps(listed, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
            )
            draw_curve(curve, out.with_suffix(".png"), ("loss", [Line(1, "loss")]))


def _pieces(root: Path, printed: Path | None, packed: Path | None) -> tuple[list[Labelled], list[Labelled]]:
    if packed and packed.exists():
        held: tuple[list[Labelled], list[Labelled]] = pickle.loads(packed.read_bytes())  # noqa: S301 - our own file
        return held
    pieces = list(collection(root, TRAIN)), list(made_up(printed)) if printed else []
    if packed:
        packed.write_bytes(pickle.dumps(pieces))
    return pieces


if __name__ == "__main__":
    main()
