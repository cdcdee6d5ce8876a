"""What is heard of a score: staves that are left out, beats that are counted before it."""

from dataclasses import replace

import pytest

from models.notation.performance import sounding_notes
from models.notation.score import Metre
from scoreweb.score_result import softened, without_staves
from scoreweb.widgets.score_sounds import count_in, lanes_of, quiet_of
from tests.readings import tune
from tests.scores import small_song


def test_staves_of_a_piano_can_be_left_out_each():
    score = tune()
    assert [lane for lane, _ in lanes_of(score)] == ["0/1", "0/2"]
    upper, lower = (without_staves(score, [lane]) for lane in ("0/2", "0/1"))
    count = len(sounding_notes(score))
    assert 0 < len(sounding_notes(upper)) < count
    assert len(sounding_notes(upper)) + len(sounding_notes(lower)) == count
    assert without_staves(score, ()) is score


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        (["0/2"], ("0/2",)),
        (["0/2", "0/1", "0/2"], ("0/1", "0/2")),
        (["0/2=40", "0/1=5"], ("0/1=5", "0/2=40")),
        (["0/2=0", "0/2=100", "0/2=-1", "9/9=40", "0/2=4/../a"], ()),
        (["9/9", 3, None], ()),
        ("0/1", ()),
        (None, ()),
    ],
)
def test_a_browser_names_staves_that_the_score_has(told, heard):
    assert quiet_of({"quiet": told}, tune()) == heard


def test_a_staff_is_softened_and_the_other_is_not():
    score = tune()
    plain, soft = sounding_notes(score), softened(score, ["0/2=40"])
    lower = {n.ids for n in sounding_notes(without_staves(score, ["0/1"]))}
    assert [n[:3] for n in soft] == [n[:3] for n in plain]
    for before, now in zip(plain, soft, strict=True):
        share = 0.4 if before.ids in lower else 1.0
        assert now.velocity == pytest.approx(share * before.velocity, abs=0.5)
    assert softened(score, ["0/2"]) == plain, "what is left out is left out before"


def test_a_bar_is_counted_at_the_tempo_of_the_score():
    score = replace(small_song(), tempo=90.0)
    first = score.parts[0].bars[0]
    bars = (replace(first, metre=Metre(6, 8)), *score.parts[0].bars[1:])
    six = replace(score, parts=(replace(score.parts[0], bars=bars), *score.parts[1:]))
    assert count_in(six) == {"beats": 6, "seconds": pytest.approx(1 / 3, abs=1e-4)}
