"""The figures that a visitor reads are those of the results."""

import re
from pathlib import Path

import pytest

from models.contracts.upscale import PAPER, networks, weights_name
from models.weights import card
from scoreweb.jobs.upscale import texts as say

RESULTS = (Path(__file__).parents[2] / "docs" / "results" / "upscale.md").read_text(encoding="utf-8")


def gain_of(model):
    row = re.search(rf"^\| {model} \| [\d.]+ \| [\d.]+ \| ([+-][\d.]+) \|", RESULTS, re.MULTILINE)
    assert row, model
    return float(row.group(1))


@pytest.mark.parametrize("model", [m for m in networks() if m not in PAPER])
def test_a_method_s_line_tells_the_measured_gain(model):
    assert f"{gain_of(model):+.1f} dB" in say.MODELS[model]


@pytest.mark.parametrize("model", [m for m in networks() if m in PAPER])
def test_a_stand_in_s_line_and_card_say_what_it_is(model):
    assert "{note}" in say.MODELS[model]
    gain_of(model)
    assert weights_name(model).removeprefix("upscale-") in card(weights_name(model))
