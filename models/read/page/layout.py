"""The layout of a page: light, pose, staves and systems, found once and kept for whoever reads the page again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from models.arrays import Grey
from models.read.given import GivenStaff
from models.read.page.preparation import Enlarge, PreparedPage, prepare, turned
from models.read.page.shadows import without_shadows
from models.read.page.staves import Strip, System, find_systems, tracks_on
from models.read.page.staves.tablature import tablatures, without_tablatures
from models.sheet.candidates import content_key

UpsideDown = Callable[[Sequence[Strip]], bool]
"""Whether the staves of a page, pulled straight, stand on their heads."""

_BYTES_KEPT = 200_000_000


@dataclass(frozen=True)
class Layout:
    """A page the right way up and its systems from the top down, none where there is no music."""

    page: PreparedPage
    systems: tuple[System, ...]

    @property
    def size(self) -> int:
        """Bytes of its pictures and maps."""
        strips = [staff.strip for system in self.systems for staff in system.staves]
        return self.page.ink.nbytes + sum(s.ink.nbytes + s.map_x.nbytes + s.map_y.nbytes for s in strips)


def layout_of(
    grey: Grey,
    *,
    enlarge: Enlarge | None = None,
    upside_down: UpsideDown | None = None,
    given: Sequence[GivenStaff] = (),
) -> Layout:
    """The layout of a page, uint8 (H, W), dark ink on lighter paper.

    `upside_down` is asked once the page is level, since staves look alike both ways up; without it the page stays as `prepare` left it. `enlarge` and errors are those of `prepare`.
    `given` are staves that are there whatever is found; they need others to tell the page's tilt and size.
    """
    page, systems = _with_systems(prepare(grey, enlarge=enlarge), given)
    strips = [staff.strip for system in systems for staff in system.staves]
    if strips and upside_down is not None and upside_down(strips):
        page, systems = _with_systems(turned(page), given)
    return Layout(page, tuple(systems))


def _with_systems(page: PreparedPage, given: Sequence[GivenStaff]) -> tuple[PreparedPage, list[System]]:
    """The page without shadows and tablatures, and its systems."""
    page = without_shadows(page)
    tracks = tracks_on(page)
    page = without_tablatures(page, tablatures(page, tracks))
    return page, find_systems(page, tracks, given)


class LayoutCache:
    """The layouts of the pages read last, by what the pages hold. Safe to share between threads.

    Reading a page again, by other primitives or in another style, then begins where its staves are known. At most
    `most_bytes` are kept; a page that is larger by itself is not kept.
    """

    def __init__(self, most_bytes: int = _BYTES_KEPT) -> None:
        self._most = most_bytes
        self._held: OrderedDict[tuple[bytes, Hashable], Layout] = OrderedDict()
        self._lock = threading.Lock()

    def layout(self, grey: Grey, method: Hashable, find: Callable[[Grey], Layout]) -> Layout:
        """The layout of `grey`, by `find` where it is not kept; `method` names whatever else the layout depends on."""
        key = (content_key(grey), method)
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                self._held.move_to_end(key)
                return held
        found = find(grey)
        if found.size <= self._most:
            with self._lock:
                self._held[key] = found
                while sum(layout.size for layout in self._held.values()) > self._most:
                    self._held.popitem(last=False)
        return found
