"""What is logged and how: lines for people, or one JSON object a line; never an address, a file's name or a token."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO

import structlog

Style = Literal["text", "json"]

_OWN = ("scoreweb", "models", "storage")
_PERSONAL = (
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"), "[mail]"),
    (re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])"), "[address]"),
    (re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){2,7}:?[0-9a-fA-F]{0,4}(?![\w:])"), "[address]"),
    (re.compile(r"(?<![\w-])[A-Za-z0-9_-]{32,}(?![\w-])"), "[secret]"),
)
"""What could be somebody's, wherever it stands in a line; a hash of 32 characters and more goes too."""


def set_up_logs(style: Style, out: TextIO | None = None) -> None:
    """The log of this process, to standard error or to ``out``."""
    handler = logging.StreamHandler(out or sys.stderr)
    handler.setFormatter(formatter(style))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in _OWN:
        logging.getLogger(name).setLevel(logging.INFO)


def formatter(style: Style) -> logging.Formatter:
    """Writes a record of the standard library's logging, with what was handed along in ``extra``."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last: Any = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, impersonal, last],
    )


def impersonal(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The event without what could be a person's: addresses, tokens, and paths of visitors' files with their names."""
    for key, value in event.items():
        if isinstance(value, str) and key != "timestamp":
            event[key] = _without(value)
    return event


def _without(text: str) -> str:
    cache = os.environ.get("GRADIO_TEMP_DIR")
    if cache:
        text = re.sub(re.escape(cache) + r"[^'\"\n]*", "[a visitor's file]", text)
    for pattern, word in _PERSONAL:
        text = pattern.sub(word, text)
    return text
