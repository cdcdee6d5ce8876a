"""One note of one piano, as the makers hand it on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.arrays import Samples

KEYS = range(21, 109)


@dataclass(frozen=True)
class Note:
    """``samples`` (n,) float32 mono, from the hammer on; ``midi`` 21 to 108; who played it, how loud, how it was made.

    ``family`` groups pianos that share recordings: a split keeps a family on one side. ``kind`` is ``font``, ``real``,
    ``shifted`` (from a neighbouring key), ``altered`` (a new piano out of an old one) or ``partials`` (synthesised).
    """

    samples: Samples
    midi: int
    piano: str
    family: str
    dynamic: str
    kind: str

    def with_length(self, count: int) -> Note:
        """The same note cut or filled up with silence to ``count`` samples."""
        kept = self.samples[:count]
        return replace(self, samples=np.pad(kept, (0, count - len(kept))))
