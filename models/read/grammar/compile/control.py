"""The control diagram C: states that apply productions, and where to go afterwards."""

from __future__ import annotations

from collections.abc import Sequence

from models.read.grammar.compile.expression import Compiler
from models.read.grammar.compile.scope import Scope, Usage
from models.read.grammar.errors import GrammarMeaningFault, unknown
from models.read.grammar.language import syntax
from models.read.grammar.production import Production, State, analysed

MOST = 500  # states


def compiled_control(  # noqa: PLR0912 - one branch for each fault
    controls: Sequence[syntax.Control], productions: Sequence[Production], compiler: Compiler
) -> tuple[State, ...]:
    """The states of all Control sections, the starting one first.

    Without any section, all productions are applied until no match is left.
    """
    if not controls:
        every = analysed(State(0, "all", "repeat", tuple(productions), then=1))
        return (every, State(1, "done", "finish"))
    texts = [s for c in controls for s in c.states]
    if len(texts) > MOST:
        raise GrammarMeaningFault(
            f"there are {len(texts)} states; at most {MOST} are read.", texts[MOST].place
        )
    starts = [c for c in controls if c.start is not None]
    if len(starts) != 1:
        place = starts[1].place if starts else controls[0].place
        raise GrammarMeaningFault(
            f"one Control section has to name the Start, not {len(starts) or 'none'}.", place
        )
    named: dict[str, syntax.StateText] = {}
    for text in texts:
        first = named.setdefault(text.name, text)
        if first is not text:
            raise GrammarMeaningFault(f"the state {text.name} stands at {first.place} already.", text.place)
    start = starts[0].start or ""
    if start not in named:
        raise unknown("state", start, named, starts[0].place)
    order = [start, *(name for name in named if name != start)]
    index = {name: i for i, name in enumerate(order)}
    by_name = {p.name: p for p in productions}
    states = []
    for name in order:
        text = named[name]
        for target in (text.then, text.otherwise):
            if target is not None and target not in index:
                raise unknown("state", target, index, text.place)
        for production in text.productions:
            if production not in by_name:
                raise unknown("production", production, by_name, text.place)
        if len(set(text.productions)) < len(text.productions):
            raise GrammarMeaningFault(f"the state {name} names a production twice.", text.place)
        condition = None
        if text.condition is not None:
            condition = compiler.compiled(text.condition, Scope(where="in a check"), Usage())
        state = State(
            index[name],
            name,
            text.action,
            tuple(by_name[p] for p in text.productions),
            index[text.then] if text.then is not None else -1,
            index[text.otherwise] if text.otherwise is not None else -1,
            condition,
        )
        states.append(analysed(state))
    if not any(s.action == "finish" for s in states):
        raise GrammarMeaningFault("no state of the control diagram says finish.", controls[0].place)
    return tuple(states)
