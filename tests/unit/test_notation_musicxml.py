"""Scores written as MusicXML: what other programs find in them."""

from dataclasses import replace
from fractions import Fraction

import pytest
from defusedxml.ElementTree import fromstring

from models.notation.errors import UnwritableScore
from models.notation.musicxml import read_musicxml, write_musicxml, write_mxl
from models.notation.score import Bar, Clef, ClefChange, Metre, Part, Score
from tests.scores import E8, H, Q, event, small_song


def measures(score):
    return fromstring(write_musicxml(score)).findall("part/measure")


def one_bar(*events, **more):
    bar = Bar(1, events, (ClefChange(Clef()),), metre=more.pop("metre", Metre()), **more)
    return Score((Part("P1", (bar,)),))


def test_what_is_written_is_read_again_with_its_ids():
    read = read_musicxml(write_musicxml(small_song()))
    first, again = ([n.id for _, _, e in s.events() for n in e.notes] for s in (small_song(), read))
    assert again == first
    assert read.title == small_song().title
    assert read.assumptions == small_song().assumptions
    assert read.tempo == 96


def test_divisions_are_the_least_that_hold_every_moment():
    score = one_bar(
        event("1", 0, "C4", E8, tuplet=(3, 2)), event("2", Fraction(1, 3), "C4", E8, tuplet=(5, 4))
    )
    assert measures(score)[0].findtext("attributes/divisions") == "15"


def test_moments_too_fine_for_any_file_are_written_at_the_nearest_tick():
    score = one_bar(event("1", Fraction(1, 1_000_003), "C4"), event("2", 2, "D4", H))
    (second,) = (
        e for _, _, e in read_musicxml(write_musicxml(score)).events() if e.notes[0].pitch.step == "D"
    )
    assert second.onset == 2


def test_a_voice_that_overlaps_itself_becomes_two():
    score = one_bar(event("1", 0, "C4", H), event("2", 1, "E4", Q))
    voices = [n.findtext("voice") for n in measures(score)[0].findall("note")]
    assert len(set(voices)) == 2


def test_an_empty_bar_holds_a_rest_on_each_staff():
    score = Score((Part("P1", (Bar(1, metre=Metre(3, 4)),), staves=2),))
    rests = measures(score)[0].findall("note")
    assert [r.findtext("staff") for r in rests] == ["1", "2"]
    assert all(r.find("rest").get("measure") == "yes" for r in rests)


def test_a_gap_carries_a_coloured_question_mark_and_is_read_as_a_gap():
    score = small_song()
    words = measures(score)[3].find("direction/direction-type/words")
    assert words.text == "?"
    assert words.get("color")
    assert [bar.gap for bar in read_musicxml(write_musicxml(score)).parts[0].bars] == [False] * 3 + [
        True,
        False,
    ]


def test_odd_and_double_ids_become_valid_and_stay_apart():
    score = one_bar(event("1", 0, "C4"), event("1", 1, "D4"), replace(event("x", 2, "E4"), notes=()))
    ids = [n.get("id") for n in measures(score)[0].findall("note")]
    assert len(set(ids)) == 3
    weird = replace(event("1", 0, "C4"), notes=(replace(event("1", 0, "C4").notes[0], id='1" onload="x'),))
    (identity,) = (n.get("id") for n in measures(one_bar(weird))[0].findall("note"))
    assert identity[0].isalpha()
    assert set(identity) <= set("abcdefghijklmnopqrstuvwxyzn1234567890-._")


def test_signs_that_xml_forbids_are_left_out_of_titles():
    score = replace(small_song(), title="a\x00b\x0bc ]]> <&>")
    assert read_musicxml(write_musicxml(score)).title == "abc ]]> <&>"


@pytest.mark.parametrize(
    ("score", "word"),
    [(Score(()), "part"), (one_bar(event("1", -1, "C4")), "before"), (one_bar(event("1", 0, "C4", kind=Q).__class__("e", Fraction(0), event("1", 0).duration, (replace(event("1", 0, "C4").notes[0], pitch=replace(event("1", 0, "C4").notes[0].pitch, octave=-1)),))), "octaves")],
)  # fmt: skip
def test_what_cannot_be_written_is_told(score, word):
    with pytest.raises(UnwritableScore, match=word):
        write_musicxml(score)


def test_music21_reads_the_same_notes():
    music21 = pytest.importorskip("music21")
    parsed = music21.converter.parseData(write_musicxml(small_song()).decode(), format="musicxml")
    heard = sorted(p.midi for n in parsed.recurse().notes for p in n.pitches)
    assert heard == sorted(n.pitch.midi for _, _, e in small_song().events() for n in e.notes)
    lengths = [float(m.duration.quarterLength) for m in parsed.parts[0].getElementsByClass("Measure")]
    assert lengths == [1, 4, 4, 4, 3]


def test_a_packed_file_holds_the_same_score_and_the_same_bytes_each_time():
    packed = write_mxl(small_song())
    assert packed == write_mxl(small_song())
    assert packed.startswith(b"PK")
    assert len(packed) < len(write_musicxml(small_song())) / 4
    assert read_musicxml(packed) == read_musicxml(write_musicxml(small_song()))
