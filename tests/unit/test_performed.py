"""Performances with both hands: beats, bars, grid, hands, keys, ornaments, and the score that is written of them."""

import json
from fractions import Fraction

import numpy as np
import pytest
from typer.testing import CliRunner

from models.notation.errors import UnreadableScore
from models.notation.midi import write_performance
from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.score import Key, Metre
from models.transcribe.heard import HeardNote
from models.transcribe.performance import read_performance_file
from models.transcribe.score.bars import bars_of
from models.transcribe.score.beats import Evidence, follow_beats
from models.transcribe.score.grid import divided
from models.transcribe.score.hands import hands_of
from models.transcribe.score.keys import line_of_fifths, signatures, spelt_by, with_mode
from models.transcribe.score.loudness import dynamics
from models.transcribe.score.note_features import SIZE, chords_of, features
from models.transcribe.score.note_network import KEYS, METRES, PERIODS, SPELLINGS, marked
from models.transcribe.score.otherwise import ways, wished
from models.transcribe.score.performed import read_performance
from models.transcribe.score.spelling import spelt
from models.transcribe.score.trills import trills_of
from models.transcribe.score.wishes import MELODY, READABLE, Wishes
from models.transcribe.score.writing import is_performance, write_score
from scoreweb.cli import app
from scoreweb.heard_notes import score_of
from scoreweb.jobs.transcribe.options import TranscribeOptions, played_answer
from scoreweb.jobs.transcribe.run import sound_at

F = Fraction


def waltz(bars=16, beat=0.5, slowing=0.0):
    """A tune over a bass note and two chords a bar, each beat a little longer than the last: notes, and seconds of the beats."""
    lengths = beat * (1 + slowing * np.arange(3 * bars + 1) / (3 * bars))
    times = 1.0 + np.concatenate([[0], np.cumsum(lengths)])
    tune = [76, 79, 72, 74, 71, 67, 69, 72]
    basses = [48, 43, 48, 43]
    notes = []
    for bar in range(bars):
        for at in range(3):
            begin, end = times[3 * bar + at], times[3 * bar + at + 1]
            if at == 0:
                notes.append(HeardNote(begin, end, basses[bar % 4], 75, 1.0))
                notes.append(HeardNote(begin, end + 0.4, tune[bar % 8], 85, 1.0))
            else:
                chord = (52, 55) if bar % 2 == 0 else (53, 55)
                notes += [HeardNote(begin, begin + 0.3, midi, 50, 1.0) for midi in chord]
            if at == 2:
                notes.append(HeardNote(begin, end, tune[bar % 8] + 2, 70, 1.0))
    return sorted(notes, key=lambda n: (n.onset_s, n.midi)), times[: 3 * bars]


def evidence(times, on, period):
    told = -0.5 * (np.log(np.array(PERIODS) / period) / 0.2) ** 2
    return Evidence(
        np.array(times), np.where(on, 2.0, -2.0), np.repeat(told[None], len(times), 0), np.array(PERIODS)
    )


def test_beats_are_followed_as_the_tempo_falls():
    beats = 1 + np.cumsum(np.linspace(0.4, 0.8, 40))
    halves = (beats[:-1] + beats[1:]) / 2
    times = np.sort(np.concatenate([beats, halves]))
    found = follow_beats(evidence(times, np.isin(times, beats), 0.55))
    assert len(found) == len(beats)
    assert np.abs(found - beats).max() < 0.001


def test_a_beat_at_which_nothing_begins_is_kept():
    beats = 0.5 * np.arange(1, 31)
    times = np.delete(beats, [7, 15, 16])
    found = follow_beats(evidence(times, np.ones(len(times), bool), 0.5))
    assert len(found) == 30
    assert np.abs(found - beats).max() < 0.05


def test_half_the_tempo_is_written_when_asked_for():
    beats = 0.5 * np.arange(1, 41)
    told = evidence(beats, np.arange(40) % 2 == 0, 0.5)
    assert 18 <= len(follow_beats(told, factor=2.0)) <= 22


def test_no_chords_have_no_beats():
    assert len(follow_beats(evidence([], np.empty(0, bool), 0.5))) == 0


@pytest.mark.parametrize(("name", "length"), [("3/4", 3), ("4/4", 4), ("5/4", 5), ("2/4", 2)])
def test_bars_begin_at_downbeats_after_a_pickup(name, length):
    count = 41
    down = np.where((np.arange(count) - 1) % length == 0, 2.0, -2.0)
    chances = np.full((count, len(METRES)), np.log(0.05))
    chances[:, METRES.index(name)] = np.log(0.5)
    bars = bars_of(down, chances, METRES)
    assert [bar.first for bar in bars[:3]] == [1 - length, 1, 1 + length]
    assert {f"{b.metre.beats}/{b.metre.beat_type}" for b in bars} == {name}


def test_a_metre_that_changes_is_followed():
    starts = [*range(0, 32, 4), *range(32, 62, 3)]
    down = np.full(62, -3.0)
    down[starts] = 3.0
    chances = np.full((62, len(METRES)), -2.5)
    bars = bars_of(down, chances, METRES)
    assert [b.first for b in bars] == starts


def test_a_metre_that_is_given_holds_everywhere():
    bars = bars_of(np.zeros(12), np.zeros((12, len(METRES))), METRES, given=Metre(12, 8))
    assert {b.beats for b in bars} == {4}


@pytest.mark.parametrize(
    ("shares", "compound", "expected"),
    [
        ([0, 0.25, 0.5, 0.75], False, [F(0), F(1, 4), F(1, 2), F(3, 4)]),
        ([0, 0.34, 0.66], False, [F(0), F(1, 3), F(2, 3)]),
        ([0, 0.17, 0.33, 0.5, 0.67, 0.84], False, [F(n, 6) for n in range(6)]),
        ([0, 0.76], False, [F(0), F(3, 4)]),
        ([0, 0.32, 0.68], True, [F(0), F(1, 3), F(2, 3)]),
        ([0, 0.66], True, [F(0), F(2, 3)]),
        ([0.02, 0.52], False, [F(0), F(1, 2)]),
    ],
)
def test_a_beat_has_the_plainest_division_that_fits(shares, compound, expected):
    found = divided(np.array(shares) * 0.6, np.array([0.0, 0.6, 1.2]), [compound] * 2)
    assert [place for _, place in found] == expected


def test_what_is_played_just_before_a_beat_is_on_it():
    assert divided(np.array([0.58]), np.array([0.0, 0.6, 1.2]), [False] * 2) == [(1, F(0))]


def test_hands_part_a_chord_by_reach_where_the_odds_are_small():
    midis = np.array([36.0, 40, 64, 67, 84])
    hands = hands_of(np.zeros(5, np.int64), midis, np.array([-3.0, -2, -0.3, 0.5, 3]))
    assert hands == [2, 2, 1, 1, 1]


def test_a_note_of_which_the_network_is_sure_crosses_the_other_hand():
    hands = hands_of(np.zeros(3, np.int64), np.array([55.0, 59, 72]), np.array([5.0, 5.0, -6.0]))
    assert hands == [1, 1, 2]


def test_signatures_change_where_the_bars_say_so():
    told = np.full((40, len(KEYS)), -4.0)
    told[:20, KEYS.index(-3)] = -0.2
    told[20:, KEYS.index(0)] = -0.2
    assert signatures(told, [[2 * b, 2 * b + 1] for b in range(20)]) == [-3] * 10 + [0] * 10


def test_one_odd_bar_does_not_change_the_signature():
    told = np.full((20, len(KEYS)), -4.0)
    told[:, KEYS.index(2)] = -0.2
    told[9] = -4.0
    told[9, KEYS.index(-5)] = -0.2
    assert signatures(told, [[b] for b in range(20)]) == [2] * 20


def test_a_signature_is_major_or_minor_as_its_notes_are():
    assert with_mode(0, [60, 64, 67, 65, 71, 72], [4, 2, 3, 1, 1, 4]).mode == "major"
    assert with_mode(0, [69, 72, 76, 68, 74, 69], [4, 2, 3, 1, 1, 4]).mode == "minor"


@pytest.mark.parametrize(
    ("midi", "place", "name"),
    [(68, 8, "G#4"), (68, -4, "Ab4"), (71, 17, "A##4"), (60, 12, "B#3"), (59, -7, "Cb4")],
)
def test_spelling_follows_the_line_of_fifths(midi, place, name):
    told = np.full((1, len(SPELLINGS)), -5.0)
    told[0, SPELLINGS.index(place)] = 0.0
    pitch = spelt_by(told, [midi], [place - 5 if place > 0 else place + 2])[0]
    assert pitch.name == name
    assert pitch.midi == midi
    assert line_of_fifths(pitch) == place


def test_the_leading_note_of_a_minor_tune_is_a_sharp_wherever_it_stands():
    tune = [69, 72, 74, 76, 77, 76, 74, 71, 67, 69, 71, 68, 64, 71, 68, 64, 69]
    names = {p.name for p in spelt(tune, Key(0, "minor")) if p.midi == 68}
    assert names == {"G#4"}


def test_a_falling_chromatic_line_in_minor_may_keep_its_flat():
    assert [p.name for p in spelt([69, 68, 67], Key(0, "minor"))] == ["A4", "Ab4", "G4"]


def test_a_trill_is_one_note_with_a_sign():
    notes = [HeardNote(1 + 0.09 * n, 1.1 + 0.09 * n, 72 + 2 * (n % 2), 70, 1.0) for n in range(12)]
    found = trills_of(notes)
    assert [t.index for t in found] == [0]
    assert found[0].swallowed == tuple(range(1, 12))


def test_a_slow_alternation_is_no_trill():
    notes = [HeardNote(0.25 * n, 0.25 * n + 0.2, 72 + 2 * (n % 2), 70, 1.0) for n in range(12)]
    assert trills_of(notes) == []


def test_marks_of_loudness_stand_where_it_changes():
    soft, loud = [40, 38, 41], [95, 99, 97]
    assert dynamics([soft] * 8 + [loud] * 8) == {0: "pp", 8: "ff"}


def test_chords_are_what_begins_together():
    assert chords_of([0, 0.01, 0.03, 0.05, 0.5]).tolist() == [0, 0, 0, 1, 2]


def test_features_are_finite_for_one_note_and_for_many():
    for count in (1, 2, 300):
        times = np.arange(count) * 0.1
        told = features(times, times + 0.1, np.full(count, 60.0), np.full(count, 64.0))
        assert told.shape == (count, SIZE)
        assert np.isfinite(told).all()


def test_windows_of_the_network_leave_no_note_unsaid():
    notes, _ = waltz(bars=140)
    told = marked(*np.array([(n.onset_s, n.offset_s, n.midi, n.velocity) for n in notes]).T)
    assert told.beat.shape == (len(notes),)
    assert (told.beat != 0).all()
    assert np.abs(np.exp(told.key).sum(1) - 1).max() < 1e-4


def test_a_waltz_has_its_beats_bars_hands_and_key():
    notes, beats = waltz(slowing=0.25)
    read = read_performance(notes, Wishes(tempo=110, metre=Metre(3, 4)))
    near = np.abs(read.beats[:, None] - beats[None]).min(0)
    assert np.mean(near < 0.07) > 0.9
    assert read.measures[1].metre == Metre(3, 4)
    assert np.mean([(p.staff == 1) == (notes[p.index].midi >= 60) for p in read.placed]) > 0.95
    assert read.measures[0].key.fifths == 0


def test_every_note_of_a_performance_is_written_once_and_the_file_can_be_read():
    notes, _ = waltz()
    score = read_musicxml(write_musicxml(write_score(notes, tempo=120, metre=Metre(3, 4))))
    heads = [n for _, _, e in score.events() for n in e.notes if not n.tie_stop]
    assert len(heads) == len(notes)
    assert score.parts[0].staves == 2
    for bar in score.parts[0].bars[1:-1]:
        assert bar.filled == 3


def test_wishes_are_followed():
    notes, _ = waltz()
    assert read_performance(notes, Wishes(metre=Metre(2, 4))).measures[1].metre == Metre(2, 4)
    assert {m.key.fifths for m in read_performance(notes, Wishes(fifths=-3)).measures} == {-3}
    one, two = (read_performance(notes, Wishes(tempo=120, factor=factor)) for factor in (1.0, 2.0))
    assert 1.6 < one.beat_a_minute / two.beat_a_minute < 2.4
    melody = read_performance(notes, Wishes(level=MELODY))
    assert {p.staff for p in melody.placed} == {1}
    assert len(melody.placed) < len(notes) / 2
    readable = read_performance(notes, Wishes(level=READABLE))
    assert {p.voice for p in readable.placed} == {1}


def test_a_melody_is_no_performance():
    assert not is_performance([HeardNote(0.5 * n, 0.5 * n + 0.6, 60 + n % 7, 70, 1.0) for n in range(80)])
    assert is_performance(waltz()[0])


def test_a_midi_file_is_written_down(tmp_path):
    notes, _ = waltz()
    source = tmp_path / "played.mid"
    source.write_bytes(write_performance([(n.onset_s, n.offset_s, n.midi, n.velocity) for n in notes]))
    done = CliRunner().invoke(app, ["transcribe", str(source), str(tmp_path / "out"), "--json"])
    assert done.exit_code == 0, done.output
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"score.musicxml", "performance.mid", "score.mid", "sheet.svg", "sheet.png", "notes.json"} <= names
    assert len(json.loads((tmp_path / "out" / "notes.json").read_text())) == len(notes)


def test_a_midi_file_without_notes_or_cut_short_gets_a_sentence(tmp_path):
    with pytest.raises(UnreadableScore, match="no notes of a piano"):
        read_performance_file(write_performance([]))
    broken = tmp_path / "broken.mid"
    broken.write_bytes(b"MThd\0\0\0\6\0\0\0\1")
    done = CliRunner().invoke(app, ["transcribe", str(broken), str(tmp_path / "out")])
    assert done.exit_code == 1
    assert "MIDI file" in done.output


def test_other_ways_are_offered_ranked_and_each_can_be_chosen():
    notes, _ = waltz()
    offered = ways(notes)
    assert offered[0].value == "estimated"
    metres = [way.chance for way in offered if way.value.startswith("metre:")]
    assert metres == sorted(metres, reverse=True)
    options = TranscribeOptions()
    for way in offered:
        score = score_of(notes, wished(options, way.value))
        assert score.parts[0].bars
    assert wished(wished(options, "factor:2"), "factor:0.5").factor == 1
    assert wished(wished(options, "key:-3"), "estimated") == options
    for wrong in ("factor:3", "key:99", "hands:four", "level:odd", ""):
        with pytest.raises(ValueError, match="no way"):
            wished(options, wrong)


def test_a_midi_file_in_the_workspace_sounds_as_its_notes(tmp_path):
    path = tmp_path / "sound"
    path.write_bytes(write_performance([(0.0, 1.0, 60, 80), (1.0, 2.0, 64, 80)]))
    sound = sound_at(path)
    assert 2.0 < sound.seconds < 3.5
    assert np.abs(sound.samples).max() > 0.01
    assert [n.midi for n in played_answer(read_performance_file(path)).notes] == [60, 64]
