from fractions import Fraction

import pytest

from models.notation.course import play_order
from models.notation.score import Bar, Direction, Duration, Event, Note, NoteType, Part, Pitch, Score
from models.read.meaning.jumps import jump_of, with_jumps


@pytest.mark.parametrize(
    ("text", "jump"),
    [
        ("Fine", "fine"), ("FINE.", "fine"), ("D.C.", "dacapo"), ("D. C. al Fine", "dacapo"), ("Da Capo al Fine", "dacapo"),
        ("D.S. al Coda", "dalsegno"), ("Dal Segno", "dalsegno"), ("To Coda", "tocoda"), ("(Coda)", "coda"),
        ("a tempo", None), ("fine voce", None), ("dolce", None), ("colla voce", None), ("", None),
    ],
)  # fmt: skip
def test_words_of_the_order_of_play(text, jump):
    assert jump_of(text) == jump


def bar(number, *said):
    note = Event(f"e{number}", Fraction(0), Duration(NoteType.WHOLE), (Note(f"n{number}", Pitch("C", 0, 4)),))
    return Bar(number, (note,), directions=tuple(Direction("words", text, Fraction(0)) for text in said))


def test_a_page_that_says_da_capo_al_fine_is_played_so():
    bars = [bar(1), bar(2, "Fine", "dolce"), bar(3, "D.C. al Fine")]
    read = [with_jumps(one) for one in bars]
    assert [one.jumps for one in read] == [(), ("fine",), ("dacapo",)]
    assert [d.text for d in read[1].directions] == ["dolce"]
    assert play_order(Score((Part("P1", tuple(read)),))) == [0, 1, 2, 0, 1]
