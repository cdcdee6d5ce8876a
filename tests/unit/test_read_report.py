"""reading.json keeps to its schema and says what the scores say; the overlay marks what was seen where it was seen."""

import io
import json
from itertools import pairwise

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from models.read.overlay import level_of, overlay, overlay_png
from models.read.report import reading_report, schema
from tests.doubtful_readings import doubtful_tune, hollow, stepped
from tests.readings import bars_in_rows, nothing, reading_of, tune

VALID = jsonschema.Draft202012Validator(schema())


def pitches(notes):
    return [f"{n['step']}{'#' * max(0, n['alter'])}{n['octave']}" for n in notes if n["staff"] == 1]


def test_the_schema_is_one_and_refuses_what_is_not_a_reading():
    jsonschema.Draft202012Validator.check_schema(schema())
    told = reading_report(reading_of(tune()))
    VALID.validate(told)
    note = told["pages"][0]["systems"][0]["bars"][0]["readings"][0]["notes"][0]
    for name, value in (("step", "H"), ("octave", "4"), ("type", "crotchet"), ("onset", -1), ("box", [1, 2])):
        kept, note[name] = note[name], value
        assert not VALID.is_valid(told), name
        note[name] = kept
    del note["id"]
    assert not VALID.is_valid(told)


@settings(deadline=None, max_examples=20)
@given(
    st.dictionaries(
        st.tuples(st.integers(0, 5), st.just(0)),
        st.lists(
            st.builds(stepped, st.just(0), st.integers(-3, 3).filter(bool), st.floats(0, 1))
            | st.builds(hollow, st.just(0), st.floats(0, 1)),
            min_size=1,
            max_size=4,
        ),
    )
)
def test_any_reading_keeps_to_the_schema_and_its_indices_name_readings(also):
    reading = reading_of(tune(), bars_in_rows(tune(), 2), also=also, top=8)
    told = json.loads(json.dumps(reading_report(reading)))
    VALID.validate(told)
    bars = [bar for page in told["pages"] for system in page["systems"] for bar in system["bars"]]
    assert len(bars) == 6
    for way in told["interpretations"]:
        assert len(way["bars"]) == len(bars)
        assert all(0 <= index < len(bar["readings"]) for index, bar in zip(way["bars"], bars, strict=True))
    for bar in bars:
        shares = [reading["certainty"] for reading in bar["readings"]]
        assert sum(shares) + bar["none_of_these"] == pytest.approx(1.0, abs=1e-3)
        # of two that are alike in whole percents the one that fills the metre comes first
        assert all(after <= before + 0.01 for before, after in pairwise(shares))
    shares = [way["certainty"] for way in told["interpretations"]]
    assert sum(shares) + told["none_of_these"] == pytest.approx(1.0, abs=1e-3)
    best = told["interpretations"][0]["bars"]
    score = reading.score(reading.interpretations[0])
    ids = {n.id for _, _, e in score.events() for n in e.notes}
    assert {n["id"] for b, i in zip(bars, best, strict=True) for n in b["readings"][i]["notes"]} == ids


def test_each_reading_tells_its_own_notes():
    also = {(1, 0): [stepped(0), stepped(0, -1, 0.3)], (2, 0): [stepped(1, 2)]}
    told = reading_report(reading_of(tune(), also=also))
    bars = told["pages"][0]["systems"][0]["bars"]
    assert [pitches(r["notes"]) for r in bars[1]["readings"]] == [
        ["D5", "C5", "B4"],
        ["E5", "C5", "B4"],
        ["C5", "C5", "B4"],
    ]
    assert [pitches(r["notes"]) for r in bars[2]["readings"]] == [
        ["A4", "C#5", "E4", "F#4"],
        ["A4", "C#5", "G4", "F#4"],
    ]
    assert [n["staff"] for n in bars[0]["readings"][0]["notes"]] == [1, 1, 1, 2]
    assert [n["onset"] for n in bars[1]["readings"][0]["notes"]] == [0, 2, 2.5, 0]


def test_bars_that_do_not_sum_say_so():
    told = reading_report(doubtful_tune()[2])
    bars = told["pages"][0]["systems"][0]["bars"]
    assert [bar["sums_to_metre"] for bar in bars] == [True] * 6
    assert [r["sums_to_metre"] for r in bars[2]["readings"]] == [True, False, False]


def test_nothing_has_a_report_too():
    told = reading_report(nothing([np.full((20, 30), 255, np.uint8)] * 2))
    VALID.validate(told)
    assert [(p["width"], p["staff_space_px"], p["systems"]) for p in told["pages"]] == [(30, None, [])] * 2
    assert told["interpretations"] == []


def test_the_overlay_colours_by_certainty_on_the_uploads_own_pixels():
    _, paper, reading = doubtful_tune()
    grey = paper.pages[0]
    marked = overlay(reading, 0, grey)
    assert marked.shape == (*grey.shape, 3)
    assert marked.dtype == np.uint8
    coloured = marked.max(axis=2).astype(int) - marked.min(axis=2) > 40

    def hue(number):
        _, (_, y0, x1, y1) = reading.place(number)
        edge = (
            marked[round(y0) + 20 : round(y1) - 20, round(x1) - 3 : round(x1) + 3].reshape(-1, 3).astype(int)
        )
        strong = edge[edge.max(axis=1) - edge.min(axis=1) > 40]
        return "green" if np.median(strong[:, 1] - strong[:, 0]) > 0 else "warm"

    assert [hue(n) for n in (3, 4)] == ["green", "green"]
    assert hue(1) == "warm"
    x1 = reading.place(5)[1][2]
    assert not coloured[:, round(x1) + 10 :].any(), "nothing is marked where nothing was seen"
    with Image.open(io.BytesIO(overlay_png(reading, 0, grey))) as picture:
        assert picture.size == grey.shape[::-1]


def test_a_page_without_music_is_only_faded():
    grey = np.full((40, 50), 200, np.uint8)
    marked = overlay(nothing([grey]), 0, grey)
    assert np.ptp(marked) == 0


@pytest.mark.parametrize(
    ("certainty", "word"),
    [
        (1.0, "certain"),
        (0.8, "certain"),
        (0.79, "doubtful"),
        (0.5, "doubtful"),
        (0.49, "very doubtful"),
        (0, "very doubtful"),
    ],
)
def test_levels(certainty, word):
    assert level_of(certainty) == word
