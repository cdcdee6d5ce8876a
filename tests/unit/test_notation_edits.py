"""Each edit of the editor with its right value: lengths, tuplets, ties, slurs, chords, bars, signatures, voices."""

from fractions import Fraction

import pytest

from models.notation.editing import (
    AddNote,
    Cut,
    Dots,
    Fill,
    InsertBar,
    JoinBars,
    Letter,
    OneVoice,
    PutIn,
    Remove,
    RemoveBar,
    Repeat,
    SetClef,
    SetKey,
    SetMetre,
    SetStaff,
    SetVoice,
    Silence,
    Slur,
    SplitBar,
    Tie,
    Tuplet,
    Value,
    edited,
    edited_by,
    misfits,
    with_rests,
)
from models.notation.editing.filling import pieces
from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.score import Bar, Clef, ClefChange, Key, Metre, NoteType, Part, Score
from tests.scores import E8, H, Q, W, event


def bars_of(*bars, key=0, metre=(4, 4), staves=1):
    """A part of bars, each given by its events."""
    made = [Bar(n + 1, tuple(events)) for n, events in enumerate(bars)]
    clefs = (ClefChange(Clef()), ClefChange(Clef("F", 4), staff=2))[:staves]
    made[0] = Bar(1, made[0].events, clefs, Key(key), Metre(*metre))
    return Score((Part("P1", tuple(made), staves=staves),))


def line(text, start=1):
    """Quarters in a row: "C4 D4 - E4", a dash for a rest."""
    return [event(str(start + n), n, "" if word == "-" else word) for n, word in enumerate(text.split())]


def told(score, index=0, voice=None):
    """Onset and pitches or a dash of each event of a bar, as it stands in the file."""
    bar = read_musicxml(write_musicxml(score)).parts[0].bars[index]
    return [
        (
            e.onset,
            " ".join(n.pitch.name for n in e.notes) or "-",
            e.duration.type.value + "." * e.duration.dots,
        )
        for e in bar.events
        if voice in {None, e.voice}
    ]


def holds(score):
    return {index: str(one.beats) for index, one in misfits(score).items()}


def test_a_rest_too_many_in_a_photographed_song_goes_and_its_bar_is_right_again():
    song = bars_of(
        [
            event("1", 0, "", E8),
            event("2", "1/2", "C4"),
            event("3", "3/2", "F4"),
            event("4", "5/2", "A4"),
            event("5", "7/2", "F4"),
        ],
        line("C4 D4 E4 F4", 10),
    )
    song = Score(
        (
            Part(
                "P1",
                (
                    Bar(1, song.parts[0].bars[0].events, metre=Metre(), length=Fraction(9, 2)),
                    song.parts[0].bars[1],
                ),
            ),
        )
    )
    assert holds(song) == {0: "9/2"}
    right = edited(song, Remove("r1"))
    assert holds(right) == {}
    assert told(right) == [
        (0, "C4", "quarter"),
        (1, "F4", "quarter"),
        (2, "A4", "quarter"),
        (3, "F4", "quarter"),
    ]
    assert b"<forward>" not in write_musicxml(right)


def test_a_needed_rest_that_goes_is_missed_and_leaves_no_hole():
    short = edited(bars_of(line("C4 - E4 F4"), line("G4 G4 G4 G4", 5)), Remove("r2"))
    assert [onset for onset, _, _ in told(short)] == [0, 1, 2]
    assert holds(short) == {0: "3"}
    assert b"<forward>" not in write_musicxml(short)


def test_a_note_leaves_a_rest_and_cut_takes_its_time_along():
    song = bars_of(line("C4 D4 E4 F4"), line("G4 G4 G4 G4", 5))
    assert told(edited(song, Remove("n2")))[1] == (1, "-", "quarter")
    assert holds(edited(song, Remove("n2"))) == {}
    assert [p for _, p, _ in told(edited(song, Cut("n2")))] == ["C4", "E4", "F4"]
    assert holds(edited(song, Cut("n2"))) == {0: "3"}


def test_the_rest_of_an_empty_bar_stays():
    empty = with_rests(bars_of([], line("G4 G4 G4 G4", 5)))
    (rest,) = empty.parts[0].bars[0].events
    assert edited(empty, Remove(rest.id)) == empty
    assert told(edited(empty, Letter(rest.id, "C")))[0][1:] == ("C5", "whole"), "nearest to the middle line"


def test_lengths_move_what_follows_and_say_what_the_bar_holds():
    song = bars_of(line("C4 D4 E4 F4"), line("G4 G4 G4 G4", 5))
    half = edited(song, Value("n2", H))
    assert [onset for onset, _, _ in told(half)] == [0, 1, 3, 4]
    assert holds(half) == {0: "5"}
    assert holds(edited(half, Cut("n4"))) == {}
    dotted = edited_by(song, [Dots("n1", 1), Value("n2", E8)])
    assert told(dotted)[:3] == [(0, "C4", "quarter."), (Fraction(3, 2), "D4", "eighth"), (2, "E4", "quarter")]
    assert holds(dotted) == {}
    assert edited(dotted, Dots("n1", 0)).parts[0].bars[0].events[0].duration.dots == 0


def test_beams_follow_lengths():
    song = edited_by(bars_of(line("C4 D4 E4 F4"), line("G4", 5)), [Value("n1", E8), Value("n2", E8)])
    assert [e.beams for e in song.parts[0].bars[0].events[:3]] == [("begin",), ("end",), ()]
    back = edited(song, Value("n2", Q))
    assert all(e.beams == () for e in back.parts[0].bars[0].events)


def test_three_eighths_become_a_triplet_and_plain_again():
    eighths = [event(str(n + 1), Fraction(n, 2), p, E8) for n, p in enumerate(("C4", "D4", "E4"))]
    song = bars_of([*eighths, event("4", Fraction(3, 2), "F4")], line("G4", 9), metre=(2, 4))
    assert holds(song) == {0: "5/2"}
    right = edited(song, Tuplet("n1", 3))
    assert [onset for onset, _, _ in told(right)] == [0, Fraction(1, 3), Fraction(2, 3), 1]
    assert [e.tuplet_mark for e in right.parts[0].bars[0].events] == ["start", None, "stop", None]
    assert holds(right) == {}
    assert told(edited(right, Tuplet("n2", 3))) == told(song)
    assert edited(song, Tuplet("n1", 3, last="n3")) == right


def test_a_quarter_is_divided_into_a_triplet_with_rests():
    made = edited(
        bars_of([event("1", 0, "C4"), event("2", 1, "D4", H)], line("G4", 9), metre=(3, 4)), Tuplet("n1", 3)
    )
    assert told(made) == [
        (0, "C4", "eighth"), (Fraction(1, 3), "-", "eighth"), (Fraction(2, 3), "-", "eighth"), (1, "D4", "half"),
    ]  # fmt: skip


def test_ties_and_slurs_come_and_go_over_the_bar_line():
    song = bars_of(line("C4 D4 E4 F4"), line("F4 G4 - A4", 5))
    tie = edited(song, Tie("n4"))
    notes = {n.id: n for _, _, e in tie.events() for n in e.notes}
    assert (notes["n4"].tie_start, notes["n5"].tie_stop) == (True, True)
    assert edited(tie, Tie("n4")) == song
    assert edited(song, Tie("n1")) == song, "no C follows"
    slur = edited(song, Slur("n2", "n6"))
    assert [e.slurs for _, _, e in slur.events() if e.slurs] == [(("start", 1),), (("stop", 1),)]
    second = edited(slur, Slur("n3", "n5"))
    assert {s for _, _, e in second.events() for s in e.slurs} == {
        ("start", 1),
        ("stop", 1),
        ("start", 2),
        ("stop", 2),
    }
    assert edited(second, Slur("n3", "n5")) == slur
    assert not [s for _, _, e in edited(edited(song, Slur("n6")), Remove("n6")).events() for s in e.slurs]


def test_a_chord_note_stands_next_above_and_repeats_go_behind():
    song = bars_of(line("C4 D4 E4"), line("G4", 5))
    chord = edited(song, AddNote("n1", "E"))
    assert told(chord)[0][1] == "C4 E4"
    assert edited(chord, AddNote("n1", "E")) == chord
    again = edited(chord, Repeat("n1"))
    assert [p for _, p, _ in told(again)] == ["C4 E4", "C4 E4", "D4", "E4"]
    assert holds(again) == {}
    assert told(edited(again, Silence("n1")))[0][1] == "-"


def test_a_voice_is_filled_with_rests():
    short = bars_of([event("1", 0, "C4"), event("2", 2, "D4", E8)], line("G4", 5))
    full = edited(short, Fill("n1"))
    assert told(full) == [
        (0, "C4", "quarter"), (1, "-", "quarter"), (2, "D4", "eighth"), (Fraction(5, 2), "-", "quarter."),
    ]  # fmt: skip
    assert holds(short) == {0: "3/2"}
    assert holds(full) == {}


def test_bars_are_put_in_and_taken_out_of_all_parts_with_what_holds_in_them():
    song = bars_of(line("C4 D4 E4 F4"), line("G4 G4 G4 G4", 5), key=2, metre=(4, 4))
    song = Score((song.parts[0], Part("P2", tuple(with_rests(bars_of([], [])).parts[0].bars))))
    more = edited(song, InsertBar("n5", after=False))
    assert [[b.number for b in p.bars] for p in more.parts] == [[1, 2, 3]] * 2
    assert told(more, 1) == [(0, "-", "whole")]
    less = edited(song, RemoveBar("n1"))
    (bar,) = less.parts[0].bars
    assert (bar.number, bar.key, bar.metre) == (1, Key(2), Metre(4, 4))
    assert edited(less, RemoveBar("n5")) == less, "one bar is left"
    assert edited(song, InsertBar("n1", after=False)).parts[0].bars[0].key == Key(2)


def test_bars_are_joined_and_divided():
    song = bars_of([event("1", 0, "C4", H), event("2", 2, "D4", H)], line("E4 F4 G4 A4", 5), line("B4", 9))
    one = edited(song, JoinBars("n1"))
    assert holds(one) == {0: "8"}
    assert [onset for onset, _, _ in told(one)] == [0, 2, 4, 5, 6, 7]
    two = edited(one, SplitBar("n5"))
    assert holds(two) == {}
    assert [told(two, n) for n in (0, 1)] == [told(song, n) for n in (0, 1)]
    tied = edited(song, SplitBar("n2"))
    assert [len(b.events) for b in tied.parts[0].bars] == [1, 1, 4, 1]


def test_what_lasts_over_a_new_bar_line_is_tied():
    lower = event("9", 0, "C3", W, voice=5, staff=2)
    song = bars_of([*line("C4 D4 E4 F4"), lower], line("G4", 20), staves=2)
    split = edited(song, SplitBar("n4"))
    ends = [n for b in split.parts[0].bars for e in b.events if e.staff == 2 for n in e.notes]
    assert [(n.tie_start, n.tie_stop) for n in ends] == [(True, False), (False, True)]
    assert [told(split, n, 5) for n in (0, 1)] == [[(0, "C3", "half.")], [(0, "C3", "quarter")]]


def test_another_clef_moves_what_is_printed_and_leaves_what_is_heard():
    song = bars_of(line("C5 D5 E5 F5"), line("G5", 5), line("A5", 6))
    printed = edited(song, SetClef("n1", Clef("F", 4)))
    assert [n.pitch.name for _, _, e in printed.events() for n in e.notes] == [
        "E3",
        "F3",
        "G3",
        "A3",
        "B3",
        "C4",
    ]
    heard = edited(song, SetClef("n1", Clef("F", 4), as_printed=False))
    assert [n.pitch.name for _, _, e in heard.events() for n in e.notes][:2] == ["C5", "D5"]
    stretch = edited(song, SetClef("n5", Clef("F", 4), bars=1))
    assert [n.pitch.name for _, _, e in stretch.events() for n in e.notes][-2:] == ["B3", "A5"]
    assert [[c.clef.sign for c in b.clefs] for b in stretch.parts[0].bars] == [["G"], ["F"], ["G"]]
    assert edited(stretch, SetClef("n5", Clef(), bars=1)) == song, "set right again"


def test_another_key_alters_notes_without_a_sign_of_their_own():
    song = bars_of(
        [event("1", 0, "F4"), event("2", 1, "F#4", note={"accidental": "sharp"})],
        line("F4", 5),
        line("F4", 6),
    )
    song = edited(song, SetKey("n1", Key(1)))
    assert [n.pitch.name for _, _, e in song.events() for n in e.notes] == ["F#4", "F#4", "F#4", "F#4"]
    stretch = edited(song, SetKey("n5", Key(0), bars=1))
    assert [n.pitch.name for _, _, e in stretch.events() for n in e.notes] == ["F#4", "F#4", "F4", "F#4"]
    kept = edited(song, SetKey("n5", Key(0), as_printed=False))
    assert [(n.pitch.name, n.accidental) for n in kept.parts[0].bars[1].events[0].notes] == [("F#4", "sharp")]


def test_another_metre_is_asked_of_every_bar_that_it_holds_in():
    song = bars_of(line("C4 D4 E4"), line("C4 D4 E4", 5), line("C4 D4 E4", 9))
    assert holds(song) == {0: "3", 1: "3"}, "the last bar may be short"
    assert holds(edited(song, SetMetre("n1", Metre(3, 4)))) == {}
    assert holds(edited(song, SetMetre("n5", Metre(3, 4), bars=1))) == {0: "3"}


def test_a_staff_has_one_voice():
    song = bars_of(
        [
            event("1", 0, "C5"),
            event("2", 0, "E4", voice=2),
            event("3", 1, "D5", H, voice=2),
            event("4", 3, voice=2),
        ],
        line("G4", 9),
    )
    right = edited(song, OneVoice("n1"))
    assert told(right) == [(0, "E4 C5", "quarter"), (1, "D5", "half"), (3, "-", "quarter")]
    assert holds(right) == {}


def test_voices_and_staves_change_places():
    song = bars_of([event("1", 0, "C5", W), event("2", 0, "E4", W, voice=2)], line("G4", 9))
    other = edited(song, SetVoice("n1", 2))
    assert {e.voice: e.notes[0].pitch.name for e in other.parts[0].bars[0].events} == {2: "C5", 1: "E4"}
    piano = bars_of(
        [event("1", 0, "C4", W), event("2", 0, "C3", W, voice=5, staff=2)], line("G4", 9), staves=2
    )
    lower = edited(piano, SetStaff("n1", 2)).parts[0].bars[0]
    assert {e.staff: e.notes[0].pitch.name for e in lower.events} == {2: "C4", 1: "C3"}


def test_bars_that_may_be_short_are_not_flagged():
    pickup = Bar(0, tuple(line("C4")), metre=Metre(3, 4), pickup=True)
    half = Bar(1, (event("2", 0, "C4", H),), repeat_end=True)
    rest = Bar(2, (event("3", 0, "C4"),))
    last = Bar(3, (event("4", 0, "C4", H),))
    assert misfits(Score((Part("P1", (pickup, half, rest, last)),))) == {}
    lone = Bar(1, (event("2", 0, "C4", H),))
    assert holds(Score((Part("P1", (pickup, lone, rest, last)),))) == {1: "2", 2: "1"}


@pytest.mark.parametrize("length", ["5/2", "7/2", "5", "1/3", "9/8", "7/4"])
def test_any_length_is_written_in_pieces(length):
    assert sum(d.quarters for d in pieces(Fraction(length))) == Fraction(length)
    assert NoteType.BREVE.quarters == 8


def test_a_note_is_put_into_a_bar_of_rest_at_its_place_on_the_staff():
    score = with_rests(bars_of([], line("C4 D4 E4 F4", 5), key=1))
    rest = next(e.id for _, bar, e in score.events() if bar.number == 1)
    first = edited(score, PutIn(rest, 8, "chord", Q, (1.0, 2.0, 3.0, 4.0)))
    assert told(first) == [(0, "F#5", "quarter"), (1, "-", "half.")]
    assert misfits(first) == {}
    note = next(n for _, _, e in first.events() for n in e.notes if n.pitch.name == "F#5")
    assert note.box == (1.0, 2.0, 3.0, 4.0)
    second = edited(first, PutIn(note.id, 0, "after", H))
    assert [t[1] for t in told(second)] == ["F#5", "E4", "-"], "the rests gave their time"
    assert misfits(second) == {}


def test_a_note_is_put_between_others_which_move_and_into_a_chord():
    score = bars_of(line("C4 E4 F4"))
    between = edited(score, PutIn("n1", -1, "after"))
    assert [t[:2] for t in told(between)] == [(0, "C4"), (1, "D4"), (2, "E4"), (3, "F4")]
    before = edited(score, PutIn("n1", -1, "before"))
    assert [t[1] for t in told(before)] == ["D4", "C4", "E4", "F4"]
    chord = edited(score, PutIn("n1", 2, "chord"))
    assert told(chord)[0][1] == "C4 G4"
    assert edited(chord, PutIn("n1", 2, "chord")) == chord, "it is there already"
    rest = edited(score, PutIn("n3", None, "after", E8))
    assert [t[1] for t in told(rest)] == ["C4", "E4", "F4", "-"]
    assert edited(score, PutIn("nowhere", 2, "chord")) == score
    assert edited(score, PutIn("n1", 99, "chord")) == score
