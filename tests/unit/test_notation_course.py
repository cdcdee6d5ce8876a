"""The order of play and its times: jumps, repeats more than twice, tempos within a bar, bars repeated by a sign."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from models.notation.course import course_of, play_order
from models.notation.midi import read_midi, write_midi
from models.notation.musicxml import read_musicxml
from models.notation.performance import sounding_notes
from models.notation.score import Bar, Clef, ClefChange, Part, Score, Tremolo
from models.notation.synthesis.sound import play
from tests.scores import E8, H, W, event


def score_of(*marks, tempo=60.0):
    bars = tuple(Bar(n + 1, (event(str(n), 0, "C4", W),), **more) for n, more in enumerate(marks))
    return Score((Part("P1", bars),), tempo=tempo)


def heard(score, **more):
    return [(n.onset_s, n.midi) for n in sounding_notes(score, **more)]


@pytest.mark.parametrize(
    ("marks", "order"),
    [
        ([{}, {"jumps": ("fine",)}, {}, {"jumps": ("dacapo",)}], [0, 1, 2, 3, 0, 1]),
        ([{}, {}, {"jumps": ("dacapo",)}], [0, 1, 2, 0, 1, 2]),
        ([{}, {"jumps": ("segno",)}, {"jumps": ("fine",)}, {"jumps": ("dalsegno",)}], [0, 1, 2, 3, 1, 2]),
        (
            [{"jumps": ("segno",)}, {"jumps": ("tocoda",)}, {"jumps": ("dalsegno",)}, {"jumps": ("coda",)}],
            [0, 1, 2, 0, 1, 3],
        ),
        ([{}, {"repeat_start": True, "repeat_end": True, "times": 4}, {}], [0, 1, 1, 1, 1, 2]),
        # repeats are not taken again after a jump, and the last ending is played
        ([{"repeat_end": True, "jumps": ("fine",)}, {"jumps": ("dacapo",)}], [0, 0, 1, 0]),
        (
            [{}, {"ending": "1", "repeat_end": True}, {"ending": "2"}, {"jumps": ("dacapo",)}],
            [0, 1, 0, 2, 3, 0, 2, 3],
        ),
        # a coda without a mark, a second D.C. and a Fine on the first time through change nothing
        ([{"jumps": ("tocoda",)}, {"jumps": ("dacapo",)}], [0, 1, 0, 1]),
    ],
)
def test_jumps(marks, order):
    assert play_order(score_of(*marks)) == order


def test_repeats_can_be_left_out_with_all_jumps():
    score = score_of({}, {"jumps": ("dacapo",)}, {"repeat_end": True})
    assert list(course_of(score, repeats=False).bars) == [0, 1, 2]


def test_a_tempo_within_a_bar_holds_from_where_it_stands():
    quarters = tuple(event(str(n), n, "C4") for n in range(4))
    bars = Bar(1, quarters, tempos=((Fraction(2), 120.0),)), Bar(2, (event("9", 0, "C4", W),))
    score = Score((Part("P1", bars),), tempo=60.0)
    assert [t for t, _ in heard(score)] == [0, 1, 2, 2.5, 3]
    assert [t for t, _ in heard(score, tempo=240)] == [0, 0.25, 0.5, 0.75, 1]
    assert [n.onset_s for n in read_midi(write_midi(score))] == pytest.approx([0, 1, 2, 2.5, 3], abs=0.01)


def test_a_sign_that_bars_repeat_sounds_them_again():
    bars = (
        Bar(1, (event("1", 0, "C4", W),)),
        Bar(2, (event("2", 0, "E4", W),)),
        Bar(3, (event("3", 0, "", W, whole_bar=True),), repeats_bars=2),
        Bar(4, (event("4", 0, "", W, whole_bar=True),)),
        Bar(5, (event("5", 0, "", W, whole_bar=True),), repeats_bars=1),
    )
    assert heard(Score((Part("P1", bars),), tempo=240.0)) == [(0, 60), (1, 64), (2, 60), (3, 64), (4, 64)]


def test_tremolos_are_struck_again_and_again():
    single = event("1", 0, "C5", H, tremolo=Tremolo(1))
    bar = Bar(1, (single, event("2", 2, "G5", H)))
    assert heard(Score((Part("P1", (bar,)),), tempo=60.0)) == [
        (0, 72),
        (0.5, 72),
        (1, 72),
        (1.5, 72),
        (2, 79),
    ]
    flagged = Bar(1, (event("1", 0, "C5", E8, tremolo=Tremolo(1)),))
    assert heard(Score((Part("P1", (flagged,)),), tempo=60.0)) == [(0, 72), (0.25, 72)]


def test_a_pair_with_a_tremolo_alternates():
    bar = Bar(
        1,
        (
            event("1", 0, "C5", W, tuplet=(2, 1), tremolo=Tremolo(1, "start")),
            event("2", 2, "G5", W, tuplet=(2, 1), tremolo=Tremolo(1, "stop")),
        ),
    )
    pitches = [p for _, p in heard(Score((Part("P1", (bar,)),), tempo=60.0))]
    assert pitches == [72, 79] * 4


XML = """<score-partwise version="4.0"><part-list><score-part id="P1"><part-name>x</part-name>{instrument}</score-part></part-list>
<part id="P1"><measure number="1">{inside}</measure></part></score-partwise>"""
ONE = "<note>{what}<duration>{duration}</duration><type>quarter</type></note>"
C4 = "<pitch><step>C</step><octave>4</octave></pitch>"


def test_a_quarter_tone_is_read_and_sounds_between_the_keys():
    what = "<pitch><step>D</step><alter>0.5</alter><octave>4</octave></pitch>"
    score = read_musicxml(XML.format(instrument="", inside=ONE.format(what=what, duration=1)).encode())
    (note,) = sounding_notes(score)
    assert (note.midi, note.cents) == (62, 50)
    samples, rate = play(score)
    spectrum = np.abs(np.fft.rfft(samples[: rate // 2], 1 << 17))
    loudest = np.argmax(spectrum[: round(400 * (1 << 17) / rate)]) * rate / (1 << 17)
    assert 12 * np.log2(loudest / 440) + 69 == pytest.approx(62.5, abs=0.15)


def test_divisions_told_late_hold_from_the_start():
    inside = (
        ONE.format(what=C4, duration=6)
        + "<attributes><divisions>6</divisions></attributes>"
        + ONE.format(what=C4, duration=6)
    )
    score = read_musicxml(XML.format(instrument="", inside=inside).encode())
    assert [e.onset for _, _, e in score.events()] == [0, 1]


@pytest.mark.parametrize(
    "head",
    [
        "\n",
        "\ufeff\n  ",
        '<?xml version="1.0" encoding="UTF-16"?>',
        '\n<?xml version="1.0" encoding="utf-16LE"?>',
    ],
)
def test_what_stands_before_the_score_does_not_keep_it_from_being_read(head):
    head = head if "<?xml" in head else head + '<?xml version="1.0" encoding="UTF-8"?>'
    data = (head + XML.format(instrument="", inside=ONE.format(what=C4, duration=1))).encode()
    assert len(sounding_notes(read_musicxml(data))) == 1


def test_real_utf_16_is_still_read():
    text = '<?xml version="1.0" encoding="UTF-16"?>' + XML.format(
        instrument="", inside=ONE.format(what=C4, duration=1)
    )
    assert len(sounding_notes(read_musicxml(text.encode("utf-16")))) == 1


def test_drums_sound_by_their_instruments():
    instrument = (
        '<score-instrument id="I1"><instrument-name>Bass Drum</instrument-name></score-instrument>'
        '<midi-instrument id="I1"><midi-unpitched>37</midi-unpitched></midi-instrument>'
        '<score-instrument id="I2"><instrument-name>Hi-hat</instrument-name></score-instrument>'
        '<midi-instrument id="I2"><midi-unpitched>43</midi-unpitched></midi-instrument>'
    )
    place = "<unpitched><display-step>F</display-step><display-octave>4</display-octave></unpitched>"
    inside = "<attributes><divisions>1</divisions><clef><sign>percussion</sign></clef></attributes>"
    for name in ("I1", "I2"):
        inside += f'<note>{place}<duration>1</duration><instrument id="{name}"/><type>quarter</type></note>'
    score = read_musicxml(XML.format(instrument=instrument, inside=inside).encode())
    assert [(n.midi, n.drum) for n in sounding_notes(score)] == [(36, True), (42, True)]
    assert score.parts[0].bars[0].clefs == (ClefChange(Clef("percussion")),)
    samples, rate = play(score)
    low, high = samples[: rate // 3], samples[rate // 2 : rate // 2 + rate // 3]
    assert np.abs(low).max() > 0.02
    assert np.abs(high).max() > 0.005
    centre = [np.argmax(np.abs(np.fft.rfft(part))) * rate / len(part) for part in (low, high)]
    assert centre[0] < 120
    assert centre[1] > 2000
    assert not read_midi(write_midi(score))  # drums are on their own channel, which is not read as notes


def test_an_endless_d_c_ends():
    looping = replace(score_of({"jumps": ("segno", "dalsegno", "dacapo", "tocoda")}))
    assert len(play_order(looping)) == 2
