"""Public endpoints of the API with every argument and answer described, as `Client.view_api` and the page's panel show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components.api_component import Api
from gradio.context import get_blocks_context
from gradio.events import api

_KINDS: Mapping[type, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    dict: {"type": "object", "additionalProperties": {}},
    gr.FileData: gr.FileData.model_json_schema(),
}


@dataclass(frozen=True)
class Argument:
    """An argument of an endpoint, or its answer: a type of `_KINDS`, what it means, and the words that it may be, if only these."""

    name: str
    kind: type
    means: str
    choices: Sequence[str] = ()
    example: Any = None

    def schema(self) -> dict[str, Any]:
        """The type in JSON schema, with the meaning where Gradio's clients look for it."""
        schema = {"enum": list(self.choices)} if self.choices else dict(_KINDS[self.kind])
        return {**schema, "description": self.means, "additional_description": self.means}


def offer(
    function: Callable[..., Any], name: str, arguments: Sequence[Argument], answer: Argument, *, at_once: int
) -> None:
    """The function as a public endpoint of the page that is being built; at most so many calls of it run ``at_once``.

    ``arguments`` describe the function's own in their order, its `gr.Request` left out. Gradio reads types off a function
    and leaves out what they mean, so its descriptions are filled in here.
    """
    page = get_blocks_context()
    if page is None:
        raise RuntimeError("an endpoint belongs to a page that is being built")
    before = set(page.fns)
    api(function, api_name=name, concurrency_limit=at_once)
    (made,) = (page.fns[key] for key in page.fns if key not in before)
    for component, described in [
        *zip(made.inputs, arguments, strict=True),
        *zip(made.outputs, [answer], strict=True),
    ]:
        if isinstance(component, Api):
            component.label = f"{described.name}: {described.means}"
            component._api_info = described.schema()
            if described.example is not None:
                component.example_payload = partial(_given, described.example)  # type: ignore[method-assign]


def _given(example: object) -> object:
    return example


def file_answer(path: Path) -> dict[str, Any]:
    """A file of a workspace as an answer: Gradio's clients download it."""
    return gr.FileData(path=str(path), orig_name=path.name).model_dump()
