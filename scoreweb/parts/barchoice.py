"""A bar's ranked readings in the browser, as engraved pictures with certainties, beside the bar on the visitor's page.

``BarChoice(elem_id=...)`` is an output for what `choice_value` makes; None shows how to get there. A click on a reading
arrives as the event ``decided`` with ``bar`` and ``reading``, both from 0, at handlers that take ``gr.EventData``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from scoreweb import messages_reading

_HERE = Path(__file__)


class BarChoice(gr.HTML):
    """The component; its event stands at the top of this module."""

    def __init__(self, *, elem_id: str, value: Any = None, render: bool = True, **_: Any) -> None:  # noqa: ANN401
        """An empty choice. Gradio makes it anew with each value, and then hands its own arguments back."""
        super().__init__(
            value=value,
            render=render,
            html_template=_template(),
            css_template=_HERE.with_suffix(".css").read_text(encoding="utf-8"),
            js_on_load=_HERE.with_suffix(".js").read_text(encoding="utf-8"),
            elem_id=elem_id,
        )

    def preprocess(self, payload: Any) -> None:  # noqa: ANN401 - Gradio's own signature says str
        """Nothing: the reading lies with the server, not in the browser."""

    def postprocess(self, value: Any) -> Any:  # noqa: ANN401
        """The dict as it is."""
        return value

    def api_info(self) -> dict[str, Any]:
        """What the value is, in JSON schema."""
        return {"type": "object"}


@dataclass(frozen=True)
class Offered:
    """One reading of a bar: its drawing, how certain it is, and whether it fills the metre."""

    svg: str
    certainty: float
    sums: bool


def choice_value(
    bar: int, crop: str, offered: Sequence[Offered], chosen: int, *, look: bool = False
) -> dict[str, Any]:
    """What a `BarChoice` shows: the bar cut out of the page (an address), and its readings, best first.

    With ``look`` the browser scrolls to it: the visitor asked for this bar.
    """
    return {
        "look": look,
        "bar": bar,
        "crop": crop,
        "chosen": chosen,
        "readings": [
            {"svg": one.svg, "certainty": round(one.certainty, 4), "sums": one.sums} for one in offered
        ],
    }


def _template() -> str:
    say = messages_reading.BAR_CHOICE
    return f"""
<div class="swc" data-part="root">
  <span hidden data-part="sentences">{escape(json.dumps(say, ensure_ascii=False))}</span>
  <p class="title" data-part="title" role="status">{escape(say["none"])}</p>
  <div class="choices" data-part="choices" role="group" aria-label="{escape(say["none"])}" hidden></div>
</div>"""
