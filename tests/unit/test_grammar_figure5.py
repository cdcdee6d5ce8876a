"""Figure 5 of Watkins 1994: its three sample productions, each judged by what it does to a host graph."""

from pathlib import Path

import pytest

from models.read.grammar import Link, Token, load_grammar, parse

FILE = Path(__file__).parents[2] / "models" / "read" / "productions" / "figure5.grammar"


@pytest.fixture(scope="module")
def grammar():
    return load_grammar(FILE)


def line(x, y0, y1, thickness=0.15):
    return Token("line", {"top": (x, y0), "bot": (x, y1), "thickness": thickness})


def test_a_blob_of_a_heads_size_becomes_a_notehead(grammar):
    best = parse(grammar, [Token("blob", {"size": 1.1, "solid": 0.7, "centre": (3, 2)})]).best
    (head,) = best.graph
    assert head.label == "notehead"
    assert dict(head.attributes) == {"centre": (3, 2), "solid": 0.7}  # size is not carried over
    assert best.certainty == 1.0


@pytest.mark.parametrize(("size", "certainty"), [(0.65, 0.5), (1.0, 1.0), (1.7, 0.5)])
def test_its_certainty_is_the_membership_of_its_size(grammar, size, certainty):
    found = parse(grammar, [Token("blob", {"size": size, "centre": (0, 0)})]).readings
    heads = [r for r in found if r.graph.labelled("notehead")]
    assert heads[0].certainty == pytest.approx(certainty)


@pytest.mark.parametrize("size", [0.2, 3.0])
def test_a_blob_of_another_size_stays_a_blob(grammar, size):
    found = parse(grammar, [Token("blob", {"size": size, "centre": (0, 0)})]).readings
    assert [[n.label for n in r.graph] for r in found] == [["blob"]]


def test_a_short_thick_line_becomes_a_solid_notehead(grammar):
    stroke = Token("line", {"left": (3, 2.2), "right": (4.2, 1.8), "thickness": 0.6})
    (head,) = parse(grammar, [stroke]).best.graph
    assert head.label == "notehead"
    assert head["solid"] == 1
    assert head["centre"] == pytest.approx((3.6, 2.0))


def test_its_certainty_is_the_mean_of_three_memberships(grammar):
    stroke = Token("line", {"left": (3, 2), "right": (4.2, 2), "thickness": 0.4})
    assert parse(grammar, [stroke]).best.certainty == pytest.approx((1 + 0.5 + 1) / 3)


@pytest.mark.parametrize(("stem_top", "duration"), [(-1.5, 32), (0.2, 64)], ids=["long", "short"])
def test_two_lines_become_a_note_with_a_broken_head(grammar, stem_top, duration):
    head, stem = line(3, 1.0, 2.0), line(3.1, stem_top, 2.0)
    (note,) = parse(grammar, [head, stem]).best.graph
    assert note.label == "note"
    assert (note["pitch"], note["duration"]) == (5, duration)  # 5 half spaces above the lowest line
    assert note.sources == {0, 1}


def test_its_edges_go_over_from_both_lines(grammar):
    tokens = [line(3, 1.0, 2.0), line(3.1, -1.5, 2.0), Token("dot", {}, (9, 9, 9.1, 9.1))]
    graph = parse(
        grammar, tokens, [Link(0, 2, "beside"), Link(1, 2, "under"), Link(0, 1, "within")]
    ).best.graph
    (note,) = graph.labelled("note")
    assert sorted(e.label for e in graph.edges(note)) == ["beside", "under"]
    assert len(graph.edges()) == 2  # the edge between the two lines went with them


def test_lines_apart_from_each_other_make_no_sure_note(grammar):
    best = parse(grammar, [line(3, 1.0, 2.0), line(30, -1.5, 2.0)]).best
    assert not best.graph.labelled("note")


def test_productions_are_shown_with_their_comments(grammar):
    views = {v.name: v for v in grammar.views()}
    assert list(views) == ["1", "2", "3"]
    assert views["3"].comment == "map 2 lines to a note with a broken head"
    assert "very close(findsl(top(1)), top(1))" in views["3"].text
    assert not grammar.remarks
