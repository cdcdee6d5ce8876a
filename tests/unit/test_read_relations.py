"""Which signs belong together: what a reading tells of it, what was learned of it, and how both are measured."""

import numpy as np
import pytest

from benchmarks.relations import Counts, ReadRelation
from models.read.grammar import parse
from models.read.meaning.relations import relations_of
from models.read.primitives import Primitive
from models.read.primitives.shapes import line_shape
from models.read.productions import PRODUCTIONS, grammar_in
from models.read.relating import FEATURES, RelationModel, features, outline_of
from models.read.relating.model import Layers, model_of
from models.read.training.related import Thing, Truth, overlap, relations_told
from models.read.training.relations import Pairs, fitted_kinds, pairs_of
from models.weights import Weights
from tests.read_tokens import dot, head, stem, token


def told(tokens, model=None):
    """The relations of the best reading as (kind, place of the first, place of the second)."""
    best = parse(grammar_in(PRODUCTIONS), tokens, environment=model).best
    return {(r.kind, *r.first, *r.second) for r in relations_of(best.graph, best.steps)}


def beam(x0, x1, y):
    return token("line", x0, x1, y - 0.25, y + 0.25, beam=1.0, long=x1 - x0, thickness=0.5, yl=y, yr=y)


def sure(kind, odds):
    """A model that tells the same of every pair of a kind."""
    n = len(features(kind, *[outline_of({}, (0, 0, 1, 1))] * 2))
    return RelationModel(
        {kind: Layers(np.zeros(n), np.ones(n), np.zeros((n, 2)), np.zeros(2), np.zeros(2), odds)}
    )


def test_a_reading_tells_what_belongs_to_what():
    heads, stems = (head(3, 2), head(7, 2)), (stem(3.6, -4.5, -1), stem(7.6, -4.5, -1))
    point, sharp = dot(4.2, 3), token("blob", 1.0, 1.95, -2.55, 0.55, sharp=0.97)
    bar = beam(3.6, 7.6, -4.25)
    assert told([*heads, *stems, point, sharp, bar]) == {
        ("head-stem", heads[0].source, stems[0].source),
        ("head-stem", heads[1].source, stems[1].source),
        ("stem-beam", stems[0].source, bar.source),
        ("stem-beam", stems[1].source, bar.source),
        ("head-dot", heads[0].source, point.source),
        ("head-accidental", heads[0].source, sharp.source),
    }


def test_a_flag_belongs_to_its_stem():
    flag = token("blob", 3.6, 4.6, -4.5, -2.2, flag_up=0.97, flag=0.97, flag_count=1)
    note, line = head(3, 2), stem(3.6, -4.5, -1)
    assert ("stem-flag", line.source, flag.source) in told([note, line, flag])


@pytest.mark.parametrize(("model", "hangs"), [(None, False), (sure("head-stem", 6.0), True)])
def test_the_model_tells_of_a_stem_beside_its_head_where_there_is_one(model, hangs):
    note, line = head(3, 2), stem(4.6, -4.5, -1.8)
    assert (("head-stem", note.source, line.source) in told([note, line], model)) is hangs


def test_what_was_not_learned_is_left_to_the_hand_written_sets():
    note, line = head(3, 2), stem(3.6, -4.5, -1)
    wanted = ("head-stem", note.source, line.source)
    assert wanted in told([note, line], sure("head-dot", -6.0))
    assert wanted not in told([note, line], sure("head-stem", -6.0))


def test_a_beam_is_measured_where_it_is_drawn_on_to_and_where_its_ink_ends():
    led = outline_of({"ink": (1.0, 0.0, 4.0, 1.0), "x0": 0.0, "x1": 5.0, "yl": 0.0, "yr": 1.0}, (0, 0, 5, 1))
    assert (led.x0, led.x1, led.drawn[0], led.drawn[2]) == (1.0, 4.0, 0, 5)
    assert led.height_at(2.5) == pytest.approx(0.5)


@pytest.mark.parametrize("kind", FEATURES)
def test_what_is_far_away_measures_as_what_is_farther(kind):
    near = outline_of({}, (0, 0, 1, 1))
    far, farther = (outline_of({}, (x, 0, x + 1, 1)) for x in (50, 90))
    assert np.array_equal(features(kind, near, far), features(kind, near, farther))


# Fitting


def drawn_pairs(seed):
    """Pairs of a head and a stem, related where the stem stands less than a staff space beside the head."""
    rng = np.random.default_rng(seed)
    measures, related = [], []
    for _ in range(300):
        aside = float(rng.uniform(-0.5, 3.0))
        note = outline_of({}, (0.0, -0.5, 1.2, 0.5))
        line = outline_of({}, (1.2 + aside, -4.0, 1.4 + aside, 0.0))
        measures.append(features("head-stem", note, line))
        related.append(aside < 1.0)
    return Pairs(np.array(measures), np.array(related))


def test_the_recipe_learns_from_drawn_pairs_and_tells_probabilities():
    nothing = Pairs(np.zeros((0, 1)), np.zeros(0, bool))
    pages = [{kind: drawn_pairs(1) if kind == "head-stem" else nothing for kind in FEATURES}]
    model = model_of(Weights("", "", {}, fitted_kinds(pages, steps=150)))
    assert set(model.layers) == {"head-stem"}
    unseen = drawn_pairs(2)
    probability = 1 / (1 + np.exp(-model.layers["head-stem"].log_odds(unseen.measures)))
    assert ((probability >= 0.5) == unseen.related).mean() > 0.97
    assert abs(probability.mean() - unseen.related.mean()) < 0.05
    assert model.probability("head-dot", *[outline_of({}, (0, 0, 1, 1))] * 2) is None


def upright(name, x):
    box = (20.0 * x, 120.0, 20.0 * x + 3.0, 190.0)
    shape = line_shape(np.array([box[0], box[0]]), np.array([120.0, 190.0]), 3.0)
    return Primitive(name, "line", box, x, 5.0, {"stem": 0.9}, line=shape)


def test_pairs_are_near_each_other_and_annotated():
    note = Primitive("h", "blob", (36.0, 180.0, 60.0, 200.0), 2.4, 1.0, {"solid_head": 0.9})
    primitives = [note, upright("s", 3.0), upright("far", 9.0), upright("stray", 3.4)]
    things = {("h", "head"): 1, ("s", "stem"): 2, ("far", "stem"): 3}
    truth = Truth({}, frozenset({("head-stem", 1, 2)}))
    assert list(pairs_of(primitives, things, truth, "head-stem").related) == [True]


# Truth and counting


def test_a_stem_and_a_beam_belong_together_where_a_head_has_both():
    things = {
        1: Thing(1, "head", (0, 40, 12, 50)),
        2: Thing(2, "stem", (11, 10, 13, 45)),
        3: Thing(3, "beam", (11, 8, 60, 14)),
        4: Thing(4, "stem", (0, 45, 2, 80)),
        5: Thing(5, "dot", (16, 42, 19, 45)),
        6: Thing(6, "flag", (0, 70, 8, 82)),
    }
    assert relations_told(things, {1: (2, 3, 5, 99), 4: ()}) == {
        ("head-stem", 1, 2), ("stem-beam", 2, 3), ("head-dot", 1, 5),
    }  # fmt: skip
    two_stems = relations_told(things, {1: (2, 4, 3, 6)})
    assert {r for r in two_stems if r[0] != "head-stem"} == {("stem-beam", 2, 3), ("stem-flag", 4, 6)}


def test_thin_boxes_are_widened_before_they_are_compared():
    one, other = (0, 0, 3, 60), (2, 0, 5, 60)
    assert overlap(one, other) == pytest.approx(1 / 5)
    assert overlap(one, other, 10) == pytest.approx(8 / 12)
    assert overlap(one, (30, 0, 33, 60), 10) == 0


def test_counting_on_detected_objects_and_of_all():
    things = {n: Thing(n, "head", (0, 0, 1, 1)) for n in range(6)}
    truth = Truth(things, frozenset({("head-stem", 1, 2), ("head-stem", 3, 4), ("head-stem", 0, 5)}))
    read = [
        ReadRelation("head-stem", 1, 2, ("a", "b")),
        ReadRelation("head-stem", 1, 2, ("again", "b")),
        ReadRelation("head-stem", 3, 2, ("c", "b")),
        ReadRelation("head-stem", 3, None, ("c", "d")),
    ]
    counts = Counts()
    counts.add(read, truth, frozenset({1, 2, 3, 4}))
    detected, every = counts.detected["head-stem"], counts.every["head-stem"]
    assert (detected.right, detected.found, detected.true) == (1, 2, 2)
    assert (every.right, every.found, every.true) == (1, 3, 3)
    assert counts.rows()[-1].startswith("| all | 0.500 / 0.500 / 0.500 (2) | 0.333 / 0.333 / 0.333 (3)")
