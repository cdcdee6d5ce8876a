"""The productions that reading goes by, for a visitor's eyes: one that can be opened for each, in the order of its files."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from models.read.grammar import ProductionView


def productions_html(views: Sequence[ProductionView]) -> str:
    """A list of productions, each closed until it is asked for: its comment, its states, its text."""
    parts = []
    for file, own in groupby(views, key=lambda view: view.file):
        parts.append(f"<p><strong>{escape(file)}</strong></p>")
        parts += [_one(view) for view in own]
    return f'<div class="sw-productions">{"".join(parts)}</div>'


def _one(view: ProductionView) -> str:
    states = ", ".join(view.states) or "none"
    return (
        f"<details><summary><code>{escape(view.name)}</code> {escape(view.comment)}</summary>"
        f"<p>In the control diagram's state: {escape(states)}.</p>"
        f'<pre tabindex="0" aria-label="{escape(view.name)}">{escape(view.text)}</pre></details>'
    )
