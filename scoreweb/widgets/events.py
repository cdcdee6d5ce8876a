"""How components' events are connected, and what a browser sent with one."""

from __future__ import annotations

from typing import Any

import gradio as gr

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""Options of an event that is no part of the public API."""
EVERY: dict[str, Any] = {**PRIVATE, "trigger_mode": "multiple", "concurrency_limit": None}
"""The same for an event of which each counts, such as a step of an arrow key: none is dropped while another is on its way."""


def sent_with(event: gr.EventData) -> dict[str, Any]:
    """What the browser sent with the event, not to be trusted; an empty dict for anything but an object."""
    return event._data if isinstance(event._data, dict) else {}


def whole_number(value: object, most: int = 100_000) -> int | None:
    """The whole number that a browser sent, if it is smaller than ``most``; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < most else None
