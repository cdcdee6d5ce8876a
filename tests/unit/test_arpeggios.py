"""Chords that were spread upwards are one chord with a sign; quick figures and scattered fingers are not."""

import pytest

from models.notation.musicxml import read_musicxml, write_musicxml
from models.transcribe.heard import HeardNote
from models.transcribe.score.arpeggios import spreads_of, struck_together
from models.transcribe.score.wishes import READABLE, Wishes
from models.transcribe.score.writing import write_score


def chord(midis, begin=1.0, step=0.05, held=1.0):
    return [
        HeardNote(begin + n * step, begin + n * step + held, midi, 70, 1.0) for n, midi in enumerate(midis)
    ]


def test_a_chord_spread_upwards_is_one_chord_where_its_highest_note_is():
    notes = chord([48, 55, 64, 72])
    (own,) = spreads_of(notes)
    assert own == (0, 1, 2, 3)
    assert {n.onset_s for n in struck_together(notes, [own])} == {notes[-1].onset_s}


@pytest.mark.parametrize(
    "notes",
    [
        chord([60, 62, 64, 65]),  # a scale
        chord([48, 55, 64, 72], step=0.12),  # a written figure
        chord([48, 55, 64, 72], step=0.01),  # fingers that scatter
        chord([48, 55, 64, 72], held=0.06),  # let go at once
        chord([72, 64, 55, 48]),  # downwards
        chord([48, 64]),
    ],
)
def test_what_is_no_spread_chord_is_left_alone(notes):
    assert spreads_of(notes) == []


def test_the_sign_is_written_and_left_out_of_a_readable_score():
    notes = [
        n
        for bar in range(12)
        for n in (*chord([48, 52, 55, 60], 1 + 2 * bar, 0.04), *chord([64 + bar % 3], 2 + 2 * bar))
    ]
    notes = sorted(notes, key=lambda n: (n.onset_s, n.midi))
    written = read_musicxml(write_musicxml(write_score(notes)))
    signs = [e for _, _, e in written.events() if "arpeggiate" in e.articulations]
    assert len(signs) >= 11
    assert all(len(e.notes) > 1 for e in signs)
    plain = write_score(notes, wishes=Wishes(level=READABLE))
    assert not any("arpeggiate" in e.articulations for _, _, e in plain.events())
