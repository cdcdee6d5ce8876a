"""The English texts that the page shows, as its texts modules and `scoreweb.languages.elsewhere` hold them."""

import re
from types import ModuleType

from scoreweb import score_texts, texts
from scoreweb.jobs.data import texts as data
from scoreweb.jobs.read import texts as read
from scoreweb.jobs.transcribe import texts as transcribe
from scoreweb.jobs.upscale import texts as upscale
from scoreweb.languages.elsewhere import SENTENCES

MODULES = (texts, score_texts, upscale, read, transcribe, data)
COMMANDS = {
    "NO_SUCH_FILE",
    "NOTHING_USABLE",
    "CANNOT_WRITE",
    "NO_NOTE_IN_FILE",
    "DRAWN_SOUND",
    "ONE_NOTE_PICTURES",
    "NO_PORTAUDIO",
    "NO_MICROPHONE",
    "NO_SUCH_PAGE",
}
"""Texts that only commands and programs read."""
NAMES = {
    "ScoreWeb",
    "MusicXML",
    "MIDI",
    "PDF",
    "SVG",
    "PNG",
    "WAV",
    "page.png",
    "tune.wav",
    "scoreweb-token.txt",
}
"""The same in every language."""


def page_texts() -> list[str]:
    """Each text once, in the order of the modules."""
    found: dict[str, None] = {}
    for module in MODULES:
        for name, value in vars(module).items():
            if name[0].isupper() and not name.startswith("API_") and name not in COMMANDS and _own(value):
                found |= dict.fromkeys(_strings(value))
    found |= dict.fromkeys(SENTENCES)
    return [text for text in found if text not in NAMES and re.search(r"[A-Za-z]{2}", _said(text))]


def _own(value: object) -> bool:
    return not isinstance(value, (type, ModuleType))


def _said(text: str) -> str:
    """Without what is filled in."""
    return re.sub(r"\{[^{}]*\}", "", text)


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = tuple(value.values())
    return [text for one in value for text in _strings(one)] if isinstance(value, tuple) else []
