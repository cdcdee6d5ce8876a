"""The page as browsers get it: built in a language when a browser first asks for it, in all alike but for the texts."""

from __future__ import annotations

import contextvars
import logging
import threading
from collections.abc import Callable
from typing import Any

import gradio as gr

from scoreweb.languages.spoken import SOURCE, speaking, spoken

_OF_SOURCE = ("id", "targets", "inputs", "outputs")
"""What of an event names components by their numbers: always those of the English page."""
_ATTEMPTS = 3
"""A component that a visitor's event makes while a page is built may get into it; then it is built again."""
_ONE = threading.Lock()
"""Gradio builds one page at a time."""

log = logging.getLogger(__name__)


class TranslatedPage(gr.Blocks):
    """A page that describes itself to each browser in its language. Its events and its API are those of the English one."""

    _told: dict[str, dict[str, Any]]
    _source: dict[str, Any]
    _build: Callable[[], TranslatedPage]

    @property  # type: ignore[override]
    def config(self) -> dict[str, Any]:
        """What Gradio sends to a browser, in the language that is spoken."""
        language = spoken()
        if language == SOURCE or "_build" not in self.__dict__:
            return self._source
        return {**self._source, **self._told_in(language)}

    @config.setter
    def config(self, value: dict[str, Any]) -> None:
        self.__dict__["_source"] = value

    def translate_by(self, build: Callable[[], TranslatedPage]) -> None:
        """From now on browsers get the texts of the page that ``build`` makes in their language; each is built when asked for."""
        self.__dict__["_told"] = {}
        self.__dict__["_build"] = build

    def _told_in(self, language: str) -> dict[str, Any]:
        """The parts of the description that hold texts; none, so that they are English, where the page cannot be built.

        Whoever asks for a language first waits while it is built, and so do those who ask for it meanwhile; nobody else does.
        """
        if language not in self._told:
            with _ONE:
                if language not in self._told:
                    # In a context of its own: an event's or a request's language goes before the one that is set
                    found = contextvars.Context().run(self._built, language)
                    if found is None:
                        return {}
                    self._told[language] = found
        return self._told[language]

    def _built(self, language: str) -> dict[str, Any] | None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with speaking(language):
                    other = self._build()
                return with_texts_of(self._source, other._source)
            except Exception:  # a page in English is better than none
                log.exception("The page in %s could not be built (attempt %d).", language, attempt)
        return None


def in_every_language(build: Callable[[], TranslatedPage]) -> TranslatedPage:
    """The page that ``build`` makes in the language that is spoken, in each language once a browser asks for it."""
    with speaking(SOURCE):
        page = build()
    page.translate_by(build)
    return page


def with_texts_of(source: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Components and events as a page describes them, with the texts of another that differs in these and in numbers only.

    RuntimeError where the other has other components.
    """
    if _shape(source) != _shape(other):
        raise RuntimeError(f"the page has other components than the one in {SOURCE}")
    return {
        "components": [
            {**new, "id": old["id"]}
            for old, new in zip(source["components"], other["components"], strict=True)
        ],
        "dependencies": [
            {**new, **{key: old[key] for key in _OF_SOURCE}}
            for old, new in zip(source["dependencies"], other["dependencies"], strict=True)
        ],
    }


def _shape(config: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What must be alike in all languages: kinds of components, events by their ends, components by their place in the row."""
    place = {one["id"]: n for n, one in enumerate(config["components"])}
    parts: list[tuple[Any, ...]] = [(one["type"],) for one in config["components"]]
    return parts + [
        (
            one["id"],
            *([place.get(end) for end in one[ends]] for ends in ("inputs", "outputs")),
            [(place.get(target), event) for target, event in one["targets"]],
        )
        for one in config["dependencies"]
    ]
