"""What the score view is given and what it sends back, without a browser."""

import io
from fractions import Fraction

import numpy as np
import pytest
import soundfile

from models.notation.editing import (
    Accidental,
    AddNote,
    Dots,
    InsertBar,
    Letter,
    Misfit,
    OneVoice,
    Remove,
    Repeat,
    Repitch,
    SetClef,
    SetKey,
    SetMetre,
    SetStaff,
    SetVoice,
    Slur,
    Step,
    Tie,
    Transpose,
    Tuplet,
    Value,
)
from models.notation.engraving.engrave import engrave
from models.notation.performance import sounding_notes
from models.notation.score import Clef, Key, Metre, NoteType
from models.notation.synthesis.sound import play
from scoreweb.file_kinds import safe_stem
from scoreweb.widgets.score_edits import MOST_CHOSEN, edits_of
from scoreweb.widgets.score_sounds import Source, sound_value, tone
from scoreweb.widgets.score_view import bar_of, note_of, page_keys, view_value
from tests.scores import small_song


@pytest.fixture(scope="module")
def value():
    song = small_song()
    return view_value(
        engrave(song), song, alternatives={"n2": [(61, 0.2)]}, off={4: Misfit(Fraction(9, 2), Metre(4, 4))}
    )


def test_notes_come_in_the_order_in_which_music_is_read(value):
    notes, order = value["notes"], value["order"]
    assert set(order) == set(notes)
    bars = [notes[identity]["bar"] for identity in order]
    assert bars == sorted(bars)
    assert order.index("n2") < order.index("n3")


def test_every_note_is_named_and_tells_what_else_it_may_be(value):
    assert value["notes"]["n2"]["label"] == "F♯4 eighth"
    assert value["notes"]["n2"]["others"] == [[61, "C♯4", 0.2]]
    unsure = [note for note in value["notes"].values() if note["certainty"] < 1]
    assert unsure
    assert all("% certain" in note["label"] for note in unsure)


def test_what_is_worth_a_look_begins_with_bars_that_do_not_hold_their_metre(value):
    doubts = value["doubts"]
    kinds = [(doubt["id"] is not None, not value["bars"][doubt["bar"]]["off"] and not value["bars"][doubt["bar"]]["gap"]) for doubt in doubts]  # fmt: skip
    assert kinds == sorted(kinds)
    assert {4, 3} <= {doubt["bar"] for doubt in doubts[:2]}


def test_where_bars_are_read_otherwise_notes_are_not_listed_one_by_one():
    song = small_song()
    doubts = view_value(engrave(song), song, doubtful=dict.fromkeys(range(5), 1.0))["doubts"]
    assert [doubt["bar"] for doubt in doubts] == [3], "the bar that was not read"


def test_one_clock_lights_what_the_sound_plays():
    song = small_song()
    (source,) = view_value(engrave(song), song)["sources"]
    samples, rate = play(song)
    first = source["notes"][0]
    loud = np.flatnonzero(np.abs(samples) > 0.01)[0] / rate
    assert abs(loud - first[0]) < 0.05
    end = max(offset for _, offset, *_ in source["notes"])
    assert 0 < len(samples) / rate - end < 0.6
    written = {identity for note in source["notes"] for identity in note[2]}
    assert written == {n.id for _, _, e in song.events() for n in e.notes}


def test_a_source_without_a_sound_is_asked_for_and_one_with_a_sound_is_not():
    song = small_song()
    heard = sounding_notes(song)
    told = view_value(engrave(song), song, sources=[Source("score", heard), Source("recording", heard, "x")])
    assert [(source["url"], source["fixed"]) for source in told["sources"]] == [(None, False), ("x", True)]
    assert sound_value("v", "score", "y") == {
        "sound": {"version": "v", "kind": "score", "url": "y", "quiet": []}
    }


@pytest.mark.parametrize(
    ("sent", "edit"),
    [
        ({"kind": "transpose", "by": -12}, Transpose("n", -12)),
        ({"kind": "step", "by": 7}, Step("n", 7)),
        ({"kind": "accidental", "alter": 0}, Accidental("n", 0)),
        ({"kind": "letter", "letter": "G"}, Letter("n", "G")),
        ({"kind": "pitch", "midi": 60}, Repitch("n", 60)),
        ({"kind": "remove"}, Remove("n")),
        ({"kind": "transpose", "by": 13}, None),
        ({"kind": "transpose", "by": True}, None),
        ({"kind": "transpose", "by": 1.0}, None),
        ({"kind": "transpose", "by": "1"}, None),
        ({"kind": "transpose"}, None),
        ({"kind": "letter", "letter": "AB"}, None),
        ({"kind": "letter", "letter": ["A"]}, None),
        ({"kind": "pitch", "midi": 10**9}, None),
        ({"kind": ["remove"]}, None),
        ({"kind": "anything"}, None),
        ({}, None),
    ],
)
def test_an_edit_from_a_browser_is_checked(sent, edit):
    assert edits_of({"ids": ["n"], **sent}) == (() if edit is None else (edit,))
    assert edits_of({"ids": [3], **sent}) == ()
    assert edits_of({"ids": "n", **sent}) == ()
    assert edits_of({"ids": [], **sent}) == ()
    assert edits_of({"ids": ["n"] * (MOST_CHOSEN + 1), **sent}) == ()


@pytest.mark.parametrize(
    ("sent", "edits"),
    [
        ({"kind": "value", "value": "half"}, (Value("a", NoteType.HALF), Value("b", NoteType.HALF))),
        ({"kind": "dots", "dots": 1}, (Dots("a", 1), Dots("b", 1))),
        ({"kind": "tie"}, (Tie("a"), Tie("b"))),
        ({"kind": "slur"}, (Slur("a", "b"),)),
        ({"kind": "tuplet", "count": 3}, (Tuplet("a", 3, "b"),)),
        ({"kind": "repeat"}, (Repeat("b"),)),
        ({"kind": "add", "letter": "E"}, (AddNote("a", "E"), AddNote("b", "E"))),
        ({"kind": "bar_before"}, (InsertBar("a", after=False),)),
        ({"kind": "one_voice", "bars": 3}, (OneVoice("a", 3),)),
        ({"kind": "voice", "voice": 2}, (SetVoice("a", 2), SetVoice("b", 2))),
        ({"kind": "staff", "staff": 2}, (SetStaff("a", 2), SetStaff("b", 2))),
        ({"kind": "clef", "value": "F4", "bars": 2}, (SetClef("a", Clef("F", 4), 2),)),
        ({"kind": "key", "value": "-3"}, (SetKey("a", Key(-3)),)),
        ({"kind": "metre", "value": "6/8", "bars": -4}, (SetMetre("a", Metre(6, 8)),)),
        ({"kind": "clef", "value": "H9"}, ()),
        ({"kind": "key", "value": "9"}, ()),
        ({"kind": "metre", "value": "0/0"}, ()),
        ({"kind": "tuplet", "count": 99}, ()),
        ({"kind": "value", "value": "longa"}, ()),
        ({"kind": "voice", "voice": 9}, ()),
    ],
)
def test_what_is_chosen_is_edited_together(sent, edits):
    assert edits_of({"ids": ["a", "b", "a"], **sent}) == edits


def test_a_transcribed_note_sounds_the_same_under_another_clef():
    assert edits_of({"ids": ["a"], "kind": "clef", "value": "F4"}, as_printed=False) == (
        SetClef("a", Clef("F", 4), None, as_printed=False),
    )


def test_a_bar_off_its_metre_says_by_how_much(value):
    assert value["bars"][4]["off"] == {"beats": "4½", "metre": "4/4"}
    assert "Bar 4: 4½ beats in 4/4" in [doubt["text"] for doubt in value["doubts"]]


def test_systems_that_the_browser_has_are_not_sent_again():
    song = small_song()
    drawn = engrave(song)
    first = view_value(drawn, song)["pages"]
    assert all(page["svg"] for page in first)
    again = view_value(drawn, song, known=set(page_keys(drawn)))["pages"]
    assert [page["svg"] for page in again] == [None] * len(first)
    assert [page["key"] for page in again] == [page["key"] for page in first]


def test_notes_and_bars_from_a_browser_are_checked():
    song = small_song()
    assert note_of({"id": "n2"}, song) == "n2"
    assert note_of({"id": ["n2"]}, song) is None
    assert note_of({"id": "<b>"}, song) is None
    assert [bar_of({"bar": sent}, song) for sent in (0, -1, 99, True, "0", None)] == [
        0,
        None,
        None,
        None,
        None,
        None,
    ]


def test_a_tone_is_the_key_that_was_asked_for():
    import base64

    address = tone([69])
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(address.partition(",")[2])))
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    loudest = np.argmax(spectrum) * rate / len(samples)
    assert min(abs(loudest - 440 * n) for n in (1, 2, 3)) < 6
    assert [tone(sent) for sent in (20, 109, "69", None, [], {}, True)] == [None] * 7


def test_names_of_downloads_are_plain():
    assert safe_stem("../../etc/my tune?.wav", "score") == "my-tune"
    assert safe_stem("...", "recording") == "recording"
