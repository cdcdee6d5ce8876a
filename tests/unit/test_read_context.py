"""Under which clef, key and metre bars are read, when signs are doubtful, missing, contradicted or changed."""

import pytest

from models.read.meaning.assumed import NO_CLEF, NO_CLEFS, assumptions
from models.read.meaning.signatures import key_grade
from models.read.meaning.signs import (
    ChordSign,
    HeadSign,
    KeySign,
    StaffBar,
)
from tests.contexts import (
    ALTO,
    BASS,
    FRAME,
    G,
    bar,
    clef,
    clefs_of,
    key,
    keys_of,
    metres_of,
    one_staff,
    quarters,
    read,
    start,
)

# Clefs and keys at the starts of systems


@pytest.mark.parametrize("fifths", range(-7, 8))
@pytest.mark.parametrize("under", [G, BASS, ALTO], ids=["treble", "bass", "alto"])
def test_every_key_is_read_under_every_clef(fifths, under):
    page = one_staff(*[[start(fifths, under), bar()]] * 2)
    best = read(page)[0]
    assert keys_of(best) == [fifths] * 4
    assert clefs_of(best) == [under] * 4


def test_a_clef_that_the_other_systems_contradict_is_outvoted():
    misread = start(1, shown=clef(BASS, 0.6, G=0.4))
    best = read(one_staff(*[[start(1), bar()]] * 2, [misread, bar()], [start(1), bar()]))[0]
    assert set(clefs_of(best)) == {G}


def test_a_clef_that_truly_changes_between_systems_is_kept():
    page = one_staff(*[[start(1), bar()]] * 2, *[[start(1, BASS), bar()]] * 2)
    assert clefs_of(read(page)[0]) == [G] * 4 + [BASS] * 4


def test_a_key_that_the_other_systems_contradict_is_outvoted():
    blurred = bar((clef(),), (KeySign(8.0, (("sharp", 8.0, 0.9), ("sharp", 5.0, 0.9), ("sharp", 9.0, 0.3))),))
    page = one_staff([start(2), bar()], [blurred, bar()], [start(2), bar()])
    assert keys_of(read(page)[0]) == [2] * 6


def test_a_key_that_is_not_seen_on_one_system_goes_on():
    page = one_staff([start(-3), bar()], [bar((clef(),)), bar()], [start(-3), bar()])
    assert keys_of(read(page)[0]) == [-3] * 6


def test_a_key_that_truly_changes_between_systems_is_kept():
    page = one_staff(*[[start(-1), bar()]] * 2, *[[start(3), bar()]] * 2)
    assert keys_of(read(page)[0]) == [-1] * 4 + [3] * 4


def test_a_clef_that_was_not_seen_follows_the_other_systems():
    page = one_staff([start(0, BASS), bar()], [bar(), bar()], [start(0, BASS), bar()])
    assert clefs_of(read(page)[0]) == [BASS] * 6


def test_without_any_clef_it_is_a_treble_clef():
    best = read(one_staff([bar(), bar()]))[0]
    assert clefs_of(best) == [G, G]
    assert NO_CLEF in assumptions(best)


def test_a_left_hand_without_any_clef_has_a_bass_clef():
    best = read([[[bar(), bar()], [bar(), bar()]], [[bar()], [bar()]]], [[0, 1]])[0]
    assert clefs_of(best, 0) == [G] * 3
    assert clefs_of(best, 1) == [BASS] * 3
    assert NO_CLEFS in assumptions(best)


def test_a_key_says_what_clef_a_left_hand_has():
    under_treble = bar((), (KeySign(8.0, start(2).readings[0].keys[0].signs),))
    best = read([[[start(2)], [under_treble]]], [[0, 1]])[0]
    assert clefs_of(best, 1) == [G]


def test_a_clef_seen_once_is_that_of_a_left_hand():
    best = read([[[start(0)], [bar()]], [[start(0)], [start(0, G)]]], [[0, 1]])[0]
    assert clefs_of(best, 1) == [G] * 2


def test_where_a_keys_signs_stand_decides_between_two_clefs():
    seen = clef(G, 0.5, F=0.5)
    for under in (G, BASS):
        page = one_staff([start(-2, under, shown=seen), bar()])
        assert clefs_of(read(page)[0]) == [under] * 2


def test_both_staves_of_a_piano_share_their_key():
    unseen = bar((clef(BASS),))
    page = [[[start(4), bar()], [start(4, BASS), bar()]], [[start(4), bar()], [unseen, bar()]]]
    best = read(page, [[0, 1]])[0]
    assert keys_of(best, 0) == keys_of(best, 1) == [4] * 4
    assert (set(clefs_of(best, 0)), set(clefs_of(best, 1))) == ({G}, {BASS})


def test_a_sign_missed_on_one_staff_is_told_by_the_other_staves_of_the_system():
    page = [[[start(-2), bar()], [start(-3), bar()]]] * 3
    best = read(page, [[0], [1]])[0]
    assert (keys_of(best, 0), keys_of(best, 1)) == ([-3] * 6, [-3] * 6)


def test_an_instrument_with_a_sharp_more_in_every_system_transposes():
    page = [[[start(0), bar()], [start(0), bar()], [start(1), bar()]]] * 3
    best = read(page, [[0], [1], [2]])[0]
    assert [keys_of(best, n) for n in range(3)] == [[0] * 6, [0] * 6, [1] * 6]


def test_parts_may_differ_in_key():
    page = [[[start(2), bar()], [start(0), bar()]]]
    best = read(page, [[0], [1]])[0]
    assert (keys_of(best, 0), keys_of(best, 1)) == ([2, 2], [0, 0])


def test_ways_are_ranked_and_differ():
    doubtful = KeySign(8.0, (("flat", 4.0, 0.6),))
    ways = read(one_staff([bar((clef(G, 0.6, F=0.5),), (doubtful,)), bar()]))
    assert ways[0].certainty == 1.0
    assert [w.certainty for w in ways] == sorted((w.certainty for w in ways), reverse=True)
    assert 2 <= len(ways) <= 3
    told = [(tuple(keys_of(w)), tuple(clefs_of(w))) for w in ways]
    assert len(set(told)) == len(told)
    assert len(read(one_staff([start(1), bar()]), most=1)) == 1


@pytest.mark.parametrize("fifths", [-4, -1, 1, 3, 6])
def test_a_key_fits_its_own_signs_best(fifths):
    grades = {f: key_grade(key(fifths), f, G) for f in range(-7, 8)}
    assert max(grades, key=lambda f: grades[f]) == fifths
    lacking = KeySign(8.0, key(fifths).signs[:-1])
    assert key_grade(lacking, fifths, G) < grades[fifths]
    off = KeySign(8.0, tuple((s, p + 1, c) for s, p, c in key(fifths).signs))
    assert key_grade(off, fifths, G) < grades[fifths], "a step off"
    up = KeySign(8.0, tuple((s, p + 7, c) for s, p, c in key(fifths).signs))
    assert key_grade(up, fifths, G) == grades[fifths], "an octave off is the same letter"


# What stands before the first note


def stray(x):
    """What was taken for a note where there is none."""
    return ChordSign(x, (HeadSign(x, 3.0),), certainty=0.5)


def test_junk_before_the_clef_hides_neither_clef_nor_key():
    first = bar((clef(BASS),), (key(-3, BASS),), timed=(stray(2.3), *quarters(3)))
    best = read(one_staff([first, bar()]))[0]
    assert (keys_of(best), clefs_of(best)) == ([-3, -3], [BASS, BASS])


def test_an_accidental_before_the_clef_is_no_key():
    first = bar((clef(),), (KeySign(2.2, (("flat", 4.0, 0.9),)), key(2)))
    assert keys_of(read(one_staff([first, bar()]))[0]) == [2, 2]


def test_the_signs_of_a_note_are_no_key():
    first = bar((clef(),), (KeySign(20.0, (("sharp", 8.0, 0.9),)),))
    assert keys_of(read(one_staff([first, bar()]))[0]) == [0, 0]


def test_a_clef_far_from_the_start_is_a_change_within_the_bar():
    first = bar((clef(BASS, x=30.0),), timed=quarters(4))
    best = read(one_staff([first, bar()]))[0]
    assert clefs_of(best) == [G, BASS]
    assert best.bars[0, 0, 0].changes == ((30.0, BASS),)


# Changes within a line


def test_a_key_change_within_a_line_holds_to_its_end():
    page = one_staff([start(1), bar(), bar(keys=(key(-2),)), bar()])
    assert keys_of(read(page)[0]) == [1, 1, -2, -2]


def test_naturals_take_a_key_away():
    naturals = KeySign(8.0, (("natural", 8.0, 0.9), ("natural", 5.0, 0.9)))
    assert keys_of(read(one_staff([start(2), bar(keys=(naturals,))]))[0]) == [2, 0]


def test_naturals_before_the_new_signs_do_not_count():
    signs = KeySign(8.0, (("natural", 8.0, 0.9), ("natural", 5.0, 0.9), *key(-1).signs))
    assert keys_of(read(one_staff([start(2), bar(keys=(signs,))]))[0]) == [2, -1]


def test_a_lone_natural_is_that_of_a_note():
    natural = KeySign(12.0, (("natural", 3.0, 0.9),))
    assert keys_of(read(one_staff([start(3), bar(keys=(natural,))]))[0]) == [3, 3]


def test_signs_that_fit_no_key_change_nothing():
    odd = KeySign(8.0, (("sharp", 3.0, 0.9), ("flat", 6.0, 0.9), ("sharp", 0.0, 0.9)))
    assert keys_of(read(one_staff([start(1), bar(keys=(odd,)), bar()]))[0]) == [1, 1, 1]


def test_signs_after_a_note_are_no_key_change():
    page = one_staff([start(1), bar(keys=(key(-2, x=25.0),)), bar()])
    assert keys_of(read(page)[0]) == [1, 1, 1]


def test_a_clef_change_within_a_line_holds_to_its_end():
    best = read(one_staff([start(0), bar((clef(BASS, x=30.0),)), bar()]))[0]
    assert clefs_of(best) == [G, G, BASS]
    assert best.bars[0, 0, 1].changes == ((30.0, BASS),)


def test_a_doubtful_clef_within_a_line_changes_nothing():
    best = read(one_staff([start(0), bar((clef(BASS, 0.4, x=30.0),)), bar()]))[0]
    assert clefs_of(best) == [G, G, G]


def test_the_same_clef_again_is_no_change():
    assert read(one_staff([start(0), bar((clef(G, x=30.0),)), bar()]))[0].bars[0, 0, 1].changes == ()


def test_a_page_whose_bars_defied_reading_has_contexts():
    (best, *_) = read([[[StaffBar(FRAME, ()), StaffBar(FRAME, ())]]])
    assert clefs_of(best) == [G, G]
    assert metres_of(best) == [None, None]


def test_a_clef_behind_the_key_signature_is_a_change_before_the_first_note():
    first = bar((clef(BASS), clef(G, 0.97, x=12.5)), (key(-3, BASS),), timed=quarters(4, x=16.0))
    (best, *_) = read(one_staff([start(-3, BASS), bar()], [first, bar()]))
    assert best.bars[1, 0, 0].clef == BASS
    assert best.bars[1, 0, 0].changes == ((12.5, G),)
    assert best.bars[1, 0, 1].clef == G


def test_a_clef_without_a_key_before_it_is_no_change():
    first = bar((clef(G), clef(BASS, 0.97, x=9.5)), timed=quarters(4, x=16.0))
    (best, *_) = read(one_staff([start(), bar()], [first, bar()]))
    assert best.bars[1, 0, 0].changes == ()


# Another key for a stretch of a line


def changed(signs):
    """A bar that opens with signs of a key: (name, place, certainty) each."""
    return bar(keys=(KeySign(3.0, tuple(signs)),))


def two_sharps(second):
    return changed([("sharp", 8.0, 0.9), ("sharp", 5.0, second)])


def test_the_second_best_key_of_a_stretch_is_a_way_of_its_own():
    page = one_staff([start(0), bar(), two_sharps(0.45), bar()], [bar((clef(),)), bar()])
    ways = [keys_of(way) for way in read(page)]
    assert ways[0][:4] == [0, 0, 2, 2]
    others = [way for way in ways[1:] if way[:2] == [0, 0] and way[2] != 2]
    assert others == [[0, 0, 1, 1, *ways[0][4:]]]
    assert 0.2 <= next(w for w in read(page) if keys_of(w) == others[0]).certainty < 1.0


def test_a_change_of_key_that_is_plain_leaves_no_second_one():
    page = one_staff([start(0), bar(), two_sharps(0.95), bar()])
    assert all(keys_of(way)[2:] == [2, 2] or keys_of(way)[0] for way in read(page))


def test_the_next_line_tells_which_key_it_was():
    page = one_staff([start(0), bar(), two_sharps(0.45), bar()], [start(2), bar()])
    ways = [keys_of(way) for way in read(page)]
    assert ways[0] == [0, 0, 2, 2, 2, 2]
    assert [0, 0, 1, 1, 2, 2] not in ways


def test_staves_of_a_system_change_their_key_of_a_stretch_together():
    rows = [[start(0), bar(), two_sharps(0.4), bar()], [start(0), bar(), two_sharps(0.4), bar()]]
    ways = read([rows], parts=((0,), (1,)))
    assert [keys_of(ways[0], staff) for staff in (0, 1)] == [[0, 0, 2, 2]] * 2
    for way in ways[1:]:
        assert keys_of(way, 0) == keys_of(way, 1)
