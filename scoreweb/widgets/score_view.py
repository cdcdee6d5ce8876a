"""A score in the browser: seen on paper, heard with highlighting, corrected by mouse and keys.

``ScoreView(elem_id=...)`` is an output for what `view_value` makes, None hides it. What a visitor does arrives as events
whose handlers take ``gr.EventData``:

| event | attributes | when |
|---|---|---|
| ``picked`` | ``id`` | a note or rest was clicked or reached by keys and chosen |
| ``moved`` | ``id``, ``steps`` | arrow up or down: by so many staff places (shift: an octave, 7) |
| ``removed`` | ``id`` | Delete or Backspace |
| ``bar_picked`` | ``bar`` (from 0), ``number`` (as printed) | a bar, or its button in the list of doubtful ones, was chosen |

All of that comes from a browser: `note_of` and `bar_of` give it checked against the score.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from html import escape
from typing import Any

import gradio as gr

from models.notation.editing import find_note
from models.notation.engraving.engrave import Engraving
from models.notation.performance import sounding_notes
from models.notation.score import Event, Note, Score
from scoreweb import texts as messages
from scoreweb.widgets.close_up import View

CERTAIN = 0.8
"""Below this a note or bar is marked as doubtful, below `DOUBTFUL` as very doubtful."""
DOUBTFUL = 0.5


class ScoreView(View):
    """The component; its events stand at the top of this module."""

    def __init__(self, *, elem_id: str, value: Any = None, render: bool = True, **_: Any) -> None:  # noqa: ANN401
        """An empty view. Gradio makes it anew with each value, and then hands its own arguments back."""
        super().__init__(_template(), elem_id=elem_id, value=value, render=render)


def view_value(
    engraving: Engraving,
    score: Score,
    *,
    doubtful: Mapping[int, float] | None = None,
    off: Collection[int] = (),
    bar: int | None = None,
    selected: str | None = None,
    editable: bool = True,
) -> dict[str, Any]:
    """What a `ScoreView` shows: pages, what each note is called and how certain it is, bars, and what sounds when.

    ``doubtful`` gives certainties of bars (counted from 0) that overrule the score's own; ``off`` are bars that do not
    fill their metre, which are listed first. ``bar`` is marked, ``selected`` the id of the note that is chosen at first.
    """
    notes: dict[str, Any] = {}
    for part in score.parts:
        for index, measure in enumerate(part.bars):
            for event in measure.events:
                for note in event.notes or (None,):
                    notes[note.id if note else event.id] = _told(event, note, index)
    bars = []
    for index, (page, box) in enumerate(engraving.bars):
        column = [part.bars[index] for part in score.parts if index < len(part.bars)]
        certainty = min((one.certainty for one in column), default=1.0)
        bars.append(
            {
                "page": page,
                "box": [round(v, 2) for v in box],
                "number": column[0].number if column else index + 1,
                "certainty": round((doubtful or {}).get(index, certainty), 4),
                "gap": any(one.gap for one in column),
                "off": index in off,
            }
        )
    return {
        "pages": engraving.svgs,
        "notes": {identity: told for identity, told in notes.items() if identity in engraving.boxes},
        "bars": bars,
        "sounding": [
            [round(n.onset_s, 4), round(n.offset_s, 4), n.midi, n.velocity, list(n.ids), n.bar]
            for n in sounding_notes(score)
        ],
        "levels": [CERTAIN, DOUBTFUL],
        "bar": bar,
        "selected": selected,
        "editable": editable,
    }


def note_of(event: gr.EventData, score: Score) -> str | None:
    """The id that an event names, if the score has it."""
    identity = getattr(event, "id", None)
    return identity if isinstance(identity, str) and find_note(score, identity) else None


def steps_of(event: gr.EventData) -> int:
    """By how many staff places a note is to move: -7 to 7, 0 for anything else."""
    steps = getattr(event, "steps", None)
    return steps if isinstance(steps, int) and not isinstance(steps, bool) and -7 <= steps <= 7 else 0


def bar_of(event: gr.EventData, score: Score) -> int | None:
    """The bar (counted from 0) that an event names, if the score has it."""
    index = getattr(event, "bar", None)
    longest = max((len(part.bars) for part in score.parts), default=0)
    return index if isinstance(index, int) and not isinstance(index, bool) and 0 <= index < longest else None


def _told(event: Event, note: Note | None, bar: int) -> dict[str, Any]:
    say = messages.SCORE_VIEW
    certainty = note.certainty if note else event.certainty
    what = note.pitch.name if note else say["rest"]
    length = f"{say['dotted']} " * event.duration.dots + messages.NOTE_VALUES[event.duration.type.value]
    if event.grace:
        length = f"{say['grace']} {length}"
    label = say["label"].format(what=what, length=length, certainty=round(100 * certainty))
    return {
        "label": label,
        "midi": note.pitch.midi if note else None,
        "bar": bar,
        "certainty": round(certainty, 4),
    }


def _template() -> str:
    say = messages.SCORE_VIEW
    tempo = f'<input type="range" data-part="tempo" min="50" max="150" step="5" value="100" aria-label="{escape(say["tempo"])}">'
    seek = f'<input type="range" data-part="seek" min="0" max="1000" step="1" value="0" aria-label="{escape(say["seek"])}">'
    return f"""
<div class="swv" data-part="root" hidden>
  <span hidden data-part="sentences">{escape(json.dumps(say, ensure_ascii=False))}</span>
  <div class="row" role="group" aria-label="{escape(say["playing"])}">
    <button type="button" data-part="play">{escape(say["play"])}</button>{seek}
    <span class="time" data-part="time">0:00</span>
    <label class="speed"><span>{escape(say["tempo"])}</span>{tempo}<output data-part="percent">100 %</output></label>
  </div>
  <div class="row legend" data-part="legend" hidden>
    <span><i class="key d1"></i>{escape(say["doubtful"])}</span><span><i class="key d2"></i>{escape(say["very_doubtful"])}</span>
    <span data-part="doubts" class="row"></span>
  </div>
  <div class="paper" data-part="paper" role="group" aria-label="{escape(say["sheet"])}"></div>
  <div class="row"><span class="picked" data-part="picked" role="status"></span></div>
  <div class="quiet" data-part="keys">{escape(say["keys"])}</div>
</div>"""
