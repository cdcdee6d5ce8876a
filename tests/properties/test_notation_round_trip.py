"""Any score written as MusicXML and read again is the same score; MIDI likewise; edits keep scores writable."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from models.notation.editing import Accidental, Letter, Remove, Repitch, Step, Transpose, edited_by
from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.musicxml.vocabulary import CONTAINERS, DYNAMICS
from models.notation.performance import sounding_notes
from models.notation.score import (
    JUMPS,
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
    Tremolo,
)

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=12).map(
    str.strip
)
DURATIONS = st.builds(
    Duration,
    st.sampled_from(
        [NoteType.WHOLE, NoteType.HALF, NoteType.QUARTER, NoteType.EIGHTH, NoteType.N16, NoteType.N64]
    ),
    st.integers(0, 2),
    st.sampled_from([(1, 1), (1, 1), (3, 2), (5, 4), (7, 4)]),
)
PITCHES = st.builds(Pitch, st.sampled_from("CDEFGAB"), st.integers(-2, 2), st.integers(0, 9))


@st.composite
def events(draw, prefix, voice, staff):
    """One voice of a bar, with holes in it."""
    found, at = [], Fraction(0)
    for number in range(draw(st.integers(0, 5))):
        if draw(st.booleans()) and draw(st.booleans()):
            at += draw(DURATIONS).quarters
        name = f"{prefix}v{voice}e{number}"
        notes = tuple(
            Note(
                f"{name}n{k}",
                pitch,
                draw(st.sampled_from([None, None, "sharp", "flat", "natural", "double-sharp", "flat-flat"])),
                draw(st.booleans()),
                draw(st.booleans()),
                cents=draw(st.sampled_from([0, 0, 0, 50]))
                * (1 if pitch.alter >= 0 else -1)
                * (abs(pitch.alter) < 2),
            )
            for k, pitch in enumerate(draw(st.lists(PITCHES, max_size=3, unique=True)))
        )
        grace = bool(notes) and draw(st.integers(0, 5)) == 0
        if grace:
            notes = tuple(replace(n, tie_start=False, tie_stop=False) for n in notes)
        event = Event(
            f"{name}n0-event" if notes else name, at, draw(DURATIONS), notes, voice, staff, grace=grace
        )
        if notes and draw(st.integers(0, 7)) == 0:  # drums stand at a place without a sign
            notes = tuple(
                replace(n, pitch=replace(n.pitch, alter=0), cents=0, drum=draw(st.integers(35, 81)))
                for n in notes
            )
            event = replace(event, notes=notes)
        if notes and not grace:
            tremolos = [None, None, Tremolo(1), Tremolo(3), Tremolo(2, "start"), Tremolo(2, "stop")]
            event = replace(event, tremolo=draw(st.sampled_from(tremolos)))
        event = replace(event, dynamic=draw(st.sampled_from([None, None, *DYNAMICS[:4]])))
        if notes:
            marks = draw(st.lists(st.sampled_from(sorted(CONTAINERS)), max_size=3, unique=True))
            event = replace(
                event,
                stem=draw(st.sampled_from([None, "up", "down"])),
                beams=tuple(
                    draw(st.sampled_from([(), ("begin",), ("continue", "begin"), ("end", "backward hook")]))
                ),
                slurs=tuple(
                    draw(
                        st.lists(
                            st.tuples(st.sampled_from(["start", "stop"]), st.integers(1, 4)),
                            max_size=2,
                            unique=True,
                        )
                    )
                ),
                articulations=tuple(marks),
            )
        event = replace(event, tuplet_mark=draw(st.sampled_from([None, None, "start", "stop"])))
        found.append(event)
        at += event.length
    return found


@st.composite
def bars(draw, prefix, index, staves):
    found = []
    for staff in range(1, staves + 1):
        for voice in draw(st.sampled_from([(1,), (1, 2)])):
            found += draw(events(f"{prefix}b{index}", 4 * (staff - 1) + voice, staff))
    if not found:
        found = [Event(f"{prefix}b{index}r", Fraction(0), Duration(NoteType.WHOLE), whole_bar=True)]
    bar = Bar(
        draw(st.integers(0, 500)),
        tuple(found),
        new_system=draw(st.booleans()),
        repeat_start=draw(st.booleans()),
        barline=draw(st.sampled_from(["regular", "light-light", "light-heavy", "dashed"])),
        gap=draw(st.booleans()),
        tempo=draw(st.sampled_from([None, None, 72.5, 140.0])) if index else None,
        tempos=tuple(
            draw(
                st.sampled_from(
                    [(), (), ((Fraction(1), 90.0),), ((Fraction(1, 2), 50.0), (Fraction(3), 132.0))]
                )
            )
        ),
        jumps=tuple(j for j in JUMPS if draw(st.integers(0, 6)) == 0),
        key=draw(st.none() | st.builds(Key, st.integers(-7, 7), st.sampled_from([None, "major", "minor"]))),
        metre=draw(
            st.none() | st.sampled_from([Metre(3, 4), Metre(4, 4, "common"), Metre(2, 2, "cut"), Metre(6, 8)])
        ),
    )
    if draw(st.booleans()):
        return replace(
            bar,
            ending=draw(st.sampled_from(["1", "2", "1, 3"])),
            repeat_end=True,
            barline="regular",
            times=draw(st.sampled_from([2, 2, 3, 5])),
        )
    return bar


@st.composite
def scores(draw):
    parts = []
    for number in range(draw(st.integers(1, 2))):
        staves = draw(st.integers(1, 2))
        clefs = tuple(
            ClefChange(
                draw(
                    st.sampled_from(
                        [Clef(), Clef("F", 4, -1), Clef("C", 3), Clef("G", 2, 1), Clef("percussion")]
                    )
                ),
                staff=s,
            )
            for s in range(1, staves + 1)
        )
        found, metre = [], Metre()
        for index in range(draw(st.integers(1, 4))):
            bar = draw(bars(f"p{number}", index, staves))
            metre = bar.metre or metre
            longest = max((e.onset + e.length for e in bar.events if not e.whole_bar), default=Fraction(0))
            found.append(replace(bar, length=longest if longest > metre.quarters else None))
        found[0] = replace(found[0], clefs=clefs)
        at = draw(st.integers(1, 4))
        while at < len(found):  # signs of repetition, now and then
            count = draw(st.sampled_from([0, 0, 1, 2]))
            if count and at >= count and at + count <= len(found):
                found[at] = replace(found[at], repeats_bars=count)
            at += max(1, count)
        parts.append(
            Part(f"P{number}", tuple(found), draw(TEXT), staves, draw(st.sampled_from([0, -2, 3, -14])))
        )
    return Score(tuple(parts), draw(TEXT), draw(st.sampled_from([None, 60.0, 98.6])), tuple(draw(st.lists(TEXT.filter(bool), max_size=2, unique=True))), draw(TEXT))  # fmt: skip


def ordered(score):
    """Neither the order in which a bar lists events of different voices nor the id of a chord means anything."""
    parts = []
    for part in score.parts:
        bars = []
        for bar in part.bars:
            events = [replace(e, id="") if e.notes else e for e in bar.events]
            bars.append(
                replace(bar, events=tuple(sorted(events, key=lambda e: (e.voice, e.onset, not e.grace))))
            )
        parts.append(replace(part, bars=tuple(bars)))
    return replace(score, parts=tuple(parts))


@settings(max_examples=120, deadline=None)
@given(scores())
def test_what_is_written_is_read_again(score):
    assert ordered(read_musicxml(write_musicxml(score))) == ordered(score)


@settings(max_examples=40, deadline=None)
@given(scores(), st.data())
def test_edits_keep_a_score_writable_and_heard(score, data):
    names = st.sampled_from([n.id for _, _, e in score.events() for n in e.notes] or ["none"])
    edits = st.one_of(
        st.builds(Transpose, names, st.integers(-12, 12)),
        st.builds(Step, names, st.integers(-7, 7)),
        st.builds(Accidental, names, st.integers(-2, 2)),
        st.builds(Letter, names, st.sampled_from("CDEFGAB")),
        st.builds(Repitch, names, st.integers(0, 127)),
        st.builds(Remove, names),
    )
    new = edited_by(score, data.draw(st.lists(edits, max_size=4)))
    assert ordered(read_musicxml(write_musicxml(new))) == ordered(new)
    for note in sounding_notes(new):
        assert 0 <= note.onset_s < note.offset_s
        assert 0 <= note.midi <= 127
