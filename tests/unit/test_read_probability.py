"""Probabilities of readings: one choice of which exactly one outcome holds, fitted to bars whose truth is known."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from models.notation.score import Clef
from models.read.meaning.assumed import BASS, METRE_GUESSED, NO_CLEFS
from models.read.meaning.context import contexts
from models.read.meaning.evidence import SeenMark
from models.read.ranking.features import FALLING, FEATURES, RISING
from models.read.ranking.interpretations import Interpretation, interpretations, page_bars
from models.read.ranking.probability import (
    TABLE,
    Calibration,
    calibrated_bars,
    calibrated_interpretations,
    calibration,
    from_json,
    order,
    probabilities,
)
from models.read.report import reading_report
from models.read.structure import NO_METRE, NOT_FILLED, structure_doubts
from models.read.training.calibration import BarExample, calibration_error, fitted_weights, table, threshold
from tests.doubtful_readings import hollow, without
from tests.readings import reading_of, tune

COLUMN = {name: n for n, name in enumerate(FEATURES)}


def weights_of(**named):
    """Weights that are 0 but for those named."""
    return [named.get(name.replace(" ", "_"), 0.0) for name in FEATURES]


def example(rng, weights, page):
    """A bar of three readings with features drawn at random, and the outcome drawn with their true probabilities."""
    rows = np.zeros((3, len(FEATURES)))
    rows[:, COLUMN["constant"]] = 1.0
    rows[:, COLUMN["grade"]] = np.sort(rng.random(3))[::-1]
    rows[:, COLUMN["fills the metre"]] = rng.random(3) < 0.5
    rows[:, COLUMN["not the first"]] = [0, 1, 1]
    shares = np.append(probabilities(rows, weights), 0.0)
    shares[-1] = 1.0 - shares.sum()
    outcome = int(rng.choice(4, p=shares))
    fills = tuple(bool(f) for f in rows[:, COLUMN["fills the metre"]])
    return BarExample(page, page, page, rows, None if outcome == 3 else outcome, fills, 4.0, 3)


TRUE = weights_of(constant=-1.0, grade=3.0, fills_the_metre=1.5, not_the_first=-1.5)


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(7)
    return [example(rng, TRUE, f"page {n % 40}") for n in range(1600)]


def test_readings_and_none_of_these_share_one():
    rows = np.zeros((2, len(FEATURES)))
    rows[:, COLUMN["grade"]] = 1.0, 0.5
    shares = probabilities(rows, weights_of(grade=2.0))
    whole = math.exp(2) + math.exp(1) + 1.0
    assert shares == pytest.approx([math.exp(2) / whole, math.exp(1) / whole])


def test_fitting_finds_the_probabilities_that_bars_were_drawn_with(drawn):
    found = fitted_weights(drawn)
    gaps = [np.abs(probabilities(b.rows, found) - probabilities(b.rows, TRUE)).max() for b in drawn]
    assert np.mean(gaps) < 0.03


def test_a_feature_never_speaks_against_its_sense():
    """Bars in which the reading that fills its metre is never the right one: the weight stops at nothing."""
    rng = np.random.default_rng(3)
    bars = [
        replace(b, right=b.fills.index(False))
        for b in (example(rng, TRUE, "p") for _ in range(200))
        if not all(b.fills)
    ]
    found = fitted_weights(bars)
    assert found[COLUMN["fills the metre"]] == 0.0


def test_a_table_is_calibrated_where_it_is_told_to_be(drawn):
    made = table(drawn)
    figures = made["figures"]
    assert figures["calibration error of rank 1"] < 0.05
    assert figures["calibration error of none of these"] < 0.05
    assert figures["wrong bars marked doubtful"] > figures["right bars marked doubtful"] + 0.2
    wrong = [b for b in drawn if b.right != 0]
    assert made["spared"] == pytest.approx(sum(b.notes_right for b in wrong) / (4.0 * len(wrong)), abs=1e-3)
    assert made["trained_on"] == sorted({b.work for b in drawn})
    assert from_json(json.loads(json.dumps(made))).doubtful_below == made["doubtful_below"]


def test_truth_that_has_nothing_to_do_with_features_gives_the_base_rate(drawn):
    rng = np.random.default_rng(1)
    shuffled = [replace(b, right=None if rng.random() < 0.6 else 0) for b in drawn]
    found = fitted_weights(shuffled)
    told = np.array([probabilities(b.rows, found)[0] for b in shuffled])
    assert told.mean() == pytest.approx(0.4, abs=0.04)
    assert told.std() < 0.1


def test_the_shipped_table_is_of_these_features_and_says_what_made_it():
    told = json.loads(TABLE.read_text(encoding="utf-8"))
    assert told["made_by"] == "python -m benchmarks.calibrate_reading"
    assert told["part"] == "develop"
    for style in ("printed", "handwritten"):
        found = calibration(style)
        named = dict(zip(FEATURES, found.weights, strict=True))
        assert all(named[name] >= 0.0 for name in RISING)
        assert all(named[name] <= 0.0 for name in FALLING)
        assert any(found.weights)
        assert 0.5 <= found.doubtful_below <= 1.0
        assert 0.0 < found.together <= 1.0
        figures = told["styles"][style]["figures"]
        assert figures["bars"] > 100
        assert figures["calibration error of rank 1"] < 0.1


def test_a_table_of_other_features_is_refused():
    told = json.loads(TABLE.read_text(encoding="utf-8"))["styles"]["printed"]
    del told["weights"]["grade"]
    with pytest.raises(ValueError, match="calibrate_reading"):
        from_json(told)


def test_calibration_error_is_the_gap_between_told_and_held():
    assert calibration_error([0.8] * 10, [True] * 8 + [False] * 2) == pytest.approx(0.0)
    assert calibration_error([0.95] * 10, [True] * 5 + [False] * 5) == pytest.approx(0.45)


def test_the_limit_of_doubt_parts_wrong_bars_from_right_ones():
    assert 0.5 <= threshold([0.1, 0.3, 0.4, 0.7, 0.9], [False, False, False, True, True]) <= 0.7
    assert threshold([0.01, 0.02, 0.2, 0.3], [False, False, True, False]) == 0.5, (
        "likelier wrong than right is doubtful"
    )


def test_of_two_alike_the_one_that_fills_the_metre_comes_first():
    reading = reading_of(tune()).bars[0].readings[0]
    off = replace(reading, staves=tuple(replace(s, sums=False) for s in reading.staves))
    fills, misses, likelier = (
        replace(r, certainty=p) for r, p in ((reading, 0.412), (off, 0.414), (off, 0.43))
    )
    assert sorted([misses, fills], key=order) == [fills, misses]
    assert sorted([fills, likelier], key=order) == [likelier, fills]


def test_the_whole_is_less_probable_when_bars_do_not_fill_their_metre_or_are_empty():
    reading = reading_of(tune())
    certainty = reading.interpretations[0].certainty
    missing = recast(reading, lambda n, s: without(0)(s) if n % 2 else s)
    empty = recast(reading, lambda n, s: replace(s, timed=()) if n > 1 else s)
    for worse in (missing, empty):  # at least three times as likely to be wrong somewhere
        assert 1.0 - worse.interpretations[0].certainty > 3.0 * (1.0 - certainty)


def test_interpretations_exclude_each_other():
    """Two bars, either of which is one of two readings: four wholes, and what is left."""
    plain = reading_of(tune())
    pair = [replace(plain.bars[0].readings[0], certainty=p) for p in (0.5, 0.4)]
    bars = [replace(plain.bars[n], readings=tuple(pair)) for n in (0, 1)]
    context = plain.interpretations[0].context
    ways = [Interpretation(n + 1, 0.5, context, c) for n, c in enumerate([(0, 0), (1, 0), (0, 1), (1, 1)])]
    for together in (1.0, 0.4):
        told = calibrated_interpretations(ways, bars, [context], Calibration((), 0.5, together, 0.5))
        assert sum(w.certainty for w in told) == pytest.approx(0.81**together)
        assert told[0].certainty == max(w.certainty for w in told)


def test_a_bar_with_much_ink_that_was_not_read_is_distrusted_and_with_it_the_whole():
    reading = reading_of(tune())
    bar, whole = reading.bars[2].readings[0].certainty, reading.interpretations[0].certainty
    unread = recast(reading, lambda _, s: s, unread={2: 0.45})
    assert [b.hardly_read for b in unread.bars] == [n == 2 for n in range(6)]
    assert unread.bars[2].readings[0].certainty == pytest.approx(0.2 * bar)
    assert unread.bars[1].readings[0].certainty == reading.bars[1].readings[0].certainty
    best = unread.interpretations[0]
    assert sum(w.certainty for w in unread.interpretations) <= sum(
        r.certainty for r in unread.bars[2].readings
    )
    assert best.certainty < 0.3 * whole
    assert unread.doubtful(best)[0] == 2
    flecks = recast(reading, lambda _, s: s, unread={2: 0.1})
    assert flecks.interpretations[0].certainty == whole, "a fleck is no doubt"


def test_more_heads_left_out_than_told_are_distrusted():
    seen = tuple(SeenMark(4.0 * n, 2.0, (("solid_head", 0.8),)) for n in range(1, 4))
    bare = recast(reading_of(tune()), lambda n, s: replace(s, timed=()) if n == 1 else s, seen={1: seen})
    assert [b.hardly_read for b in bare.bars] == [n == 1 for n in range(6)]


def test_where_most_bars_are_empty_or_off_those_are_distrusted():
    reading = reading_of(tune())
    some = recast(reading, lambda n, s: replace(s, timed=()) if n in {2, 3} else s)
    assert not any(b.hardly_read for b in some.bars)
    most = recast(reading, lambda n, s: replace(s, timed=()) if n > 1 else s)
    assert [b.hardly_read for b in most.bars] == [n > 1 for n in range(6)]
    assert most.interpretations[0].certainty <= 0.2


def recast(reading, change, *, unread=None, seen=None):
    """The reading with the signs of every bar changed, read again: contexts, bars, probabilities, doubts."""
    systems, number = [], 0
    for system in reading.systems:
        count = len(system[0])
        systems.append(
            tuple(
                tuple(
                    replace(
                        bar,
                        readings=tuple(change(number + n, s) for s in bar.readings),
                        unread=(unread or {}).get(number + n, 0.0),
                        seen=(seen or {}).get(number + n, ()),
                    )
                    for n, bar in enumerate(staff)
                )
                for staff in system
            )
        )
        number += count
    ways = contexts(systems, reading.parts)
    style = calibration("printed")
    bars = calibrated_bars(page_bars(systems, ways[0]), ways, style)
    ranked = calibrated_interpretations(interpretations(bars, ways, 5), bars, ways, style)
    doubts = structure_doubts(bars, ways, reading.system_page, len(reading.pages))
    return replace(reading, systems=tuple(systems), bars=tuple(bars), interpretations=ranked, doubts=doubts)


def test_a_clef_that_is_not_there_is_said_and_leaves_every_bar_doubtful():
    reading = reading_of(tune())
    assert NO_CLEFS not in reading.score(reading.interpretations[0]).assumptions
    assert recast(reading, lambda _, s: s).doubts == ((),)
    bare = recast(reading, lambda _, s: replace(s, clefs=(), keys=()))
    best = bare.interpretations[0]
    assert {c.clef for b in bare.score(best).parts[0].bars for c in b.clefs} == {Clef(), BASS}
    assert NO_CLEFS in bare.score(best).assumptions
    assert bare.page_doubts(0)[0] == NO_CLEFS
    told = reading_report(bare)
    assert told["pages"][0]["remarks"][0] == NO_CLEFS
    assert told["pages"][0]["doubtful"]
    assert all(bar["doubtful"] for system in told["pages"][0]["systems"] for bar in system["bars"])


def test_bars_that_do_not_fill_their_metre_make_the_page_doubtful():
    missing = recast(reading_of(tune()), lambda n, s: without(0)(s) if n else s)
    assert NOT_FILLED in missing.page_doubts(0)
    assert missing.doubtful(missing.interpretations[0]) == sorted(
        range(6), key=lambda n: missing.bars[n].readings[0].certainty
    )


def test_a_metre_that_is_not_seen_is_doubted_where_bars_do_not_agree():
    seen = reading_of(tune())
    guessed = recast(seen, lambda _, s: replace(s, metres=()))
    assert METRE_GUESSED in guessed.score(guessed.interpretations[0]).assumptions
    assert guessed.page_doubts(0) == (), "all bars last alike: the metre counts as found"
    unknown = recast(seen, lambda n, s: replace(s, metres=(), timed=s.timed[: 1 + n % 3]))
    assert {NO_METRE, METRE_GUESSED} & set(unknown.page_doubts(0))


def test_a_repaired_bar_says_so():
    def hollowed(n, signs):
        return hollow(1)(signs) if n == 2 and len(signs.timed) > 1 else signs

    bars = recast(reading_of(tune()), hollowed).bars
    assert any(s.signs.slip == "sum" for r in bars[2].readings for s in r.staves)
    assert not any(s.signs.slip for b in bars[:2] for s in b.readings[0].staves)
