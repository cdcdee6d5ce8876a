"""What Gradio remembers of each visitor: where the page was changed for them, and no more, and no longer than they may come back.

Gradio keeps a description of every component of the page for each of its last `state_session_capacity` visitors, and in it every
value that they were shown, so that it could save the page under a link. This page offers no such links: its visitors
find their work again by their workspace (`scoreweb.returning`). Left as it is, each visitor costs 0.4 MB and more, and the time to
make it, at their first click. What was changed for a visitor, some 0.1 MB, it keeps until 500 others came.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio import route_utils, state_holder


class _LightSession(state_holder.SessionState):
    """A visitor's session without descriptions of components."""

    def __init__(self, blocks: gr.Blocks) -> None:
        described: Any = SimpleNamespace(default_config=blocks.default_config, blocks=())
        super().__init__(described)

    def __setitem__(self, key: int, value: Any) -> None:  # noqa: ANN401 - a component, or what a `gr.State` holds
        if isinstance(self.blocks_config.blocks.get(key), gr.State):
            super().__setitem__(key, value)
            self.config_values.pop(key, None)
        else:
            self.blocks_config.blocks[key] = value

    def _update_config(self, key: int) -> None:
        """Nothing is described."""

    def _update_value_in_config(self, key: int, value: Any) -> None:  # noqa: ANN401 - a component's value
        """Nor what it shows."""


def remember_little() -> None:
    """From now on, for the whole process. Gradio has no setting for it; a test holds it against its next version."""
    for module in (state_holder, route_utils):
        module.SessionState = _LightSession  # type: ignore[attr-defined]


def forget_closed(page: gr.Blocks, after_s: float) -> None:
    """Forgets the sessions whose page was closed and that asked for nothing in so many seconds."""
    held = getattr(page, "state_holder", None)
    if held is None:  # the page is not served
        return
    before = datetime.now() - timedelta(seconds=after_s)  # noqa: DTZ005 - as Gradio notes it
    with held.lock:
        for name, session in list(held.session_data.items()):
            if session.is_closed and held.time_last_used.get(name, before) <= before:
                del held.session_data[name]
                held.time_last_used.pop(name, None)
