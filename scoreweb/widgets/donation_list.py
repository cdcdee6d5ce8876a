"""Donations in the browser as cards: what each is, when it was given, its state; opened, chosen and removed there.

``DonationList(elem_id=...)`` is an output for what `list_value` makes, `opened_value` puts a donation's details into its card;
None hides it. What a visitor does arrives as events, whose handlers take ``gr.EventData``:

| event | sent with it | when |
|---|---|---|
| ``opened`` | ``id`` | the details of a card are wanted |
| ``removal_wanted`` | ``ids`` | cards were chosen, and their removal confirmed |

All of that comes from a browser: `ids_of` gives it checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from scoreweb.jobs.data import texts as say
from scoreweb.widgets.close_up import View

MOST_AT_ONCE = 1000


class DonationList(View):
    """The component; its events stand at the top of this module."""

    def __init__(self, *, elem_id: str, value: Any = None, render: bool = True, **_: Any) -> None:  # noqa: ANN401
        """An empty list. Gradio makes it anew with each value, and then hands its own arguments back."""
        super().__init__(_template(), elem_id=elem_id, value=value, render=render)


@dataclass(frozen=True)
class Card:
    """One donation: ``when`` in UTC as ISO 8601, which the browser shows in its own time; ``thumbnail`` an address or ""."""

    id: str
    name: str
    when: str
    state: str
    facts: Sequence[str]
    thumbnail: str
    kind: str


def list_value(cards: Sequence[Card]) -> dict[str, Any]:
    """What a `DonationList` shows."""
    return {"cards": [asdict(card) for card in cards]}


def opened_value(number: str, html: str, url: str, name: str) -> dict[str, Any]:
    """The details of one card, and where all its files lie as one to download."""
    return {"opened": {"id": number, "html": html, "url": url, "name": name}}


def ids_of(sent: Mapping[str, Any]) -> list[str]:
    """The numbers that a browser sent; text that is none is answered like a number that nobody has."""
    ids = sent.get("ids", [sent.get("id")])
    return [one for one in ids if isinstance(one, str)][:MOST_AT_ONCE] if isinstance(ids, list) else []


def _template() -> str:
    return f"""
<div class="swd" data-part="root" hidden>
  <span hidden data-part="sentences">{escape(json.dumps(say.DONATION_LIST, ensure_ascii=False))}</span>
  <ul data-part="cards" aria-label="{escape(say.DONATION_LIST["list"])}"></ul>
  <div class="bar" data-part="bar">
    <span data-part="count" role="status"></span>
    <button type="button" data-part="remove" disabled>{escape(say.DONATION_LIST["remove"])}</button>
    <span data-part="sure" class="sure" hidden>
      <span data-part="question"></span>
      <button type="button" class="stop" data-part="yes">{escape(say.DONATION_LIST["yes"])}</button>
      <button type="button" data-part="no">{escape(say.DONATION_LIST["no"])}</button>
    </span>
  </div>
</div>"""
