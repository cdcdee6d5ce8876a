"""Texts in the language that is spoken: looked up by the English sentence, numbers in them written as that language does."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from functools import cache
from numbers import Real
from pathlib import Path
from string import Formatter
from types import ModuleType
from typing import Any, TypeVar

from scoreweb.languages.elsewhere import SENTENCES
from scoreweb.languages.spoken import SOURCE, spoken

T = TypeVar("T")

_POINTS = {"de": (",", "."), "es": (",", "\N{NO-BREAK SPACE}"), "fr": (",", "\N{NARROW NO-BREAK SPACE}")}
"""The decimal sign and what parts thousands, where they are not English."""
_HOLE = re.compile(r"\{(\w+)[^{}]*\}")


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Each English text in another language; empty for English itself."""
    if language == SOURCE:
        return {}
    path = Path(__file__).with_name(f"{language}.json")
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


class Sentence(str):
    """A translated text: ``format`` writes the numbers in it as its language does."""

    __slots__ = ("language",)
    language: str

    def __new__(cls, text: str, language: str) -> Sentence:
        """The text; ``language`` is one of `scoreweb.languages.spoken.LANGUAGES`."""
        made = super().__new__(cls, text)
        made.language = language
        return made

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return str(self), self.language

    def format(self, *values: object, **named: object) -> str:
        """As of any text, with the language's decimal sign."""
        return _Numbers(self.language).vformat(str(self), values, named)


class _Numbers(Formatter):
    def __init__(self, language: str) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> Any:  # noqa: ANN401 - as the base class has it
        return localized(format(value, format_spec), self._language) if _is_number(value) else str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def localized(number: str, language: str | None = None) -> str:
    """A number that was written as English does ("1,234.5"), as ``language`` or the spoken one does ("1.234,5")."""
    points = _POINTS.get(language or spoken())
    if points is None:
        return number
    point, comma = points
    return "".join(point if c == "." else comma if c == "," else c for c in number)


def translated(value: T) -> T:
    """A text, or all texts in a dict or a tuple, in the spoken language; a text that its catalogue lacks stays as it is.

    Keys of a dict stay as they are. What is translated already is in no catalogue, so that nothing is translated twice.
    """
    language = spoken()
    return value if language == SOURCE else _translated(value, language)


def _translated(value: Any, language: str) -> Any:  # noqa: ANN401 - what came in
    if isinstance(value, str):
        found = catalogue(language).get(value)
        return value if found is None else Sentence(found, language)
    if isinstance(value, dict):
        return {key: _translated(one, language) for key, one in value.items()}
    if isinstance(value, tuple):
        return tuple(_translated(one, language) for one in value)
    return value


def retold(sentence: str) -> str:
    """A finished English sentence, of the models or the collection, in the spoken language: by the template that it fits.

    What fits none stays as it is. Words that fill a template's gaps are translated where they are texts themselves.
    """
    language = spoken()
    if language == SOURCE or not sentence:
        return sentence
    whole = catalogue(language).get(sentence)
    if whole is not None:
        return whole
    for pattern, template in _templates(language):
        found = pattern.fullmatch(sentence)
        if found:
            filled = {name: _filled(text, language) for name, text in found.groupdict().items()}
            return template.format(**filled)
    before, mark, rest = sentence.partition(": ")  # a file's name, which the sentence is of
    return before + mark + retold(rest) if mark else sentence


def _filled(text: str, language: str) -> str:
    return localized(text, language) if re.fullmatch(r"[\d.,]+", text) else retold(text)


@cache
def _templates(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Patterns of the sentences of `scoreweb.languages.elsewhere` that have gaps, the longest first, each with its translation."""
    gapped = sorted((one for one in SENTENCES if _HOLE.search(one)), key=lambda one: -len(one))
    known = catalogue(language)
    return [(_pattern(one), known[one]) for one in gapped if one in known]


def _pattern(template: str) -> re.Pattern[str]:
    parts = _HOLE.split(template)
    literal = [
        re.escape(part) if number % 2 == 0 else f"(?P<{part}>.+?)" for number, part in enumerate(parts)
    ]
    return re.compile("".join(literal), re.S)


class _Texts(ModuleType):
    """A module whose texts are given in the spoken language, whoever asks for them by their names."""

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401 - what the module holds
        value = super().__getattribute__(name)
        if not name[0].isupper() or spoken() == SOURCE:
            return value
        return _kept(self, name, value, spoken())


_KEPT: dict[tuple[str, str, str], tuple[Any, Any]] = {}


def _kept(module: _Texts, name: str, value: Any, language: str) -> Any:  # noqa: ANN401
    """The value translated, once for each language; anew where another value has the name now."""
    place = (ModuleType.__getattribute__(module, "__name__"), name, language)
    before = _KEPT.get(place)
    if before is None or before[0] is not value:
        before = _KEPT[place] = (value, _translated(value, language))
    return before[1]


def speak(module: str) -> None:
    """Called at the end of a texts module with its ``__name__``: from then on its texts are in the spoken language.

    Functions of the module itself see its English texts and hand them to `translated`.
    """
    sys.modules[module].__class__ = _Texts
