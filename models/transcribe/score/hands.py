"""Which hand plays each note: the network's odds, held together by what a hand can reach.

A chord is parted by pitch where that goes most against neither the odds nor a hand's span; only notes of which the network is
sure may cross. From chord to chord the network, which sees far around each note, holds a hand together better than a rule does.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

REACH = 14
"""Semitones that a hand spans at once without paying."""
TOO_WIDE = 0.4
"""Price of each semitone beyond."""
SURE = 3.5
"""Odds (their logarithm) that let a note cross the other hand's."""

Floats = npt.NDArray[np.float64]


def hands_of(chord: npt.NDArray[np.int64], midis: Floats, odds: Floats) -> list[int]:
    """The hand of each note, 1 right and 2 left; ``chord`` numbers its chord, ``odds`` are logarithms for the right hand."""
    out = np.where(odds > 0, 1, 2)
    begin = 0
    while begin < len(chord):
        end = begin
        while end < len(chord) and chord[end] == chord[begin]:
            end += 1
        if end - begin > 1:
            out[begin:end] = _parted(midis[begin:end], odds[begin:end])
        begin = end
    return [int(hand) for hand in out]


def _parted(midis: Floats, odds: Floats) -> npt.NDArray[np.int64]:
    order = np.argsort(midis)
    keys, told = midis[order], odds[order]
    best, found = np.inf, 0
    for left in range(len(keys) + 1):
        cost = float(np.maximum(told[:left], 0).sum() + np.maximum(-told[left:], 0).sum())
        for some in (keys[:left], keys[left:]):
            if len(some) > 1:
                cost += TOO_WIDE * max(0.0, float(some[-1] - some[0]) - REACH)
        if cost < best:
            best, found = cost, left
    hand = np.where(np.arange(len(keys)) < found, 2, 1)
    hand = np.where(np.abs(told) > SURE, np.where(told > 0, 1, 2), hand)
    out = np.empty(len(keys), np.int64)
    out[order] = hand
    return out
