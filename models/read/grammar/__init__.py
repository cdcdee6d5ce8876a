"""Fuzzy attributed programmed graph grammars, after Watkins 1994: a language for productions, and a best-first parser."""

from models.read.grammar.budget import Budget
from models.read.grammar.compile.functions import Functions
from models.read.grammar.compile.membership import Membership
from models.read.grammar.errors import (
    GrammarError,
    GrammarFault,
    GrammarFileFault,
    GrammarMeaningFault,
    GrammarSyntaxFault,
    HostFault,
)
from models.read.grammar.grammar import Grammar, ProductionView, grammar_of, load_folder, load_grammar
from models.read.grammar.graph import Edge, Graph, Link, Node, Point, Token
from models.read.grammar.search.derivation import Step
from models.read.grammar.search.parse import Parse, Reading, parse

__all__ = [
    "Budget",
    "Edge",
    "Functions",
    "Grammar",
    "GrammarError",
    "GrammarFault",
    "GrammarFileFault",
    "GrammarMeaningFault",
    "GrammarSyntaxFault",
    "Graph",
    "HostFault",
    "Link",
    "Membership",
    "Node",
    "Parse",
    "Point",
    "ProductionView",
    "Reading",
    "Step",
    "Token",
    "grammar_of",
    "load_folder",
    "load_grammar",
    "parse",
]
