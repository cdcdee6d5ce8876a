"""The sheet of heard notes in the browser: seen, heard, corrected."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from scoreweb import messages

_HERE = Path(__file__)


class NoteSheet(gr.HTML):
    """Shows what `scoreweb.transcript.Transcript.view` gives; None hides it.

    Event: ``replaced`` with ``index`` of the note and either ``midi``, the reading that was chosen, or ``steps``, by
    how many semitones it was moved. All of that comes from the browser and is to be checked.
    """

    def __init__(self, *, elem_id: str, value: Any = None, render: bool = True, **_: Any) -> None:  # noqa: ANN401
        """An empty sheet. Gradio makes it anew with each value, and then hands its own arguments back."""
        super().__init__(
            value=value,
            render=render,
            html_template=_template(),
            css_template=_HERE.with_suffix(".css").read_text(encoding="utf-8"),
            js_on_load=_HERE.with_suffix(".js").read_text(encoding="utf-8"),
            elem_id=elem_id,
        )

    def preprocess(self, payload: Any) -> None:  # noqa: ANN401 - Gradio's own signature says str
        """Nothing: the notes lie on the desk, not in the browser."""

    def postprocess(self, value: Any) -> Any:  # noqa: ANN401
        """The dict as it is."""
        return value

    def api_info(self) -> dict[str, Any]:
        """What the value is, in JSON schema."""
        return {"type": "object"}


def _template() -> str:
    say = messages.NOTE_SHEET
    return f"""
<div class="sws" data-part="root" hidden>
  <span hidden data-part="sentences">{escape(json.dumps(say, ensure_ascii=False))}</span>
  <div class="row" role="group" aria-label="{escape(say["listen"])}" data-part="sources"></div>
  <div class="paper" data-part="paper" role="group" aria-label="{escape(say["sheet"])}"></div>
  <div class="row" aria-live="polite"><span class="head" data-part="picked"></span><span class="row" data-part="readings"></span></div>
  <div class="quiet">{escape(say["keys"])}</div>
  <div data-part="doubtful" hidden><span class="head">{escape(say["doubtful"])}</span><div data-part="doubts"></div></div>
</div>"""
