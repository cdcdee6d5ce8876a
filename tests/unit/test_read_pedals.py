"""Pedal marks: seen over the ink of notes, tied to the moments of all staves of a part, over two octaves' lines in MusicXML."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.score import Bar, Duration, Event, Note, Part, Pitch, Score
from models.notation.words import Direction
from models.read.attachment import Slot, with_marks
from models.read.directions.pedals import pedals_on
from models.read.meaning.marks import Mark
from models.read.page.layout import layout_of
from models.read.page.staves import LINE_ROWS, SPACE, Strip, System
from tests.drawn_staves import drawn_page
from tests.unit.test_read_signs_beside import drawn


@pytest.fixture(scope="module")
def system():
    """Two staves with a few quarter notes."""
    layout = layout_of(drawn_page(staves=2, joined=True))
    staves = [staff for one in layout.systems for staff in one.staves]
    return System(0, tuple(staves))


def with_ink(system: System, *strokes) -> System:
    lowest = system.staves[-1]
    ink = lowest.strip.ink.copy()
    for stroke in strokes:
        stroke(ink)
    strip: Strip = replace(lowest.strip, ink=ink)
    return replace(system, staves=(*system.staves[:-1], replace(lowest, strip=strip)))


def mark(name, x, row):
    return lambda ink: drawn(ink, name, round(x * SPACE), row, SPACE)


def stem(x):
    """A stem from a head in the staff up through what stands over it."""

    def draw(ink):
        ink[LINE_ROWS[0] - 4 * SPACE : LINE_ROWS[2], round(x * SPACE) : round(x * SPACE) + 3] = 255

    return draw


OVER = LINE_ROWS[0] - 2 * SPACE


def told(system):
    return [p.name for p in pedals_on([system])]


def test_notes_alone_are_no_pedal_marks(system):
    assert told(system) == []


def test_marks_are_seen_over_stems_and_lines(system):
    through = with_ink(system, mark("pedal", 34, OVER), stem(36.6), mark("pedal-stop", 46, OVER), stem(46.8))
    assert told(through) == ["pedal", "pedal-stop"]
    first = pedals_on([through])[0]
    ((x, _),) = through.staves[-1].strip.page_points(np.array([[34.0 * SPACE, OVER]]))
    assert first.box[0] == pytest.approx(x, abs=SPACE / 2)


def test_a_staff_alone_has_no_pedal(system):
    lone = with_ink(system, mark("pedal", 34, OVER))
    assert told(replace(lone, staves=lone.staves[-1:])) == []


def quarter(name, onset, staff):
    return Event(name, Fraction(onset), Duration(), (Note(f"{name}n", Pitch("C")),), staff, staff)


def attached(*marks):
    """Pedal marks by the lower of two staves whose notes sound by turns, in two bars of two quarters."""
    events = [quarter("a", 0, 1), quarter("b", 1, 2)], [quarter("c", 0, 1), quarter("d", 1, 2)]
    columns = {"a": 10.0, "b": 14.0, "c": 20.0, "d": 24.0}
    slots = [
        Slot(0, e.staff - 1, place, e.staff, columns[e.id], e.id, e.onset, e.voice, True, False, e.length)
        for place, own in enumerate(events)
        for e in own
    ]
    part = Part("P1", tuple(Bar(n + 1, tuple(own)) for n, own in enumerate(events)), staves=2)
    given = [(0, 1, place, 2, Mark(kind, x, x + 1.6, placement="below")) for kind, x, place in marks]
    found = with_marks(part, slots, given)
    return [(place, d.kind, d.onset, d.staff) for place, bar in enumerate(found.bars) for d in bar.directions]


def test_a_pedal_is_pressed_with_the_note_over_it_whichever_its_staff():
    assert attached(("pedal", 9.5, 0)) == [(0, "pedal", 0, 2)]
    assert attached(("pedal", 13.5, 0)) == [(0, "pedal", 1, 2)]


def test_a_pedal_is_released_at_the_nearest_note_or_at_the_end_of_its_bar():
    assert attached(("pedal-stop", 13.0, 0)) == [(0, "pedal-stop", 1, 2)]
    assert attached(("pedal-stop", 16.0, 0)) == [(0, "pedal-stop", 2, 2)]
    assert attached(("pedal-stop", 19.2, 1)) == [(1, "pedal-stop", 0, 2)]


@pytest.mark.parametrize(("text", "size"), [("", b'size="8"'), ("15", b'size="15"')])
def test_musicxml_keeps_the_octaves_of_a_line(text, size):
    line = (Direction("octave-up", text), Direction("octave-stop", text, Fraction(1)))
    written = write_musicxml(Score((Part("P1", (Bar(1, (quarter("a", 0, 1),), directions=line),)),)))
    assert written.count(size) == 2
    (bar,) = read_musicxml(written).parts[0].bars
    assert [(d.kind, d.text) for d in bar.directions] == [("octave-up", text), ("octave-stop", text)]
