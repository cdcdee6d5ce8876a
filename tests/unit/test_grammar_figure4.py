"""Figure 4 of Watkins 1994: a notehead neither hollow nor solid is decided by the beats of its bar."""

from itertools import pairwise
from pathlib import Path

import pytest

from models.read.grammar import Budget, GrammarError, Token, grammar_of, load_grammar, parse

FILE = Path(__file__).parents[2] / "models" / "read" / "productions" / "figure4.grammar"


@pytest.fixture(scope="module")
def grammar():
    return load_grammar(FILE)


def bar(solid):
    """A doubtful head with its stem, then a quarter note."""
    return [
        Token("blob", {"solid": solid}, (0, 0, 1.2, 1)),
        Token("line", {"top": (1.2, -3.0), "bot": (1.2, 0.4)}),
        Token("blob", {"solid": 0.97}, (5, 0, 6.2, 1)),
        Token("line", {"top": (6.2, -3.0), "bot": (6.2, 0.4)}),
    ]


def readings(grammar, solid, beats, tokens=None, budget=None):
    more = {} if budget is None else {"budget": budget}
    return parse(
        grammar,
        bar(solid) if tokens is None else tokens,
        accept=lambda graph: 1.0 if sum(n["beats"] for n in graph.labelled("note")) == beats else 0.1,
        meaning=lambda graph: tuple(n["beats"] for n in graph.labelled("note")),
        **more,
    ).readings


@pytest.mark.parametrize("solid", [0.45, 0.5, 0.55])
def test_in_three_four_it_is_a_half_note_and_in_two_four_a_quarter_note(grammar, solid):
    assert readings(grammar, solid, 3)[0].meaning == (2, 1)
    assert readings(grammar, solid, 2)[0].meaning == (1, 1)


@pytest.mark.parametrize("beats", [2, 3])
def test_both_readings_are_kept_and_ranked(grammar, beats):
    found = readings(grammar, 0.45, beats)
    assert {reading.meaning for reading in found} == {(2, 1), (1, 1)}
    assert all(a.certainty >= b.certainty for a, b in pairwise(found))
    assert all(0 < reading.certainty <= 1 for reading in found)


def test_certainty_is_the_weakest_step(grammar):
    clearer, doubtful = readings(grammar, 0.3, 3)[0], readings(grammar, 0.45, 3)[0]
    assert clearer.certainty > doubtful.certainty


def test_the_order_of_the_primitives_does_not_matter(grammar):
    one = {r.meaning: r.certainty for r in readings(grammar, 0.45, 3)}
    order = [bar(0.45)[i] for i in (3, 0, 2, 1)]
    other = {tuple(sorted(r.meaning)): r.certainty for r in readings(grammar, 0.45, 3, order)}
    assert other == pytest.approx({tuple(sorted(m)): c for m, c in one.items()})


def test_an_empty_bar_has_an_empty_reading(grammar):
    found = readings(grammar, 0.5, 0, tokens=[])
    assert [r.meaning for r in found] == [()]


@pytest.mark.parametrize(
    "text",
    [
        "Production",
        "Production a GL: Nodes = {(1, blob)} Edges = {} GR: Nodes = {(1, note)} Edges = {} Embed = {(1,2)} Apply = {1}",
        "Membership m = no_such_curve(1, 2);",
        "\x00\ud7ff" * 10,
    ],
    ids=["unfinished", "a node that is not there", "unknown curve", "rubbish"],
)
def test_a_faulty_grammar_is_told_with_its_place(text):
    with pytest.raises(GrammarError) as told:
        grammar_of(text)
    assert str(told.value)


def test_a_budget_of_nothing_gives_a_reading_that_ample_work_gives_too_and_says_its_limit(grammar):
    ample = {r.meaning: r.certainty for r in readings(grammar, 0.45, 3)}
    found = parse(
        grammar,
        bar(0.45),
        meaning=lambda graph: tuple(n["beats"] for n in graph.labelled("note")),
        budget=Budget(1),
    )
    assert (found.proved, found.limit) == (False, "steps")
    assert len(found.readings) >= 1
    assert {r.meaning for r in found.readings} <= set(ample)
