"""The shipped productions: what they make of primitives laid out by hand."""

from fractions import Fraction

import pytest

from models.notation.score import Clef, Metre, NoteType
from models.read.grammar import Budget, parse
from models.read.meaning.derived import signs_of
from models.read.meaning.signs import ChordSign, RestSign
from models.read.productions import PRODUCTIONS, grammar_in
from models.read.tokens import tokens_of
from tests.marks import beam, blob, line, note, numbered


def readings(*found):
    parsed = parse(
        grammar_in(PRODUCTIONS),
        tokens_of(numbered(*found)),
        meaning=lambda graph: signs_of(graph, 1.0, lambda _: None).meaning(),
        k=8,
        budget=Budget(1500, 5000),
    )
    return [signs_of(r.graph, r.certainty, lambda _: None) for r in parsed.readings]


def best(*found):
    return readings(*found)[0]


def test_every_production_is_reached_and_told():
    grammar = grammar_in(PRODUCTIONS)
    assert grammar.remarks == ()
    assert all(view.comment for view in grammar.views())


@pytest.mark.parametrize(
    ("head", "kind"),
    [("solid_head", NoteType.QUARTER), ("hollow_head", NoteType.HALF)],
    ids=["solid", "hollow"],
)
@pytest.mark.parametrize("up", [True, False], ids=["up", "down"])
def test_a_head_on_a_stem(head, kind, up):
    (chord,) = best(note(5, 3, up, head)).timed
    assert (chord.type, chord.stem, chord.heads[0].step) == (kind, "up" if up else "down", 3)


def test_a_whole_note_needs_no_stem():
    (chord,) = best(blob("whole_head", 5, 4, wide=1.6)).timed
    assert (chord.type, chord.stem) == (NoteType.WHOLE, None)


def test_heads_on_one_stem_are_a_chord():
    (chord,) = best(note(5, 1), blob("solid_head", 5, 3)).timed
    assert [h.step for h in sorted(chord.heads, key=lambda h: h.place)] == [1, 3]


@pytest.mark.parametrize(("levels", "kind"), [(1, NoteType.EIGHTH), (2, NoteType.N16), (3, NoteType.N32)])
def test_beams_count(levels, kind):
    found = best(note(5, 1), note(9, 1), *(beam(5.5, 9.6, -3.9 + 0.75 * n) for n in range(levels)))
    assert [c.type for c in found.timed] == [kind, kind]
    assert found.timed[0].beams == ("begin",) * levels
    assert found.timed[1].beams == ("end",) * levels
    assert found.timed[0].group == found.timed[1].group is not None


def test_a_hook_counts_for_its_own_stem_alone():
    found = best(note(5, 1), note(9, 1), beam(5.5, 9.6, -3.9), beam(8.3, 9.6, -3.15))
    assert [c.type for c in found.timed] == [NoteType.EIGHTH, NoteType.N16]


@pytest.mark.parametrize(
    ("flag", "kind"),
    [("flag_up", NoteType.EIGHTH), ("flag_up_16", NoteType.N16), ("flag_up_32", NoteType.N32)],
)
def test_flags_count(flag, kind):
    (chord,) = best(note(5, 1), blob(flag, 6.05, 5.3, wide=0.9, tall=2.6)).timed
    assert chord.type is kind


def test_dots_lengthen_what_stands_to_their_left():
    found = best(
        note(5, 1), blob("dot", 6.3, 1, 0.35, 0.35), blob("dot", 6.9, 1, 0.35, 0.35),
        blob("quarter_rest", 10, 4, 1.0, 2.8), blob("dot", 11.2, 5, 0.35, 0.35),
    )  # fmt: skip
    assert [s.dots for s in found.timed] == [2, 1]


def test_a_dot_over_a_head_is_staccato():
    (chord,) = best(note(5, 1), blob("dot", 5, -1.6, 0.35, 0.35)).timed
    assert (chord.dots, chord.articulations) == (0, ("staccato",))


def test_an_accidental_belongs_to_the_head_at_its_height():
    (chord,) = best(note(5, 1), blob("solid_head", 5, 5), blob("sharp", 3.6, 5, 0.9, 2.8)).timed
    assert {h.step: h.accidental for h in chord.heads} == {1: None, 5: "sharp"}


def test_clef_key_and_metre_at_the_start():
    found = best(
        blob("treble_clef", 5, 3.6, 2.5, 7.0),
        blob("sharp", 7.5, 8, 1.0, 2.8), blob("sharp", 8.7, 5, 1.0, 2.8),
        blob("digit_3", 10.8, 6, 1.5, 1.9), blob("digit_4", 10.8, 2, 1.5, 1.9),
        note(14, 3),
    )  # fmt: skip
    assert found.clefs[0].clefs[0][0] == Clef("G", 2)
    assert [(name, round(place)) for name, place, _ in found.keys[0].signs] == [("sharp", 8), ("sharp", 5)]
    assert found.metres[0].metre == Metre(3, 4)
    assert found.timed[0].heads[0].accidental is None


def test_the_dots_of_a_bass_clef_are_its_own():
    found = best(
        blob("bass_clef", 5, 4.6, 2.4, 3.2), blob("dot", 6.5, 7, 0.35, 0.35), blob("dot", 6.5, 5, 0.35, 0.35),
        note(9, 3, up=False),
    )  # fmt: skip
    assert [s.dots for s in found.timed] == [0]
    assert found.clefs[0].clefs[0][0] == Clef("F", 4)


def test_two_voices_share_a_head_with_a_stem_each_way():
    found = best(note(5, 4), line("stem", 4.45, -1.9, 4.45, 1.5))
    assert {s.stem for s in found.timed} == {"up", "down"}
    assert len(found.timed) == 2


def test_a_second_stem_beside_a_head_is_none_of_its_own():
    found = best(note(5, 4), line("stem", 5.75, -5.4, 5.75, -2.1))
    assert len(found.timed) == 1


def test_letters_beyond_the_staff_are_no_heads():
    assert best(blob("whole_head", 5, -7)).timed == ()
    kept = best(note(5, -2), line("ledger", 4.1, 1.0, 4.4, 1.0), line("ledger", 5.6, 1.0, 5.9, 1.0)).timed
    assert [c.heads[0].step for c in kept] == [-2]


def test_the_white_between_beams_is_no_half_note():
    found = best(
        note(5, 1),
        note(9, 1),
        beam(5.5, 9.6, -3.9),
        beam(5.5, 9.6, -2.9),
        blob("hollow_head", 7.3, 6.8, certainty=0.7),
    )
    assert [c.type for c in found.timed] == [NoteType.N16, NoteType.N16]


def test_a_small_head_on_a_stem_is_a_grace_note():
    small = [blob("dot", 4.1, 7, 0.8, 0.75, 0.85), line("stem", 4.45, -5.6, 4.45, -3.4)]
    found = best(small, note(6.5, 3))
    assert [c.grace for c in found.timed] == [True, False]
    assert found.timed[0].length == 0


def test_a_doubtful_head_gives_both_readings():
    found = readings(note(5, 3, certainty=0.5, hollow_head=0.45))
    kinds = [r.timed[0].type for r in found if r.timed]
    assert {NoteType.QUARTER, NoteType.HALF} <= set(kinds)
    assert found[0].certainty >= found[1].certainty


def test_rests_stand_in_their_order():
    found = best(
        blob("half_rest", 5, 4.5, 1.2, 0.6),
        blob("eighth_rest", 8, 4, 1.0, 1.8),
        blob("sixteenth_rest", 11, 3, 1.2, 2.8),
    )
    assert [type(s) for s in found.timed] == [RestSign] * 3
    assert [s.length for s in found.timed] == [Fraction(2), Fraction(1, 2), Fraction(1, 4)]


def test_an_empty_bar_reads_as_empty():
    assert best().timed == ()


def test_text_alone_gives_no_music():
    found = best(blob("text", 5, -8), blob("text", 6, -8), blob("eighth_rest", 7, -11, 1, 1.4))
    assert not [s for s in found.timed if isinstance(s, (ChordSign, RestSign))]


@pytest.mark.parametrize(("step", "line_"), [(0, 1), (2, 2), (4, 3), (6, 4), (8, 5)])
def test_a_c_clef_names_the_line_on_which_it_is_centred(step, line_):
    found = best(blob("alto_clef", 5, step, 2.0, 4.0), note(14, 3))
    assert found.clefs[0].clefs[0][0] == Clef("C", line_)


@pytest.mark.parametrize(("label", "step", "count"), [("text", 11, 1), ("noise", -4, 1), ("text", 4, 0)])
def test_what_has_the_size_of_a_small_number_beyond_the_staff_may_be_one(label, step, count):
    found = best(note(5, 3), blob(label, 5, step, 0.9, 1.35))
    assert [t.number for t in found.tuplets] == [None] * count


def test_a_key_change_keeps_the_sign_that_is_level_with_the_first_note():
    places = (4, 7, 3, 6, 2, 5, 1)
    flats = [blob("flat", 3 + n, step + 1, 0.9, 2.6) for n, step in enumerate(places)]
    found = best(*flats, note(12, 5))
    assert found.timed[0].heads[0].accidental is None
    assert [len(k.signs) for k in found.keys] == [7]


def test_a_chord_takes_its_staggered_signs():
    signs = [blob("sharp", 3, 6, 0.9, 2.8), blob("sharp", 4, 2, 0.9, 2.8)]
    (chord,) = best(note(6, 2), blob("solid_head", 6, 6), *signs).timed
    assert {h.step: h.accidental for h in chord.heads} == {2: "sharp", 6: "sharp"}


def small(x, step):
    """A grace note with its stem up."""
    middle = -step / 2
    return [blob("grace_head", x, step, 0.85, 0.7), line("stem", x + 0.42, middle - 2.6, x + 0.42, middle)]


def test_what_lies_over_two_grace_notes_is_a_pair_of_beams_not_a_head():
    found = best(small(5, 4), small(6.1, 4), blob("hollow_head", 5.97, 8.4, 1.25, 1.05), note(8, 4))
    assert [(c.grace, c.type, len(c.heads)) for c in found.timed] == [
        (True, NoteType.N16, 1), (True, NoteType.N16, 1), (False, NoteType.QUARTER, 1)
    ]  # fmt: skip


def test_a_grace_note_without_a_flag_is_an_eighth():
    grace, _ = best(small(5, 4), note(8, 4)).timed
    assert (grace.grace, grace.type) == (True, NoteType.EIGHTH)


@pytest.mark.parametrize(("wide", "kind"), [(1.9, NoteType.WHOLE), (2.4, NoteType.BREVE)])
def test_a_whole_note_between_strokes_is_wider_than_one_without(wide, kind):
    (chord,) = best(blob("whole_head", 5, 4, wide=wide)).timed
    assert chord.type is kind
