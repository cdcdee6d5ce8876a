"""What can be wrong with a grammar or its use. Each message is a sentence; those about a file name line and column.

GrammarError
├── GrammarFault            a place in a file: file, line, column, and what was expected
│   ├── GrammarSyntaxFault      it is not the language
│   └── GrammarMeaningFault     it is the language, but names what does not exist, or contradicts itself
├── GrammarFileFault        the file or folder cannot be read, is too large, or holds no grammar
└── HostFault               tokens, edges or host functions that cannot be used
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from models.read.grammar.language.syntax import Place


class GrammarError(Exception):
    """A grammar cannot be used; the message says why, where, and what to do."""


class GrammarFault(GrammarError):  # noqa: N818 - named for what is at fault
    """Something at a place of a grammar's text. `str` is ``file:line:column: sentence``."""

    def __init__(self, sentence: str, place: Place) -> None:
        super().__init__(f"{place}: {sentence}")
        self.sentence, self.place = sentence, place


class GrammarSyntaxFault(GrammarFault):
    """The text is not the language of productions."""


class GrammarMeaningFault(GrammarFault):
    """The text names what does not exist, says something twice, or contradicts itself."""


class GrammarFileFault(GrammarError):  # noqa: N818 - named for what is at fault
    """A grammar's file or folder is missing, unreadable, too large or empty."""


class HostFault(GrammarError):  # noqa: N818 - named for what is at fault
    """What the embedding program supplies (tokens, edges, functions) cannot be used."""


def unknown(kind: str, name: str, known: Iterable[str], place: Place) -> GrammarMeaningFault:
    """A fault about the unknown `name`, with the nearest known names as suggestions."""
    names = sorted(set(known))
    near = difflib.get_close_matches(name[:60], names[:2000], n=3, cutoff=0.6)
    if near:
        hint = f"did you mean {' or '.join(near)}?"
    elif 0 < len(names) <= 12:
        hint = f"known are {', '.join(names)}."
    else:
        hint = "it has to be declared first."
    return GrammarMeaningFault(f"there is no {kind} named {name[:60]}; {hint}", place)
