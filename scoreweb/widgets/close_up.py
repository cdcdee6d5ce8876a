"""What the views of this room have in common: a component of HTML with its own template, style sheet and script."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any, ClassVar

import gradio as gr

from scoreweb import texts as messages


def zoom_html() -> str:
    """Buttons for larger and smaller, which zoom.js listens to."""
    say = messages.ZOOM
    button = '<button type="button" data-part="{part}" aria-label="{label}" title="{label}">{face}</button>'
    smaller = button.format(part="smaller", label=escape(say["smaller"]), face="−")
    larger = button.format(part="larger", label=escape(say["larger"]), face="+")
    return f'<span class="zoom" role="group" aria-label="{escape(say["zoom"])}">{smaller}<output data-part="zoomed">100 %</output>{larger}</span>'


class View(gr.HTML):
    """A view whose ``.css`` and ``.js`` lie beside its module; None hides it.

    A subclass hands its template. What it shows is a dict; nothing comes back from the browser but events, and calls of
    the functions in ``answers``, which anybody may call with anything.
    """

    scripts: ClassVar[Sequence[str]] = ()
    """Names of further scripts beside the module, which come before its own."""

    def __init__(
        self,
        template: str,
        *,
        elem_id: str,
        value: Any,  # noqa: ANN401
        render: bool,
        answers: Sequence[Callable[..., Any]] = (),
    ) -> None:
        """An empty view with the HTML of `template`."""
        here = Path(inspect.getfile(type(self)))
        scripts = [*(here.with_name(name) for name in self.scripts), here.with_suffix(".js")]
        super().__init__(
            value=value,
            render=render,
            html_template=template,
            css_template=here.with_suffix(".css").read_text(encoding="utf-8"),
            js_on_load="\n".join(script.read_text(encoding="utf-8") for script in scripts),
            elem_id=elem_id,
            server_functions=list(answers) or None,
        )

    def preprocess(self, payload: Any) -> None:  # noqa: ANN401 - Gradio's own signature says str
        """Nothing: what is shown lies with the server, not in the browser."""

    def postprocess(self, value: Any) -> Any:  # noqa: ANN401
        """The dict as it is."""
        return value

    def api_info(self) -> dict[str, Any]:
        """What the value is, in JSON schema."""
        return {"type": "object"}
