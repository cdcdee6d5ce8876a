"""Chords, voices and staves: what sounds together is written together, what sounds on is a voice of its own."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.notation.engraving.engrave import engrave
from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.performance import sounding_notes
from models.notation.score import Key, Metre
from models.transcribe.heard import HeardNote
from models.transcribe.score.spelling import spelt
from models.transcribe.score.voices import Span, voices_of
from models.transcribe.score.writing import write_score

F = Fraction
COMMON = Metre(4, 4)
TEMPO = 60.0


def played(*notes, held=0.95):
    """(onset in quarters, quarters, midi, staff, voice) as heard at 60 quarter notes a minute."""
    heard = [
        HeardNote(float(at), float(at) + held * float(value), midi, 80, 1.0, staff=staff, voice=voice)
        for at, value, midi, staff, voice in notes
    ]
    return sorted(heard, key=lambda n: (n.onset_s, n.midi))


def free(*notes):
    """The same without staves and voices."""
    return played(*((at, value, midi, None, None) for at, value, midi in notes))


def written(notes, metre=COMMON):
    return write_score(notes, tempo=TEMPO, metre=metre)


def sung(score, *, part=0):
    """(staff, voice, place, length, pitches) of everything that is struck; tied pieces are one."""
    found, at = [], F(0)
    for bar in score.parts[part].bars:
        for event in bar.events:
            if event.notes and not event.notes[0].tie_stop:
                found.append([event.staff, event.voice, at + event.onset, event.length, event.notes])
            elif event.notes:
                ids = {n.id.split("t")[0] for n in event.notes}
                before = next(f for f in found if {n.id for n in f[4]} == ids)
                before[3] += event.length
        at += F(4) if bar.length is None else bar.length
    rows = [(s, v, p, d, tuple(sorted(n.pitch.midi for n in ns))) for s, v, p, d, ns in found]
    return sorted(rows)


def test_a_chord_is_one_event_of_one_voice():
    triads = [(60, 64, 67), (60, 65, 69), (59, 62, 67), (60, 64, 67)]
    score = written(free(*((at, 1, midi) for at, triad in enumerate(triads) for midi in triad)))
    assert score.parts[0].staves == 1
    assert sung(score) == [(1, 1, F(at), F(1), tuple(triad)) for at, triad in enumerate(triads)]


def test_chords_of_a_performance_need_not_begin_at_once():
    rolled = [
        HeardNote(at + 0.008 * n, at + 0.9, midi, 70, 1.0)
        for at in range(4)
        for n, midi in enumerate((60, 64, 67))
    ]
    assert sung(written(rolled)) == [(1, 1, F(at), F(1), (60, 64, 67)) for at in range(4)]


HELD = [(0, 4, 48), (0, 1, 52), (1, 1, 55), (2, 1, 52), (3, 1, 55)]
"""A whole note under quarter notes, on one staff."""


@pytest.mark.parametrize("told", [True, False])
def test_a_held_note_is_a_voice_of_its_own(told):
    notes = (
        played(*((at, value, midi, 1, 2 if value == 4 else 1) for at, value, midi in HELD))
        if told
        else free(*HELD)
    )
    score = written(notes)
    voices = {n: [e for e in score.parts[0].bars[0].events if e.voice == n] for n in (1, 2)}
    assert [(e.length, e.stem) for e in voices[2]] == [(F(4), "down")]
    assert [(e.length, e.stem) for e in voices[1]] == [(F(1), "up")] * 4
    assert score.parts[0].staves == 1


def test_a_second_voice_stands_only_in_the_bars_that_need_it():
    later = [(4 + at, 1, midi) for at, midi in enumerate((48, 50, 52, 53))]
    first, second = written(free(*HELD, *later)).parts[0].bars
    assert {e.voice for e in first.events} == {1, 2}
    assert {e.voice for e in second.events} == {1}
    assert all(e.stem is None for e in second.events)


def test_each_hand_keeps_its_own_lengths():
    right = [(at, F(1, 2), 72 + n % 5) for n, at in enumerate(F(k, 2) for k in range(8))]
    left = [(0, 2, 48), (0, 2, 52), (2, 2, 43), (2, 2, 55)]
    score = written(free(*right, *left))
    assert score.parts[0].staves == 2
    assert [row for row in sung(score) if row[0] == 2] == [
        (2, 2, F(0), F(2), (48, 52)),
        (2, 2, F(2), F(2), (43, 55)),
    ]
    assert [row[3] for row in sung(score) if row[0] == 1] == [F(1, 2)] * 8


def test_hands_that_cross_stay_where_they_are_given():
    right = [(at, 1, midi, 1, None) for at, midi in enumerate((60, 62, 64, 65))]
    left = [(0, 2, 79, 2, None), (2, 2, 48, 2, None)]
    score = written(played(*right, *left))
    assert [row[4] for row in sung(score) if row[0] == 2] == [(79,), (48,)]
    assert [row[4] for row in sung(score) if row[0] == 1] == [(60,), (62,), (64,), (65,)]


def test_one_staff_that_is_given_is_not_parted():
    wide = [(0, 1, 36, 1, None), (1, 1, 84, 1, None), (2, 1, 38, 1, None), (3, 1, 86, 1, None)]
    assert written(played(*wide)).parts[0].staves == 1


def test_what_is_not_given_is_estimated_beside_what_is():
    score = written(played((0, 4, 67, 2, None), (0, 1, 72, None, None), (1, 3, 74, None, None)))
    assert {row[4]: row[0] for row in sung(score)} == {(67,): 2, (72,): 1, (74,): 1}


def test_notes_held_over_the_bar_line_are_tied_in_their_voice():
    score = written(played((0, 6, 48, 2, 1), (6, 2, 50, 2, 1), *((at, 1, 72 + at, 1, 1) for at in range(8))))
    low = [e for bar in score.parts[0].bars for e in bar.events if e.staff == 2]
    assert [e.length for e in low] == [F(4), F(2), F(2)]
    assert low[0].notes[0].tie_start
    assert low[1].notes[0].tie_stop


def test_spelling_goes_by_the_neighbours_in_the_voice():
    bass = [(at, 1, midi, 2, 1) for at, midi in enumerate((48, 53, 55, 48))]
    tune = [(0, 1, 67, 1, 1), (1, 1, 66, 1, 1), (2, 2, 67, 1, 1)]
    names = [
        n.pitch.name for b in written(played(*bass, *tune)).parts[0].bars for e in b.events for n in e.notes
    ]
    assert "F#4" in names


def test_voices_may_be_given_for_some_notes_only():
    spans = [Span(F(0), 4.0, 60, 1), Span(F(0), 1.0, 64), Span(F(1), 2.0, 65)]
    assert voices_of(spans)[0] == 1
    assert set(voices_of(spans)[1:]) == {2}


VALUES = st.sampled_from([[4], [2, 2], [1, 1, 2], [1, 1, 1, 1], [2, 1, 1], [3, 1]])


@st.composite
def pieces(draw):
    """Two hands, each of chords or of an upper and a lower voice, all given."""
    notes = []
    for staff, low in ((1, 64), (2, 40)):
        for voice in range(1, draw(st.integers(1, 2)) + 1):
            at, base = F(0), low + (12 if voice == 1 else 0)
            for value in draw(VALUES) + draw(VALUES):
                for step in draw(st.sets(st.integers(0, 11), min_size=1, max_size=3)):
                    notes.append((at, value, base + step, staff, voice))
                at += value
    return notes


@settings(max_examples=30, deadline=None)
@given(pieces())
def test_what_is_given_in_voices_is_written_in_them(notes):
    wanted = Counter((float(at), float(value), midi) for at, value, midi, _, _ in notes)
    score = written(played(*notes))
    heard = Counter(
        (round(n.onset_s * TEMPO / 60, 3), round((n.offset_s - n.onset_s) * TEMPO / 60, 3), n.midi)
        for n in sounding_notes(score)
    )
    assert heard == wanted
    own = {(row[0], row[1]) for row in sung(score)}
    assert own == {
        (s, s + 2 * (v - 1)) if any(n[3] == 2 for n in notes) else (s, v) for _, _, _, s, v in notes
    }


@settings(max_examples=8, deadline=None)
@given(pieces())
def test_such_a_score_is_written_read_and_drawn(notes):
    score = written(played(*notes))
    again = read_musicxml(write_musicxml(score))
    assert Counter(n.midi for n in sounding_notes(again)) == Counter(n.midi for n in sounding_notes(score))
    ids = [n.id for _, _, e in score.events() for n in e.notes] + [e.id for _, _, e in score.events()]
    assert len(ids) == len(set(ids))
    assert {n.id for _, _, e in score.events() for n in e.notes} <= set(engrave(score).boxes)


def test_the_leading_tone_of_a_minor_key_is_a_sharp_wherever_it_goes():
    names = [p.name for p in spelt([69, 71, 68, 64, 69], Key(0, "minor"))]
    assert names == ["A4", "B4", "G#4", "E4", "A4"], "Greensleeves: not A flat"
    assert [p.name for p in spelt([69, 70, 69], Key(0, "minor"))] == ["A4", "Bb4", "A4"]
