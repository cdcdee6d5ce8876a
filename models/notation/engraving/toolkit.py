"""Verovio, set up in one place: every score that is laid out or drawn starts here.

`engrave` stands on it for what visitors see; makers of training pages and benchmarks lay scores out in styles of
their own. Nothing is imported from Verovio before the first score is laid out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from models.notation.errors import EngravingFailed

UNIT = 9.0
"""Verovio's default unit, half a staff space, in tenths of a millimetre: pixels of its page at scale 100."""


@dataclass(frozen=True)
class Layout:
    """A score laid out on pages. Use it in the thread that made it; pages are counted from 1."""

    _toolkit: Any

    @property
    def page_count(self) -> int:
        """How many pages there are, at least 1."""
        return int(self._toolkit.getPageCount())

    def svg(self, page: int = 1) -> str:
        """One page as Verovio's SVG."""
        return str(self._toolkit.renderToSVG(page))

    def svgs(self, most: int | None = None) -> Iterator[str]:
        """The pages in order, at most so many."""
        count = self.page_count if most is None else min(most, self.page_count)
        return (self.svg(page) for page in range(1, count + 1))


def lay_out(text: str, options: Mapping[str, Any]) -> Layout:
    """The score in a MusicXML text, laid out with Verovio's own ``options``; its log is silent.

    EngravingFailed where Verovio does not understand the text. Each call has a toolkit of its own, so options of one
    score never reach another.
    """
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit(False)
    # Verovio keeps this path for each thread, and only the thread that imports it gets one by itself.
    toolkit.setResourcePath(str(data_folder()))
    toolkit.setOptions(dict(options))
    if not text.strip() or not toolkit.loadData(text):
        raise EngravingFailed("This score cannot be drawn: it is not MusicXML that the engraver understands.")
    return Layout(toolkit)


def data_folder() -> Path:
    """Where Verovio keeps its music fonts."""
    return Path(str(files("verovio"))) / "data"
