"""What the views of this room have in common: a component of HTML with its own template, style sheet and script."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import gradio as gr


class View(gr.HTML):
    """A view whose ``.css`` and ``.js`` lie beside its module; None hides it.

    A subclass hands its template. What it shows is a dict; nothing comes back from the browser but events.
    """

    def __init__(self, template: str, *, elem_id: str, value: Any, render: bool) -> None:  # noqa: ANN401
        """An empty view with the HTML of `template`."""
        here = Path(inspect.getfile(type(self)))
        super().__init__(
            value=value,
            render=render,
            html_template=template,
            css_template=here.with_suffix(".css").read_text(encoding="utf-8"),
            js_on_load=here.with_suffix(".js").read_text(encoding="utf-8"),
            elem_id=elem_id,
        )

    def preprocess(self, payload: Any) -> None:  # noqa: ANN401 - Gradio's own signature says str
        """Nothing: what is shown lies with the server, not in the browser."""

    def postprocess(self, value: Any) -> Any:  # noqa: ANN401
        """The dict as it is."""
        return value

    def api_info(self) -> dict[str, Any]:
        """What the value is, in JSON schema."""
        return {"type": "object"}
