"""Heard times become note values: even rows, dots, triplets, staccato, metres; and a sheet's own performance gives it back."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.performance import sounding_notes
from models.notation.score import Metre
from models.transcribe.heard import HeardNote
from models.transcribe.score.metre import beat_quarters
from models.transcribe.score.otherwise import melody_ways, wished
from models.transcribe.score.quantise import even_tempo, quantise, readings_of, slow_tempo
from models.transcribe.score.readings import whole_triplets
from models.transcribe.score.wishes import Wishes
from models.transcribe.score.writing import write_score

F = Fraction
SCALE = [60, 62, 64, 65, 67, 69, 71, 72]


def played(values, tempo=100, *, midis=None, held=0.95, loud=None, before=0.3, offbeat=()):
    """Notes of these values (quarters, negative for rests) at a tempo in quarter notes a minute."""
    notes, at = [], F(0)
    for value in values:
        if value > 0:
            i = len(notes)
            onset = before + float(at) * 60 / tempo + (offbeat[i % len(offbeat)] if offbeat else 0.0)
            midi = midis[i % len(midis)] if midis else SCALE[i % 8]
            velocity = loud(at) if loud else 80
            notes.append(HeardNote(onset, onset + held * float(value) * 60 / tempo, midi, velocity, 1.0))
        at += abs(F(value))
    return notes


def lengths(read):
    return [p.length for p in read.placed]


@settings(max_examples=40, deadline=None)
@given(tempo=st.floats(32, 400), count=st.integers(3, 20), held=st.sampled_from([0.4, 0.95, 1.0]))
def test_an_even_row_is_plain_notes_in_common_time(tempo, count, held):
    read = quantise(played([1] * count, tempo, held=held))
    assert (read.metre.beats, read.metre.beat_type) == (4, 4)
    assert read.pickup == 0
    assert read.placed[0].start == 0
    steps = {b.start - a.start for a, b in zip(read.placed, read.placed[1:], strict=False)}
    (step,) = steps
    assert step in {F(1, 2), F(1), F(2)}
    assert read.tempo * float(1 / step) == pytest.approx(tempo, rel=0.02)
    if 41 <= tempo <= 205:
        assert step == 1
    if 41 <= tempo <= 205 and (held > 0.6 or count > 5):
        assert set(lengths(read)[:-1]) == {F(1)}


def test_a_scale_that_a_hand_plays_is_even_too():
    unsteady = (0.0, 0.02, -0.015, 0.01, -0.02, 0.0, 0.015)
    read = quantise(played([1] * 8, 90, offbeat=unsteady))
    assert lengths(read)[:-1] == [1] * 7
    assert read.metre.beats == 4


def test_what_is_not_even_is_no_row():
    assert even_tempo([0, 0.5, 1.0, 1.5]) == pytest.approx(120)
    assert even_tempo([0, 0.5, 1.0, 1.75]) is None
    assert even_tempo([0, 0.5]) is None
    assert even_tempo([0, 0.5, 0.5]) is None


@pytest.mark.parametrize("tempo", [66, 84, 100, 126])
@pytest.mark.parametrize(
    "values",
    [
        [F(3, 2), F(1, 2)] * 4 + [2],
        [F(3, 4), F(1, 4), 1, 1, 1] * 3 + [4],
        [1, F(1, 2), F(1, 2), 1, 1] * 3 + [2],
        [2, 1, 1, F(1, 2), F(1, 2), F(1, 2), F(1, 2), 2] * 2 + [4],
        [F(1, 4)] * 4 + [1, 1, 1] + [F(1, 2)] * 4 + [2],
        [3, 1, 2, 2, 1, 1, 1, 1, 4],
    ],
    ids=["dotted quarters", "dotted eighths", "eighths", "halves", "16ths", "dotted halves"],
)
def test_values_are_found_with_the_tempo_given(values, tempo):
    read = quantise(played(values, tempo), tempo=tempo, metre=Metre(4, 4))
    assert lengths(read)[:-1] == values[:-1]


@pytest.mark.parametrize("tempo", [80, 100, 120])
def test_dotted_rhythms_and_eighths_need_no_tempo(tempo):
    values = [F(3, 2), F(1, 2), 1, 1, 1, 1, 2, F(1, 2), F(1, 2), 1, 1, 1] * 2 + [4]
    read = quantise(played(values, tempo))
    assert read.tempo == pytest.approx(tempo, rel=0.02)
    assert lengths(read)[:-1] == values[:-1]


def test_triplets_stay_triplets():
    values = [1, *[F(1, 3)] * 3, 1, 1, *[F(1, 3)] * 3, *[F(1, 3)] * 3, 1, 2]
    read = quantise(played(values, 90), tempo=90, metre=Metre(4, 4))
    assert lengths(read)[:-1] == values[:-1]
    score = read_musicxml(write_musicxml(write_score(played(values, 90), tempo=90, metre=Metre(4, 4))))
    assert sum(e.duration.tuplet == (3, 2) for _, _, e in score.events()) == 9


def test_silences_become_rests_but_a_struck_string_that_fades_does_not():
    values = [1, 1, -1, 1, 1, 1, -1, 1, 4]
    read = quantise(played(values, 100), tempo=100, metre=Metre(4, 4))
    assert lengths(read)[:-1] == [1] * 6
    assert [p.start - read.placed[0].start for p in read.placed] == [0, 1, 3, 4, 5, 7, 8]
    high = [HeardNote(0.3 + 1.2 * i, 0.3 + 1.2 * i + 0.35, 107, 80, 1.0) for i in range(6)]
    assert lengths(quantise(high, tempo=50, metre=Metre(4, 4)))[:-1] == [1] * 5


@pytest.mark.parametrize("held", [0.35, 0.45, 0.55])
def test_staccato_notes_keep_their_values_and_get_dots(held):
    values = [1, 1, F(1, 2), F(1, 2), 1, 2, 1, 1] * 2
    notes = played(values, 100, held=held)
    read = quantise(notes, tempo=100, metre=Metre(4, 4))
    assert lengths(read)[:-1] == values[:-1]
    assert all(p.staccato for p in read.placed[:-1])
    score = write_score(notes, tempo=100, metre=Metre(4, 4))
    dotted = [e for _, _, e in score.events() if "staccato" in e.articulations]
    assert len(dotted) >= len(values) - 1


def test_one_short_note_is_no_staccato():
    notes = played([1, 1, 1, 1, 1, 1, 1, 4], 60)
    notes[2] = HeardNote(notes[2].onset_s, notes[2].onset_s + 0.45, 64, 80, 1.0)
    read = quantise(notes, tempo=60, metre=Metre(4, 4))
    assert lengths(read)[2] == F(1, 2)
    assert not any(p.staccato for p in read.placed)


WALTZ = [2, 1, 1, 1, 1, 2, 1, 3, 2, 1, 1, 1, 1, 2, 1, 3]
MARCH = [1, 1, 2, F(3, 2), F(1, 2), 2, 1, 1, F(1, 2), F(1, 2), 1, 4] * 2
JIG = [1, F(1, 2), 1, F(1, 2), F(1, 2), F(1, 2), F(1, 2), F(3, 2)] * 4


@pytest.mark.parametrize("tempo", [90, 100, 110])
@pytest.mark.parametrize(("values", "metre"), [(WALTZ, (3, 4)), (MARCH, (4, 4))], ids=["waltz", "march"])
def test_metres_are_told_by_the_rhythm(values, metre, tempo):
    read = quantise(played(values, tempo))
    assert (read.metre.beats, read.metre.beat_type) == metre
    assert read.placed[0].start == 0


@pytest.mark.parametrize(("values", "metre"), [(WALTZ, (3, 4)), (MARCH, (4, 4))], ids=["waltz", "march"])
def test_a_quick_one_may_be_read_slower_but_is_offered(values, metre):
    found = [
        r
        for r in readings_of(played(values, 130))[:3]
        if (r.metre.beats, r.metre.beat_type) == metre and r.rhythm.tempo == pytest.approx(130, rel=0.03)
    ]
    assert found[0].chance > 0.1


@pytest.mark.parametrize("tempo", [80, 100, 120])
def test_a_jig_is_in_six_eight(tempo):
    read = quantise(played(JIG, 1.5 * tempo))
    assert (read.metre.beats, read.metre.beat_type) == (6, 8)
    assert read.tempo == pytest.approx(tempo, rel=0.03)
    assert lengths(read)[:-1] == JIG[:-1]


def test_a_jig_may_begin_with_an_eighth_before_the_bar():
    notes = played([F(1, 2), *JIG], 150, loud=lambda at: 110 if at % 3 == F(1, 2) else 60)
    read = quantise(notes, tempo=100, metre=Metre(6, 8))
    assert read.pickup == F(1, 2)
    assert lengths(read)[:-1] == [F(1, 2), *JIG[:-1]]
    first, second = write_score(notes, tempo=100, metre=Metre(6, 8)).parts[0].bars[:2]
    assert first.pickup
    assert first.length == F(1, 2)
    assert second.filled == 3


def test_loud_downbeats_place_the_bar_lines():
    values = [1, *[1, F(1, 2), F(1, 2), 1, 1] * 4, 3]
    read = quantise(played(values, 100, loud=lambda at: 110 if at % 4 == 1 else 60), metre=Metre(4, 4))
    assert read.pickup == 1


def test_tempo_and_metre_given_are_kept():
    read = quantise(played([1] * 12, 100), tempo=100, metre=Metre(5, 4))
    assert (read.metre.beats, read.tempo) == (5, 100)
    assert read.tempo_given
    assert read.metre_given


@pytest.mark.parametrize(
    "metre", [Metre(4, 4), Metre(3, 4), Metre(2, 4), Metre(6, 8), Metre(9, 8), Metre(5, 8)]
)
def test_nothing_and_one_note_have_a_place_in_any_metre(metre):
    assert quantise([], metre=metre).placed == ()
    assert len(quantise(played([1]), metre=metre).placed) == 1


HALVES = {
    Metre(4, 4): [[4], [2, 2], [1, 1, 2], [F(3, 2), F(1, 2), 1, 1], [F(1, 2)] * 4 + [2], [1, F(1, 2), F(1, 4), F(1, 4), 2]],
    Metre(3, 4): [[3], [2, 1], [1, 1, 1], [F(3, 2), F(1, 2), 1], [F(3, 4), F(1, 4), 1, 1]],
    Metre(6, 8): [[3], [F(3, 2), 1, F(1, 2)], [F(1, 2)] * 6, [1, F(1, 2), F(3, 2)]],
}  # fmt: skip


@st.composite
def tunes(draw):
    metre = draw(st.sampled_from(list(HALVES)))
    bars = draw(st.lists(st.sampled_from(HALVES[metre]), min_size=2, max_size=8))
    values = [value for bar in bars for value in bar]
    midis = draw(st.lists(st.integers(40, 84), min_size=len(values), max_size=len(values)))
    return metre, values, midis, draw(st.integers(60, 120))


def written(score):
    """What is heard of a score, in quarter notes."""
    tempo = score.tempo / 60
    return [
        (round(n.onset_s * tempo, 2), round((n.offset_s - n.onset_s) * tempo, 2), n.midi)
        for n in sounding_notes(score)
    ]


@settings(max_examples=25, deadline=None)
@given(tunes())
def test_the_sheets_own_performance_gives_the_sheet_back(tune):
    metre, values, midis, tempo = tune
    beat = F(3, 2) if metre.beat_type == 8 else F(1)
    first = write_score(played(values, tempo * beat, midis=midis), tempo=tempo, metre=metre)
    heard = [HeardNote(n.onset_s, n.offset_s, n.midi, n.velocity, 1.0) for n in sounding_notes(first)]
    again = write_score(heard, tempo=tempo, metre=metre)
    assert written(again) == written(first)
    assert [length for _, length, _ in written(first)][:-1] == [float(v) for v in values[:-1]]


TWINKLE = [1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, F(1, 2), F(1, 2), 2]


@pytest.mark.parametrize("tempo", [40, 46, 54, 70, 88])
def test_a_slow_tune_is_written_in_quarter_notes(tempo):
    read = quantise(played(TWINKLE, tempo, offbeat=(0.0, 0.012, -0.01, 0.006, -0.008)))
    assert read.tempo == pytest.approx(tempo, rel=0.03)
    assert lengths(read)[:-1] == TWINKLE[:-1]


def test_a_quick_tune_whose_steps_differ_is_not_slowed_down():
    assert slow_tempo([n.onset_s for n in played(MARCH, 60)]) is None
    assert slow_tempo([n.onset_s for n in played(TWINKLE, 100)]) is None
    assert slow_tempo([0.0, 1.2, 2.4]) is None


def test_a_tune_is_offered_in_other_tempi_and_metres():
    notes = played(TWINKLE, 240)
    offered = melody_ways(notes)
    assert offered[0].value == "estimated"
    chances = [way.chance for way in offered[1:]]
    assert chances == sorted(chances, reverse=True)
    first = quantise(notes).quarters_a_minute
    quarters = []
    for way in offered[1:]:
        options = wished(Wishes(), way.value)
        assert way.label.startswith(f"In {options.metre.beats}/{options.metre.beat_type}, ")
        quarters.append(options.tempo * float(beat_quarters(options.metre)))
    assert any(
        q / first == pytest.approx(2, rel=0.06) or q / first == pytest.approx(0.5, rel=0.06) for q in quarters
    )
    with pytest.raises(ValueError, match="no metre"):
        wished(Wishes(), "as:x@60")


@pytest.mark.parametrize("tempo", [66, 90, 108])
def test_whole_triplets_between_quarter_notes_are_triplets(tempo):
    third = F(1, 3)
    values = [1, third, third, third, 1, 1] * 2 + [third, third, third, 1, 1, 1] + [4]
    read = quantise(played(values, tempo))
    assert (read.metre.beats, read.metre.beat_type) in {(4, 4), (3, 4)}
    assert read.tempo == pytest.approx(tempo, rel=0.03)
    assert lengths(read)[:-1] == values[:-1]


def test_the_long_and_short_of_six_eight_is_no_triplet():
    third = F(1, 3)
    beats = [F(0), F(1), 1 + third, 1 + 2 * third, F(2), F(3), 3 + third, 3 + 2 * third, F(4)]
    assert whole_triplets(beats)
    assert not whole_triplets([*beats, F(5), 5 + 2 * third])
    assert not whole_triplets([b for b in beats if b not in {F(0), F(2)}]), "a jig of running eighth notes"
    assert not whole_triplets(beats[:5]), "one triplet"
