"""A bar's ranked readings in the browser, as engraved pictures with their shares, beside the bar on the visitor's page.

The shares are probabilities: with that of "none of these" they sum to 100 %, but for rounding.

``BarChoice(elem_id=...)`` is an output for what `choice_value` makes; None shows how to get there. A click on a reading
arrives as the event ``decided`` with ``bar`` and ``reading``, both from 0, ``reading`` `AS_CORRECTED` for the bar as it was
corrected, at handlers that take ``gr.EventData``; ``walk`` tells that the next bar to check is wanted then, ``alike`` that
bars that look alike shall be read as this one is.

In the browser it tells the window's events ``scoreweb:next`` (the next bar to check, by the key N) and ``scoreweb:back``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from scoreweb.jobs.read import texts as messages_reading
from scoreweb.widgets.close_up import View
from scoreweb.widgets.events import next_turn

AS_CORRECTED = -1
"""In place of a reading: the bar as the visitor corrected it."""


class BarChoice(View):
    """The component; its event stands at the top of this module."""

    scripts = ("order.js",)

    def __init__(self, *, elem_id: str, value: Any = None, render: bool = True, **_: Any) -> None:  # noqa: ANN401
        """An empty choice. Gradio makes it anew with each value, and then hands its own arguments back."""
        super().__init__(_template(), elem_id=elem_id, value=value, render=render)


@dataclass(frozen=True)
class Offered:
    """One reading of a bar: its drawing, how probable it is (0..1), and whether it fills the metre.

    ``differs`` tells in words what it has otherwise than the first reading, ``changed`` the ids of its notes there.
    """

    svg: str
    certainty: float
    sums: bool
    differs: str = ""
    changed: tuple[str, ...] = ()


def choice_value(
    bar: int,
    crop: str,
    offered: Sequence[Offered],
    chosen: int,
    none_of_these: float,
    *,
    look: bool = False,
    walk: bool = False,
    corrected: str | None = None,
    left: int = 0,
    alike: int = 0,
) -> dict[str, Any]:
    """What a `BarChoice` shows: the bar cut out of the page (an address), its readings, best first, and what is left.

    ``none_of_these`` is the probability that no reading is right. With ``look`` the browser scrolls to it: the visitor asked for this bar.
    With ``walk`` the keys go to it: the visitor walks from one bar to check to the next; ``left`` tells how many there are.
    ``corrected`` is the drawing of the bar as the visitor corrected it; ``alike`` how many other bars may be read as this one is.
    """
    return {
        "turn": next_turn(),
        "look": look,
        "walk": walk,
        "left": left,
        "alike": alike,
        "corrected": corrected,
        "bar": bar,
        "crop": crop,
        "chosen": chosen,
        "readings": [
            {
                "svg": one.svg,
                "certainty": round(one.certainty, 4),
                "share": messages_reading.share(one.certainty),
                "sums": one.sums,
                "differs": one.differs,
                "changed": list(one.changed),
            }
            for one in offered
        ],
        "none_of_these": messages_reading.share(none_of_these),
    }


def _template() -> str:
    say = messages_reading.BAR_CHOICE
    return f"""
<div class="swc" data-part="root">
  <span hidden data-part="sentences">{escape(json.dumps(say, ensure_ascii=False))}</span>
  <p class="title" data-part="title" role="status">{escape(say["none"])}</p>
  <div class="choices" data-part="choices" role="group" aria-label="{escape(say["none"])}" hidden></div>
  <p class="rest" data-part="replaces" hidden></p>
  <button type="button" class="alike" data-part="alike" hidden></button>
  <p class="rest" data-part="keys" hidden></p>
  <p class="rest" data-part="rest" title="{escape(say["rest_hint"])}" hidden></p>
</div>"""
