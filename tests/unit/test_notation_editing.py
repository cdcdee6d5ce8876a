"""Edits of a score: where notes go, how they are spelled, which accidentals are printed, and what adds up."""

from dataclasses import replace
from fractions import Fraction

import pytest

from models.notation.accidentals import spelled, with_accidentals
from models.notation.editing import (
    Accidental,
    Letter,
    Remove,
    Repitch,
    Step,
    Transpose,
    edited,
    edited_by,
    excess,
    find_note,
    joined,
    removed,
)
from models.notation.score import Bar, Key, Metre, Part, Pitch, Score
from tests.scores import E8, event, small_song


def pitch(score, identity):
    return find_note(score, identity)[3].pitch


def names(score):
    return [n.pitch.name for _, _, e in score.events() for n in e.notes]


def signs(score):
    return [n.accidental for _, _, e in score.events() for n in e.notes]


def one_bar(*events, key=0):
    return Score((Part("P1", (Bar(1, events, key=Key(key), metre=Metre(4, 4)),)),))


@pytest.fixture
def line():
    """F#5 with its sign, the same note again without one, E5 and a rest, in C major."""
    first = event("1", 0, "F#5", note={"accidental": "sharp", "certainty": 0.4})
    return one_bar(first, event("2", 1, "F#5"), event("3", 2, "E5"), event("4", 3))


def identity(score, place):
    return [n.id for _, _, e in score.events() for n in e.notes][place]


@pytest.mark.parametrize("move", [Transpose, Step])
def test_up_and_down_again_gives_back_the_sharp(line, move):
    note = identity(line, 0)
    up = joined((), move(note, 1))
    assert names(edited_by(line, up))[0].startswith("G")
    both = joined(up, move(note, -1))
    assert both == ()
    assert edited_by(line, both) == line, "with its accidental and its certainty"


def test_semitones_are_spelled_as_the_key_has_them_else_by_direction():
    assert spelled(66, Key(1)) == Pitch("F", 1, 4)
    assert spelled(66, Key(-6)) == Pitch("G", -1, 4)
    assert spelled(65, Key(6)) == Pitch("E", 1, 4), "F is E sharp in F sharp major"
    assert spelled(71, Key(-6)) == Pitch("C", -1, 5), "B is C flat in G flat major"
    score = one_bar(event("1", 0, "A4"))
    note = identity(score, 0)
    assert pitch(edited(score, Transpose(note, 1)), note) == Pitch("A", 1, 4)
    assert pitch(edited(score, Transpose(note, -1)), note) == Pitch("A", -1, 4)
    assert pitch(edited(score, Repitch(note, 57)), note) == Pitch("A", 0, 3)
    for midi in range(12, 128):
        for fifths in range(-7, 8):
            assert spelled(midi, Key(fifths)).midi == midi


def test_the_leading_tone_of_a_minor_key_is_raised_whichever_way_it_is_reached():
    for sharps in (True, False):
        assert spelled(68, Key(0, "minor"), sharps=sharps) == Pitch("G", 1, 4)
        assert spelled(66, Key(0, "minor"), sharps=sharps) == Pitch("F", 1, 4)
        assert spelled(71, Key(-3, "minor"), sharps=sharps) == Pitch("B", 0, 4)
        assert spelled(61, Key(-1, "minor"), sharps=sharps) == Pitch("C", 1, 4)
    for midi in range(12, 128):
        for fifths in range(-7, 8):
            assert spelled(midi, Key(fifths, "minor")).midi == midi


def test_pitches_are_labelled_with_the_signs_that_musicians_write():
    labels = [Pitch("F", 1, 4).label, Pitch("B", -2, 3).label, Pitch("C").label]
    assert labels == ["F♯4", "B♭♭3", "C4"]


def test_accidentals_are_printed_where_they_are_needed_and_nowhere_else(line):
    assert signs(line) == ["sharp", None, None]
    first = identity(line, 0)
    moved = edited(line, Transpose(first, 1))
    assert names(moved) == ["G5", "F#5", "E5"]
    assert signs(moved) == [None, "sharp", None], "the second sharp was implied by the first"
    natural = edited(line, Accidental(first, 0))
    assert names(natural) == ["F5", "F#5", "E5"]
    assert signs(natural) == [None, "sharp", None]
    assert signs(removed(line, first)) == ["sharp", None]
    third = identity(line, 2)
    assert signs(edited(line, Repitch(third, 77))) == ["sharp", None, "natural"]


def test_a_courtesy_accidental_stays_and_one_that_lies_goes():
    events = (
        event("1", 0, "F5", note={"accidental": "natural"}),
        event("2", 1, "G5", note={"accidental": "sharp"}),
    )
    assert [n.accidental for e in with_accidentals(events, Key()) for n in e.notes] == ["natural", None]


def test_letters_go_to_the_nearest_note_of_that_name(line):
    note = identity(line, 2)
    assert pitch(edited(line, Letter(note, "C")), note) == Pitch("C", 0, 5)
    assert pitch(edited(line, Letter(note, "B")), note) == Pitch("B", 0, 4)
    assert pitch(edited(line, Letter(note, "G")), note) == Pitch("G", 0, 5)
    assert edited(line, Letter(note, "H")) == line


def test_moves_of_one_note_add_up_and_a_set_pitch_replaces_them():
    assert joined((Transpose("a", 1),), Transpose("a", 12)) == (Transpose("a", 13),)
    assert joined((Transpose("a", 1),), Transpose("b", 1)) == (Transpose("a", 1), Transpose("b", 1))
    assert joined((Step("b", 1), Transpose("a", 1), Step("a", 2)), Repitch("a", 60)) == (
        Step("b", 1),
        Repitch("a", 60),
    )
    assert joined((Remove("a"),), Transpose("a", 1)) == (Remove("a"), Transpose("a", 1))


def test_a_moved_note_takes_the_key_and_its_tied_fellows_along():
    song = small_song()
    assert pitch(edited(song, Step("n7.1", 7)), "n7.1") == Pitch("F", 1, 6)
    assert pitch(edited(song, Step("n7", 1)), "n12") == Pitch("E", 0, 5)
    assert pitch(edited(song, Step("n3", -1)), "n3") == Pitch("F", 1, 4)


@pytest.mark.parametrize(
    "edit",
    [
        Step("nobody", 1),
        Step("n3", 70),
        Transpose("n3", 120),
        Repitch("n3", 3),
        Accidental("n3", 3),
        Remove("x"),
    ],
)
def test_what_means_nothing_changes_nothing(edit):
    assert edited(small_song(), edit) == small_song()


def test_a_removed_note_leaves_a_rest_or_a_smaller_chord():
    assert not [n for _, _, e in removed(small_song(), "n3").events() for n in e.notes if n.id == "n3"]
    assert find_note(removed(small_song(), "n3"), "n3-event") is not None
    smaller = removed(small_song(), "n7")
    assert find_note(smaller, "n7.1") is not None
    assert not find_note(smaller, "n12")[3].tie_stop
    assert find_note(removed(small_song(), "n11"), "n11-event") is None


def test_a_rest_too_many_is_closed_up_and_a_needed_one_is_missed():
    full = one_bar(event("1", 0, "C4"), event("2", 1), event("3", 2, "E4"), event("4", 3, "F4"))
    rest = next(e.id for _, _, e in full.events() if e.is_rest)
    assert excess(full.parts[0], 0) == {1: 0}
    gap = removed(full, rest)
    assert excess(gap.parts[0], 0) == {1: -1}
    assert [e.onset for _, _, e in gap.events()] == [0, 1, 2], "no hole is left that nobody sees"
    half = Fraction(1, 2)
    over = one_bar(
        event("1", 0, "C4"), event("2", 1, "", E8), event("3", 1 + half, "E4"), event("4", 2 + half, "F4"),
        event("5", 3 + half, "G4"),
    )  # fmt: skip
    assert excess(over.parts[0], 0) == {1: half}
    rest = next(e.id for _, _, e in over.events() if e.is_rest)
    closed = removed(over, rest)
    assert excess(closed.parts[0], 0) == {1: 0}
    assert [e.onset for _, _, e in closed.events()] == [0, 1, 2, 3]


def test_a_bar_that_loses_all_holds_a_rest_of_the_whole_bar():
    score = one_bar(replace(event("1", 0, "C4"), grace=True))
    left = removed(score, identity(score, 0))
    (only,) = [e for _, _, e in left.events()]
    assert only.is_rest
    assert only.whole_bar
    assert excess(left.parts[0], 0) == {1: 0}
