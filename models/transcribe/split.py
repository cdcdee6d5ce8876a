"""Which side a work, a piano or a singer's take is on: the one split of transcribing. Training, fitting and benchmarks ask here.

Works, pianos and takes of one root stay together: movements of a sonata, a study in two collections, the presets of sound fonts
that share recordings.
"""

from __future__ import annotations

import hashlib
import re
from typing import Literal

Side = Literal["train", "develop", "test"]

TRAIN: Side = "train"
DEVELOP: Side = "develop"
TEST: Side = "test"

DEVELOP_PIANOS = ("headroom_yamaha_c3",)
"""Pianos that nothing is trained on: what is measured on them holds for an unheard piano."""
_SHARED = {
    "chopin/etudes_op_10": "chopin_op10_no3",
    "chopin/ballades": "chopin_op38",
    "schubert/d783": "schubert_d783",
    "mozart/piano_sonatas/11": "mozart_k331",
}
"""Works that lie in both collections of performances, by their root in the one and their name in the other."""
_DEVELOP, _TEST = 0.12, 0.12


def work_root(work: str) -> str:
    """What a work is part of: ``Haydn/Keyboard_Sonatas/48-2`` and ``.../48-1`` are both ``haydn/keyboard_sonatas/48``.

    ``work`` is the folder of an ASAP work, or the name of a Vienna 4x22 performance.
    """
    name = work.strip("/").lower()
    for root, other in _SHARED.items():
        if name == root or name.startswith((f"{root}/", f"{root}-", other)):
            return root
    parts = name.split("/")
    if len(parts) > 2 and ("sonatas" in parts[1] or parts[1] in {"fugue", "prelude"}):
        # a prelude and its fugue are one work, and so are the movements of a sonata
        last = re.split(r"-\d|_no_", parts[2])[0]
        return "/".join([parts[0], "prelude_fugue" if parts[1] in {"fugue", "prelude"} else parts[1], last])
    return "/".join(parts[:2])


def work_side(work: str) -> Side:
    """The side of a work; see `work_root` for how it is named."""
    return _drawn(work_root(work))


def piano_side(piano: str) -> Side:
    """``develop`` for `DEVELOP_PIANOS`, ``train`` for any other."""
    return DEVELOP if piano in DEVELOP_PIANOS else TRAIN


def tune_side(tune: str) -> Side:
    """The side of a sung tune: ``develop`` (habits of singers are fitted to it) or ``test``, half of them each.

    Nothing is trained on takes: their licence is not stated.
    """
    return DEVELOP if int(hashlib.sha256(tune.encode()).hexdigest()[:8], 16) % 2 == 0 else TEST


def notated_side(collection: str, root: str) -> Side:
    """The side of a printed tune, by its collection and its file (``pdmx``) or its composer (``lieder``): half of them are ``test``."""
    digest = int(
        hashlib.sha256((root if collection == "pdmx" else f"{collection}/{root}").encode()).hexdigest(), 16
    )
    return TEST if digest % 2 else DEVELOP if digest // 2 % 4 == 0 else TRAIN


def _drawn(root: str) -> Side:
    share = int(hashlib.sha256(root.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    return TEST if share < _TEST else DEVELOP if share < _TEST + _DEVELOP else TRAIN
