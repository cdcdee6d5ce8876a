"""An editor who makes no mistake: the keys and clicks that make a read score right, by what the page's editor can do.

Everything is really done to the score, so that what comes out is held against the truth. An action is one key, with or
without Ctrl, Shift or Alt, or one click: choosing the next note to correct is one, each correction is one, another reading
of a bar is two (the bar, and its number), a sign chosen from a list is two, with the note that it starts at three.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from benchmarks.reading_bars import paired
from benchmarks.reading_marks import musicxml_bars
from models.notation.editing import (
    Accidental,
    AddNote,
    Cut,
    Dots,
    Edit,
    InsertBar,
    Letter,
    Remove,
    RemoveBar,
    Repeat,
    SetClef,
    SetKey,
    Silence,
    Transpose,
    Value,
    edited,
    with_rests,
)
from models.notation.editing.places import clef_before, keys
from models.notation.musicxml import write_musicxml
from models.notation.score import Event, Key, Part, Pitch, Score

LIST = 3
"""Actions to set a clef or key: the note, the list, the sign."""
READING = 2
"""Actions to take another reading of a bar: the bar, and the number of the reading."""
BAR = 2
"""Actions to put in or take out a bar: the bar, and the key."""


@dataclass
class Desk:
    """A score under correction, and the actions so far."""

    score: Score
    actions: int = 0
    edits: list[Edit] = field(default_factory=list)

    def do(self, edit: Edit, actions: int = 1) -> bool:
        """An edit made; False, and nothing counted, where it changes nothing."""
        new = edited(self.score, edit)
        if new == self.score:
            return False
        self.score = new
        self.edits.append(edit)
        self.actions += actions
        return True


@dataclass(frozen=True)
class Corrected:
    """What making a page right took: bars that were wrong, and of them still wrong; actions by editing and by typing anew."""

    bars: int
    wrong: int
    left: int
    actions: int
    typed: int


def corrected(read: Score, truth: Score, readings: dict[int, Score] | None = None) -> Corrected:
    """The score made like the truth, bar by bar by the cheaper of another reading and of edits.

    ``readings`` gives for bars (from 0) of which another reading is right a score that has it.
    """
    desk = Desk(with_rests(read))
    truth = with_rests(truth)
    wanted = musicxml_bars(write_musicxml(truth))
    typed, wrong = _typing(desk.score, truth)
    _signs(desk, truth)
    readings = dict(readings or {})
    _bars(desk, truth, readings)
    for index in range(len(wanted)):
        if _bar(desk.score, index) == wanted[index]:
            continue
        if index in readings and _bar(readings[index], index) == wanted[index]:
            desk.actions += READING
            desk.score = _with_bar_of(desk.score, readings[index], index)
            continue
        _correct(desk, truth, index)
    now = musicxml_bars(write_musicxml(desk.score))
    left = sum(now[n] != bar if n < len(now) else True for n, bar in enumerate(wanted))
    return Corrected(len(wanted), wrong, left, desk.actions, typed)


def _bar(score: Score, index: int) -> object:
    bars = musicxml_bars(write_musicxml(score))
    return bars[index] if index < len(bars) else None


def _with_bar_of(score: Score, other: Score, index: int) -> Score:
    """The score with a bar of another one."""
    parts = tuple(
        replace(
            part,
            bars=(
                *part.bars[:index],
                replace(more.bars[index], key=part.bars[index].key, clefs=part.bars[index].clefs),
                *part.bars[index + 1 :],
            ),
        )
        if index < len(more.bars)
        else part
        for part, more in zip(score.parts, other.parts, strict=True)
    )
    return replace(score, parts=parts)


def _first(score: Score, part: int, index: int, staff: int = 1) -> str | None:
    events = [e for e in score.parts[part].bars[index].events if e.staff == staff]
    if not events:
        return None
    event = min(events, key=lambda e: e.onset)
    return event.notes[0].id if event.notes else event.id


def _signs(desk: Desk, truth: Score) -> None:
    """Clefs and keys that were misread at the start of a bar, as long as both scores have the same staves."""
    if [p.staves for p in desk.score.parts] != [p.staves for p in truth.parts]:
        return
    bars = min(len(p.bars) for p in (*desk.score.parts, *truth.parts))
    for index in range(bars):
        for number, part in enumerate(truth.parts):
            for staff in range(1, part.staves + 1):
                right = clef_before(part, index, staff)
                own = [c.clef for c in part.bars[index].clefs if c.staff == staff and c.onset == 0]
                right = own[-1] if own else right
                now = desk.score.parts[number]
                read = [c.clef for c in now.bars[index].clefs if c.staff == staff and c.onset == 0]
                held = read[-1] if read else clef_before(now, index, staff)
                name = _first(desk.score, number, index, staff)
                if held != right and name:
                    desk.do(SetClef(name, right), LIST)
        wanted, held_key = keys(truth.parts[0])[index], keys(desk.score.parts[0])[index]
        name = _first(desk.score, 0, index)
        if wanted.fifths != held_key.fifths and name:
            desk.do(SetKey(name, Key(wanted.fifths)), LIST)


def _bars(desk: Desk, truth: Score, readings: dict[int, Score]) -> None:
    """Bars that were missed or made up; readings are kept where bars keep their places."""
    read, wanted = (musicxml_bars(write_musicxml(one)) for one in (desk.score, truth))
    pairs = paired(read, wanted)
    if len(read) == len(wanted):
        return
    readings.clear()
    for index in sorted(set(range(len(read))) - set(pairs), reverse=True):
        name = _first(desk.score, 0, index)
        if name:
            desk.do(RemoveBar(name), BAR)
    have = sorted(pairs.values())
    for index in range(len(wanted)):
        if index in have:
            continue
        count = len(desk.score.parts[0].bars)
        name = _first(desk.score, 0, min(index, count - 1))
        if name:
            desk.do(InsertBar(name, after=index >= count), BAR)


_Wanted = tuple[tuple[Pitch, ...], str, int]
"""Pitches (none for a rest), note value, dots."""


def _told(event: Event) -> _Wanted:
    return tuple(n.pitch for n in event.notes), event.duration.type.value, event.duration.dots


def _staves(score: Score) -> list[tuple[int, int]]:
    return [(n, staff) for n, part in enumerate(score.parts) for staff in range(1, part.staves + 1)]


def _events(part: Part, index: int, staff: int) -> list[Event]:
    own = [e for e in part.bars[index].events if e.staff == staff]
    return sorted(own, key=lambda e: (e.onset, not e.grace, e.voice))


def _correct(desk: Desk, truth: Score, index: int) -> None:
    """One bar made right, staff by staff, by the fewest edits of its events."""
    for (number, staff), (other, own) in zip(_staves(desk.score), _staves(truth), strict=False):
        if index >= len(desk.score.parts[number].bars) or index >= len(truth.parts[other].bars):
            continue
        read = _events(desk.score.parts[number], index, staff)
        wanted = [
            _told(e) for e in _events(truth.parts[other], index, own) if not (e.is_rest and e.whole_bar)
        ]
        key = keys(desk.score.parts[number])[index]
        _play(desk, _steps([_told(e) for e in read], wanted, key), read, wanted)


def _steps(read: Sequence[_Wanted], wanted: Sequence[_Wanted], key: Key) -> list[tuple[str, int, int]]:
    """The cheapest way from one row of events to another: (keep or change, insert, delete), from left to right."""
    cost = [[0] * (len(wanted) + 1) for _ in range(len(read) + 1)]
    for i in range(1, len(read) + 1):
        cost[i][0] = cost[i - 1][0] + 2
    for j in range(1, len(wanted) + 1):
        cost[0][j] = cost[0][j - 1] + 2 + len(wanted[j - 1][0])
    for i in range(1, len(read) + 1):
        for j in range(1, len(wanted) + 1):
            cost[i][j] = min(
                cost[i - 1][j - 1] + _price(read[i - 1], wanted[j - 1], key),
                cost[i - 1][j] + 2,
                cost[i][j - 1] + 2 + len(wanted[j - 1][0]),
            )
    steps = []
    i, j = len(read), len(wanted)
    while i or j:
        if i and j and cost[i][j] == cost[i - 1][j - 1] + _price(read[i - 1], wanted[j - 1], key):
            i, j = i - 1, j - 1
            steps.append(("change", i, j))
        elif i and cost[i][j] == cost[i - 1][j] + 2:
            i -= 1
            steps.append(("delete", i, j))
        else:
            j -= 1
            steps.append(("insert", i, j))
    return steps[::-1]


def _price(read: _Wanted, wanted: _Wanted, key: Key) -> int:
    if read == wanted:
        return 0
    if bool(read[0]) != bool(wanted[0]):
        pitches = 1 + len(wanted[0])
    else:
        missing = set(wanted[0]) - set(read[0])
        extra = set(read[0]) - set(wanted[0])
        pitches = (
            sum(1 + (p.alter != key.alter(p.step)) for p in missing) + max(0, len(extra) - len(missing)) * 2
        )
    return 1 + pitches + (read[1] != wanted[1]) + abs(read[2] - wanted[2])


def _play(
    desk: Desk, steps: Sequence[tuple[str, int, int]], read: Sequence[Event], wanted: Sequence[_Wanted]
) -> None:
    last: str | None = None
    names = {n: (e.notes[0].id if e.notes else e.id) for n, e in enumerate(read)}
    for what, i, j in steps:
        if what == "delete":
            if i in names:
                desk.do(Cut(names[i]), 2)
        elif what == "change" and i in names:
            last = _changed(desk, names[i], wanted[j])
        elif last is not None:
            last = _inserted(desk, last, wanted[j])
        elif (
            i in names
        ):  # before the first: its copy stands for it then; the rest of an empty bar becomes the note
            made = _copy(desk, names[i])
            last = _changed(desk, names.pop(i), wanted[j])
            if made is not None:
                names[i] = made


def _copy(desk: Desk, name: str) -> str | None:
    before = _ids(desk.score)
    if not desk.do(Repeat(name)):
        return None
    return next((one for one in _ids(desk.score) if one not in before), None)


def _inserted(desk: Desk, after: str, wanted: _Wanted) -> str:
    made = _copy(desk, after)
    return after if made is None else _changed(desk, made, wanted)


def _ids(score: Score) -> dict[str, None]:
    return {one.id: None for _, _, e in score.events() for one in e.notes or (e,)}


def _found(score: Score, name: str) -> Event | None:
    return next((e for _, _, e in score.events() if any(one.id == name for one in e.notes or (e,))), None)


def _changed(desk: Desk, name: str, wanted: _Wanted) -> str:
    """An event made as it is wanted; the id that it has then. Choosing it is an action where anything is to be done."""
    event = _found(desk.score, name)
    if event is None or _told(event) == wanted:
        return name
    desk.actions += 1
    pitches, value, dots = wanted
    if not pitches and event.notes:
        desk.do(Silence(name))
        name = event.id
    if pitches and not event.notes:
        desk.do(Letter(name, pitches[0].step))
    now = _found(desk.score, name)
    if now is not None and now.duration.type.value != value:
        desk.do(Value(name, type(now.duration.type)(value)))
    now = _found(desk.score, name)
    if now is not None and now.duration.dots != dots:
        desk.do(Dots(name, dots), abs(now.duration.dots - dots))
    return _pitched(desk, name, pitches) if pitches else name


def _pitched(desk: Desk, name: str, pitches: Sequence[Pitch]) -> str:
    """The notes of a chord made those that are wanted, each with the keys that it takes."""
    event = _found(desk.score, name)
    if event is None:
        return name
    left = [p for p in pitches if p not in {n.pitch for n in event.notes}]
    wrong = [n for n in event.notes if n.pitch not in pitches]
    count = len(left)
    for note in wrong[:count]:
        desk.actions += note.id != name
        _to(desk, note.id, left.pop(0))
    for note in wrong[count:]:
        desk.do(Remove(note.id), 2)
    event = _found(desk.score, name) or next(
        (e for _, _, e in desk.score.events() if e.id == event.id), event
    )
    for pitch in left:
        before = _ids(desk.score)
        if desk.do(AddNote(event.notes[0].id, pitch.step)):
            made = next(one for one in _ids(desk.score) if one not in before)
            _to(desk, made, pitch)
    event = next((e for _, _, e in desk.score.events() if e.id == event.id), event)
    return event.notes[0].id if event.notes else event.id


def _to(desk: Desk, name: str, pitch: Pitch) -> None:
    """A note brought to a pitch: by its letter, by octaves, by its accidental; or by semitones where that is shorter."""
    now = next(n.pitch for _, _, e in desk.score.events() for n in e.notes if n.id == name)
    for by in (1, -1):
        moved = edited(desk.score, Transpose(name, by))
        if any(n.id == name and n.pitch == pitch for _, _, e in moved.events() for n in e.notes):
            desk.do(Transpose(name, by))
            return
    if now.step != pitch.step:
        desk.do(Letter(name, pitch.step))
    now = next(n.pitch for _, _, e in desk.score.events() for n in e.notes if n.id == name)
    octaves = pitch.octave - now.octave
    for _ in range(abs(octaves)):
        desk.do(Transpose(name, 12 if octaves > 0 else -12))
    now = next(n.pitch for _, _, e in desk.score.events() for n in e.notes if n.id == name)
    if now.alter != pitch.alter:
        desk.do(Accidental(name, pitch.alter))


def _typing(read: Score, truth: Score) -> tuple[int, int]:
    """Actions to delete every wrong bar and to type it anew, and how many bars are wrong.

    A key for each note value that is another than the last typed, each dot, each note of a chord, each rest, each octave
    that the nearest note of the name is off, each accidental that the key does not give; two to choose and empty the bar.
    """
    now, wanted = (musicxml_bars(write_musicxml(one)) for one in (read, truth))
    pairs = {j: i for i, j in paired(now, wanted).items()}
    actions, wrong = BAR * (len(now) - len(pairs)), 0
    for index, bar in enumerate(wanted):
        if index in pairs and now[pairs[index]] == bar:
            continue
        wrong += 1
        actions += 2
        for number, staff in _staves(truth):
            key = keys(truth.parts[number])[index]
            value, before = "", None
            for event in _events(truth.parts[number], index, staff):
                if event.whole_bar:
                    continue
                actions += (event.duration.type.value != value) + event.duration.dots + (not event.notes)
                value = event.duration.type.value
                for pitch in (n.pitch for n in event.notes):
                    octaves = 0 if before is None else abs(round(Fraction(pitch.diatonic - before, 7)))
                    actions += 1 + octaves + (pitch.alter != key.alter(pitch.step))
                    before = pitch.diatonic
    return actions, wrong
