"""Scores drawn by Verovio, in processes that can be stopped: the one way by which anything that a visitor sees is drawn.

A small score never waits for a large one: each kind has processes of its own, in which the first to come is the first
to be served.
"""

from __future__ import annotations

import atexit
from dataclasses import replace
from functools import lru_cache

from models.notation.engraving.lane import Lane
from models.notation.engraving.pages import SINGLE_LINE, Engraving, Look, Page
from models.notation.engraving.process import DrawingProcess, Watch, unwatched
from models.notation.errors import EngravingFailed
from models.notation.musicxml import write_musicxml
from models.notation.score import Score

__all__ = ["LONGEST_MUSICXML", "SINGLE_LINE", "Engraving", "Look", "Page", "bar_picture", "engrave"]

LONGEST_MUSICXML = 20_000_000
"""Characters of MusicXML beyond which nothing is drawn."""
LARGE_MUSICXML = 500_000
"""Characters of MusicXML from which on a score counts as large: Verovio then works for a second and more."""
QUICK_PROCESSES = 2
LARGE_PROCESSES = 1


def engrave(
    score: Score | bytes, look: Look | None = None, *, seconds: float = 60.0, watch: Watch = unwatched
) -> Engraving:
    """The score (or a MusicXML file's bytes, as it stands) drawn. May be called from any thread.

    Ids in the drawing are those of the score's notes and rests; bars are counted from 0. EngravingFailed when Verovio
    cannot draw it, or draws for longer than ``seconds``; time in the queue does not count. ``watch`` is called several times a
    second with how far the drawing is; what it raises ends the drawing at once and is raised here.
    """
    if isinstance(score, Score):
        text = write_musicxml(_bar_by_bar(score)).decode()
    else:
        if len(score) > LONGEST_MUSICXML:
            raise EngravingFailed("This score is too long to be drawn; send a part of it.")
        text = score.decode("utf-8", errors="replace")
    quick, large = _lanes()
    lane = large if len(text) >= LARGE_MUSICXML else quick
    return lane.draw(text, look or Look(), seconds, watch)


def _bar_by_bar(score: Score) -> Score:
    """The score with each of several bars of rest by itself: every bar has its place in a drawing."""
    parts = tuple(
        replace(p, bars=tuple(replace(b, rests=0) if b.rests else b for b in p.bars)) for p in score.parts
    )
    return replace(score, parts=parts) if any(b.rests for p in score.parts for b in p.bars) else score


def bar_picture(score: Score, index: int, look: Look | None = None, *, part: int | None = None) -> Page:
    """A small drawing of one bar (counted from 0) with the clef and key that hold there, of all parts or of one."""
    from models.notation.excerpt import excerpt

    cut = excerpt(score, index, index + 1, part=part)
    return engrave(cut, look or SINGLE_LINE).pages[0]


@lru_cache(maxsize=1)
def _lanes() -> tuple[Lane, Lane]:
    """Where small scores and where large ones are drawn; made when the first is drawn, stopped with this process."""
    lanes = Lane(QUICK_PROCESSES, DrawingProcess), Lane(LARGE_PROCESSES, DrawingProcess)
    for lane in lanes:
        atexit.register(lane.close)
    return lanes
