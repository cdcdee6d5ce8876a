"""The language of productions: what is printed reads back as it was; fuzzy sets keep to their shapes."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.read.grammar import GrammarSyntaxFault
from models.read.grammar.compile.membership import SHAPES, membership
from models.read.grammar.language.language import parse_text, syntax
from models.read.grammar.language.printer import print_items

# whatever stands for something else somewhere in the language cannot be any name everywhere
KEYWORDS = frozenset(
    [
        "grammar",
        "option",
        "constant",
        "membership",
        "define",
        "vocabulary",
        "node",
        "edge",
        "directed",
        "initial",
        "production",
        "sure",
        "gl",
        "gr",
        "nodes",
        "edges",
        "embed",
        "near",
        "attrib",
        "apply",
        "leave",
        "if",
        "else",
        "all",
        "control",
        "start",
        "repeat",
        "closure",
        "once",
        "check",
        "finish",
        "then",
        "success",
        "failure",
        "exists",
        "forall",
        "count",
        "sum",
        "and",
        "or",
        "not",
        "very",
        "somewhat",
    ]
)

names = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True).filter(lambda n: n not in KEYWORDS)
some_names = st.lists(names, max_size=3).map(tuple)
node_numbers = st.integers(0, 999_999_999)
texts = st.text(st.characters(codec="utf-8", exclude_characters='"\\\n\r\x85\u2028\u2029'), max_size=8)
comments = st.lists(st.from_regex(r"[!-~]{1,5}", fullmatch=True), max_size=3).map(
    lambda words: " ".join(words).strip("#").strip()
)
numbers = (st.integers(0, 10**15 - 1) | st.floats(0, allow_nan=False, allow_infinity=False)).map(
    syntax.Number
)
edge_refs = st.builds(syntax.EdgeRef, node_numbers | names, node_numbers | names, st.none() | names)
BINARY = ["+", "-", "*", "/", "<", ">", "<=", ">=", "==", "!="]


def _larger(inner):
    return st.one_of(
        st.builds(syntax.Attribute, inner, names),
        st.builds(syntax.Call, names, st.lists(inner, max_size=3).map(tuple)),
        st.builds(
            syntax.Quantified, st.sampled_from(["exists", "forall", "count", "sum"]), some_names, names, inner
        ),
        st.builds(syntax.Operation, st.sampled_from(BINARY), st.tuples(inner, inner)),
        st.builds(
            syntax.Operation,
            st.sampled_from(["AND", "OR"]),
            st.lists(inner, min_size=2, max_size=3).map(tuple),
        ),
        st.builds(
            syntax.Operation, st.sampled_from(["NOT", "negative", "very", "somewhat"]), st.tuples(inner)
        ),
        st.builds(syntax.Operation, st.just("?:"), st.tuples(inner, inner, inner)),
    )


expressions = st.recursive(
    numbers
    | st.builds(syntax.Text, texts)
    | st.builds(syntax.Name, names)
    | st.builds(syntax.NodeRef, node_numbers, st.booleans())
    | edge_refs,
    _larger,
    max_leaves=8,
)
several = st.lists(expressions, max_size=3).map(tuple)
statements = st.recursive(
    st.builds(
        syntax.Assign, st.builds(syntax.NodeRef, node_numbers, st.just(True)) | edge_refs, names, expressions
    )
    | st.builds(syntax.CopyAll, node_numbers, node_numbers),
    lambda inner: st.builds(
        syntax.If, expressions, st.lists(inner, max_size=2).map(tuple), st.lists(inner, max_size=2).map(tuple)
    ),
    max_leaves=4,
)
edges = st.lists(
    st.builds(syntax.EdgePattern, node_numbers, node_numbers, st.none() | names), max_size=2
).map(tuple)
embeddings = st.builds(syntax.Embedding, node_numbers, node_numbers) | st.builds(
    syntax.Embedding, node_numbers, node_numbers, names, st.none() | names
)
production_names = names | st.integers(0, 99).map(str)
productions = st.builds(
    syntax.ProductionText,
    name=production_names,
    comment=comments,
    sure=st.booleans(),
    left=st.lists(st.builds(syntax.NodePattern, node_numbers, some_names), max_size=3).map(tuple),
    left_edges=edges,
    right=st.lists(st.builds(syntax.NodeResult, node_numbers, st.none() | names), max_size=3).map(tuple),
    right_edges=edges,
    embed=st.lists(embeddings, max_size=2).map(tuple),
    near=st.lists(
        st.builds(syntax.Nearness, node_numbers, node_numbers, expressions, st.none() | expressions),
        max_size=2,
    ).map(tuple),
    attrib=st.lists(statements, max_size=3).map(tuple),
    apply=st.none() | expressions,
    leave=st.none() | expressions,
)
applied = st.lists(production_names, max_size=3).map(tuple)
states = st.one_of(
    st.builds(syntax.StateText, names, st.sampled_from(["repeat", "closure"]), applied, names),
    st.builds(syntax.StateText, names, st.just("once"), applied, names, names),
    st.builds(syntax.StateText, names, st.just("check"), st.just(()), names, st.none(), expressions),
    st.builds(syntax.StateText, names, st.just("finish")),
)
labels = st.one_of(
    st.builds(syntax.LabelText, st.just("node"), names, st.just(False), st.none() | some_names),
    st.builds(syntax.LabelText, st.just("edge"), names, st.booleans(), st.none() | some_names),
)
items = st.one_of(
    st.builds(syntax.Title, names, texts),
    st.builds(syntax.Option, names, names | st.integers(0, 999) | st.floats(0, 1e6)),
    st.builds(syntax.Constant, names, expressions),
    st.builds(syntax.MembershipText, names, names, several),
    st.builds(syntax.Define, names, some_names, expressions),
    st.builds(syntax.Vocabulary, st.lists(labels, max_size=3).map(tuple)),
    st.builds(syntax.Initial, some_names),
    productions,
    st.builds(syntax.Control, st.none() | names, st.lists(states, max_size=3).map(tuple)),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(items, max_size=3).map(tuple))
def test_what_is_printed_reads_back_as_it_was(grammar):
    assert parse_text(print_items(grammar)) == grammar


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_its_place(text):
    told = None
    try:
        parse_text(text, "some.grammar")
    except GrammarSyntaxFault as fault:
        told = fault
    if told is not None:
        assert str(told).startswith(f"some.grammar:{told.place.line}:{told.place.column}: ")
        assert 1 <= told.place.line <= text.count("\n") + 1
        assert told.place.column >= 1


# --- fuzzy sets

measures = st.floats(-50, 50)
rising = st.lists(measures, min_size=4, max_size=4, unique=True).map(sorted)
anything = st.floats() | st.integers() | st.none() | st.text(max_size=3) | st.booleans()


@st.composite
def fuzzy_sets(draw):
    shape = draw(st.sampled_from(sorted(SHAPES)))
    a, b, c, d = draw(rising)
    grades = draw(st.lists(st.floats(0, 1), min_size=4, max_size=4))
    parameters = {
        "trapezoid": (a, b, c, d),
        "triangle": (a, b, c),
        "gaussian": (a, draw(st.floats(0.01, 20))),
        "s_curve": (a, b),
        "z_curve": (a, b),
        "points": (a, grades[0], b, grades[1], c, grades[2], d, grades[3]),
    }[shape]
    return membership("m", shape, parameters)


@settings(deadline=None)
@given(fuzzy_sets(), anything)
def test_every_grade_lies_between_0_and_1(fuzzy_set, value):
    assert 0.0 <= fuzzy_set(value) <= 1.0


@settings(deadline=None)
@given(st.sampled_from(["s_curve", "z_curve"]), rising, st.lists(measures, min_size=2, max_size=20))
def test_an_s_only_rises_and_a_z_only_falls(shape, ends, values):
    fuzzy_set = membership("m", shape, ends[:2])
    grades = [fuzzy_set(v) for v in sorted(values)]
    if shape == "z_curve":
        grades.reverse()
    assert all(x <= y + 1e-12 for x, y in pairwise(grades))
    low, high = (0.0, 1.0) if shape == "s_curve" else (1.0, 0.0)
    assert (fuzzy_set(ends[0]), fuzzy_set(ends[1])) == (low, high)


@settings(deadline=None)
@given(
    st.sampled_from(["trapezoid", "triangle", "gaussian"]),
    rising,
    st.lists(measures, min_size=2, max_size=20),
)
def test_a_hill_rises_to_its_top_and_falls_behind_it(shape, ends, values):
    a, b, c, d = ends
    parameters, tops = {
        "trapezoid": ((a, b, c, d), (b, c)),
        "triangle": ((a, b, c), (b, b)),
        "gaussian": ((a, max(0.01, b - a)), (a, a)),
    }[shape]
    fuzzy_set = membership("m", shape, parameters)
    before = [fuzzy_set(v) for v in sorted(values) if v <= tops[0]]
    behind = [fuzzy_set(v) for v in sorted(values) if v >= tops[1]]
    assert all(x <= y + 1e-12 for x, y in pairwise(before))
    assert all(x >= y - 1e-12 for x, y in pairwise(behind))
    assert [fuzzy_set(t) for t in tops] == [1.0, 1.0]


def test_an_s_is_made_of_two_parabolas():
    rising = membership("m", "s_curve", (0, 2))
    assert [rising(v) for v in (0.5, 1.0, 1.5)] == [0.125, 0.5, 0.875]


@given(fuzzy_sets())
def test_a_picture_shows_the_curve(fuzzy_set):
    points = fuzzy_set.picture()
    assert all(math.isfinite(x) and fuzzy_set(x) == y for x, y in points)
    assert all(a[0] <= b[0] for a, b in pairwise(points))


@pytest.mark.parametrize(
    "value", [math.inf, -math.inf, math.nan, 10**400], ids=["inf", "-inf", "nan", "whole"]
)
@pytest.mark.parametrize("shape", ["s_curve", "z_curve"])
def test_values_beyond_all_bounds_have_a_grade(shape, value):
    assert membership("m", shape, (0, 1))(value) in (0.0, 1.0)
