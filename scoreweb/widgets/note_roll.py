"""The detected notes over the recording's spectrum, as a piano roll; what was heard too faintly to be written stands there in light.

``NoteRoll(elem_id=...)`` is an output for what `roll_value` makes; None hides it. The slider's new place arrives as the event ``chosen`` with
``least`` (0 to 1) at handlers that take ``gr.EventData``.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from models.contracts.transcribe import HeardNote
from models.notation.score import Pitch
from models.transcribe.roll import BINS_PER_KEY
from scoreweb import texts as messages
from scoreweb.languages.notes import note_name
from scoreweb.widgets.close_up import View

MARGIN = 3
"""Keys shown above the highest and below the lowest note."""


class NoteRoll(View):
    """The component; its event stands at the top of this module."""

    def __init__(self, *, elem_id: str, value: Any = None, render: bool = True, **_: Any) -> None:  # noqa: ANN401
        """An empty roll."""
        super().__init__(_template(), elem_id=elem_id, value=value, render=render)


def key_range(notes: Sequence[HeardNote]) -> tuple[int, int]:
    """The lowest and the highest key to show, of all notes and candidates."""
    midis = [note.midi for note in notes] or [60]
    return max(21, min(midis) - MARGIN), min(108, max(midis) + MARGIN)


def roll_value(
    picture: npt.NDArray[np.uint8] | None,
    seconds: float,
    keys: tuple[int, int],
    notes: Sequence[HeardNote],
    candidates: Sequence[HeardNote],
    least: float,
) -> dict[str, Any]:
    """What a `NoteRoll` shows: the picture of `models.transcribe.roll.key_levels` over ``keys``, and notes;
    without a picture the browser keeps the last one.

    ``notes`` are those that are written, ``candidates`` those that are not; ``least`` is how sure a note must be.
    """
    low, high = keys
    return {
        "seconds": round(seconds, 3),
        "low": low,
        "high": high,
        "bins": BINS_PER_KEY,
        "picture": _address(picture) if picture is not None else None,
        "notes": [_told(note) for note in notes],
        "candidates": [_told(note) for note in candidates],
        "names": {str(midi): note_name(Pitch.from_midi(midi)) for midi in range(low, high + 1)},
        "least": round(least, 2),
    }


def _address(picture: npt.NDArray[np.uint8]) -> str:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def _told(note: HeardNote) -> list[float]:
    return [round(note.onset_s, 3), round(note.offset_s, 3), note.midi, round(note.certainty, 3)]


def _template() -> str:
    say = messages.NOTE_ROLL
    sentences = escape(json.dumps(say, ensure_ascii=False))
    return f"""
<div class="swn" data-part="root" hidden>
  <span hidden data-part="sentences">{sentences}</span>
  <div class="row"><label><span>{escape(say["least"])}</span>
    <input type="range" min="0.05" max="0.95" step="0.05" data-part="least"></label>
    <output data-part="share"></output><span class="quiet" data-part="told" role="status"></span></div>
  <div class="scroll" data-part="scroll" tabindex="0" role="group" aria-label="{escape(say["label"])}">
    <canvas data-part="canvas" role="img"></canvas></div>
  <div class="quiet">{escape(say["legend"])}</div>
</div>"""
