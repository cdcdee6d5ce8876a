"""Syllables and chord symbols put beside notes, changed and taken away."""

import pytest

from models.notation.editing import SetChord, SetLyric, edited, edited_by, joined, syllable_text
from models.notation.musicxml import read_musicxml, write_musicxml
from scoreweb.errors import VisitorError
from scoreweb.widgets.score_edits import edits_of
from tests.readings import tune
from tests.scores import small_song


@pytest.fixture
def song():
    return small_song()


def note_ids(score):
    return [note.id for bar in score.parts[0].bars for event in bar.events for note in event.notes]


def sung(score):
    return [
        syllable_text(one)
        for bar in score.parts[0].bars
        for event in bar.events
        for one in event.lyrics
        if one.verse == 1
    ]


def test_syllables_of_a_word_are_typed_with_hyphens_and_survive_musicxml(song):
    first, second, third = note_ids(song)[:3]
    typed = [SetLyric(first, "be-"), SetLyric(second, " -fore "), SetLyric(third, "-x-")]
    new = edited_by(song, typed)
    assert sung(new)[:3] == ["be-", "-fore", "-x-"]
    assert sung(read_musicxml(write_musicxml(new)))[:3] == ["be-", "-fore", "-x-"]
    assert sung(edited(new, SetLyric(first, "  ")))[:2] == ["-fore", "-x-"]


def test_a_further_verse_leaves_the_first(song):
    first = note_ids(song)[0]
    new = edited_by(song, [SetLyric(first, "one"), SetLyric(first, "two", 2)])
    event = next(e for e in new.parts[0].bars[0].events if e.notes)
    assert [(one.verse, one.text) for one in event.lyrics] == [(1, "one"), (2, "two")]


def test_a_chord_symbol_stands_at_its_note_and_is_replaced():
    score = tune()
    second = [n.id for e in score.parts[0].bars[0].events if e.staff == 1 for n in e.notes][1]
    new = edited(score, SetChord(second, "F#m7/A"))
    [symbol] = new.parts[0].bars[0].harmonies
    assert (symbol.chord.name, symbol.onset) == ("F#m7/A", 1)
    assert [h.chord.name for h in edited(new, SetChord(second, "Bb")).parts[0].bars[0].harmonies] == ["Bb"]
    assert edited(new, SetChord(second, "")).parts[0].bars[0].harmonies == ()
    assert edited(score, SetChord(second, "Xyz")) == score
    assert edited(score, SetChord("nobody", "C")) == score


def test_what_is_typed_again_replaces_what_was_typed():
    assert joined([SetLyric("a", "x")], SetLyric("a", "y")) == (SetLyric("a", "y"),)
    assert joined([SetLyric("a", "x")], SetLyric("a", "y", 2)) == (SetLyric("a", "x"), SetLyric("a", "y", 2))
    assert joined([SetChord("a", "C")], SetChord("a", "D")) == (SetChord("a", "D"),)


def test_a_browser_sends_words():
    assert edits_of({"ids": ["n"], "kind": "lyric", "text": "la"}) == (SetLyric("n", "la"),)
    assert edits_of({"ids": ["n"], "kind": "chord", "text": "Am"}) == (SetChord("n", "Am"),)
    assert edits_of({"ids": ["n"], "kind": "chord", "text": ""}) == (SetChord("n", ""),)
    assert edits_of({"ids": ["n"], "kind": "lyric", "text": "x" * 61}) == ()
    assert edits_of({"ids": ["n"], "kind": "lyric", "text": 3}) == ()
    with pytest.raises(VisitorError, match="no chord symbol"):
        edits_of({"ids": ["n"], "kind": "chord", "text": "Xyz"})
