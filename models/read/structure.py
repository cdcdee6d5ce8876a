"""Whether the structure of a page is doubtful: its systems, its clefs, its keys, its metre, its bars.

What is wrong there is wrong in every bar, and no bar shows it: such a page says so first, and all its bars are doubtful.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.read.meaning.assumed import METRE_GUESSED, assumptions
from models.read.meaning.context import Context
from models.read.ranking.interpretations import BarOptions

LAYOUT = "Which staves belong to one system is doubtful on this page: everything else hangs on that."
LAYOUTS = (
    "Which staves belong to one system is doubtful on this page: it is read as {here}, and may be {other}."
)
ONE_SYSTEM = "one system of {staves} staves"
ALIKE = "{count} systems of {staves} staves each"
SINGLE = "{count} staves that each stand alone"
UNLIKE = "systems of {sizes} staves"
NO_METRE = "No time signature was found, and the bars agree on none: their lengths are as they were read."
RIVALS = "The clef or the key is doubtful: another one fits nearly as well."
NOT_FILLED = "Most bars on this page do not fill their metre, so its reading is doubtful as a whole."
EMPTY = "Most bars on this page hold nothing that could be read."

_LAYOUT = 0.8  # how probable a layout is from which on it counts as found
_RIVAL = 0.5  # of the best context's grade
_MOST = 0.5  # share of a page's bars
_AGREED = 0.8  # share of bars that fill a metre that was not seen, from which on it counts as found


def structure_doubts(
    bars: Sequence[BarOptions],
    contexts: Sequence[Context],
    system_page: Sequence[int],
    pages: int,
    layouts: Sequence[float] = (),
    rivals: Sequence[tuple[Sequence[int], Sequence[int]] | None] = (),
) -> tuple[tuple[str, ...], ...]:
    """For each page, why its structure is doubtful, in sentences; nothing where it is not, or where it has no bars.

    `layouts` tells how probable each page's systems are (0..1); the layout is told first, since all else hangs on it.
    `rivals` are the staves of each system of a page, as it is read and as it may be too, where that is plausible.
    """
    best = contexts[0]
    shared = [said for said in assumptions(best) if said != METRE_GUESSED]
    if len(contexts) > 1 and contexts[1].certainty >= _RIVAL:
        shared.append(RIVALS)
    if not any(best.metres.values()):
        shared.append(NO_METRE)
    out = []
    for page in range(pages):
        own = [b for b in bars if system_page[b.system] == page]
        laid: tuple[str, ...] = ()
        if page < len(layouts) and layouts[page] < _LAYOUT:
            laid = (layout_doubt(rivals[page] if page < len(rivals) else None),)
        out.append((*laid, *shared, *_of_bars(own, inferred=best.inferred)) if own else ())
    return tuple(out)


def layout_doubt(rival: tuple[Sequence[int], Sequence[int]] | None) -> str:
    """That a page's layout is doubtful, and what it may be instead: the staves of each system so and so, if that is known."""
    if rival is None:
        return LAYOUT
    here, other = map(layout_words, rival)
    return LAYOUTS.format(here=here, other=other)


def layout_words(staves: Sequence[int]) -> str:
    """The systems of a page in words, by how many staves each has."""
    count = len(staves)
    if set(staves) == {1} and count > 1:
        return SINGLE.format(count=count)
    if count == 1 and staves[0] > 1:
        return ONE_SYSTEM.format(staves=staves[0])
    if len(set(staves)) == 1 and staves[0] > 1:
        return ALIKE.format(count=count, staves=staves[0])
    return UNLIKE.format(sizes=", ".join(map(str, staves)))


def _of_bars(bars: Sequence[BarOptions], *, inferred: bool) -> list[str]:
    first = [b.readings[0] for b in bars if b.readings]
    sounding = [r for r in first if any(s.placed for s in r.staves)]
    filled = sum(r.sums for r in sounding) / max(1, len(sounding))
    doubts = []
    if len(sounding) < (1.0 - _MOST) * len(bars):
        doubts.append(EMPTY)
    if sounding and filled < _MOST:
        doubts.append(NOT_FILLED)
    elif sounding and inferred and filled < _AGREED:
        doubts.append(METRE_GUESSED)
    return doubts
