"""What Gradio remembers of each visitor: where the page was changed for them, and no more.

Gradio keeps a description of every component of the page for each of its last `state_session_capacity` visitors, and in it every
value that they were shown, so that it could save the page under a link. This page offers no such links: its visitors
find their work again by their workspace (`scoreweb.returning`). Left as it is, each visitor costs 0.4 MB and more, and the time to
make it, at their first click.
"""

from __future__ import annotations

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
