"""The sheet of heard notes in the browser: seen, heard, corrected."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from scoreweb import texts as messages
from scoreweb.widgets.close_up import View


class NoteSheet(View):
    """Shows what `scoreweb.jobs.transcribe.result.TranscribeResult.view` gives; None hides it.

    Event: ``replaced`` with ``index`` of the note and either ``midi``, the reading that was chosen, or ``steps``, by
    how many semitones it was moved. All of that comes from the browser and is to be checked.
    """

    def __init__(self, *, elem_id: str, value: Any = None, render: bool = True, **_: Any) -> None:  # noqa: ANN401
        """An empty sheet. Gradio makes it anew with each value, and then hands its own arguments back."""
        super().__init__(_template(), elem_id=elem_id, value=value, render=render)


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
