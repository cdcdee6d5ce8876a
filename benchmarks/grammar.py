"""What parsing a bar costs: ``python -m benchmarks.grammar [--repeats N] [--figures]``.

Bars of beamed quavers, crotchets and minims with stems, dots and accidentals, drawn by a fixed seed, 10 to 120
primitives each. Clear bars leave little to decide; doubtful ones have heads neither hollow nor solid, dots that might
belong to two heads, and strokes of doubtful length. The five best readings are asked for, once with a budget that
does not matter and once with one of 50 ms. ``--figures`` prints Figure 4 of Watkins 1994 instead.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterable

from models.read.grammar import Budget, Grammar, Graph, Parse, Token, grammar_of

SIZES = (10, 20, 40, 60, 80, 100, 120)
AMPLE = Budget(steps=200_000, milliseconds=10_000)
TIGHT = Budget(milliseconds=50)

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


def accepted(wanted: float) -> object:
    """How far a bar sums to the beats that it should have."""
    return lambda graph: 1.0 if sum(n["beats"] for n in graph.labelled("head")) == wanted else 0.3


def measured(grammar: Grammar, tokens: list[Token], budget: Budget, repeats: int) -> tuple[float, Parse]:
    """The least milliseconds of one core that a parse took, and the last parse."""
    beats = sum(1 for t in tokens if t.label == "blob") + 1
    times = []
    for _ in range(repeats):
        began = time.thread_time()
        found = grammar.parse(
            tokens,
            accept=accepted(beats),  # type: ignore[arg-type]
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
            took, found = measured(grammar, tokens, AMPLE, repeats)
            short, best = measured(grammar, tokens, TIGHT, repeats)
            yield (
                f"| {len(tokens)} | {doubtful} | {took:.1f} | {found.expanded} | {found.steps} | {len(found.readings)} "
                f"| {found.best.certainty:.2f}, {found.readings[-1].certainty:.2f} | {'yes' if found.proved else found.limit} "
                f"| {short:.1f} | {best.best.certainty:.2f} |"
            )


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    for row in rows(grammar_of(BAR), args.repeats):
        print(row, flush=True)


if __name__ == "__main__":
    main()
