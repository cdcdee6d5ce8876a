"""The productions that pages are read by, as grammar files, and their grammar; light, for whoever only shows them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from models.read.grammar import Grammar, load_grammar
from models.read.relating import music_functions

PRODUCTIONS = Path(__file__).parent / "music"


@lru_cache(maxsize=4)
def grammar_in(folder: Path) -> Grammar:
    """The grammar in a folder, compiled once; GrammarError, a sentence, where it does not hold together."""
    return load_grammar(folder, music_functions())
