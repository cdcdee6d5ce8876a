"""The page as browsers get it: built once in each language, in all alike but for the texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.context import Context

from scoreweb.languages.spoken import LANGUAGES, SOURCE, speaking, spoken

_TOLD = ("components", "dependencies", "layout", "page")
"""What of a page's description holds texts, or the places of what holds them."""


class TranslatedPage(gr.Blocks):
    """A page that describes itself to each browser in its language. Its events and its API are those of the English one."""

    _told: dict[str, dict[str, Any]]
    _source: dict[str, Any]

    @property  # type: ignore[override]
    def config(self) -> dict[str, Any]:
        """What Gradio sends to a browser, in the language that is spoken."""
        told = self.__dict__.get("_told", {}).get(spoken(), {})
        return {**self._source, **told} if told else self._source

    @config.setter
    def config(self, value: dict[str, Any]) -> None:
        self.__dict__["_source"] = value

    def tell(self, language: str, page: gr.Blocks) -> None:
        """From now on browsers that speak ``language`` get the texts of ``page``. RuntimeError where it is built otherwise."""
        other: Any = page.config
        if _shape(other) != _shape(self._source):
            raise RuntimeError(f"the page in {language} has other components than the one in {SOURCE}")
        self.__dict__.setdefault("_told", {})[language] = {part: other[part] for part in _TOLD}


def in_every_language(build: Callable[[], TranslatedPage]) -> TranslatedPage:
    """The page that ``build`` makes, with its texts in all `LANGUAGES`. Nothing else may be built meanwhile."""
    first = Context.id
    with speaking(SOURCE):
        page = build()
    for language in LANGUAGES:
        if language != SOURCE:
            Context.id = first  # the same numbers for the same components
            with speaking(language):
                page.tell(language, build())
    return page


def _shape(config: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - Gradio's own
    """What must be alike in all languages: components by number and kind, events by their ends."""
    parts: list[tuple[Any, ...]] = [(one["id"], one["type"]) for one in config["components"]]
    return parts + [
        (one["id"], tuple(one["inputs"]), tuple(one["outputs"]), tuple(map(tuple, one["targets"])))
        for one in config["dependencies"]
    ]
