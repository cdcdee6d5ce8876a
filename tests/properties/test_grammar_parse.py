"""The parse: what matching finds, what certainty does, and which readings come first, against plain reckoning."""

import itertools
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.read.grammar import Budget, Link, Token, grammar_of, parse
from models.read.grammar.compile.evaluation import Run
from models.read.grammar.graph import Draft
from models.read.grammar.search.application import Applier
from models.read.grammar.search.match import judged
from models.read.grammar.search.matching import Matcher
from models.read.grammar.search.node_pool import NodePool, host_graph, within

AMPLE = Budget(steps=50_000, milliseconds=60_000)
FAINTEST = 0.05

places = st.integers(-40, 40).map(lambda n: n / 4)
sizes = st.integers(0, 30).map(lambda n: n / 4)


@st.composite
def tokens(draw, labels=("a", "b", "c"), most=8):
    made = []
    for _ in range(draw(st.integers(0, most))):
        x, y = draw(places), draw(places)
        box = None if draw(st.integers(0, 9)) == 0 else (x, y, x + draw(sizes), y + draw(sizes))
        made.append(Token(draw(st.sampled_from(labels)), {"v": draw(st.integers(0, 4)) / 4}, box))
    return made


@st.composite
def hosts(draw, **more):
    nodes = draw(tokens(**more))
    ends = st.integers(0, max(0, len(nodes) - 1))
    links = [
        Link(a, b, label)
        for a, b, label in draw(st.lists(st.tuples(ends, ends, st.sampled_from(["x", "y"])), max_size=6))
    ]
    return nodes, (links if nodes else [])


def workings(grammar, nodes, links=()):
    pool = NodePool()
    graph = host_graph(pool, nodes, links, grammar.alphabets.directed)
    run = Run(graph)
    return pool, graph, run, Matcher(grammar.productions, pool, run, FAINTEST)


WINDOWS = grammar_of("""
Membership high = s_curve(0, 1);
Production pair
GL: Nodes = {(1, a), (2, a | b)} Edges = {}
GR: Nodes = {(1), (2)} Edges = {}
Near = {(1, 2, 1.5, 0.5)}
Apply = {match(high, 1.v) OR match(high, 2.v)}
Production three
GL: Nodes = {(1, a), (2, *), (3, c)} Edges = {}
GR: Nodes = {(3)} Edges = {}
Near = {(1, 2, 4, 1), (2, 3, 0, 2), (1, 3, 6, 6)}
Apply = {1.v + 3.v}
Production far
GL: Nodes = {(1, b), (2, c)} Edges = {}
GR: Nodes = {(1, d)} Edges = {}
Apply = {1}
""")


def tried(grammar, graph, run):
    """All matches, by trying all nodes in all slots."""
    found = {}
    for production in grammar.productions:
        for chosen in itertools.permutations(graph, len(production.labels)):
            if not all(production.accepts(slot, node.label) for slot, node in enumerate(chosen)):
                continue
            windows = production.windows
            if not all(within(chosen[w.first].box, chosen[w.second].box, w.across, w.down) for w in windows):
                continue
            match = judged(production, chosen, run, FAINTEST)
            if match is not None:
                found[match.key] = match.certainty
    return found


@settings(max_examples=60, deadline=None)
@given(tokens(most=7), tokens(most=3))
def test_the_spatial_index_finds_what_trying_all_nodes_finds(nodes, later):
    pool, graph, run, matcher = workings(WINDOWS, nodes)
    found = {m.key: m.certainty for m in matcher.all(WINDOWS.control[0], graph, frozenset())}
    assert found == tried(WINDOWS, graph, run)
    draft = Draft(graph)
    for i, token in enumerate(later):  # nodes that come while parsing may stand anywhere
        draft.put(pool.node(token.label, token.attributes, token.box, frozenset([f"later {i}"])))
    grown = draft.frozen()
    found = {m.key: m.certainty for m in matcher.all(WINDOWS.control[0], grown, frozenset())}
    assert found == tried(WINDOWS, grown, run)


BUSY = grammar_of("""
Vocabulary { node a (v); node b (v); node c (v); node d (v); edge x; edge y directed; edge z; }
Production join
GL: Nodes = {(1, a), (2, b)} Edges = {}
GR: Nodes = {(1), (2)} Edges = {(1, 2, x)}
Apply = {0.8 AND NOT edge(1, 2, x)}
Production alone
GL: Nodes = {(1, c)} Edges = {}
GR: Nodes = {(1)} Edges = {}
Attrib: { 1'.v = 1.v / 2; }
Apply = {1.v AND NOT exists(a n: edge(1, n))}
Production eat
GL: Nodes = {(1, a), (2, c)} Edges = {(1, 2)}
GR: Nodes = {(1)} Edges = {}
Embed = {(2, 1)}
Apply = {0.7}
Production become
GL: Nodes = {(1, b)} Edges = {}
GR: Nodes = {(1, d)} Edges = {}
Embed = {(1, 1, x -> z), (1, 1, y)}
Attrib: { All(1') = All(1); }
Apply = {1.v}
Production along
GL: Nodes = {(1, *), (2, *)} Edges = {(1, 2, y)}
GR: Nodes = {(1), (2)} Edges = {(1, 2, x)}
Apply = {0.5 + 2.v}
Production counted
GL: Nodes = {(1, d)} Edges = {}
GR: Nodes = {(1, c)} Edges = {}
Attrib: { 1'.v = 1; }
Apply = {count(b n: n.v) / 4}
Leave = {exists(* n: edge(1, n))}
Production shy
GL: Nodes = {(1, b), (2, b)} Edges = {}
GR: Nodes = {(1, b)} Edges = {}
Embed = {(1, 1), (2, 1)}
Attrib: { 1'.v = 0; }
Apply = {NOT exists(d n: n.v > 0) AND forall(c n: n.v)}
""")


@settings(max_examples=100, deadline=None)
@given(hosts(labels=("a", "b", "c", "d")), st.lists(st.integers(0, 1000), max_size=6))
def test_going_on_from_a_change_finds_what_a_fresh_look_finds(host, choices):
    pool, graph, run, matcher = workings(BUSY, *host)
    applier, state = Applier(pool, run, frozenset(BUSY.alphabets.directed)), BUSY.control[0]
    pending, applied = matcher.all(state, graph, frozenset()), set()
    for choice in choices:
        if not pending:
            break
        match = pending[choice % len(pending)]
        draft = Draft(graph)
        applier.apply(draft, match, graph)
        if match.production.keeps_all:
            applied.add(match.key)
        graph = draft.frozen()
        pending = matcher.after(state, graph, pending, draft, frozenset(applied))
        afresh = matcher.all(state, graph, frozenset(applied))
        assert [(m.key, m.nodes, m.certainty, m.leave) for m in pending] == [
            (m.key, m.nodes, m.certainty, m.leave) for m in afresh
        ]


@settings(max_examples=60, deadline=None)
@given(hosts(), st.sampled_from(["minimum", "product"]), st.floats(0, 1))
def test_certainty_never_rises_along_a_derivation(host, conjunction, accepted):
    found = parse(
        BUSY, *host, conjunction=conjunction, accept=lambda graph: accepted, budget=Budget(steps=400)
    )
    for reading in found.readings:
        certainties = [step.after for step in reading.steps]
        assert all(a >= b for a, b in pairwise([1.0, *certainties]))
        assert 0.0 <= reading.certainty <= min([1.0, *certainties, accepted])
        expected = 1.0
        for step in reading.steps:
            expected = (
                min(expected, step.certainty) if conjunction == "minimum" else expected * step.certainty
            )
            assert step.after == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(hosts(), st.integers(1, 4))
def test_readings_are_some_distinct_and_in_order(host, k):
    found = parse(BUSY, *host, k=k, meaning=len, budget=Budget(steps=300))
    assert 1 <= len(found.readings) <= k
    assert len({r.meaning for r in found.readings}) == len(found.readings)
    assert all((a.certainty, a.weight) >= (b.certainty, b.weight) for a, b in pairwise(found.readings))


@settings(max_examples=40, deadline=None)
@given(hosts(), st.integers(1, 40), st.floats(0.01, 5), st.integers(1, 12))
def test_any_budget_gives_a_reading(host, steps, milliseconds, most):
    found = parse(BUSY, *host, budget=Budget(steps=steps, milliseconds=milliseconds, nodes=most))
    assert found.readings
    assert all(0.0 <= r.certainty <= 1.0 for r in found.readings)
    sources = {s for node in found.best.graph for s in node.sources}
    assert sources <= set(range(len(host[0])))


HEADS = grammar_of("""
Membership hollow = z_curve(0, 1);
Membership solid = s_curve(0, 1);
Production white
GL: Nodes = {(1, a)} GR: Nodes = {(1, head)} Embed = {(1, 1)} Attrib: { 1'.beats = 2; } Apply = {match(hollow, 1.v)} Leave = {0}
Production black
GL: Nodes = {(1, a)} GR: Nodes = {(1, head)} Embed = {(1, 1)} Attrib: { 1'.beats = 1; } Apply = {match(solid, 1.v)} Leave = {0}
""")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(6, 34).map(lambda n: n / 40), max_size=6),
    st.integers(0, 12),
    st.sampled_from(["minimum", "product"]),
)
def test_the_best_readings_are_those_of_all_that_there_are(solidities, beats, conjunction):
    nodes = [Token("a", {"v": v}, (3.0 * i, 0, 3.0 * i + 1, 1)) for i, v in enumerate(solidities)]
    found = parse(
        HEADS,
        nodes,
        accept=lambda graph: 1.0 if sum(n["beats"] for n in graph) == beats else 0.2,
        meaning=lambda graph: tuple(n["beats"] for n in graph),
        conjunction=conjunction,
        budget=AMPLE,
    )
    white, black = HEADS.memberships["hollow"], HEADS.memberships["solid"]
    everything = {}
    for choice in itertools.product((1, 2), repeat=len(nodes)):
        grades = [(white if b == 2 else black)(v) for b, v in zip(choice, solidities, strict=True)]
        if any(g < FAINTEST for g in grades):
            continue
        grades.append(1.0 if sum(choice) == beats else 0.2)
        certainty = 1.0
        for grade in grades:
            certainty = min(certainty, grade) if conjunction == "minimum" else certainty * grade
        everything[choice] = certainty
    best = sorted(everything.values(), reverse=True)[: len(found.readings)]
    assert found.proved
    assert len(found.readings) == min(5, len(everything))
    assert [r.certainty for r in found.readings] == pytest.approx(best)
    assert all(r.certainty == pytest.approx(everything[r.meaning]) for r in found.readings)


@settings(max_examples=40, deadline=None)
@given(hosts(most=6), st.randoms(use_true_random=False))
def test_the_order_of_the_tokens_does_not_matter(host, rng):
    nodes, links = host
    order = list(range(len(nodes)))
    rng.shuffle(order)
    named = [Token(t.label, t.attributes, t.box, source=i) for i, t in enumerate(nodes)]
    moved = [named[i] for i in order]
    at = {old: new for new, old in enumerate(order)}
    other_links = [Link(at[e.first], at[e.second], e.label) for e in links]

    def told(found):
        return [
            (round(r.certainty, 9), sorted((n.label, sorted(n.sources)) for n in r.graph))
            for r in found.readings
        ]

    one, other = parse(HEADS, named, links, budget=AMPLE), parse(HEADS, moved, other_links, budget=AMPLE)
    assert told(one) == told(other)


EMBEDS = grammar_of("""
Vocabulary { node a (v); node b (v); node c (v); node d; edge x; edge y; edge z; }
Initial = {a, b, c}
Production become
GL: Nodes = {(1, a)} Edges = {}
GR: Nodes = {(1, d)} Edges = {}
Embed = {(1, 1, x), (1, 1, y -> z)}
Apply = {1}
Control { Start one; one: once {become} success done failure done; done: finish; }
""")


@settings(max_examples=80, deadline=None)
@given(
    hosts(labels=("b", "c")),
    st.lists(st.tuples(st.integers(0, 7), st.sampled_from(["x", "y", "z", ""])), max_size=8),
)
def test_embedding_keeps_exactly_the_edges_told(host, ends):
    nodes, links = host
    centre = len(nodes)
    nodes = [*nodes, Token("a", {}, (0, 0, 1, 1))]
    own = {(other, label) for other, label in ends if other < centre}
    links = [*links, *(Link(centre, other, label) for other, label in own)]
    (made,) = parse(EMBEDS, nodes, links).best.graph.labelled("d")
    graph = parse(EMBEDS, nodes, links).best.graph
    after = {(next(iter(graph.nodes[e.other(made.uid)].sources)), e.label) for e in graph.edges(made)}
    renamed = {(other, "z") for other, label in own if label == "y"}
    assert after == {(other, label) for other, label in own if label == "x"} | renamed
    others = {
        (min(e.first, e.second), max(e.first, e.second), e.label)
        for e in links
        if e.first < centre > e.second
    }
    rest = [e for e in graph.edges() if made.uid not in (e.first, e.second)]
    assert len(rest) == len({o for o in others if o[0] != o[1]})


def test_equal_graphs_have_equal_marks_however_they_were_made():
    pool = NodePool()
    old = pool.node("a", {"v": 1}, None, frozenset([0]))
    other = pool.node("b", {}, None, frozenset([1]))
    new = pool.node("a", {"v": 2}, None, frozenset([0]), uid=old.uid)
    changed = Draft()
    for node in (old, other, new):
        changed.put(node)
    edge = pool.edge(old.uid, other.uid, "x", {}, directed=False)
    changed.join(edge)
    changed.join(pool.edge(other.uid, old.uid, "x", {}, directed=False))
    made = Draft()
    for node in (new, other):
        made.put(node)
    assert made.mark != changed.mark
    made.join(edge)
    assert made.frozen().mark == changed.frozen().mark
