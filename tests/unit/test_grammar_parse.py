"""Parsing: the control diagram, alternatives with their certainties, budgets, and what is applied to the host graph."""

import pytest

from models.read.grammar import Budget, Functions, HostFault, Link, Token, grammar_of, parse
from models.read.grammar.budget import Meter

ONE = "GL: Nodes = {(1, a)} Edges = {} GR: Nodes = {(1, b)} Edges = {} Embed = {(1, 1)}"
DOUBT = """
Production black GL: Nodes = {(1, a)} GR: Nodes = {(1, black)} Embed = {(1, 1)} Apply = {1.v} Leave = {0}
Production white GL: Nodes = {(1, a)} GR: Nodes = {(1, white)} Embed = {(1, 1)} Apply = {1 - 1.v} Leave = {0}
"""


def row(*values, label="a"):
    return [Token(label, {"v": v}, (4.0 * i, 0, 4.0 * i + 1, 1)) for i, v in enumerate(values)]


def labels(reading):
    return [node.label for node in reading.graph]


def told(found):
    return [(round(r.certainty, 6), labels(r)) for r in found.readings]


def test_competing_productions_give_ranked_readings():
    assert told(parse(grammar_of(DOUBT), row(0.7))) == [(0.7, ["black"]), (0.3, ["white"])]


@pytest.mark.parametrize(("conjunction", "certainty"), [("minimum", 0.6), ("product", 0.42)])
def test_the_fuzzy_and_joins_the_steps(conjunction, certainty):
    grammar = grammar_of(DOUBT)
    assert parse(grammar, row(0.6, 0.7), conjunction=conjunction).best.certainty == pytest.approx(certainty)
    asked = grammar_of(f"Option conjunction = {conjunction};{DOUBT}")
    assert parse(asked, row(0.6, 0.7)).best.certainty == pytest.approx(certainty)


def test_the_fuzzy_or_takes_the_best_of_several_derivations():
    grammar = grammar_of("""
        Production strong GL: Nodes = {(1, a)} GR: Nodes = {(1, b)} Embed = {(1, 1)} Apply = {0.8}
        Production weak GL: Nodes = {(1, a)} GR: Nodes = {(1, c)} Embed = {(1, 1)} Apply = {0.6}
    """)
    found = parse(grammar, row(1), meaning=lambda graph: len(graph.labelled("b", "c")))
    assert found.readings[0].certainty == 0.8
    assert found.readings[0].derivations == 2
    assert [step.production for step in found.best.steps] == ["strong"]


def test_a_production_competes_with_leaving_things_as_they_are():
    grammar = grammar_of(f"Production p {ONE} Apply = {{1.v}}")
    assert told(parse(grammar, row(0.75))) == [(0.75, ["b"]), (0.25, ["a"])]
    assert told(parse(grammar, row(0.99))) == [(0.99, ["b"])]  # sure above 0.95
    sure = grammar_of(f"Production p sure {ONE} Apply = {{1.v}}")
    assert told(parse(sure, row(0.75))) == [(0.75, ["b"])]
    leave = grammar_of(f"Production p {ONE} Apply = {{1.v}} Leave = {{0.5}}")
    assert told(parse(leave, row(0.75))) == [(0.75, ["b"]), (0.5, ["a"])]


def test_what_is_sure_still_waits_for_a_rival_that_comes_later():
    grammar = grammar_of("""
        Production alone GL: Nodes = {(1, c)} GR: Nodes = {(1, d)} Embed = {(1, 1)} Apply = {1}
        Production make GL: Nodes = {(1, a)} GR: Nodes = {(1, b)} Embed = {(1, 1)} Apply = {1}
        Production join GL: Nodes = {(1, b), (2, c)} GR: Nodes = {(1, e)} Embed = {(1, 1)} Apply = {0.9} Leave = {0}
    """)
    found = parse(grammar, [Token("c", {}, (0, 0, 1, 1)), Token("a", {}, (1, 0, 2, 1))])
    assert sorted(sorted(labels(r)) for r in found.readings) == [["b", "d"], ["e"]]


def test_what_is_hardly_possible_is_no_alternative():
    assert told(parse(grammar_of(f"Production p {ONE} Apply = {{1.v}}"), row(0.04))) == [(1.0, ["a"])]
    bold = grammar_of(f"Option ignore_below = 0.01; Production p {ONE} Apply = {{1.v}}")
    assert told(parse(bold, row(0.04)))[1] == (0.04, ["b"])


def test_acceptance_settles_what_was_in_doubt():
    wanted = parse(
        grammar_of(DOUBT), row(0.7, 0.4), accept=lambda g: 1.0 if len(g.labelled("white")) == 2 else 0.1
    )
    assert labels(wanted.best) == ["white", "white"]
    assert wanted.best.certainty == pytest.approx(0.3)
    assert wanted.proved


def test_readings_are_distinct_in_meaning():
    found = parse(grammar_of(DOUBT), row(0.7, 0.4, 0.5), meaning=lambda g: len(g.labelled("black")), k=10)
    assert sorted(r.meaning for r in found.readings) == [0, 1, 2, 3]
    everything = parse(grammar_of(DOUBT), row(0.7, 0.4, 0.5), k=10)
    assert len(everything.readings) == 8
    assert len({tuple(labels(r)) for r in everything.readings}) == 8


@pytest.mark.parametrize("k", [1, 3])
def test_as_many_readings_as_asked(k):
    assert len(parse(grammar_of(DOUBT), row(0.7, 0.4, 0.5), k=k).readings) == k


def test_a_source_tells_what_a_node_was_made_of():
    grammar = grammar_of("""
        Production join GL: Nodes = {(1, a), (2, b)} GR: Nodes = {(1, c)} Embed = {(1, 1), (2, 1)} Apply = {1}
    """)
    (made,) = parse(
        grammar,
        [Token("a", {}, (0, 0, 1, 1), source="head 7"), Token("b", {}, (1, 1, 2, 4), source="stem 3")],
    ).best.graph
    assert made.sources == {"head 7", "stem 3"}
    assert made.box == (0, 0, 2, 4)


def test_an_earlier_reading_can_be_parsed_on():
    first = parse(
        grammar_of(f"Production p {ONE} Apply = {{1}}"), row(1, 1), [Link(0, 1, "beside")]
    ).best.graph
    again = parse(
        grammar_of("Production q GL: Nodes = {(1, b)} GR: Nodes = {(1, c)} Embed = {(1, 1)} Apply = {1}"),
        first,
    )
    assert labels(again.best) == ["c", "c"]
    assert [e.label for e in again.best.graph.edges()] == ["beside"]


# --- the control diagram


def test_repeat_applies_until_nothing_is_left_and_once_one_only():
    text = f"Production p {ONE} Apply = {{1}} Control {{ Start s; s: %s; e: finish; f: finish; }}"
    assert labels(parse(grammar_of(text % "repeat {p} then e"), row(1, 1, 1)).best) == ["b", "b", "b"]
    assert labels(parse(grammar_of(text % "closure {p} then e"), row(1, 1, 1)).best) == ["b", "b", "b"]
    once = parse(grammar_of(text % "once {p} success e failure f"), row(1, 1, 1))
    assert sorted(labels(once.best)) == ["a", "a", "b"]
    assert len(once.readings) == 3


def test_once_goes_another_way_where_nothing_matches():
    grammar = grammar_of(f"""
        Production p {ONE} Apply = {{1}}
        Production q GL: Nodes = {{(1, c)}} GR: Nodes = {{(1, d)}} Apply = {{1}}
        Control {{ Start s; s: once {{p}} success e failure t; t: repeat {{q}} then e; e: finish; }}
    """)
    assert sorted(labels(parse(grammar, [*row(1), *row(1, label="c")]).best)) == ["b", "c"]
    assert labels(parse(grammar, row(1, label="c")).best) == ["d"]


def test_a_closure_keeps_no_alternatives_and_takes_the_strongest():
    grammar = grammar_of("""
        Production join GL: Nodes = {(1, a), (2, b)} GR: Nodes = {(1, c)} Embed = {(1, 1), (2, 1)} Apply = {1.v}
        Control { Start s; s: closure {join} then e; e: finish; }
    """)
    tokens = [
        Token("a", {"v": 0.6}, (0, 0, 1, 1)),
        Token("a", {"v": 0.9}, (2, 0, 3, 1)),
        Token("b", {}, (1, 0, 2, 1)),
    ]
    found = parse(grammar, tokens)
    assert len(found.readings) == 1
    assert found.best.certainty == 0.9
    (left,) = found.best.graph.labelled("a")
    assert left["v"] == 0.6


def test_what_waits_in_a_closure_makes_its_own_weaker_rivals_wait():
    # each stem takes one head a round; the second head waits for the long stem and must not go to the short one
    grammar = grammar_of("""
        Production hang GL: Nodes = {(1, head), (2, stem)} GR: Nodes = {(1), (2)} Edges = {(1, 2, hangs)}
        Attrib: { 1'.hung = 1; 2'.heads = (has(2.heads) ? 2.heads : 0) + 1; }
        Apply = {(2.long ? 1.v : 0.6) AND NOT has(1.hung) AND (has(2.heads) ? 2.heads < 9 : 1)}
        Control { Start s; s: closure {hang} then e; e: finish; }
    """)
    heads = [Token("head", {"v": v}, (0, y, 1, y + 1)) for y, v in enumerate((0.9, 0.8))]
    stems = [Token("stem", {"long": long}, (long, 0, long + 1, 4)) for long in (1, 0)]
    graph = parse(grammar, [*heads, *stems]).best.graph
    assert [[n["long"] for n in graph.neighbours(h, "hangs")] for h in graph.labelled("head")] == [[1], [1]]


def test_a_check_lowers_the_certainty():
    text = (
        DOUBT
        + "Control { Start s; s: repeat {black, white} then c; c: check {exists(white n: 1) OR 0.2} then e; e: finish; }"
    )
    assert told(parse(grammar_of(text), row(0.9))) == [(0.2, ["black"]), (0.1, ["white"])]


def test_a_production_that_keeps_its_nodes_is_applied_once_a_match():
    grammar = grammar_of("""
        Production add GL: Nodes = {(1, a)} GR: Nodes = {(1), (2, b)} Edges = {(1, 2, has)} Embed = {(1, 2)} Apply = {1}
    """)
    assert labels(parse(grammar, row(1, 1)).best).count("b") == 2


def test_a_production_that_feeds_itself_ends_at_the_budget():
    grammar = grammar_of("Production more GL: Nodes = {(1, a)} GR: Nodes = {(1, a), (2, a)} Apply = {1}")
    found = parse(grammar, row(1), budget=Budget(nodes=50, milliseconds=5_000))
    assert found.limit == "nodes"
    assert not found.proved
    assert not found.best.complete
    assert 1 < len(found.best.graph) <= 60


def test_states_that_go_in_a_circle_end_at_the_budget():
    grammar = grammar_of(f"""
        Production p {ONE} Apply = {{1}}
        Control {{ Start s; s: repeat {{p}} then t; t: repeat {{p}} then s; e: finish; }}
    """)
    found = parse(grammar, row(1), budget=Budget(steps=100))
    assert found.limit == "steps"
    assert labels(found.best) == ["b"]


# --- budgets


@pytest.mark.parametrize(
    "budget", [Budget(steps=1), Budget(steps=0), Budget(milliseconds=0), Budget(steps=1, milliseconds=0)]
)
@pytest.mark.parametrize("conjunction", ["minimum", "product"])
def test_a_budget_of_nothing_still_gives_a_whole_reading(budget, conjunction):
    found = parse(grammar_of(DOUBT), row(*[0.6] * 20), budget=budget, conjunction=conjunction)
    assert found.limit is not None
    assert not found.proved
    assert found.best.complete
    assert set(labels(found.best)) <= {"black", "white"}
    # the first dive follows the best choices
    assert found.best.certainty == pytest.approx(0.6 if conjunction == "minimum" else 0.6**20)


def test_more_budget_gives_no_worse_readings():
    def best(steps):
        return parse(
            grammar_of(DOUBT),
            row(*[0.55] * 12),
            accept=lambda g: 1.0 if len(g.labelled("white")) == 6 else 0.05,
            meaning=lambda g: len(g.labelled("white")),
            budget=Budget(steps=steps, milliseconds=60_000),
        ).best.certainty

    found = [best(steps) for steps in (1, 100, 20_000)]
    assert found == sorted(found)
    assert found[-1] == pytest.approx(0.45)


def test_where_nothing_is_accepted_the_best_refused_is_given():
    found = parse(grammar_of(DOUBT), row(0.7), accept=lambda graph: 0.0)
    assert labels(found.best) == ["black"]
    assert found.best.certainty == 0.0


def test_the_furthest_derivation_is_given_where_none_came_to_an_end():
    grammar = grammar_of(
        "Production more sure GL: Nodes = {(1, a)} GR: Nodes = {(1, a), (2, b)} Apply = {0.7}"
    )
    found = parse(grammar, row(1), budget=Budget(steps=10, nodes=8))
    assert not found.best.complete
    assert len(found.best.graph.labelled("b")) >= 5


# --- what the host gives


def test_a_host_function_that_fails_is_told_and_counts_as_missing():
    def broken(place):
        raise RuntimeError("no such staff")

    text = f"Production p {ONE} Apply = {{has(broken(1)) OR 0.5}}"
    grammar = grammar_of(text, Functions().register("broken", broken))
    found = parse(grammar, row(1))
    assert found.problems == ("the function broken failed: RuntimeError: no such staff",)
    assert found.best.certainty == 0.5
    with pytest.raises(RuntimeError):
        parse(grammar, row(1), strict=True)


@pytest.mark.parametrize(
    "tokens",
    [
        ["no token"],
        [Token("a", {}, (0, 0, float("nan"), 1))],
        [Token("a", {}, (2, 0, 1, 1))],
        [Token("a", {}, (0, 0, 1))],
        [Token("a", {}, (0, 0, 1, 1), source=[])],
        [Token(3)],
    ],
    ids=["a string", "not a number", "turned round", "three sides", "unhashable source", "no label"],
)
def test_tokens_that_are_none_are_refused(tokens):
    with pytest.raises(HostFault):
        parse(grammar_of(DOUBT), tokens)


def test_links_to_nowhere_and_unknown_conjunctions_are_refused():
    with pytest.raises(HostFault, match="joins tokens 0 and 5"):
        parse(grammar_of(DOUBT), row(1), [Link(0, 5)])
    with pytest.raises(HostFault, match="no conjunction"):
        parse(grammar_of(DOUBT), row(1), conjunction="mean")


def test_time_is_the_processors_not_the_clocks(monkeypatch):
    """Waiting for its turn on a busy machine takes nothing from a parse's time."""
    clock = {"wall": 0.0, "processor": 0.0}
    monkeypatch.setattr("time.perf_counter", lambda: clock["wall"])
    monkeypatch.setattr("time.thread_time", lambda: clock["processor"])
    meter = Meter(Budget(milliseconds=100))
    clock["wall"] = 60.0
    assert not meter.spent(grace=False)
    clock["processor"] = 0.2
    assert meter.spent(grace=False)
