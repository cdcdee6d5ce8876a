"""A grammar (V, W, A, B, P, S, C) made of files: loaded, checked, compiled, and ready to parse or to be looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from models.read.grammar.compile.alphabets import Alphabets
from models.read.grammar.compile.compilation import ProductionCompiler
from models.read.grammar.compile.control import compiled_control
from models.read.grammar.compile.expression import Compiler
from models.read.grammar.compile.functions import Functions
from models.read.grammar.compile.membership import Membership, membership
from models.read.grammar.errors import GrammarFileFault, GrammarMeaningFault, unknown
from models.read.grammar.language import syntax
from models.read.grammar.language.language import LARGEST, parse_text
from models.read.grammar.language.printer import print_item
from models.read.grammar.language.syntax import Item, Place
from models.read.grammar.production import Production, State

SUFFIX = ".grammar"
MOST = 500  # productions


@dataclass(frozen=True)
class Options:
    """What a grammar's Option lines say. `reach`: how far apart unjoined nodes of a match may be, in staff spaces."""

    conjunction: str = "minimum"  # or product: the fuzzy AND along a derivation
    reach: float = 3.0
    ignore_below: float = 0.05  # certainties below count as 0
    sure_above: float = 0.95  # with it, leaving things as they are is no alternative any more


@dataclass(frozen=True)
class ProductionView:
    """A production for a reader's eyes."""

    name: str
    comment: str
    text: str
    file: str
    line: int
    states: tuple[str, ...]


class Grammar:
    """A fuzzy attributed programmed graph grammar. Safe to share between threads; a parse changes nothing in it."""

    def __init__(self, items: Sequence[Item], functions: Functions | None = None) -> None:
        """Compiles declarations and productions; GrammarMeaningFault where they do not hold together."""
        own = list(items)
        self.functions = functions if functions is not None else Functions()
        items = [*_prelude(own), *own]
        self.items = tuple(own)
        self.title = next((i for i in own if isinstance(i, syntax.Title)), syntax.Title("grammar", ""))
        _once(own)
        self.options = _options([i for i in own if isinstance(i, syntax.Option)])
        self.alphabets = Alphabets(items)
        defines = {i.name: i for i in items if isinstance(i, syntax.Define)}
        for define in own:
            if isinstance(define, syntax.Define) and define.name in self.functions:
                raise GrammarMeaningFault(f"{define.name} is a host function already.", define.place)
        compiler = Compiler(self.functions, defines, self.alphabets.attributes, self.alphabets.check)
        for item in items:
            if isinstance(item, syntax.Constant):
                compiler.constants[item.name] = compiler.value(item.value)
        for item in items:
            if isinstance(item, syntax.MembershipText):
                compiler.memberships[item.name] = _membership(item, compiler)
        for define in defines.values():
            compiler.definition(define.name, define.place)
        self.constants: Mapping[str, Any] = compiler.constants
        self.memberships: Mapping[str, Membership] = compiler.memberships
        productions = ProductionCompiler(self.alphabets, compiler, self.options.reach)
        texts = [i for i in own if isinstance(i, syntax.ProductionText)]
        if len(texts) > MOST:
            raise GrammarMeaningFault(
                f"there are {len(texts)} productions; at most {MOST} are read.", texts[MOST].place
            )
        self.productions: tuple[Production, ...] = tuple(
            productions.compiled(text, i) for i, text in enumerate(texts)
        )
        self.control: tuple[State, ...] = compiled_control(
            [i for i in own if isinstance(i, syntax.Control)], self.productions, compiler
        )

    def views(self) -> list[ProductionView]:
        """The productions with text and comments, in the order of the files."""
        return [
            ProductionView(
                p.name,
                p.comment,
                print_item(p.text),
                p.text.place.file,
                p.text.place.line,
                tuple(s.name for s in self.control if p.index in s.rank),
            )
            for p in self.productions
        ]

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences about what is no error but hardly meant: productions and states that are never reached."""
        reached, ahead = set[int](), [0]
        while ahead:
            index = ahead.pop()
            if index >= 0 and index not in reached:
                reached.add(index)
                ahead += [self.control[index].then, self.control[index].otherwise]
        parts = [
            f"the state {s.name} of the control diagram is never reached."
            for s in self.control
            if s.index not in reached
        ]
        used = {i for s in self.control if s.index in reached for i in s.rank}
        parts += [
            f"{p.text.place}: production {p.name} is never applied."
            for p in self.productions
            if p.index not in used
        ]
        return tuple(parts)


def load_grammar(source: Path | str | Sequence[Path], functions: Functions | None = None) -> Grammar:
    """The grammar of a folder (all its ``*.grammar`` files, by name), of a file, or of several files together.

    Raises GrammarFileFault, GrammarSyntaxFault or GrammarMeaningFault, each a sentence.
    """
    if isinstance(source, (str, Path)):
        source = Path(source)
        paths = _in_folder(source) if _is(source, Path.is_dir) else [source]
    else:
        paths = list(source)
    texts = [(path.name, _read(path)) for path in paths]
    if len(texts) > 1 and sum(len(text) for _, text in texts) > LARGEST:
        raise GrammarFileFault(f"the files have more than {LARGEST} characters together; leave some out.")
    return Grammar([item for name, text in texts for item in parse_text(text, name)], functions)


def load_folder(path: Path | str, functions: Functions | None = None) -> Grammar:
    """The grammar that all files ``*.grammar`` of a folder make together, read in the order of their names.

    This is what ``--grammar DIR`` loads. Files in folders below are not read. Raises GrammarFileFault where there is
    no such folder, it is a file, it holds no grammar, or a file is no UTF-8 text; else as load_grammar.
    """
    folder = Path(path)
    if not _is(folder, Path.is_dir):
        if _is(folder, Path.exists):
            raise GrammarFileFault(f"{folder.name} is a file; give the folder that holds the {SUFFIX} files.")
        raise GrammarFileFault(f"there is no folder {folder.name}.")
    return load_grammar(folder, functions)


def grammar_of(text: str, functions: Functions | None = None, file: str = "grammar") -> Grammar:
    """The grammar written in `text`."""
    return Grammar(parse_text(text, file), functions)


def _is(path: Path, test: Callable[[Path], bool]) -> bool:
    try:
        return test(path)
    except (OSError, ValueError):  # no right to look there, or no path at all
        return False


def _in_folder(folder: Path) -> list[Path]:
    try:
        found = sorted(p for p in folder.iterdir() if p.suffix == SUFFIX and p.is_file())
    except OSError as error:
        raise _unreadable(folder, error) from None
    if not found:
        raise GrammarFileFault(f"the folder {folder.name} holds no file that ends in {SUFFIX}.")
    return found


def _read(path: Path) -> str:
    if not _is(path, Path.is_file):
        raise GrammarFileFault(f"there is no file or folder {path.name}.")
    try:
        if path.stat().st_size > 4 * LARGEST:
            raise GrammarFileFault(f"{path.name} is larger than {LARGEST} characters; split it.")
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise GrammarFileFault(f"{path.name} is no UTF-8 text.") from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> GrammarFileFault:
    return GrammarFileFault(f"{path.name} cannot be read: {error.strerror or 'no reason given'}.")


def _prelude(own: list[Item]) -> list[Item]:
    """The standard declarations, less those that the grammar makes itself."""
    text = resources.files(__package__).joinpath(f"standard{SUFFIX}").read_text("utf-8")
    taken = {(type(i), i.name) for i in own if isinstance(i, (syntax.Define, syntax.MembershipText))}
    return [
        i
        for i in parse_text(text, f"standard{SUFFIX}")
        if isinstance(i, (syntax.Define, syntax.MembershipText)) and (type(i), i.name) not in taken
    ]


def _once(items: list[Item]) -> None:
    """Raises a fault where a name is declared twice."""
    declared: dict[tuple[str, str], Place] = {}
    for item in items:
        match item:
            case syntax.Constant() | syntax.MembershipText():
                kind = "constant or membership"
            case syntax.Define():
                kind = "definition"
            case syntax.ProductionText():
                kind = "production"
            case syntax.Option():
                kind = "option"
            case _:
                continue
        first = declared.setdefault((kind, item.name), item.place)
        if first is not item.place:
            raise GrammarMeaningFault(f"the {kind} {item.name} stands at {first} already.", item.place)


def _options(options: list[syntax.Option]) -> Options:
    values: dict[str, Any] = {}
    for option in options:
        if option.name not in Options.__dataclass_fields__:
            raise unknown("option", option.name, Options.__dataclass_fields__, option.place)
        if option.name == "conjunction":
            if option.value not in ("minimum", "product"):
                raise GrammarMeaningFault("the conjunction is minimum or product.", option.place)
        elif isinstance(option.value, str) or (option.name != "reach" and option.value > 1):
            limit = "a distance" if option.name == "reach" else "a number between 0 and 1"
            raise GrammarMeaningFault(f"the option {option.name} is {limit}.", option.place)
        values[option.name] = option.value
    return Options(**values)


def _membership(item: syntax.MembershipText, compiler: Compiler) -> Membership:
    if item.name in compiler.constants:
        raise GrammarMeaningFault(f"{item.name} is a constant already.", item.place)
    values = []
    for parameter in item.parameters:
        value = compiler.value(parameter)
        if not isinstance(value, (int, float)):
            raise GrammarMeaningFault("a parameter of a membership is a number.", parameter.place)
        values.append(float(value))
    try:
        return membership(item.name, item.shape, values)
    except ValueError as error:
        raise GrammarMeaningFault(str(error), item.place) from None
