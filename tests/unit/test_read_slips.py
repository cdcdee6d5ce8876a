"""Readings one doubtful sign away: of each kind the right one is there, and none where nothing was doubtful."""

from models.notation.score import Clef, Key, Metre, NoteType
from models.read.meaning.context import BarContext
from models.read.meaning.evidence import SeenMark
from models.read.meaning.rhythm import placed
from models.read.meaning.sightings import marks_seen
from models.read.meaning.signs import BarFrame, BarSigns, ChordSign, HeadSign, KeySign, RestSign, StaffBar
from models.read.primitives import Primitive
from models.read.ranking.bars import MOST, bar_readings, staff_readings
from models.read.ranking.repetition import as_elsewhere, repertory, with_bars_elsewhere
from models.read.ranking.slips import left_out, slips, unexplained
from models.read.ranking.spelling import needless_accidentals

FRAME = BarFrame(0.0, 40.0, (0.0, 0.0, 400.0, 100.0))


def note(x, place=3.0, accidental=None, *, certainty=1.0, others=()):
    heads = (HeadSign(x, place, accidental, certainty), *(HeadSign(x, p) for p in others))
    return ChordSign(x, heads, certainty=certainty)


def mark(x, place, **names):
    return SeenMark(x, place, tuple(sorted(names.items(), key=lambda n: -n[1])))


def told(found, kind=None):
    """The heads of each slip's notes: steps with their accidentals."""
    return [
        [sorted((h.step, h.accidental) for h in s.heads) for s in f.timed if isinstance(s, ChordSign)]
        for f in found
        if kind in (None, f.slip)
    ]


def test_nothing_doubtful_gives_no_reading():
    signs = BarSigns((note(0.0), note(8.0, 5.0, "sharp")))
    seen = (mark(0.0, 3.0, solid_head=1.0), mark(6.5, 5.0, sharp=1.0), mark(8.0, 5.0, solid_head=1.0))
    assert slips(signs, seen) == []
    assert unexplained(signs, seen) == []
    assert left_out(signs, seen) == 0.0


def test_a_weak_head_in_the_column_of_a_chord_is_its_tone():
    signs = BarSigns((note(0.0), note(8.0, 5.0)))
    seen = (mark(8.1, 1.0, solid_head=0.3),)
    assert [[(3, None)], [(1, None), (5, None)]] in told(slips(signs, seen), "head")
    assert left_out(signs, seen) == 0.3


def test_a_weak_head_by_itself_is_a_note_of_its_own():
    signs = BarSigns((note(0.0), note(8.0)))
    (only,) = slips(signs, (mark(4.0, 6.0, hollow_head=0.4),))
    assert told([only]) == [[[(3, None)], [(6, None)], [(3, None)]]]
    assert only.timed[1].type is NoteType.HALF
    assert only.certainty < signs.certainty


def test_a_doubtful_head_may_be_none():
    signs = BarSigns((note(0.0, others=(5.0,), certainty=0.5), note(8.0, certainty=0.6)))
    found = told(slips(signs, ()), "head")
    assert [[(5, None)], [(3, None)]] in found
    assert [[(3, None), (5, None)]] in found


def test_a_head_off_its_place_may_be_the_next_one():
    assert told(slips(BarSigns((note(0.0, 3.4),)), ()), "step") == [[[(4, None)]]]
    assert told(slips(BarSigns((note(0.0, 2.65),)), ()), "step") == [[[(2, None)]]]


def test_an_accidental_may_be_another_or_none():
    signs = BarSigns((note(4.0, 3.0, "sharp"),))
    found = told(slips(signs, (mark(2.5, 3.0, sharp=0.6, natural=0.4),)), "accidental")
    assert sorted(found, key=str) == [[[(3, "natural")]], [[(3, None)]]]


def test_an_accidental_that_was_left_out_may_be_one():
    signs = BarSigns((note(4.0, 3.0),))
    assert told(slips(signs, (mark(2.5, 3.3, natural=0.3),)), "accidental") == [[[(3, "natural")]]]
    key = KeySign(2.4, (("natural", 3.3, 0.9),))
    assert slips(BarSigns(signs.timed, keys=(key,)), (mark(2.5, 3.3, natural=0.3),)) == []


def test_a_head_of_two_voices_may_be_of_one():
    up = note(4.0, 3.0)
    down = ChordSign(4.0, up.heads, stem="down")
    found = slips(BarSigns((up, down, note(8.0))), ())
    assert [[s.stem for s in f.timed] for f in found] == [["up", "up"], ["down", "up"]]
    apart = ChordSign(4.0, (HeadSign(4.0, 3.1),), stem="down")
    assert slips(BarSigns((up, apart)), ()) == []


def test_a_head_may_be_hollow_and_a_rest_another():
    signs = BarSigns((note(0.0), RestSign(8.0, NoteType.QUARTER, certainty=0.6)))
    seen = (
        mark(0.0, 3.0, solid_head=0.6, hollow_head=0.4),
        mark(8.0, 4.0, quarter_rest=0.6, eighth_rest=0.3),
    )
    found = slips(signs, seen)
    assert NoteType.HALF in [f.timed[0].type for f in found if f.slip == "value"]
    assert NoteType.EIGHTH in [f.timed[1].type for f in found if f.slip == "rest" and len(f.timed) > 1]


def test_the_likeliest_slips_come_first_and_few():
    signs = BarSigns(tuple(note(4.0 * n, 3.0, certainty=0.3 + 0.08 * n) for n in range(9)))
    found = slips(signs, ())
    assert len(found) == 6
    assert [f.plausible for f in found] == sorted((f.plausible for f in found), reverse=True)
    assert all(f.certainty <= 0.5 for f in found)


def test_the_first_reading_stays_first_where_it_fills_its_metre():
    signs = BarSigns(tuple(note(8.0 * n) for n in range(4)), certainty=0.9)
    bar = StaffBar(FRAME, (signs,), seen=(mark(8.0, 6.0, solid_head=0.5),))
    first, *others = staff_readings(bar, Metre(4, 4))
    assert first.signs.slip is None
    assert told([r.signs for r in others], "head")[0][1] == [(3, None), (6, None)]
    assert first.left_out == 0.5
    assert next(r for r in others if r.signs.slip == "head").left_out == 0.0
    assert len(bar_readings([bar], Metre(4, 4))) > 1


def test_a_slip_that_fills_the_metre_comes_before_a_bar_that_does_not():
    signs = BarSigns(tuple(note(8.0 * n) for n in (0, 1, 3)), certainty=0.9)
    bar = StaffBar(FRAME, (signs,), seen=(mark(16.0, 6.0, solid_head=0.55),))
    first = staff_readings(bar, Metre(4, 4))[0]
    assert (first.signs.slip, first.sums, len(first.placed)) == ("head", True, 4)


def primitive(label, x, position, membership, *, shared=False, kind="blob"):
    return Primitive("p", kind, (0.0, 0.0, 20.0, 20.0), x, position, {label: membership}, shared=shared)


def test_marks_are_blobs_that_may_be_part_of_a_note_or_rest():
    found = marks_seen(
        [
            primitive("sharp", 9.0, 3.0, 0.4),
            primitive("solid_head", 5.0, 2.0, 0.1),
            primitive("solid_head", 6.0, 2.0, 0.02),
            primitive("text", 7.0, 2.0, 0.9),
            primitive("solid_head", 8.0, 2.0, 0.9, shared=True),
            primitive("stem", 8.5, 2.0, 0.9, kind="line"),
        ],
        lambda box: box,
    )
    assert [(m.x, m.names) for m in found] == [(5.0, (("solid_head", 0.1),)), (9.0, (("sharp", 0.4),))]
    assert found[1].membership("flat", "sharp") == 0.4
    assert found[1].membership("flat") == 0.0


FOUR = tuple(note(8.0 * n, float(n)) for n in range(4))


def changed(*, drop=None, place=None):
    return tuple(note(8.0 * n, 6.0 if n == place else float(n), certainty=0.9) for n in range(4) if n != drop)


def test_a_bar_that_differs_in_one_sign_is_read_as_elsewhere_too():
    page = repertory([[FOUR], [FOUR], [changed(place=2)], [changed(drop=1)], [(note(0.0),)]])
    (as_three,) = as_elsewhere(BarSigns(changed(place=2)), 0, page)
    assert told([as_three]) == told([BarSigns(FOUR)])
    (whole, *_) = as_elsewhere(BarSigns(changed(drop=1)), 0, page)
    assert told([whole]) == told([BarSigns(FOUR)])
    assert 0.0 < whole.timed[1].x < 16.0
    assert as_elsewhere(BarSigns((note(0.0),)), 0, page) == [], "a lone note is repeated by chance"
    assert as_elsewhere(BarSigns(FOUR), 1, page) == [], "another staff plays something else"


def test_what_the_page_says_again_is_counted_without_the_bar_itself():
    page = repertory([[FOUR], [FOUR], [changed(place=2)]])
    assert page.again(0, FOUR, own=True) == 1
    assert page.again(0, changed(place=2), own=True) == 0
    assert page.rhythm_again(FOUR, own=True) == 2
    assert page.rhythm_again(FOUR[:2], own=False) == 0


def test_no_sum_is_given_up_for_a_repetition():
    metre = Metre(4, 4)
    page = repertory([[FOUR], [FOUR], [changed(drop=1)]])
    missing = bar_readings([StaffBar(FRAME, (BarSigns(changed(drop=1), certainty=0.9),))], metre)
    with_it = with_bars_elsewhere(missing, page, metre, weak=False, edge=False)
    found = [r for r in with_it if r.staves[0].signs.slip == "elsewhere"]
    assert [told([r.staves[0].signs]) for r in found] == [told([BarSigns(FOUR)])]
    longer = repertory([[(*FOUR, note(34.0, 5.0))]] * 2 + [[FOUR]])
    full = bar_readings([StaffBar(FRAME, (BarSigns(FOUR, certainty=0.9),))], metre)
    assert with_bars_elsewhere(full, longer, metre, weak=False, edge=False) == full
    assert MOST == 5


def test_accidentals_that_change_nothing_are_counted():
    in_g = BarContext(Clef("G", 2), (), Key(1))

    def needless(*chords, context=in_g):
        return needless_accidentals(placed(chords), context)

    assert needless(note(0.0, 1.0, "sharp")) == 1, "the key says F sharp already"
    assert needless(note(0.0, 1.0, "natural"), note(8.0, 1.0, "sharp")) == 0
    assert needless(note(0.0, 2.0, "sharp"), note(8.0, 2.0, "sharp")) == 1
    assert needless(note(0.0, 2.0, "natural"), context=BarContext(Clef("F", 4))) == 1
    assert needless(RestSign(0.0), note(8.0, 2.0)) == 0
