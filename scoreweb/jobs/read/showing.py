"""What the page shows of a reading: the candidates of a bar, the page, the score, interpretations in words."""

from __future__ import annotations

import base64
from typing import Any

from models.contracts.read import Interpretation, Reading, layout_words
from scoreweb.jobs.read import texts as say
from scoreweb.jobs.read.left_out import left_out
from scoreweb.jobs.read.result import ReadResult
from scoreweb.languages.catalogue import retold
from scoreweb.score_panel import address
from scoreweb.widgets.bar_choice import AS_CORRECTED, choice_value
from scoreweb.widgets.page_view import page_value
from scoreweb.widgets.score_sounds import Source
from scoreweb.widgets.score_view import page_keys, view_value


def choice_of(result: ReadResult, *, look: bool = False, walk: bool = False) -> dict[str, Any] | None:
    """The readings of the bar that is looked at; None before any is."""
    bar = result.bar
    if bar is None:
        return None
    crop = base64.b64encode(result.crop(bar)).decode()
    chosen = AS_CORRECTED if bar in result.state.edited else result.state.way.choice[bar]
    return choice_value(
        bar,
        f"data:image/png;base64,{crop}",
        result.bar_drawings(bar),
        chosen,
        result.reading.bars[bar].none_of_these,
        look=look,
        walk=walk,
        corrected=result.corrected_drawing(bar),
        left=len(result.left()),
        alike=len(result.alike(bar)),
    )


def page_of(result: ReadResult) -> dict[str, Any]:
    """The page that is looked at."""
    view = result.views[result.page]
    return page_value(
        result.reading,
        result.state.way,
        result.page,
        address(view),
        chosen=result.bar,
        settled=result.state.settled | result.state.edited,
        given=next(iter(result.options.structure[result.page :]), None),
        loose=[(one.number, one.kind, one.bar, one.mark.box) for one in left_out(result)],
    )


def score_of(result: ReadResult) -> dict[str, Any] | None:
    """The score; None before it is drawn."""
    if result.score is None or result.engraving is None:
        return None
    known, result.sent = result.sent, set(page_keys(result.engraving))
    return view_value(
        result.engraving,
        result.score,
        version=result.version,
        sources=[Source("score", None)],
        doubtful=result.doubtful,
        off=result.off,
        known=known,
        bar=result.bar,
        selected=result.selected,
        undo=bool(result.edits.past),
        redo=bool(result.edits.future),
        mixed=True,
        linked=True,
    )


def interpretation_text(result: ReadResult, way: Interpretation) -> str:
    """How probable an interpretation is, and what it has otherwise than the best one."""
    reading = result.reading.under(way)
    told = say.INTERPRETATION_CHOICE.format(
        rank=way.rank,
        share=say.share(way.certainty),
        right=round(reading.right_bars(way)),
        bars=say.bars(len(reading.bars)),
    )
    best = reading.interpretations[0]
    if way is best:
        return told
    return f"{told} · {_differs(way, best, reading)}"


def _differs(way: Interpretation, best: Interpretation, reading: Reading) -> str:
    """What an interpretation of a reading has otherwise than the best one."""
    if way.layout != best.layout:
        return _joins_otherwise(reading, reading.under(best))
    if way.context != best.context:
        return say.INTERPRETATION_DIFFERS["context"]
    bars = [str(n + 1) for n, (a, b) in enumerate(zip(way.choice, best.choice, strict=True)) if a != b]
    numbers = ", ".join(bars[:6])
    if len(bars) > 6:
        numbers = say.INTERPRETATION_DIFFERS["more"].format(numbers=numbers, count=len(bars) - 6)
    return say.INTERPRETATION_DIFFERS["bar" if len(bars) == 1 else "bars"].format(numbers=numbers)


def _joins_otherwise(reading: Reading, best: Reading) -> str:
    """How a reading joins staves on the first page on which it does so otherwise, or from which bar on its bar lines are others."""
    pages = range(len(reading.pages))
    page = next((n for n in pages if reading.staves_of_systems(n) != best.staves_of_systems(n)), None)
    if page is None:
        both = range(min(len(reading.bars), len(best.bars)))
        bar = next((n for n in both if reading.place(n) != best.place(n)), 0)
        return say.INTERPRETATION_DIFFERS["bar_lines"].format(number=bar + 1)
    layout = retold(layout_words(reading.staves_of_systems(page)))
    if len(pages) == 1:
        return say.INTERPRETATION_DIFFERS["layout"].format(layout=layout)
    return say.INTERPRETATION_DIFFERS["layout_of_page"].format(page=page + 1, layout=layout)


def headline(result: ReadResult) -> str:
    """What stands first beside the interpretations: that little was read, or how sure they are; bars off their metre and empty ones."""
    told, need = [], needing(result)
    if 2 * len(need) > len(result.reading.bars):
        told.append(say.LITTLE.format(count=len(need), bars=say.bars(len(result.reading.bars))))
    told.append(say.INTERPRETATION_INFO.format(share=say.share(result.reading.none_of_these)))
    if result.off:
        told.append(say.UNFILLED.format(count=say.bars(len(result.off))))
    if empty := empty_bars(result):
        told.append(say.EMPTY.format(count=say.bars(len(empty))))
    return " ".join(told)


def needing(result: ReadResult) -> set[int]:
    """The bars of the reading (from 0) that need the visitor: doubtful, off their metre, or with nothing in them."""
    sources = result.sources
    off = {sources[n] for n in result.off}
    return {*result.left(), *off, *empty_bars(result)}


def empty_bars(result: ReadResult) -> set[int]:
    """The bars of the reading (from 0) in which neither a note nor a rest was read, as long as none was put in."""
    state, readings = result.state, result.reading.bars
    bare = {
        n
        for n, (options, choice) in enumerate(zip(readings, state.way.choice, strict=True))
        if not (options.readings and any(staff.placed for staff in options.readings[choice].staves))
    }
    return bare - state.settled - state.edited
