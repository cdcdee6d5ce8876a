"""Which language is spoken to whoever asks: the first that their browser asks for and that there is a catalogue of."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

SOURCE = "en"
"""The language of the texts modules, spoken to programs, on the command line and where no other fits."""
LANGUAGES = (SOURCE, "de", "es", "fr", "ja", "zh-CN")
"""Languages of the page as HTML names them; each but the first has a catalogue ``<name>.json`` beside this module."""

_BY_STEM = {name.partition("-")[0]: name for name in LANGUAGES}
_SPOKEN: ContextVar[str] = ContextVar("spoken", default=SOURCE)


def chosen(accepted: str | None) -> str:
    """The language for an Accept-Language header: the first of the visitor's in their order that there is, else `SOURCE`."""
    wanted: list[tuple[float, str]] = []
    for part in (accepted or "")[:1000].split(","):
        tag, _, options = part.partition(";")
        try:
            weight = float(options.strip().removeprefix("q=")) if options.strip() else 1.0
        except ValueError:
            weight = 0.0
        if weight > 0:
            wanted.append((weight, tag.strip().lower()))
    for _, tag in sorted(wanted, key=lambda one: -one[0]):
        found = _BY_STEM.get(tag.partition("-")[0])
        if found:
            return found
    return SOURCE


def spoken() -> str:
    """The language of the event or the request that is being answered, or that `speaking` sets; `SOURCE` where there is none."""
    # An event goes first: Gradio handles it in a task that may have begun within another visitor's request.
    # A command line has no Gradio, and needs none.
    web = sys.modules.get("gradio.context")
    headers = getattr(web.LocalContext.request.get(None), "headers", None) if web else None
    if headers:
        return chosen(headers.get("accept-language"))
    return _SPOKEN.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within it, `language` (one of `LANGUAGES`) is spoken, whoever asks."""
    before = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(before)
