"""Scores that a made-up pianist plays: what the notation network learns beside performances."""

from fractions import Fraction

import numpy as np
import pytest

from models.notation.course import course_of
from models.notation.score import Bar, Duration, Event, Key, Metre, Note, NoteType, Part, Pitch, Score
from models.transcribe.score_training.corpus import score_notes, written_length, written_notes
from models.transcribe.score_training.played import FEWEST, grid_of, played
from models.transcribe.score_training.train import labels_of, odds_of


def event(name, onset, kind=NoteType.QUARTER, *, staff=1, midi=60, **more):
    steps = {0: "C", 2: "D", 4: "E", 5: "F", 7: "G", 9: "A", 11: "B"}
    own = {k: more.pop(k) for k in ("tie_start", "tie_stop") if k in more}
    note = Note(f"n{name}", Pitch(steps[midi % 12], 0, midi // 12 - 1), **own)
    return Event(f"e{name}", Fraction(onset), Duration(kind), (note,), staff=staff, voice=staff, **more)


def piano(bars=40, beats=3, pickup=False):
    metre = Metre(3, 4)
    made = [
        Bar(
            number,
            tuple(
                event(
                    f"{number}-{place}-{staff}",
                    place,
                    staff=staff,
                    midi=72 - 24 * (staff - 1) + (number + place) % 2 * 2,
                )
                for place in range(beats)
                for staff in (1, 2)
            ),
            metre=metre if not number else None,
            key=Key(-2) if not number else None,
        )
        for number in range(bars)
    ]
    if pickup:
        made[0] = Bar(0, (event("up", 0), event("down", 0, staff=2)), metre=metre, key=Key(-2), pickup=True)
    return Score((Part("P1", tuple(made), staves=2),))


def test_beats_stand_where_the_metre_has_them_and_a_pickup_ends_its_bar():
    score = piano(4, pickup=True)
    grid = grid_of(score.parts[0], course_of(score))
    assert grid.places.tolist() == [float(n) for n in range(10)]
    assert np.flatnonzero(grid.down).tolist() == [1, 4, 7]
    assert grid.metres == ((0, "3/4"),)
    assert grid.keys == ((0, -2),)


@pytest.mark.parametrize(
    ("metre", "quarters"),
    [(Metre(6, 8), 1.5), (Metre(2, 2), 2.0), (Metre(3, 8), 0.5), (Metre(6, 4), 3.0), (Metre(5, 4), 1.0)],
)
def test_a_beat_is_as_long_as_in_the_annotations_of_performances(metre, quarters):
    bars = tuple(Bar(n, metre=metre if not n else None, length=metre.quarters) for n in range(3))
    score = Score((Part("P1", bars),))
    grid = grid_of(score.parts[0], course_of(score))
    assert set(np.diff(grid.places)) == {quarters}


def test_what_is_played_is_labelled_with_what_is_written():
    piece = played(piano(), "a", "a", np.random.default_rng(4))
    labels = labels_of(piece)
    assert len(piece.notes) == 240
    assert (np.diff(piece.notes[:, 0]) >= 0).all()
    assert (piece.notes[:, 1] > piece.notes[:, 0]).all()
    assert labels["beat"].tolist() == [1] * 240
    assert 75 <= labels["down"].sum() <= 85
    assert (labels["hand"] == (piece.notes[:, 2] > 60)).all()
    # notes and the beats that they are played on agree in seconds
    there = np.interp(piece.place, piece.beat_places, piece.beats.times)
    assert np.abs(there - piece.notes[:, 0]).max() < 0.12


def test_two_of_the_same_score_differ_and_one_seed_gives_one():
    one, again, other = (played(piano(), "a", "a", np.random.default_rng(n)) for n in (1, 1, 2))
    assert np.array_equal(one.notes, again.notes)
    assert not np.array_equal(one.notes[:, 0], other.notes[:, 0])


def test_what_is_no_piano_or_too_short_is_left_out():
    assert played(piano(FEWEST // 6 - 1), "a", "a", np.random.default_rng(0)) is None
    one = piano()
    assert (
        played(Score((Part("P1", one.parts[0].bars, staves=1),)), "a", "a", np.random.default_rng(0)) is None
    )


def test_a_staccato_note_is_as_long_as_it_is_written_and_tied_ones_are_one():
    bars = (
        Bar(
            0,
            (event("a", 0, articulations=("staccato",)), event("b", 1, NoteType.HALF, tie_start=True)),
            metre=Metre(3, 4),
        ),
        Bar(1, (event("c", 0, tie_stop=True), event("d", 1), event("e", 2))),
    )
    score = Score((Part("P1", bars),))
    assert [n.length for n in score_notes(score)] == [1.0, 3.0, 1.0, 1.0]
    grace = Score((Part("P1", (Bar(0, (event("g", 0, grace=True), event("h", 0))),)),))
    assert np.isnan(written_length(["ng"], written_notes(grace)))


def test_a_work_with_many_performances_does_not_outweigh_one_with_one():
    piece = played(piano(), "a", "a", np.random.default_rng(1))
    other = played(piano(), "b", "b", np.random.default_rng(1))
    odds = odds_of([piece, piece, piece, piece, other])
    assert odds.sum() == pytest.approx(1)
    assert odds[4] == pytest.approx(2 * odds[0])
