"""A visitor's page in the browser: the picture, what was detected on it by certainty, and its bars to choose.

``PageView(elem_id=...)`` is an output for what `page_value` makes, None hides it. What a visitor does arrives as events
whose handlers take ``gr.EventData``:

| event | attributes | when |
|---|---|---|
| ``bar_picked`` | ``bar`` (from 0, through all pages) | a bar was clicked, or reached by keys and chosen |
| ``put_in`` | ``mark``, its number among the page's | a mark that the score does not have is to be put in |
| ``turned`` | ``page`` (from 0) | another page is wanted |
| ``ruled`` | ``page``, ``lines``, ``joined``, ``parted``, ``staves`` | bar lines, systems or staves were corrected; the page is to be read again |

In the browser it hears the window's event ``scoreweb:bar`` (detail ``bar``) of other views and tells its own.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from html import escape
from typing import Any

from models.arrays import Box
from models.contracts.read import GivenStructure, Interpretation, Reading
from models.read.overlay import bar_level, level_of
from scoreweb.jobs.read import texts as messages_reading
from scoreweb.widgets.close_up import View, zoom_html
from scoreweb.widgets.events import next_turn

LEVELS = ("certain", "doubtful", "very doubtful")


class PageView(View):
    """The component; its events stand at the top of this module."""

    scripts = ("drawing.js", "zoom.js", "order.js", "structure.js", "loose_marks.js")

    def __init__(self, *, elem_id: str, value: Any = None, render: bool = True, **_: Any) -> None:  # noqa: ANN401
        """An empty view. Gradio makes it anew with each value, and then hands its own arguments back."""
        super().__init__(_template(), elem_id=elem_id, value=value, render=render)


def page_value(
    reading: Reading,
    way: Interpretation,
    page: int,
    image: str,
    *,
    chosen: int | None = None,
    settled: Collection[int] = (),
    given: GivenStructure | None = None,
    loose: Sequence[tuple[int, str, int, Box]] = (),
) -> dict[str, Any]:
    """What a `PageView` shows of one page: the picture's address, marks by level of certainty, bars with their boxes.

    ``settled`` are bars that the visitor decided: they are certain. ``given`` is what the visitor said of the page's
    structure before. ``loose`` are the marks that the score does not have: number, kind (head, rest, accidental), bar, box.
    """
    found = reading.pages[page]
    height, width = found.shape
    marks = dict.fromkeys(LEVELS, "")
    for mark in found.detections:
        x0, y0, x1, y1 = mark.box
        marks[level_of(mark.certainty)] += f"M{x0:.1f} {y0:.1f}H{x1:.1f}V{y1:.1f}H{x0:.1f}z"
    bars = []
    for number, options in enumerate(reading.bars):
        at, box = reading.place(number)
        if at != page:
            continue
        read = options.readings[way.choice[number]] if options.readings else None
        certainty = 1.0 if number in settled else read.certainty if read else 0.0
        level = "certain" if number in settled else bar_level(reading, way, number)
        bars.append(
            {
                "bar": number,
                "system": options.system,
                "box": [round(float(v), 1) for v in box],
                "certainty": round(certainty, 4),
                "share": messages_reading.share(certainty),
                "level": LEVELS.index(level),
                "sums": read is not None and read.sums,
                "gap": read is None or read.defied,
            }
        )
    return {
        "turn": next_turn(),
        "image": image,
        "width": width,
        "height": height,
        "space": found.staff_space or 10.0,
        "page": page,
        "pages": len(reading.pages),
        "marks": [marks[level] for level in LEVELS],
        "bars": bars,
        "staves": _staves(reading, page),
        "drawn": [[one.x0, one.y0, one.x1, one.y1] for one in given.staves] if given else [],
        "chosen": chosen,
        "loose": [
            {"mark": n, "kind": kind, "bar": bar, "box": [round(float(v), 1) for v in box]}
            for n, kind, bar, box in loose
        ],
    }


def _staves(reading: Reading, page: int) -> dict[str, list[list[float]]]:
    """Where the staves of each system of a page reach from and to, from the top down."""
    found: dict[str, list[list[float]]] = {}
    for number, staves in enumerate(reading.systems):
        if reading.system_page[number] != page:
            continue
        there = [[bar.frame.box for bar in bars if not bar.absent] for bars in staves]
        heights = [[min(b[1] for b in boxes), max(b[3] for b in boxes)] for boxes in there if boxes]
        found[str(number)] = sorted([round(float(y), 1) for y in pair] for pair in heights)
    return found


def _template() -> str:
    say = messages_reading.PAGE_VIEW
    keys = "".join(
        f'<span><i class="key d{n}"></i>{escape(say[name])}</span>'
        for n, name in enumerate(("certain", "doubtful", "very_doubtful"))
    )
    return f"""
<div class="swp" data-part="root" hidden>
  <span hidden data-part="sentences">{escape(json.dumps(say, ensure_ascii=False))}</span>
  <div class="row">
    <label><input type="checkbox" data-part="marks" checked> {escape(say["marks"])}</label>
    <span class="legend">{keys}</span>
    {zoom_html()}
  </div>
  <div class="row" data-part="turn" hidden>
    <button type="button" data-part="earlier">{escape(say["earlier"])}</button>
    <span data-part="number" role="status"></span>
    <button type="button" data-part="later">{escape(say["later"])}</button>
  </div>
  <div class="row" data-part="structure">
    <button type="button" data-part="rule" aria-pressed="false">{escape(say["rule"])}</button>
    <span class="row" data-part="ruling" hidden>
      <button type="button" data-part="add">{escape(say["add"])}</button>
      <button type="button" data-part="remove">{escape(say["remove"])}</button>
      <button type="button" data-part="join">{escape(say["join"])}</button>
      <button type="button" data-part="draw">{escape(say["draw"])}</button>
      <button type="button" class="go" data-part="again">{escape(say["again"])}</button>
    </span>
  </div>
  <p class="quiet" data-part="ruled" role="status" hidden></p>
  <p class="quiet" data-part="loose" hidden>{escape(say["loose"])}</p>
  <div class="sheet" data-part="sheet" role="group" aria-label="{escape(say["title"])}"></div>
</div>"""
