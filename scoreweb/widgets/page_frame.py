"""An uploaded page in the browser, to be turned and cut to four corners before a job gets it.

``PageFrame(elem_id=...)`` is an output for what `frame_value` makes, None hides it. What a visitor does arrives as
events whose handlers take ``gr.EventData``:

| event | attributes | when |
|---|---|---|
| ``touched`` | | a page is being changed: ``framed`` will follow |
| ``framed`` | ``page`` (from 0), ``turns``, ``corners`` | a page is wanted so: see `Framing` |
| ``turned`` | ``page`` (from 0) | another page is to be shown |
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
from PIL import Image

from models.arrays import Grey
from models.sheet.framing import Framing
from scoreweb import texts as messages
from scoreweb.widgets.close_up import View
from scoreweb.widgets.events import next_turn, whole_number

MOST_SIDE = 900
"""Pixels of the longer side of the picture that corners are set on."""


class PageFrame(View):
    """The component; its events stand at the top of this module."""

    scripts = ("drawing.js",)

    def __init__(self, *, elem_id: str, value: Any = None, render: bool = True, **_: Any) -> None:  # noqa: ANN401
        """An empty view. Gradio makes it anew with each value, and then hands its own arguments back."""
        super().__init__(_template(), elem_id=elem_id, value=value, render=render)


def frame_value(grey: Grey, framing: Framing, page: int, pages: int) -> dict[str, Any]:
    """What a `PageFrame` shows: the page ``grey`` as it was uploaded, uint8 (H, W), turned, with the corners set on it."""
    picture = Image.fromarray(np.ascontiguousarray(np.rot90(grey, -framing.turns)))
    picture.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.BOX)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=70, optimize=True)
    return {
        "turn": next_turn(),
        "image": f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}",
        "width": picture.width,
        "height": picture.height,
        "page": page,
        "pages": pages,
        "turns": framing.turns,
        "corners": [list(corner) for corner in framing.corners],
    }


def framing_of(sent: Mapping[str, Any]) -> Framing | None:
    """The framing that a browser sent; None for anything else."""
    turns, corners = whole_number(sent.get("turns")), sent.get("corners")
    if turns is None or not isinstance(corners, list):
        return None
    try:
        a, b, c, d = ((float(x), float(y)) for x, y in corners)
        return Framing(turns, (a, b, c, d))
    except (TypeError, ValueError):
        return None


def _template() -> str:
    say = messages.FRAMING
    return f"""
<div class="swf" data-part="root" hidden>
  <span hidden data-part="sentences">{escape(json.dumps(say, ensure_ascii=False))}</span>
  <div class="row" data-part="turn" hidden>
    <button type="button" data-part="earlier">{escape(say["earlier"])}</button>
    <span data-part="number" role="status"></span>
    <button type="button" data-part="later">{escape(say["later"])}</button>
  </div>
  <div class="row">
    <button type="button" data-part="left">↺ {escape(say["left"])}</button>
    <button type="button" data-part="right">↻ {escape(say["right"])}</button>
    <button type="button" data-part="whole">{escape(say["whole"])}</button>
  </div>
  <p class="quiet">{escape(say["hint"])}</p>
  <div class="frame"><div class="stack" data-part="stack">
    <img alt="" data-part="picture"><svg data-part="over" role="group" aria-label="{escape(say["title"])}"></svg>
  </div></div>
</div>"""
