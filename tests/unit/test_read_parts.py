"""Parts of a system, and staves that come and go."""

import pytest

from models.notation.score import Clef
from models.read.assembly import score_of
from models.read.meaning.context import contexts
from models.read.meaning.parts import aligned, parts_of
from models.read.meaning.signs import BarFrame, BarSigns, ClefSign, KeySign, StaffBar
from models.read.ranking.interpretations import interpretations, page_bars
from tests.signs import quarter

LINES = {"G": 2, "F": 4, "C": 3}
SHARP = KeySign(8.0, (("sharp", 8.0, 1.0),))


def system(clefs, joined=(), keys=()):
    """A system of two bars: a clef for each staff ("-": none is seen), and the staves whose bar lines run on below."""
    out = []
    for n, sign in enumerate(clefs):
        own = () if sign == "-" else (ClefSign(4.0, ((Clef(sign, LINES[sign]), 1.0),)),)
        frames = [BarFrame(20.0 * b, 20.0 * b + 20, (0, 0, 1, 1), joined=n in joined) for b in range(2)]
        row = tuple(quarter(12 + 2 * k, 3.0) for k in range(4))
        later = tuple(quarter(22 + 2 * k, 3.0) for k in range(4))
        out.append(
            [StaffBar(frames[0], (BarSigns(row, own, keys),)), StaffBar(frames[1], (BarSigns(later),))]
        )
    return out


@pytest.mark.parametrize(
    ("clefs", "joined", "parts"),
    [
        ("G", (), [[0]]),
        ("GF", (), [[0, 1]]),
        ("GG", (0,), [[0], [1]]),
        ("GGF", (1,), [[0], [1, 2]]),
        ("GGG", (1,), [[0], [1, 2]]),
        ("GGG", (0, 1), [[0], [1], [2]]),
        ("GGFF", (0, 2), [[0, 1], [2, 3]]),
        ("GGFF", (), [[0], [1], [2], [3]]),
        ("GGCF", (0, 1, 2), [[0], [1], [2], [3]]),
        ("GGCFGF", (4,), [[0], [1], [2], [3], [4, 5]]),
    ],
    ids=[
        "one",
        "piano",
        "duo",
        "song",
        "song with high hands",
        "trio",
        "four hands",
        "choir",
        "quartet",
        "choir and piano",
    ],
)
def test_staves_of_one_player(clefs, joined, parts):
    assert parts_of([system(clefs, joined)] * 2) == parts


def present(systems):
    return [[not staff[0].absent for staff in s] for s in aligned(systems, parts_of(systems))]


def test_a_voice_that_enters_later_leaves_the_piano_its_staves():
    assert present([system("GF"), system("GGF"), system("GF")]) == [
        [False, True, True], [True, True, True], [False, True, True]
    ]  # fmt: skip


def test_a_piano_that_rests_leaves_the_voice_its_staff():
    assert present([system("GGF"), system("G")]) == [[True] * 3, [True]]


def test_clefs_tell_which_staff_of_a_quartet_is_left_out():
    assert present([system("GGCF"), system("GCF")]) == [[True] * 4, [False, True, True, True]]


def test_two_staves_that_show_no_clefs_are_rather_the_two_of_one_part():
    assert present([system("GGF"), system("--")]) == [[True] * 3, [False, True, True]]


def test_a_single_staff_that_shows_no_clef_stays_at_the_top():
    assert present([system("GGF"), system("-")]) == [[True] * 3, [True]]


def test_a_part_rests_where_it_is_left_out_and_keeps_its_key():
    systems = [system("GGF", keys=(SHARP,)), system("GF", keys=(SHARP,)), system("GGF", keys=(SHARP,))]
    parts = parts_of(systems)
    page = aligned(systems, parts)
    likely = contexts(page, parts)
    bars = page_bars(page, likely[0])
    score = score_of(page, parts, bars, interpretations(bars, likely, 1)[0])
    voice, piano = score.parts
    assert [any(not e.is_rest for e in bar.events) for bar in voice.bars] == [True] * 2 + [False] * 2 + [
        True
    ] * 2
    assert all(any(not e.is_rest for e in bar.events) for bar in piano.bars)
    assert [bar.key.fifths for bar in voice.bars if bar.key] == [1]
    assert [c.clef for bar in voice.bars for c in bar.clefs] == [Clef()]
