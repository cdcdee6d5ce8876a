"""Signs beside the notes: told by their form or by the network, tied to notes and moments, words that OCR ran together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from models.glyph import Glyph
from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.score import Bar, Duration, Event, Note, Part, Pitch, Score, Tremolo
from models.read.attachment import Slot, with_marks
from models.read.directions import among, signs
from models.read.directions.among import among_notes, form_in
from models.read.directions.beside import beside_notes
from models.read.directions.forms import Form, likest
from models.read.directions.wedges import wedges_on
from models.read.meaning.jumps import with_jump_signs
from models.read.meaning.marks import Mark
from models.read.meaning.signs import BarFrame, BarSigns, OctaveSign, octave_marks
from models.read.page.staves import LINE_ROWS, SPACE
from models.read.primitives import LineShape, Primitive
from models.read.primitives.beside import arpeggios, beside, strokes_across, strokes_in
from models.read.primitives.learned.detect import Detection
from models.read.text.letters import Piece, Word, letters_on
from models.read.text.tokens import _by_words
from tests.unit.test_read_words import a_page

Ink = np.ndarray[tuple[int, int], np.dtype[np.uint8]]


def worn(form: Form) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    large = cv2.resize(np.asarray(form.mask, np.float32), None, fx=1.4, fy=1.4)
    return np.asarray(cv2.GaussianBlur(np.pad(large, 2), (0, 0), 0.8)[2:-2, 2:-2] > 0.5)


@pytest.mark.parametrize("name", sorted(signs.ALONE))
def test_every_sign_is_told_from_the_others_in_every_font(name: str) -> None:
    own = [f for f in signs._forms() if f.name == name]
    assert len(own) > 4  # those of SMuFL's fonts and of LilyPond's
    for form in own:
        told = likest(worn(form), form.high, signs._forms())
        assert told is not None
        assert told[0] == name


def drawn(ink: Ink, name: str, x: int, y: int, space: float) -> Ink:
    """The ink with a sign of a font that its left upper corner is given of."""
    form = next(f for f in signs._forms() if f.name == name)
    high = round(form.high * space)
    mark = cv2.resize(np.asarray(form.mask, np.float32), (round(high * form.aspect), high))
    ink[y : y + high, x : x + mark.shape[1]] = np.where(mark > 0.5, 255, 0)
    return ink


def test_signs_clear_of_the_staves_become_marks_of_their_kinds() -> None:
    _, layout = a_page()
    staff = layout.systems[0].staves[0]
    ink, space = np.asarray(layout.page.ink.copy()), staff.space
    left, top, low = int(staff.left), int(staff.lines[0, 0]), int(staff.lines[4, 0])
    drawn(ink, "trill-mark", left + int(24 * space), top - int(4 * space), space)
    drawn(ink, "pedal", left + int(20 * space), low + int(4.5 * space), space)
    drawn(ink, "pedal-stop", left + int(40 * space), low + int(4.5 * space), space)
    words = beside_notes(replace(layout.page, ink=ink), layout.systems, None)
    found = {(m.kind, m.text, m.placement) for m in words.marks[0]}
    assert found == {
        ("articulation", "trill-mark", "above"),
        ("pedal", "", "below"),
        ("pedal-stop", "", "below"),
    }


def test_the_characters_of_a_drawn_page_are_signs() -> None:
    _, layout = a_page()
    staff = layout.systems[0].staves[0]
    x, y = staff.left + 200.0, float(staff.lines[0, 0]) - 60.0
    box = (x, y, x + 30.0, y + 30.0)
    corners = layout.page.upload_points(np.array([[box[0], box[1]], [box[2], box[3]]]))
    glyph = Glyph(chr(0xE567), "Leland", tuple(corners.ravel().tolist()), (0.0, 0.0))  # type: ignore[arg-type]
    letters = letters_on(layout.page, layout.systems)
    found, _ = signs.signs_told(letters, [staff], [[]], [glyph], layout.page)
    assert [(s.name, s.certainty) for s in found] == [("turn", 1.0)]


def test_what_the_network_sees_needs_less_likeness() -> None:
    _, layout = a_page()
    staff = layout.systems[0].staves[0]
    ink, space = np.asarray(layout.page.ink.copy()), staff.space
    x, y = int(staff.left + 24 * space), int(staff.lines[0, 0] - 4 * space)
    drawn(ink, "mordent", x, y, space)
    high = round(next(f.high for f in signs._forms() if f.name == "mordent") * space)
    ink[y + high // 3 : y + high // 2, x : x + int(3 * space)] = 0  # broken by a fold of the paper
    page = replace(layout.page, ink=ink)
    letters = letters_on(page, layout.systems)
    box = staff.strip_box(_upload(layout, (x, y, x + 2.0 * space, y + high)))
    seen = Primitive("p0", "hint", box, 0.5 * (box[0] + box[2]) / SPACE, 12.0, {"ornament": 0.8})
    alone, _ = signs.signs_told(letters, [staff], [[]])
    helped, _ = signs.signs_told(letters, [staff], [[seen]])
    assert len(helped) >= len(alone)
    assert all(s.certainty >= 0.4 for s in helped)


def _upload(layout: object, box: tuple[float, ...]) -> tuple[float, float, float, float]:
    page = layout.page  # type: ignore[attr-defined]
    (x0, y0), (x1, y1) = page.upload_points(np.array([[box[0], box[1]], [box[2], box[3]]])).tolist()
    return x0, y0, x1, y1


def test_an_arpeggio_is_put_together_from_its_pieces() -> None:
    pieces = [
        Detection({"arpeggio": 0.3}, (100.0, 100.0, 120.0, 122.0)),
        Detection({"arpeggio": 0.4}, (101.0, 118.0, 121.0, 140.0)),
        Detection({"arpeggio": 0.9}, (300.0, 100.0, 320.0, 160.0)),
    ]
    found = sorted(arpeggios(pieces), key=lambda d: d.box[0])
    assert [d.box for d in found] == [(100.0, 100.0, 121.0, 140.0), (300.0, 100.0, 320.0, 160.0)]
    assert found[0].certainty == pytest.approx(0.58)
    hints = beside(pieces, np.zeros((321, 400), np.bool_))
    assert [(h.kind, h.label) for h in hints] == [("hint", "arpeggio")] * 2


@pytest.mark.parametrize("strokes", [1, 2, 3])
def test_the_strokes_of_a_tremolo_are_counted_beside_its_stem(strokes: int) -> None:
    ink = np.zeros((80, 60), np.bool_)
    ink[:, 29:32] = True
    for n in range(strokes):
        ink[20 + 12 * n : 26 + 12 * n, 15:46] = True
    seen = Detection({"tremolo": 0.8}, (14.0, 16.0, 47.0, 30.0 + 12 * strokes))
    assert strokes_in(seen, ink) == strokes


def a_stem_with(
    *rows: int, long: int = 10
) -> tuple[list[Primitive], np.ndarray[tuple[int, int], np.dtype[np.bool_]]]:
    """A half note whose stem, at column 200, is crossed by strokes that rise."""
    ink = np.zeros((321, 400), np.bool_)
    ink[120:200, 199:202] = True
    for row in rows:
        for x in range(-long, long + 1):
            ink[row - x // 4 : row - x // 4 + 8, 200 + x] = True
    stem = Primitive(
        "p0", "line", (199.0, 120.0, 202.0, 200.0), 10.0, 4.0, {"stem": 1.0},
        LineShape(((10.0, 8.0), (10.0, 0.0)), 4.0, 0.15, 99.0),
    )  # fmt: skip
    head = Primitive("p1", "blob", (176.0, 190.0, 201.0, 210.0), 9.4, 0.0, {"hollow_head": 1.0})
    return [stem, head], ink


def test_short_strokes_across_a_stem_are_a_tremolo_and_beams_are_none() -> None:
    found, ink = a_stem_with(140, 158)
    assert [(h.kind, h.label) for h in strokes_across(found, ink)] == [("hint", "tremolo_2")]
    assert not strokes_across(*a_stem_with(140, long=60))  # a beam
    assert not strokes_across(found[:1], ink)  # the stem of the neighbouring staff
    sharp = Primitive("p2", "blob", (185.0, 125.0, 215.0, 175.0), 10.0, 5.0, {"sharp": 0.9})
    assert not strokes_across([*found, sharp], ink)


@pytest.mark.parametrize("name", ["accent", "strong-accent", "tenuto", "staccatissimo"])
def test_which_articulation_it_is_its_form_tells(name: str) -> None:
    form = next(f for f in among._forms("articulation") if f.name == name)
    high = max(4, round(form.high * SPACE))
    mark = cv2.resize(np.asarray(form.mask, np.float32), (round(high * form.aspect), high)) > 0.5
    ink = np.zeros((60, 80), np.bool_)
    ink[20 : 20 + high, 20 : 20 + mark.shape[1]] = mark
    assert form_in(ink, (19.0, 19.0, 21.0 + mark.shape[1], 21.0 + high), "articulation") == name


def test_doubtful_hints_and_those_of_a_neighbour_say_nothing() -> None:
    _, layout = a_page()
    staff = layout.systems[0].staves[0]
    box = (200.0, LINE_ROWS[0] - 30.0, 210.0, LINE_ROWS[0] - 20.0)
    seen = Primitive("p0", "hint", box, 10.25, 10.0, {"staccato": 0.9})
    told = among_notes(
        staff, [seen, replace(seen, memberships={"staccato": 0.3}), replace(seen, shared=True)]
    )
    assert [(m.kind, m.text, m.placement) for m in told] == [("articulation", "staccato", "above")]


def a_bar(*events: Event) -> Part:
    return Part("P1", (Bar(1, events),))


def slot(
    event: Event, x: float, system: int = 0, place: int = 0, heads: tuple[float, float] | None = None
) -> Slot:
    at = event.onset, event.voice, bool(event.notes), event.grace, event.length, heads
    return Slot(system, 0, place, 1, x, event.id, *at)


def quarter(name: str, onset: int, voice: int = 1, *, rest: bool = False) -> Event:
    notes = () if rest else (Note(f"{name}n", Pitch("C")), Note(f"{name}m", Pitch("E")))
    return Event(name, Fraction(onset), Duration(), notes, voice)


def test_an_arpeggio_belongs_to_the_chord_at_its_right_and_at_its_height() -> None:
    upper, lower = quarter("u", 1), quarter("l", 1, 2)
    slots = [
        slot(quarter("b", 0), 8.0),
        slot(upper, 12.0, heads=(100.0, 140.0)),
        slot(lower, 12.1, heads=(200.0, 240.0)),
    ]
    mark = Mark("articulation", 10.2, 10.9, "arpeggiate", box=(0.0, 195.0, 10.0, 245.0))
    part = with_marks(a_bar(quarter("b", 0), upper, lower), slots, [(0, 0, 0, 1, mark)])
    assert {e.id: e.articulations for e in part.bars[0].events} == {"b": (), "u": (), "l": ("arpeggiate",)}


def test_of_two_voices_the_upper_one_has_the_signs_above() -> None:
    upper, lower = quarter("u", 0), quarter("l", 0, 2)
    slots = [slot(lower, 10.0), slot(upper, 10.1)]
    marks = [
        (0, 0, 0, 1, Mark("articulation", 9.6, 10.4, "trill-mark", "above")),
        (0, 0, 0, 1, Mark("articulation", 9.6, 10.4, "strong-accent", "below")),
    ]
    part = with_marks(a_bar(upper, lower), slots, marks)
    assert [e.articulations for e in part.bars[0].events] == [("trill-mark",), ("strong-accent",)]


def test_pedal_tremolo_and_fermata_find_their_moments() -> None:
    events = [quarter("a", 0), quarter("b", 1), quarter("c", 2), quarter("r", 3, rest=True)]
    slots = [slot(e, 10.0 + 4 * n) for n, e in enumerate(events)]
    marks = [
        Mark("pedal", 9.5, 11.8, placement="below"),
        Mark("pedal-stop", 17.4, 18.6, placement="below"),
        Mark("tremolo", 13.4, 14.9, "2"),
        Mark("articulation", 21.0, 23.0, "fermata"),
    ]
    bar = with_marks(a_bar(*events), slots, [(0, 0, 0, 1, m) for m in marks]).bars[0]
    assert [(d.kind, d.onset, d.placement) for d in bar.directions] == [
        ("pedal", 0, "below"),
        ("pedal-stop", 2, "below"),
    ]
    assert [e.tremolo for e in bar.events] == [None, Tremolo(2), None, None]
    assert bar.events[3].articulations == ("fermata",)


def test_a_hairpin_over_the_end_of_a_line_is_one() -> None:
    first, second = quarter("a", 0), quarter("b", 0)
    part = Part("P1", (Bar(1, (first,)), Bar(2, (second,))))
    slots = [slot(first, 10.0), slot(second, 8.0, system=1, place=1)]
    marks = [
        (0, 0, 0, 1, Mark("diminuendo", 9.5, 20.0, extend=True)),
        (1, 0, 1, 1, Mark("diminuendo", 6.0, 12.0)),
    ]
    bars = with_marks(part, slots, marks).bars
    assert [[(d.kind, d.onset) for d in b.directions] for b in bars] == [
        [("diminuendo", 0)],
        [("wedge-stop", 1)],
    ]
    alone = with_marks(part, slots, marks[:1]).bars
    assert [(d.kind, d.onset) for d in alone[0].directions] == [("diminuendo", 0), ("wedge-stop", 1)]


def test_an_ottava_line_is_written_where_it_begins() -> None:
    frame = BarFrame(20.0, 40.0, (0, 0, 1, 1))
    own = BarSigns(octaves=(OctaveSign(22.0, 50.0, 1), OctaveSign(5.0, 25.0, -1)))
    assert [(m.kind, m.x, m.x1, m.placement) for m in octave_marks(frame, own)] == [
        ("octave-up", 22.0, 50.0, "above")
    ]
    events = [quarter("a", 0), quarter("b", 1)]
    slots = [slot(e, 22.5 + 4 * n) for n, e in enumerate(events)]
    bar = with_marks(a_bar(*events), slots, [(0, 0, 0, 1, Mark("octave-up", 22.0, 28.0))]).bars[0]
    assert [(d.kind, d.onset) for d in bar.directions] == [("octave-up", 0), ("octave-stop", 2)]


def test_of_two_coda_signs_the_first_leads_to_the_second() -> None:
    bars = [Bar(n) for n in range(1, 5)]
    told = with_jump_signs(bars, {0: ["segno"], 1: ["coda"], 3: ["coda"]})
    assert [b.jumps for b in told] == [("segno",), ("tocoda",), (), ("coda",)]
    said = with_jump_signs([replace(bars[0], jumps=("tocoda",)), *bars[1:]], {0: ["coda"], 3: ["coda"]})
    assert [b.jumps for b in said] == [("tocoda",), (), (), ("coda",)]


def test_a_segno_over_a_bar_line_belongs_to_the_bar_behind_it() -> None:
    events = [quarter("a", 0), quarter("b", 1), quarter("c", 0)]
    part = Part("P1", (Bar(1, tuple(events[:2])), Bar(2, (events[2],))))
    slots = [slot(events[0], 10.0), slot(events[1], 16.0), slot(events[2], 24.0, place=1)]
    bars = with_marks(part, slots, [(0, 0, 0, 1, Mark("jump", 20.0, 21.5, "segno"))]).bars
    assert [b.jumps for b in bars] == [(), ("segno",)]


def test_every_note_of_a_chord_says_that_it_is_rolled() -> None:
    chord = replace(quarter("c", 0), articulations=("arpeggiate",))
    written = write_musicxml(Score((a_bar(chord),)))
    assert written.count(b"<arpeggiate") == 2
    assert read_musicxml(written).parts[0].bars[0].events[0].articulations == ("arpeggiate",)


def a_word(x: float, *widths: float, high: int = 20) -> Word:
    pieces = []
    at = x
    for wide in widths:
        pieces.append(Piece(int(at), 100, int(at + wide), 100 + high, len(pieces) + 1))
        at += wide + 1
    return Word(tuple(pieces), x, 100.0, at - 1, 100.0 + high, 100.0 + high, float(high))


@pytest.mark.parametrize(
    ("text", "words", "parts"),
    [
        ("botsie", (a_word(0, 14, 14, 8), a_word(50, 11, 6, 12)), ["bot", "sie"]),
        ("house", (a_word(0, 14, 14, 8), a_word(39, 12, 12)), ["house"]),  # the gap of two letters
        ("66", (a_word(0, 12), a_word(20, 12)), ["66"]),
        ("FF", (a_word(0, 12), a_word(300, 12)), ["F", "F"]),  # chord symbols
    ],
)
def test_words_that_ocr_runs_together_are_parted_where_the_page_parts_them(
    text: str, words: Sequence[Word], parts: list[str]
) -> None:
    assert [part for part, _ in _by_words(text, words)] == parts


def test_hairpins_are_seen_through_bar_lines_and_broken_off_at_the_end_of_a_line() -> None:
    _, layout = a_page()
    staff = layout.systems[0].staves[0]
    ink, space = np.asarray(layout.page.ink.copy()), staff.space
    y, left, right = int(staff.lines[4, 0] + 5 * space), int(staff.left + 20 * space), int(staff.right)
    for side in (-1, 1):
        cv2.line(ink, (left, y), (left + int(12 * space), y + int(side * 0.7 * space)), 255, 3)
        start = (right - int(14 * space), y + int(side * 0.9 * space))
        cv2.line(ink, start, (right - int(0.4 * space), y + int(side * 0.5 * space)), 255, 3)
    cv2.line(
        ink, (left + int(6 * space), y - int(3 * space)), (left + int(6 * space), y + int(3 * space)), 255, 4
    )
    page = replace(layout.page, ink=ink)
    staves = [s for system in layout.systems for s in system.staves]
    found = sorted(wedges_on(letters_on(page, layout.systems), staves), key=lambda w: w.box[0])
    assert [(w.kind, w.goes_on) for w in found] == [("crescendo", False), ("diminuendo", True)]
