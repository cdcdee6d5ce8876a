"""Whatever is edited: bars hold what they say or are flagged, nothing is lost on the way to MusicXML and back."""

from dataclasses import replace
from fractions import Fraction

from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from models.notation.editing import (
    Accidental,
    AddNote,
    Cut,
    Dots,
    Fill,
    InsertBar,
    JoinBars,
    Letter,
    OneVoice,
    Remove,
    RemoveBar,
    Repeat,
    Repitch,
    SetClef,
    SetKey,
    SetMetre,
    SetStaff,
    SetVoice,
    Silence,
    Slur,
    SplitBar,
    Step,
    Tie,
    Transpose,
    Tuplet,
    Value,
    edited,
    edited_by,
    misfits,
)
from models.notation.editing.filling import pieces
from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.performance import sounding_notes
from models.notation.score import (
    Bar,
    Clef,
    ClefChange,
    Duration,
    Event,
    Key,
    Metre,
    Note,
    NoteType,
    Part,
    Pitch,
    Score,
)
from tests.properties.test_notation_round_trip import ordered

LENGTHS = [Fraction(4), Fraction(3), Fraction(2), Fraction(3, 2), Fraction(1), Fraction(1), Fraction(1, 2)]
METRES = [Metre(4, 4), Metre(3, 4), Metre(6, 8), Metre(2, 2)]


@st.composite
def voice(draw, name, number, staff, wanted):
    """Events that fill so many quarter notes."""
    at, found = Fraction(0), []
    while at < wanted:
        fits = [length for length in LENGTHS if length <= wanted - at]
        length = draw(st.sampled_from(fits))
        (duration,) = list(pieces(length))[:1]
        kind = draw(st.integers(0, 5))
        if kind == 0 and length in {1, 2}:
            part = Duration({1: NoteType.EIGHTH, 2: NoteType.QUARTER}[int(length)], 0, (3, 2))
            durations = [part] * 3
        else:
            durations = [duration]
        for n, one in enumerate(durations):
            own = f"{name}v{number}e{len(found)}"
            pitches = draw(
                st.lists(st.integers(20, 45), min_size=0 if kind == 1 else 1, max_size=2, unique=True)
            )
            notes = tuple(Note(f"{own}n{k}", Pitch.from_diatonic(p)) for k, p in enumerate(sorted(pitches)))
            mark = None if len(durations) == 1 else ("start", None, "stop")[n]
            event = Event(f"{own}n0-event" if notes else own, at, one, notes, number, staff, tuplet_mark=mark)
            found.append(event)
            at += one.quarters
    return found


@st.composite
def full_scores(draw):
    """One or two parts whose bars all fill their metre."""
    parts, count, metre = [], draw(st.integers(1, 3)), draw(st.sampled_from(METRES))
    for number in range(draw(st.integers(1, 2))):
        staves, bars = draw(st.integers(1, 2)), []
        for index in range(count):
            events = []
            for staff in range(1, staves + 1):
                for own in draw(st.sampled_from([(1,), (1,), (1, 2)])):
                    name = f"p{number}b{index}s{staff}"
                    events += draw(voice(name, 4 * (staff - 1) + own, staff, metre.quarters))
            bars.append(Bar(index + 1, tuple(events)))
        clefs = tuple(
            ClefChange(Clef("G", 2) if s == 1 else Clef("F", 4), staff=s) for s in range(1, staves + 1)
        )
        bars[0] = replace(bars[0], clefs=clefs, key=Key(draw(st.integers(-3, 3))), metre=metre)
        parts.append(Part(f"P{number}", tuple(bars), "", staves))
    return Score(tuple(parts))


def edits_of(score):
    names = st.sampled_from([n.id for _, _, e in score.events() for n in e.notes or (e,)])
    letters = st.sampled_from("CDEFGAB")
    stretch = st.sampled_from([None, 1, 2])
    printed = st.booleans()
    return st.one_of(
        st.builds(Transpose, names, st.integers(-12, 12)),
        st.builds(Step, names, st.integers(-7, 7)),
        st.builds(Accidental, names, st.integers(-2, 2)),
        st.builds(Letter, names, letters),
        st.builds(Repitch, names, st.integers(0, 127)),
        st.builds(Remove, names),
        st.builds(Cut, names),
        st.builds(Silence, names),
        st.builds(Value, names, st.sampled_from([NoteType.WHOLE, NoteType.HALF, NoteType.QUARTER, NoteType.EIGHTH, NoteType.N16])),
        st.builds(Dots, names, st.integers(0, 3)),
        st.builds(Tuplet, names, st.integers(1, 9)),
        st.builds(Tie, names),
        st.builds(Slur, names, st.one_of(st.just(""), names)),
        st.builds(Repeat, names),
        st.builds(AddNote, names, letters),
        st.builds(Fill, names),
        st.builds(InsertBar, names, st.booleans()),
        st.builds(RemoveBar, names),
        st.builds(JoinBars, names),
        st.builds(SplitBar, names),
        st.builds(SetClef, names, st.sampled_from([Clef(), Clef("F", 4), Clef("C", 3)]), stretch, printed),
        st.builds(SetKey, names, st.builds(Key, st.integers(-7, 7)), stretch, printed),
        st.builds(SetMetre, names, st.sampled_from(METRES), stretch),
        st.builds(SetVoice, names, st.integers(1, 4)),
        st.builds(SetStaff, names, st.integers(1, 2)),
        st.builds(OneVoice, names, st.integers(1, 2)),
    )  # fmt: skip


def drawn_edits(score, data, most):
    """Edits, each of a note that the score has after those before it, and the scores after each."""
    states, made = [score], []
    for _ in range(data.draw(st.integers(1, most))):
        edit = data.draw(edits_of(states[-1]))
        made.append(edit)
        states.append(edited(states[-1], edit))
    return made, states


def written_lengths(score):
    """For each part and bar of the MusicXML: quarters that the first voice of each staff holds, and whether it has a hole."""
    root = fromstring(write_musicxml(score).partition(b'partwise.dtd">')[2])
    for number, part in enumerate(root.findall("part")):
        divisions = 1
        for index, measure in enumerate(part.findall("measure")):
            divisions = int(measure.findtext("attributes/divisions") or divisions)
            at, voices = Fraction(0), {}
            for child in measure:
                ticks = Fraction(int(child.findtext("duration") or 0), divisions)
                if child.tag == "note" and child.find("chord") is None and child.find("grace") is None:
                    staff, own = int(child.findtext("staff") or 1), int(child.findtext("voice") or 1)
                    start, _, total = voices.get((staff, own), (at, at, Fraction(0)))
                    voices[staff, own] = start, at + ticks, total + ticks
                at += {
                    "note": ticks if child.find("chord") is None else 0,
                    "forward": ticks,
                    "backup": -ticks,
                }.get(child.tag, 0)
            first = {}
            for (staff, own), told in sorted(voices.items()):
                first.setdefault(staff, (own, told))
            yield number, index, first, voices


@settings(max_examples=60, deadline=None)
@given(full_scores(), st.data())
def test_a_bar_that_is_not_flagged_fills_its_metre_in_the_file_without_a_hole(score, data):
    assert misfits(score) == {}
    _, states = drawn_edits(score, data, 4)
    new = states[-1]
    flagged = misfits(new)
    for number, index, first, voices in written_lengths(new):
        part = new.parts[number]
        metre = [bar.metre for bar in part.bars[: index + 1] if bar.metre][-1].quarters
        longest = max(end for _, end, _ in voices.values())
        if index in flagged or (index == len(part.bars) - 1 and index):
            continue
        assert longest <= metre
        for start, end, total in (told for _, told in first.values()):
            assert (start, end, total) == (0, metre, metre)


@settings(max_examples=60, deadline=None)
@given(full_scores(), st.data())
def test_an_edited_score_is_written_and_read_again_and_heard(score, data):
    _, states = drawn_edits(score, data, 5)
    new = states[-1]
    assert ordered(read_musicxml(write_musicxml(new))) == ordered(without_sources(new))
    for note in sounding_notes(new):
        assert 0 <= note.onset_s < note.offset_s


@settings(max_examples=30, deadline=None)
@given(full_scores(), st.data())
def test_the_same_edits_give_the_same_bytes_and_taking_them_back_those_before(score, data):
    made, states = drawn_edits(score, data, 5)
    files = [write_musicxml(state) for state in states]
    for count in range(len(made), -1, -1):
        assert write_musicxml(edited_by(score, made[:count])) == files[count]


@settings(max_examples=60, deadline=None)
@given(full_scores(), st.data())
def test_ids_stay_unlike_and_onsets_within_the_bar(score, data):
    _, states = drawn_edits(score, data, 5)
    for part in states[-1].parts:
        assert len({len(p.bars) for p in states[-1].parts}) == 1
        for bar in part.bars:
            assert bar.events
            assert all(e.onset >= 0 for e in bar.events)
    names = [n.id for _, _, e in states[-1].events() for n in e.notes or (e,)]
    assert len(names) == len(set(names))


def without_sources(score):
    parts = tuple(
        replace(p, bars=tuple(replace(b, source=None, box=None) for b in p.bars)) for p in score.parts
    )
    return replace(score, parts=parts)
