"""Fits what tells how far a note reaches: ``python -m models.transcribe.score_training.lengths COLLECTION``.

The weights that it prints stand in `models.transcribe.score.reach`. They are fitted on the side *develop* of
`models.transcribe.split`: of the works that the notation network learned from it is surer than it can be of others. Half of the performances
at a time is fitted and the other half judged; then all are fitted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.transcribe.heard import HeardNote
from models.transcribe.score.note_network import marked
from models.transcribe.score.reach import LONGER, SHORTER, Struck, gaps
from models.transcribe.score_training.corpus import Labelled, collection
from models.transcribe.split import DEVELOP

NOTES, FOLLOWED, RIDGE = 600, 0.7, 0.01
Floats = npt.NDArray[np.float64]


def examples(piece: Labelled) -> Iterator[tuple[Floats, float]]:
    """What is told of each of the first notes with a chord behind it in its hand, and its printed length in shares of that gap."""
    count = min(NOTES, len(piece.notes))
    marks = marked(*piece.notes[:count].T)
    known = ~np.isnan(piece.place[:count]) & ~np.isnan(piece.length[:count])
    if known.mean() < FOLLOWED:
        return
    places = piece.beat_places
    for staff in (1, 2):
        own = np.flatnonzero(known & (piece.staff[:count] == staff))
        hand = []
        for i in own:
            beat = int(
                np.clip(np.searchsorted(places, piece.place[i] + 1e-4, "right") - 1, 0, len(places) - 2)
            )
            quarters = max(0.1, places[beat + 1] - places[beat])
            onset, offset, midi, velocity = piece.notes[i].tolist()
            played = HeardNote(onset, offset, int(midi), int(velocity), 1.0)
            start = Fraction(round(24 * piece.place[i]), 24)
            hand.append(
                Struck(start, Fraction(round(24 * quarters), 24), played, marks.length[i].astype(float))
            )
        for i, gap in zip(own, gaps(hand), strict=True):
            if gap is not None:
                yield gap.told, float(piece.length[i]) / float(gap.quarters)


def fitted(told: Floats, right: npt.NDArray[np.bool_]) -> Floats:
    """The weights of a logistic regression, by Newton's method."""
    weights = np.zeros(told.shape[1])
    for _ in range(60):
        chance = 1 / (1 + np.exp(-told @ weights))
        slope = told.T @ (chance - right) / len(right) + RIDGE * weights
        bend = (told * (chance * (1 - chance))[:, None]).T @ told / len(right)
        weights -= np.linalg.solve(bend + RIDGE * np.eye(len(weights)), slope)
    return weights


def main() -> None:
    """Prints how well the weights tell, and the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("collection", type=Path)
    parser.add_argument("--most", type=int, default=60, help="performances")
    given = parser.parse_args()
    rows: list[Floats] = []
    shares: list[float] = []
    piece_of: list[int] = []
    for number, piece in enumerate(collection(given.collection, DEVELOP)):
        if number == given.most:
            break
        for row, long in examples(piece):
            rows.append(row)
            shares.append(long)
            piece_of.append(number)
    told, share, half = np.array(rows), np.array(shares), np.array(piece_of) % 2
    within = (share >= SHORTER) & (share <= LONGER)
    sys.stdout.write(f"{len(share)} notes; {within.mean():.3f} last until the next chord of their staff\n")
    for name, right in (("beyond", share > LONGER), ("within", share < SHORTER)):
        hits = found = true = 0
        for side in (0, 1):
            said = told[half != side] @ fitted(told[half == side], right[half == side]) > 0
            other = right[half != side]
            hits, found, true = (
                hits + int((said & other).sum()),
                found + int(said.sum()),
                true + int(other.sum()),
            )
        sys.stdout.write(f"{name}: precision {hits / max(1, found):.2f} recall {hits / max(1, true):.2f} ")
        sys.stdout.write(f"weights {np.round(fitted(told, right), 2).tolist()}\n")


if __name__ == "__main__":
    main()
