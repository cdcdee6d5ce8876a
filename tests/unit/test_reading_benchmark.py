"""What the reading benchmark counts and prints: columns that fit, bars joined with the truth's, notes by their places."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest

from benchmarks.read import COLUMNS, NONE, head, row
from benchmarks.reading_bars import paired, same_notes, tells_bars, truths_by_score
from benchmarks.reading_marks import Marks, musicxml_bars, natural
from models.notation.musicxml import write_musicxml
from models.notation.score import Score
from tests.doubtful_readings import stepped
from tests.readings import reading_of, tune

A, B, C = [("a", 0, 4, "4")], [("b", 0, 4, "4")], [("c", 0, 5, "2")]


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def test_every_row_has_a_cell_for_every_column_whatever_its_truth_tells():
    by_notes, by_pitches = Marks(), Marks()
    by_notes.add_notes([[*A, *B]], [[[*A, *C]]])
    by_notes.told = [(0.9, True, False), (0.2, False, True)]
    by_pitches.add_pitches(Counter({69: 2}), A)
    for marks in (by_notes, by_pitches, Marks()):
        marks.seconds.append(1.0)
    assert {len(cells(line)) for line in head().splitlines()} == {len(COLUMNS)}
    rows = {
        name: dict(zip(COLUMNS, cells(row(name, marks)), strict=True))
        for name, marks in (("photos", by_notes), ("muscima-test", by_pitches), ("clean", Marks()))
    }
    assert rows["photos"]["SER"] == "50.0 %"
    assert rows["photos"][""] == "developed on"
    assert rows["photos"]["bars right"] == "50 % of 2"
    assert rows["photos"]["wrong / right bars marked"] == "100 % / 0 %"
    hand = rows["muscima-test"]
    assert (hand[""], hand["SER"], hand["oracle@5 / rank 1"], hand["calibration error of bars"]) == (
        "held out",
        NONE,
        NONE,
        NONE,
    )
    assert hand["pitch F1"] == "0.667"


def test_calibration_error_is_of_bars():
    marks = Marks(told=[(0.75, True, False)] * 3 + [(0.75, False, False)] + [(0.15, False, True)] * 2)
    assert marks.calibration_error == pytest.approx((0.0 * 4 + 0.15 * 2) / 6)
    assert marks.bars_right == 0.5


def test_bars_are_joined_where_one_was_missed_and_one_was_parted():
    truth = [[A], [B], [C], [A]]
    assert paired([[A], [C], [A]], truth) == {0: 0, 1: 2, 2: 3}
    assert paired([[A], [B], [A], [C], [A]], truth) in ({0: 0, 1: 1, 3: 2, 4: 3},)


def test_each_reading_of_each_bar_is_held_against_the_truth(tmp_path):
    score = tune()
    file = tmp_path / "truth.musicxml"
    file.write_bytes(write_musicxml(score))
    assert len(musicxml_bars(file)) == 6
    assert [len(bar) for bar in musicxml_bars(file)] == [2] * 6
    reading = reading_of(score, also={(1, 0): [stepped(0), stepped(1)], (2, 0): [stepped(1, 2)]})
    truths = truths_by_score(reading, file)
    assert [t.right for t in truths] == [
        tuple(n == 0 for n in range(len(bar.readings))) for bar in reading.bars
    ]
    assert sum(len(t.right) for t in truths) > 6
    wrong = reading_of(score, also={(1, 0): [stepped(0)]})
    other = wrong.switched(wrong.interpretations[0], {1: 1})
    file.write_bytes(write_musicxml(wrong.score(other)))
    truths = truths_by_score(wrong, file)
    assert truths[1].right == (False, True)
    assert truths[1].notes_right == 3, "two of the upper staff and one of the lower are as they were"


def test_music_without_bars_tells_nothing_of_the_bars_that_an_engraver_drew(tmp_path):
    file = tmp_path / "truth.musicxml"
    score = tune()
    file.write_bytes(write_musicxml(score))
    assert tells_bars(file)
    part = score.parts[0]
    events = [replace(e, onset=e.onset + 3 * n) for n, b in enumerate(part.bars) for e in b.events]
    long = replace(part.bars[0], events=tuple(events), length=Fraction(18))
    file.write_bytes(write_musicxml(Score((replace(part, bars=(long,)),))))
    assert not tells_bars(file)


def test_notes_are_the_same_in_any_order_and_an_unknown_length_fits_any():
    half, quarter = Fraction(2), Fraction(1)
    assert same_notes([(60, half), (62, quarter)], [(62, quarter), (60, half)])
    assert not same_notes([(60, half)], [(60, quarter)])
    assert not same_notes([(60, half)], [(61, half)])
    assert same_notes([(60, None), (60, half)], [(60, half), (60, quarter)])
    assert not same_notes([(60, None), (60, half)], [(60, quarter), (60, quarter)])
    assert not same_notes([(60, half)], [(60, half), (60, half)])


def test_a_truth_without_alterations_is_held_against_letters_and_octaves():
    read = [("b", -1, 4, "4"), ("f", 1, 5, "8"), ("c", 0, 5, "8")]
    truth = Counter({71: 1, 77: 1, 74: 1})
    plain, by_letter = Marks(), Marks()
    plain.add_pitches(truth, read)
    by_letter.add_pitches(truth, read, natural)
    assert plain.found == 0
    assert by_letter.found == 2
