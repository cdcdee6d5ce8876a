"""What may be the staves of a page, looked for once: its light, its runs of comb matches, and which of them are proved.

The advice after an upload, the estimate of a job and the reader need the staves of the same pixels, and finding the runs
of comb matches is the slowest part of each. So they are kept for the last pages, by a digest of what the pages hold.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

import numpy as np

from models.arrays import Grey
from models.sheet.comb import LEVELS, Track, tracks_at
from models.sheet.ink import Light, light_of
from models.sheet.staves import Staff, proved

_KEPT = 32
"""How many pages' candidates are kept: at most about a megabyte each."""


class StaffCandidates:
    """The light on a page and the tracks that may be its staves. Safe to share between threads.

    `light` is that of the whole page; `tracks` are those of all levels, the best score first. The picture itself is
    not kept: `proved` is handed it again.
    """

    def __init__(self, grey: Grey) -> None:
        """Those of `grey`, uint8 (H, W) of at least 2 x 2 pixels, dark ink on lighter paper."""
        self.light: Light = light_of(grey)
        found = [track for level in LEVELS for track in tracks_at(grey, self.light, level)]
        self.tracks: tuple[Track, ...] = tuple(sorted(found, key=lambda t: -t.score))
        self._proofs: dict[int, Staff | None] = {}

    def proved(self, track: Track, grey: Grey) -> Staff | None:
        """The staff under one of `tracks`, None where something else only looked like one.

        `grey` is the page that the candidates are of. What is proved once is not looked at again.
        """
        key = id(track)  # tracks live as long as their page's candidates
        if key not in self._proofs:
            self._proofs[key] = proved(track, grey, self.light)
        return self._proofs[key]


def content_key(grey: Grey) -> bytes:
    """A digest of a page's size and pixels: equal for equal pages, wherever they came from."""
    hashed = hashlib.blake2b(repr((grey.shape, grey.dtype.str)).encode(), digest_size=20)
    hashed.update(np.ascontiguousarray(grey).data)
    return hashed.digest()


_pages: OrderedDict[bytes, StaffCandidates] = OrderedDict()
_lock = threading.Lock()


def candidates_of(grey: Grey) -> StaffCandidates:
    """The candidates of a page, found at the first call and kept for the 32 pages used last."""
    key = content_key(grey)
    with _lock:
        held = _pages.get(key)
        if held is not None:
            _pages.move_to_end(key)
            return held
    found = StaffCandidates(np.ascontiguousarray(grey))
    with _lock:
        _pages[key] = found
        while len(_pages) > _KEPT:
            _pages.popitem(last=False)
    return found
