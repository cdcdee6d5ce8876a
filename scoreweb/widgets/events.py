"""How components' events are connected."""

from __future__ import annotations

from typing import Any

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""Options of an event that is no part of the public API."""
EVERY: dict[str, Any] = {**PRIVATE, "trigger_mode": "multiple", "concurrency_limit": None}
"""The same for an event of which each counts, such as a step of an arrow key: none is dropped while another is on its way."""
