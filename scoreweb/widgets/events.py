"""How components' events are connected, and what a browser sent with one."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from typing import Any

import gradio as gr

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""Options of an event that is no part of the public API."""
EVERY: dict[str, Any] = {**PRIVATE, "trigger_mode": "multiple", "concurrency_limit": None}
"""The same for an event of which each counts, such as a step of an arrow key: none is dropped while another is on its way."""


_TURNS = itertools.count(1)


def next_turn() -> int:
    """A number that is larger than all before: a view knows by it which of two values was made later."""
    return next(_TURNS)


def follow(start: gr.Button, started: Any, progress: str, results: Sequence[str]) -> None:  # noqa: ANN401 - Gradio's dependency
    """What a click brings about comes into view: the progress at once, and the first of the results that is there at the end.

    ``started`` is the event that ``start`` begins. Elements are named by id. Nothing moves where it is in view already.
    """
    start.click(None, None, None, js=_SHOW % (json.dumps([progress]), '"nearest"'), **PRIVATE)
    started.then(None, None, None, js=_SHOW % (json.dumps(list(results)), '"start"'), **PRIVATE)


def press(start: str, *, after_opening: bool) -> str:
    """A script for the end of an event: the button of that id is pressed as soon as it can be, so that an example runs by itself.

    ``after_opening``: a file that the event has chosen is opened first, which disables the button for a while.
    """
    return _PRESS % (json.dumps(after_opening), json.dumps(start))


_PRESS = """() => {
  const began = Date.now();
  let opening = %s === true;
  const timer = setInterval(() => {
    const button = document.getElementById(%s);
    if (!button || Date.now() - began > 60000) return clearInterval(timer);
    if (button.disabled) { opening = false; return; }
    if (opening && Date.now() - began < 3000) return;
    clearInterval(timer);
    button.click();
  }, 50);
}"""

_SHOW = """() => {
  const began = Date.now();
  const timer = setInterval(() => {
    const there = %s.map((id) => document.getElementById(id)).find((one) => one && one.offsetParent && (one.innerText.trim() || one.querySelector("img, svg")));
    if (!there && Date.now() - began < 10000) return; // it is drawn a moment later
    clearInterval(timer);
    const box = there?.getBoundingClientRect();
    if (!box || (box.top >= 0 && (box.bottom <= innerHeight || box.top <= innerHeight / 3))) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    there.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: %s });
  }, 200);
}"""


def unchanged(component: gr.components.Component) -> dict[Any, Any]:
    """An answer of a handler that changes nothing, given one of its outputs: Gradio takes an empty dict for a mistake."""
    return {component: gr.skip()}


def sent_with(event: gr.EventData) -> dict[str, Any]:
    """What the browser sent with the event, not to be trusted; an empty dict for anything but an object."""
    return event._data if isinstance(event._data, dict) else {}


def whole_number(value: object, most: int = 100_000) -> int | None:
    """The whole number that a browser sent, if it is smaller than ``most``; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < most else None
