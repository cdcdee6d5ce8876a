"""What stands beside the notes tied to them: syllables and signs to notes, chord symbols and directions to moments, names to parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from models.notation.chords import parse_chord
from models.notation.score import Bar, Event, Part, Score, Tremolo
from models.notation.words import Direction, DirectionKind, Harmony, Lyric, Syllabic
from models.read.meaning.fingering import with_fingers
from models.read.meaning.jumps import with_jump_signs, with_jumps
from models.read.meaning.marks import Mark, MarkKind
from models.read.text.lexicon import customary_tempo, transposition

_SYLLABLE_REACH = 4.5  # staff spaces from a syllable to its note, at most
_EDGE = 0.6  # staff spaces from a head's middle to its left edge, where words begin
_SIGN_REACH = 1.6  # staff spaces from an accent to its note
_BETWEEN_STAVES = frozenset(("words", "dynamic", "crescendo", "diminuendo"))
"""What stands between the two staves of a keyboard part is written with the upper one."""
_WEDGE_ENDS = 0.7  # staff spaces that a hairpin may reach over the note it leads to
_CONTINUES = (
    2.0  # staff spaces behind the first note of a system up to which a hairpin of the last one goes on
)
_FINGER_REACH = 0.9  # staff spaces from the middle of a finger's digit to that of its head, at most
_BEHIND = 1.0  # staff spaces behind the last note of a bar from which a pedal is released at its end
_LEFT_OF = 3.0  # staff spaces from an arpeggio to its chord, at most
_ACROSS = 1.3  # staff spaces from a tremolo's middle to that of its head, at most
_STOPS: dict[MarkKind, DirectionKind] = {
    "crescendo": "wedge-stop", "diminuendo": "wedge-stop", "octave-up": "octave-stop", "octave-down": "octave-stop",
}  # fmt: skip
_SAME_COLUMN = 0.9  # staff spaces within which notes of two voices carry one syllable


@dataclass(frozen=True)
class Slot:
    """Where an event of a part stands on the page: system, staff of the system, bar of the piece, staff of the part, column."""

    system: int
    staff: int
    place: int
    position: int
    x: float
    event: str
    onset: Fraction
    voice: int
    sounds: bool
    grace: bool
    length: Fraction = Fraction(0)
    heads: tuple[float, float] | None = None  # their top and bottom in the upload's pixels


def with_marks(part: Part, slots: Sequence[Slot], marks: Sequence[tuple[int, int, int, int, Mark]]) -> Part:
    """The part with its marks, each given with the system, staff, bar of the piece and staff of the part that it stands by."""
    changes = _Changes()
    by_staff: dict[tuple[int, int], list[tuple[int, int, Mark]]] = defaultdict(list)
    for system, staff, place, position, mark in marks:
        if part.staves == 2 and position == 2 and mark.placement == "above" and mark.kind in _BETWEEN_STAVES:
            by_staff[system, staff - 1].append((place, 1, replace(mark, placement="below")))
        else:
            by_staff[system, staff].append((place, position, mark))
    for key in sorted(by_staff):
        own = sorted((s for s in slots if (s.system, s.staff) == key), key=lambda s: s.x)
        _lyrics(own, [m for _, _, m in by_staff[key] if m.kind == "lyric"], changes)
        around = [s for s in slots if s.system == key[0]]
        for place, position, mark in by_staff[key]:
            if mark.kind in ("pedal", "pedal-stop"):
                _pedal(around, place, position, mark, changes)
            else:
                _mark(own, place, position, mark, changes)
    for (position, _), (last, end, mark) in changes.unended.items():
        changes.stop(last, end, position, mark)
    bars = tuple(with_jumps(changes.applied(bar, place)) for place, bar in enumerate(part.bars))
    bars = with_jump_signs(bars, changes.jumps)
    return _named(
        replace(part, bars=_words_over_lines(bars)), [(s, m) for s, _, _, _, m in marks if m.kind == "name"]
    )


def with_tempo(score: Score) -> Score:
    """The score played as its tempo marks say: by their figures, or as is usual for their words."""
    marked = False
    said: list[str] = []
    parts = []
    for part in score.parts:
        bars = []
        for place, bar in enumerate(part.bars):
            tempos = []
            for mark in bar.directions:
                tempo = mark.metronome.quarters if mark.metronome else customary_tempo(mark.text)
                if mark.kind != "tempo" or tempo is None:
                    continue
                tempos.append((mark.onset, float(tempo)))
                if place == 0 and mark.metronome is None:
                    said.append(f"{mark.text} without a figure: {tempo} quarter notes a minute were assumed.")
            if place == 0 and tempos and not marked:
                score, tempos, marked = replace(score, tempo=tempos[0][1]), tempos[1:], True
            first = next((t for onset, t in tempos if onset == 0), None)
            later = tuple((onset, t) for onset, t in tempos if onset > 0)
            bars.append(replace(bar, tempo=first, tempos=later) if tempos else bar)
        parts.append(replace(part, bars=tuple(bars)))
    return replace(score, parts=tuple(parts), assumptions=(*score.assumptions, *dict.fromkeys(said)))


class _Changes:
    """What is added to events, by their ids, and to bars, by their places."""

    def __init__(self) -> None:
        self.lyrics: dict[str, list[Lyric]] = defaultdict(list)
        self.dynamics: dict[str, str] = {}
        self.signs: dict[str, list[str]] = defaultdict(list)
        self.directions: dict[int, list[Direction]] = defaultdict(list)
        self.harmonies: dict[int, list[Harmony]] = defaultdict(list)
        self.tremolos: dict[str, Tremolo] = {}
        self.fingers: dict[str, list[Mark]] = defaultdict(list)
        self.jumps: dict[int, list[str]] = defaultdict(list)
        self.unended: dict[tuple[int, DirectionKind], tuple[Slot, Fraction, Mark]] = {}

    def stop(self, last: Slot, end: Fraction, position: int, mark: Mark) -> None:
        """Ends a hairpin or a line at a moment of the bar of its last note."""
        self.directions[last.place].append(
            Direction(_STOPS[mark.kind], mark.text, end, position, mark.placement, certainty=mark.certainty)
        )

    def applied(self, bar: Bar, place: int) -> Bar:
        events = with_fingers([self._event(event) for event in bar.events], self.fingers)
        directions = sorted(self.directions[place], key=lambda d: d.onset)
        harmonies = sorted(self.harmonies[place], key=lambda h: h.onset)
        return replace(bar, events=events, directions=tuple(directions), harmonies=tuple(harmonies))

    def _event(self, event: Event) -> Event:
        signs = (s for s in self.signs.get(event.id, ()) if s not in event.articulations)
        return replace(
            event,
            lyrics=tuple(sorted(self.lyrics.get(event.id, ()), key=lambda one: one.verse)),
            dynamic=self.dynamics.get(event.id, event.dynamic),
            articulations=(*event.articulations, *dict.fromkeys(signs)),
            tremolo=self.tremolos.get(event.id, event.tremolo),
        )


def _lyrics(slots: Sequence[Slot], marks: Sequence[Mark], changes: _Changes) -> None:
    notes: list[Slot] = []
    for slot in slots:
        if not slot.sounds or slot.grace:
            continue
        if notes and slot.x - notes[-1].x < _SAME_COLUMN and slot.voice != notes[-1].voice:
            if slot.voice < notes[-1].voice:
                notes[-1] = slot
            continue
        notes.append(slot)
    verses: dict[int, list[Mark]] = defaultdict(list)
    for mark in marks:
        verses[mark.verse].append(mark)
    for verse, own in verses.items():
        own.sort(key=lambda m: m.x)
        for mark, slot in _matched(own, notes):
            changes.lyrics[slot.event].append(
                Lyric(mark.text, verse, mark.syllabic, mark.extend, mark.certainty, mark.box)
            )


def _matched(marks: Sequence[Mark], notes: Sequence[Slot]) -> list[tuple[Mark, Slot]]:
    """Syllables and their notes, both in order, no note twice: the pairs that stand nearest together in all."""
    costs = [[_distance(mark, slot) for slot in notes] for mark in marks]
    rows, columns = len(marks), len(notes)
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(1, rows + 1):
        best[i][0] = i * _SYLLABLE_REACH
        for j in range(1, columns + 1):
            pair = best[i - 1][j - 1] + min(costs[i - 1][j - 1], 2 * _SYLLABLE_REACH)
            best[i][j] = min(best[i][j - 1], best[i - 1][j] + _SYLLABLE_REACH, pair)
    found = []
    i, j = rows, columns
    while i and j:
        if best[i][j] == best[i][j - 1]:
            j -= 1
        elif best[i][j] == best[i - 1][j] + _SYLLABLE_REACH:
            i -= 1
        else:
            found.append((marks[i - 1], notes[j - 1]))
            i, j = i - 1, j - 1
    return found[::-1]


def _distance(mark: Mark, slot: Slot) -> float:
    """From a syllable to a note: it stands centred under it, or begins there where several notes are sung to it."""
    begins = 2 * mark.x - mark.x1
    return min(abs(mark.x - slot.x), 0.5 + abs(begins + _EDGE - slot.x))


def _mark(slots: Sequence[Slot], place: int, position: int, mark: Mark, changes: _Changes) -> None:
    own = [s for s in slots if s.place == place]
    if mark.kind == "harmony":
        chord = parse_chord(mark.text)
        if chord is not None:
            slot = _nearest(own, mark.x + _EDGE)
            onset = slot.onset if slot else Fraction(0)
            changes.harmonies[place].append(Harmony(chord, onset, position, mark.certainty, mark.box))
    elif mark.kind in ("words", "tempo", "rehearsal"):
        kind: DirectionKind = (
            "tempo" if mark.kind == "tempo" else "rehearsal" if mark.kind == "rehearsal" else "words"
        )
        slot = _nearest(own, mark.x + _EDGE)
        starts = slot is None or (place == 0 and kind == "tempo")
        onset = Fraction(0) if starts or slot is None else slot.onset
        changes.directions[place].append(
            Direction(kind, mark.text, onset, position, mark.placement, mark.figure, mark.certainty, mark.box)
        )
    elif mark.kind == "dynamic":
        slot = _nearest(own, 0.5 * (mark.x + mark.x1))
        if slot is not None:
            changes.dynamics[slot.event] = mark.text
    elif mark.kind == "articulation":
        held = mark.text == "fermata"  # rests are held too
        _sign([s for s in own if (s.sounds or held) and not s.grace], mark, changes)
    elif mark.kind == "fingering":
        _finger(own, mark, changes)
    elif mark.kind == "tremolo":
        middle = 0.5 * (mark.x + mark.x1)
        slot = _nearest([s for s in own if s.sounds], middle)
        if slot is not None and abs(slot.x - middle) < _ACROSS:
            changes.tremolos[slot.event] = Tremolo(int(mark.text))
    elif mark.kind == "jump":
        firsts = {
            s.place: s.x for s in reversed(slots)
        }  # it stands where a bar begins, over its line or its first note
        middle = 0.5 * (mark.x + mark.x1)
        begins = min(firsts, key=lambda n: abs(firsts[n] - middle), default=place)
        changes.jumps[begins].append(mark.text)
    elif mark.kind in _STOPS:
        _span(slots, position, mark, mark.kind, changes)  # type: ignore[arg-type]


def _sign(slots: Sequence[Slot], mark: Mark, changes: _Changes) -> None:
    """An articulation, an ornament or an arpeggio, which stands left of its chord."""
    if mark.text == "arpeggiate":
        right = [s for s in slots if -_EDGE < s.x - mark.x1 < _LEFT_OF]
        slot = min(right, key=lambda s: s.x, default=None)
        column = [s for s in right if slot is not None and s.onset == slot.onset]
        beside = [s for s in column if _level(s, mark)]
        for one in beside or column[:1]:
            changes.signs[one.event].append(mark.text)
        return
    middle = 0.5 * (mark.x + mark.x1)
    slot = _nearest(slots, middle)
    if slot is None or abs(slot.x - middle) >= _SIGN_REACH:
        return
    column = [s for s in slots if abs(s.x - slot.x) < _SAME_COLUMN and s.onset == slot.onset]
    # of two voices the upper one has its signs above
    slot = (min if mark.placement == "above" else max)(column, key=lambda s: s.voice)
    changes.signs[slot.event].append(mark.text)


def _finger(slots: Sequence[Slot], mark: Mark, changes: _Changes) -> None:
    """A fingering, which stands over or under its note: of two voices the upper one's stands above."""
    middle = 0.5 * (mark.x + mark.x1)
    slot = _nearest([s for s in slots if s.sounds], middle)
    if slot is None or abs(slot.x - middle) >= _FINGER_REACH:
        return
    column = [s for s in slots if s.sounds and not s.grace and abs(s.x - slot.x) < _SAME_COLUMN]
    slot = (min if mark.placement == "above" else max)(column, key=lambda s: s.voice)
    changes.fingers[slot.event].append(mark)


def _level(slot: Slot, mark: Mark) -> bool:
    """Whether a sign stands at the height of most of a chord's heads."""
    if slot.heads is None or mark.box is None:
        return False
    (top, low), (_, y0, _, y1) = slot.heads, mark.box
    return min(low, y1) - max(top, y0) > 0.5 * (low - top)


def _pedal(slots: Sequence[Slot], place: int, position: int, mark: Mark, changes: _Changes) -> None:
    """A pedal mark among the notes of a part: pressed with the note over its left edge, released at the nearest or the bar's end."""
    inside = [s for s in slots if s.place == place]
    middle = 0.5 * (mark.x + mark.x1)
    slot = _nearest(inside, mark.x + _EDGE) if mark.kind == "pedal" else _nearest(slots, middle)
    bar, onset = place, Fraction(0)
    if mark.kind == "pedal-stop" and inside and middle - max(s.x for s in inside) > _BEHIND:
        onset = max(s.onset + s.length for s in inside)
    elif slot is not None:
        bar, onset = slot.place, slot.onset
    kind: DirectionKind = "pedal" if mark.kind == "pedal" else "pedal-stop"
    changes.directions[bar].append(
        Direction(kind, "", onset, position, "below", certainty=mark.certainty, box=mark.box)
    )


def _span(slots: Sequence[Slot], position: int, mark: Mark, kind: DirectionKind, changes: _Changes) -> None:
    """A hairpin or an ottava line, from the first note under it to the end of the last, which may be in a later system."""
    first = _nearest(slots, mark.x + _EDGE)
    under = [s for s in slots if not s.grace and s.x < mark.x1 - _WEDGE_ENDS]
    if first is None or not under or under[-1].x < first.x:
        return
    last = under[-1]
    follows = (s.onset for s in slots if s.place == last.place and s.x > last.x and s.onset > last.onset)
    end = min(follows, default=last.onset + last.length)
    begun = changes.unended.pop((position, kind), None)
    if begun is not None and (begun[0].system + 1 != last.system or mark.x > slots[0].x + _CONTINUES):
        changes.stop(begun[0], begun[1], position, begun[2])
        begun = None
    if begun is None:
        changes.directions[first.place].append(
            Direction(
                kind, mark.text, first.onset, position, mark.placement, certainty=mark.certainty, box=mark.box
            )
        )
    if mark.extend:
        changes.unended[position, kind] = last, end, mark
    else:
        changes.stop(last, end, position, mark)


def _nearest(slots: Iterable[Slot], x: float) -> Slot | None:
    return min((s for s in slots if not s.grace), key=lambda s: abs(s.x - x), default=None)


def _words_over_lines(bars: Sequence[Bar]) -> tuple[Bar, ...]:
    """The bars, each word that goes on in the next line of music told as going on there."""
    goes_on: dict[tuple[int, int], bool] = {}
    out = []
    for bar in bars:
        events = {}
        for event in sorted(bar.events, key=lambda e: (e.onset, e.voice)):
            told = []
            for lyric in event.lyrics:
                key = event.staff, lyric.verse
                kind: Syllabic = lyric.syllabic
                if goes_on.get(key):
                    kind = "middle" if kind in ("begin", "middle") else "end"
                else:
                    kind = "begin" if kind in ("begin", "middle") else "single"
                goes_on[key] = kind in ("begin", "middle")
                told.append(replace(lyric, syllabic=kind))
            events[event.id] = replace(event, lyrics=tuple(told))
        out.append(replace(bar, events=tuple(events[e.id] for e in bar.events)))
    return tuple(out)


def _named(part: Part, names: Sequence[tuple[int, Mark]]) -> Part:
    """The part with the name that stands before its first system, and the shorter one of later systems."""
    first = next((m.text for system, m in names if system == 0), "")
    later = next((m.text for system, m in names if system > 0), "")
    name = first or later
    short = later if first and later != first else ""
    return replace(part, name=name, short_name=short, transpose=transposition(name))
