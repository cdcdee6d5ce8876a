"""A new token in the browser, shown once: to copy, to save as a file, with a warning to whoever leaves before that.

``TokenCard(elem_id=...)`` is an output for ``{"token": ...}``; None hides it and takes the token out of the page.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

from scoreweb import texts as messages
from scoreweb.widgets.close_up import View


class TokenCard(View):
    """The component. Nothing comes back from it."""

    def __init__(self, *, elem_id: str, value: Any = None, render: bool = True, **_: Any) -> None:  # noqa: ANN401
        """No token. Gradio makes it anew with each value, and then hands its own arguments back."""
        super().__init__(_template(), elem_id=elem_id, value=value, render=render)


def _template() -> str:
    say = messages.TOKEN_CARD
    return f"""
<div class="swk" data-part="root" hidden>
  <span hidden data-part="sentences">{escape(json.dumps(say, ensure_ascii=False))}</span>
  <label>{escape(messages.TOKEN_LABEL)} <input type="text" readonly data-part="token" autocomplete="off" spellcheck="false"></label>
  <span class="row"><button type="button" data-part="copy">{escape(say["copy"])}</button>
  <button type="button" data-part="save">{escape(say["save"])}</button>
  <span data-part="said" role="status"></span></span>
</div>"""
