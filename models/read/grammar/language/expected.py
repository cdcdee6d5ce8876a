"""Syntax errors as sentences: what was met, and what was expected there."""

from __future__ import annotations

from typing import cast

from lark import Lark
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from models.read.grammar.errors import GrammarSyntaxFault
from models.read.grammar.language.syntax import Place

_READABLE = {
    "LEFTNODE": "a node such as _1",
    "RIGHTNODE": "a node such as 1'",
    "DOTTED": "a node's number before a point",
    "INT": "a whole number",
    "NUMBER": "a number",
    "NAME": "a name",
    "STRING": 'a text in "quotes"',
    "COMPARE": "a comparison",
    "QUANTIFIER": "exists, forall, count or sum",
    "$END": "the end of the file",
}


def syntax_fault(error: UnexpectedInput, text: str, file: str, lark: Lark) -> GrammarSyntaxFault:
    """The fault for what lark met in `text`."""
    lines = text.split("\n")
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        place = Place(file, error.token.line or 1, error.token.column or 1)
        met, expected = _quoted(str(error.token)), _accepted(error)
    elif isinstance(error, UnexpectedCharacters):
        place = Place(file, error.line, error.column)
        met, expected = _quoted(error.char), set(error.allowed or ())
    else:
        place = Place(file, len(lines), len(lines[-1]) + 1)
        met = "the end of the file"
        expected = (
            set(error.expected)
            if isinstance(error, UnexpectedEOF)
            else _accepted(cast("UnexpectedToken", error))
        )
    wanted = sorted({_readable(name, lark) for name in expected} - {""})
    if not wanted:
        return GrammarSyntaxFault(f"{met} cannot stand here.", place)
    listed = wanted[0] if len(wanted) == 1 else f"{', '.join(wanted[:-1])} or {wanted[-1]}"
    return GrammarSyntaxFault(f"{met} cannot stand here; expected {listed}.", place)


def _accepted(error: UnexpectedToken) -> set[str]:
    try:
        return set(error.accepts or error.expected)
    except (AttributeError, KeyError, TypeError):
        return set(error.expected)


def _quoted(text: str) -> str:
    if not text.isascii() or not text.isprintable():
        return f"the character {' '.join(f'U+{ord(c):04X}' for c in text[:4])}"
    return f"“{text[:30]}”"


def _readable(terminal: str, lark: Lark) -> str:
    if terminal in _READABLE:
        return _READABLE[terminal]
    found = next((t for t in lark.terminals if t.name == terminal), None)
    if found is None or terminal.startswith(("COMMENT", "__IGNORE")):
        return ""
    sign = found.pattern.value.replace("\\", "")
    return sign if sign.isalpha() else f"“{sign}”"
