"""What the score view is given and what it sends back, without a browser."""

import io

import numpy as np
import pytest
import soundfile

from models.notation.editing import Accidental, Letter, Remove, Repitch, Step, Transpose
from models.notation.engraving.engrave import engrave
from models.notation.performance import sounding_notes
from models.notation.synthesis.sound import play
from scoreweb.file_kinds import safe_stem
from scoreweb.widgets.score_view import (
    Source,
    bar_of,
    edit_of,
    note_of,
    sound_value,
    tone,
    view_value,
)
from tests.scores import small_song


@pytest.fixture(scope="module")
def value():
    song = small_song()
    return view_value(engrave(song), song, alternatives={"n2": [(61, 0.2)]}, off={4})


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
    assert sound_value("v", "score", "y") == {"sound": {"version": "v", "kind": "score", "url": "y"}}


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
    assert edit_of({"id": "n", **sent}) == edit
    assert edit_of({"id": 3, **sent}) is None


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
