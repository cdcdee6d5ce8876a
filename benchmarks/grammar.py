"""What parsing a bar costs: ``python -m benchmarks.grammar [--repeats N]``; Figure 4 worked through: ``--figure4``.

Bars of beamed groups with stems, dots and accidentals, drawn by a fixed seed, 10 to 120 primitives each. Clear bars
leave nothing to decide; in doubtful groups one head is neither hollow nor solid, one line is hardly long enough for a
stem, and a dot stands too high. The five best readings are asked for: once with a budget that does not matter, timed
by the least time of one core over the repeats, and once with 50 ms by the clock.

``--figure4`` prints how the doubtful head of Watkins 1994, Figure 4, is read in 3/4 and in 2/4. ``--picture FILE``
draws the control diagram and the fuzzy sets of a grammar (``--grammar``, a file or folder; else that of Figure 4).
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from textwrap import fill

import models.read
from models.read.grammar import Budget, Grammar, Graph, Parse, Token, grammar_of, load_grammar, parse
from models.read.grammar.language.printer import print_expression
from models.read.grammar.language.syntax import Control, MembershipText
from models.read.relating import music_functions

SIZES = (10, 20, 40, 60, 80, 100, 120)
AMPLE = Budget(steps=200_000, milliseconds=10_000)
TIGHT = Budget(milliseconds=50)
FIGURE4 = Path(models.read.__file__).parent / "productions" / "figure4.grammar"

BAR = """
Grammar bar "Heads, stems, beams, dots and accidentals of one bar";
Membership hollow = z_curve(0.2, 0.8);
Membership solid = s_curve(0.2, 0.8);
Membership long = s_curve(2.0, 3.2);
Membership dot_gap = trapezoid(0.0, 0.1, 0.7, 1.4);
Membership sign_gap = trapezoid(0.0, 0.1, 1.0, 2.0);
Membership same_height = z_curve(0.3, 0.9);

Production hollow_head
GL: Nodes = {(1, blob)}
GR: Nodes = {(1, head)}
Embed = {(1, 1)}
Attrib: { 1'.beats = 2; }
Apply = {match(hollow, 1.solid)}

Production solid_head
GL: Nodes = {(1, blob)}
GR: Nodes = {(1, head)}
Embed = {(1, 1)}
Attrib: { 1'.beats = 1; }
Apply = {match(solid, 1.solid)}

Production stem
GL: Nodes = {(1, line)}
GR: Nodes = {(1, stem)}
Embed = {(1, 1)}
Attrib: { All(1') = All(1); }
Apply = {match(long, length(1))}

Production stemmed
GL: Nodes = {(1, head), (2, stem)}
GR: Nodes = {(1), (2)} Edges = {(1, 2, stem)}
Near = {(1, 2, 0.6, 0.6)}
Apply = {(connected(1, bot(2)) OR connected(1, top(2))) AND NOT edge(1, 2)}

Production beamed
GL: Nodes = {(1, stem), (2, beam)}
GR: Nodes = {(1), (2)} Edges = {(1, 2, beam)}
Near = {(1, 2, 0.3, 0.6)}
Apply = {connected(top(1), 2) AND NOT edge(1, 2)}

Production dotted
GL: Nodes = {(1, head), (2, dot)}
GR: Nodes = {(1)}
Near = {(1, 2, 1.4, 0.9)}
Attrib: { 1'.dots = 1; }
Apply = {match(dot_gap, 2.x - 1.x1) AND match(same_height, abs(2.y - 1.y))}

Production altered
GL: Nodes = {(1, head), (2, accidental)}
GR: Nodes = {(1)}
Near = {(1, 2, 2.0, 0.9)}
Attrib: { 1'.alter = 2.alter; }
Apply = {match(sign_gap, 1.x0 - 2.x1) AND match(same_height, abs(2.y - 1.y))}

Control {
    Start shapes;
    shapes: repeat {hollow_head, solid_head, stem} then joints;
    joints: repeat {stemmed, beamed} then signs;
    signs: repeat {dotted, altered} then done;
    done: finish;
}
"""


def bar(size: int, *, doubtful: int, seed: int = 1) -> list[Token]:
    """About `size` primitives of one bar, `doubtful` groups of them hard to tell."""
    rng, tokens, x, group = random.Random(seed * 1000 + size), list[Token](), 0.0, 0  # noqa: S311 - repeatable
    groups = max(1, size // 7)
    vague = set(rng.sample(range(groups), min(doubtful, groups)))
    while len(tokens) < size:
        unsure = group in vague
        ends = []
        for i in range(2):
            y = rng.randrange(-2, 8) / 2 + rng.uniform(-0.05, 0.05)
            solid = rng.uniform(0.42, 0.58) if unsure and i == 0 else rng.uniform(0.9, 1.0)
            tokens.append(Token("blob", {"solid": solid}, (x, y - 0.5, x + 1.2, y + 0.5)))
            length = rng.uniform(2.45, 2.75) if unsure and i else rng.uniform(3.3, 3.7)
            touch = rng.uniform(0.0, 0.12)
            tokens.append(Token("line", {"top": (x + 1.2 + touch, y - length), "bot": (x + 1.2 + touch, y)}))
            ends.append((x + 1.2, y - length))
            if i == 0:
                shift = 0.25 if unsure else 0.0
                tokens.append(Token("dot", {}, (x + 1.55, y - 0.1 - shift, x + 1.75, y + 0.1 - shift)))
            else:
                tokens.append(
                    Token(
                        "accidental",
                        {"alter": rng.choice((-1, 0, 1))},
                        (x - 1.0, y - 1.0, x - 0.2, y + 1.0),
                    )
                )
            x += 3.5
        (x0, y0), (x1, y1) = ends
        tokens.append(Token("beam", {}, (x0, min(y0, y1) - 0.2, x1, max(y0, y1) + 0.2)))
        group += 1
    return tokens[:size]


def meaning(graph: Graph) -> tuple[object, ...]:
    """What two readings of a bar differ in: the heads with all that belongs to them."""
    return tuple(
        (n.order[:2], n.get("beats"), n.get("dots"), n.get("alter"), len(graph.edges(n)))
        for n in graph.labelled("head")
    )


def accepted(wanted: float) -> Callable[[Graph], float]:
    """How far a bar sums to the beats that it should have."""
    return lambda graph: 1.0 if sum(n["beats"] for n in graph.labelled("head")) == wanted else 0.3


def measured(
    grammar: Grammar, tokens: list[Token], beats: int, budget: Budget, repeats: int
) -> tuple[float, Parse]:
    """The least milliseconds of one core that a parse took, and the last parse."""
    times = []
    for _ in range(repeats):
        began = time.thread_time()
        found = parse(
            grammar,
            tokens,
            accept=accepted(beats),
            meaning=meaning,
            k=5,
            budget=budget,
        )
        times.append(1000 * (time.thread_time() - began))
    return min(times), found


def rows(grammar: Grammar, repeats: int) -> Iterable[str]:
    """The lines of the table."""
    yield "| primitives | doubtful groups | ms | expansions | steps | readings | certainty 1, last | proved | ms, 50 ms budget | certainty 1 then |"
    yield "|" + "---|" * 10
    for size in SIZES:
        for doubtful in (0, 2, 5):
            tokens = bar(size, doubtful=doubtful)
            if doubtful > max(1, size // 7):
                continue
            # a doubtful bar lacks a beat unless one of its doubtful heads is hollow
            beats = sum(1 for t in tokens if t.label == "blob") + (doubtful > 0)
            took, found = measured(grammar, tokens, beats, AMPLE, repeats)
            short, best = measured(grammar, tokens, beats, TIGHT, repeats)
            yield (
                f"| {len(tokens)} | {doubtful} | {took:.1f} | {found.expanded} | {found.steps} | {len(found.readings)} "
                f"| {found.best.certainty:.2f}, {found.readings[-1].certainty:.2f} | {'yes' if found.proved else found.limit} "
                f"| {short:.1f} | {best.best.certainty:.2f} |"
            )


def figure4(grammar: Grammar) -> Iterable[str]:
    """The readings of the doubtful head beside a quarter note, by solidity and metre."""
    yield "| solidity | metre | readings: first head, second head, certainty | proved |"
    yield "|---|---|---|---|"
    names = {2: "half", 1: "quarter"}
    for solid in (0.30, 0.40, 0.45, 0.50, 0.55, 0.60, 0.70):
        for beats in (3, 2):
            found = _figure4_parse(grammar, solid, beats)
            told = "; ".join(
                f"{', '.join(names[n['beats']] for n in r.graph.labelled('note'))} {r.certainty:.3f}"
                for r in found.readings
            )
            yield f"| {solid:.2f} | {beats}/4 | {told} | {'yes' if found.proved else found.limit} |"
    yield ""
    for beats in (3, 2):
        yield f"The first reading at solidity 0.45 in {beats}/4, step by step:"
        yield ""
        for step in _figure4_parse(grammar, 0.45, beats).best.steps:
            used = " + ".join(node.label for node in step.used)
            yield f"    {step.production:12} {used:16} {step.certainty:.3f} -> {step.after:.3f}"
        yield ""


def _figure4_parse(grammar: Grammar, solid: float, beats: int) -> Parse:
    tokens = [
        Token("blob", {"solid": solid}, (0, 0, 1.2, 1)),
        Token("line", {"top": (1.2, -3.0), "bot": (1.2, 0.4)}),
        Token("blob", {"solid": 0.97}, (5, 0, 6.2, 1)),
        Token("line", {"top": (6.2, -3.0), "bot": (6.2, 0.4)}),
    ]
    return parse(
        grammar,
        tokens,
        accept=lambda graph: 1.0 if sum(n["beats"] for n in graph.labelled("note")) == beats else 0.1,
        meaning=lambda graph: tuple(n["beats"] for n in graph.labelled("note")),
    )


def picture(grammar: Grammar, file: Path) -> None:
    """Draws the control diagram, from the start downwards, and the first fuzzy sets that the grammar declares."""
    from matplotlib.figure import Figure

    texts = {s.name: s for i in grammar.items if isinstance(i, Control) for s in i.states}
    told = []
    for state in grammar.control:
        condition = texts[state.name].condition if state.name in texts else None
        names = f"{{{', '.join(p.name for p in state.productions)}}}" if state.productions else ""
        names = names if condition is None else f"{{{print_expression(condition)}}}"
        told.append(f"{state.name}\n" + fill(f"{state.action} {names}", 62))
    heights = [0.17 * (t.count("\n") + 1) + 0.42 for t in told]
    tops = [sum(heights[:i]) for i in range(len(told))]
    inches = max(3.4, sum(heights) + 0.6)
    figure = Figure(figsize=(11, inches))
    left = figure.add_axes((0.01, 0.0, 0.56, 1 - 0.35 / inches), xlim=(-0.6, 6), ylim=(inches - 0.35, 0))
    left.axis("off")
    box = {"boxstyle": "round,pad=0.4", "facecolor": "white", "edgecolor": "black"}
    for i, (state, text) in enumerate(zip(grammar.control, told, strict=True)):
        left.text(0, tops[i] + heights[i] / 2, text, va="center", fontsize=8, bbox=box)
        ways = (
            {"": state.then}
            if state.action != "once"
            else {"success": state.then, "failure": state.otherwise}
        )
        for way, target in ways.items():
            if target < 0:
                continue
            ahead = target == i + 1
            start, end = tops[i] + heights[i] - 0.1, tops[target] + 0.12
            x, bend = (0.3, 0) if ahead else (-0.08, -0.4)
            arrow = {"arrowstyle": "-|>", "connectionstyle": f"arc3,rad={bend}", "shrinkA": 0, "shrinkB": 0}
            left.annotate("", (x, end), (x, start - (0 if ahead else heights[i] / 2)), arrowprops=arrow)
            left.text(0.4 if ahead else -0.5, start + 0.1, way, fontsize=7, va="center")
    own = {i.name for i in grammar.items if isinstance(i, MembershipText)}
    right = figure.add_axes((0.63, 1 - 2.9 / inches, 0.35, 2.5 / inches), ylabel="membership")
    for curve in [m for name, m in grammar.memberships.items() if name in own][:10]:
        points = curve.picture()
        right.plot([x for x, _ in points], [y for _, y in points], label=curve.name)
    right.spines[["top", "right"]].set_visible(False)
    figure.text(0.05, 1 - 0.25 / inches, "control diagram")
    figure.text(0.63, 1 - 0.25 / inches, "fuzzy sets")
    if own:
        right.legend(frameon=False, fontsize=8)
    figure.savefig(file, dpi=110)


def main() -> None:
    """Prints the table, or what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--figure4", action="store_true")
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--grammar", type=Path, default=FIGURE4)
    args = parser.parse_args()
    if args.picture:
        picture(load_grammar(args.grammar, music_functions()), args.picture)
        return
    for row in figure4(load_grammar(FIGURE4)) if args.figure4 else rows(grammar_of(BAR), args.repeats):
        print(row, flush=True)


if __name__ == "__main__":
    main()
