"""What each line of print on a page is: heading, name of a part, verse, chord symbols, tempo mark, direction; or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from models.notation.chords import parse_chord
from models.notation.words import Metronome, Placement
from models.read.meaning.marks import Heading, Mark, MarkKind
from models.read.page.staves import LINE_ROWS, SPACE, Staff, System
from models.read.text.figures import figure_before
from models.read.text.letters import Letters
from models.read.text.lexicon import is_direction, is_tempo
from models.read.text.tokens import Line, Token, letters_in, phrases
from models.read.text.verses import sung, syllables

_PHRASE = 2.6  # staff spaces between words of one phrase, at most
_COLUMN = 7.0  # staff spaces between what stands left, in the middle and right above the music
_DIRECTIONS_REACH = 9.0  # staff spaces from a staff to its directions
_HEADING = 7.0  # staff spaces above the first staff from which on nothing belongs to it but tempo marks
_FIGURE = re.compile(r"(\d{2,3})\)?$")
_EQUALS = 3.0  # staff spaces from a sign of equality to its figure, at most
_SURE, _UNKNOWN = 0.55, 0.8  # certainty of known words and of others, at least


@dataclass
class PageWords:
    """What was read on a page: marks by staff (through all systems) and its heading."""

    marks: dict[int, list[Mark]] = field(default_factory=dict)
    heading: Heading = field(default_factory=Heading)


def told(lines: Sequence[Line], letters: Letters, systems: Sequence[System]) -> PageWords:
    """What the lines of a page are."""
    return _Teller(letters, systems).told(lines)


class _Teller:
    def __init__(self, letters: Letters, systems: Sequence[System]) -> None:
        self._letters, self._space = letters, letters.space
        self._staves = [staff for system in systems for staff in system.staves]
        self._systems = systems
        places = ((s, m) for s, system in enumerate(systems) for m in range(len(system.staves)))
        self._places = dict(enumerate(places))
        self._out = PageWords()

    def told(self, lines: Sequence[Line]) -> PageWords:
        lines = self._without_names(lines)
        verses = sung(lines, self._places, self._space)
        taken: set[int] = set()
        for staff, own in verses.items():
            for verse, line in enumerate(own, start=1):
                taken.add(id(line))
                for syllable in syllables(line, self._space):
                    t = syllable.token
                    self._add(
                        staff,
                        "lyric",
                        [t],
                        t.text,
                        "below",
                        middle=True,
                        verse=verse,
                        syllabic=syllable.syllabic,
                    )
        heading: list[list[Token]] = []
        for line in lines:
            if id(line) in taken:
                continue
            if line.row.above is None:
                heading += self._above_all(line)
            else:
                self._between(line)
        self._heading(heading)
        return self._out

    def _without_names(self, lines: Sequence[Line]) -> list[Line]:
        """The lines without what stands left of the systems, which are names of staves."""
        kept: list[Line] = []
        names: dict[int, list[Token]] = {}
        for line in lines:
            rest = []
            for token in line.tokens:
                system = self._left_of(token)
                if system is None:
                    rest.append(token)
                else:
                    names.setdefault(system, []).append(token)
            if rest:
                kept.append(Line(tuple(rest), line.row))
        for system, tokens in names.items():
            self._name(system, tokens)
        return kept

    def _left_of(self, token: Token) -> int | None:
        """The system that a word stands to the left of."""
        y = 0.5 * (token.y0 + token.y1)
        for n, system in enumerate(self._systems):
            first, last = system.staves[0], system.staves[-1]
            top, bottom = float(first.lines[0, 0]), float(last.lines[4, 0])
            if (
                top - 2 * self._space < y < bottom + 2 * self._space
                and token.x1 < first.left - 0.2 * self._space
            ):
                return n
        return None

    def _name(self, system: int, tokens: Sequence[Token]) -> None:
        """Names tied to staves: what stands between two staves that a brace joins is that of the upper one."""
        staves = self._systems[system].staves
        first = next(n for n, place in self._places.items() if place == (system, 0))
        centres = [0.5 * float(s.lines[0, 0] + s.lines[4, 0]) for s in staves]
        groups: dict[int, list[Token]] = {}
        for token in tokens:
            if not letters_in([token]) or token.certainty < 0.4:
                continue
            y = 0.5 * (token.y0 + token.y1)
            gaps = [abs(y - c) for c in centres]
            near = int(np.argmin(gaps))
            if gaps[near] > 3.2 * self._space and y < centres[near] and near:
                near -= 1
            groups.setdefault(near, []).append(token)
        for near, own in groups.items():
            own.sort(key=lambda t: (round(t.y1 / (0.8 * self._space)), t.x0))
            text = " ".join(t.text for t in own).strip(" -.,:")
            if len(text) > 1 or letters_in(own) > 1:
                self._add(first + near, "name", own, text)

    def _above_all(self, line: Line) -> list[list[Token]]:
        """Marks of the first staff are told; what is left is returned in groups: the page's heading."""
        left = []
        for group in phrases(line, _COLUMN * self._space):
            near = line.row.base > -_HEADING
            if not self._marks(0, line, group, "above", sure=near):
                left.append(group)
        return left

    def _between(self, line: Line) -> None:
        above, below = line.row.above, line.row.below
        if above is None or above == below:
            return
        for group in phrases(line, _PHRASE * self._space):
            x, y = group[0].x, 0.5 * (group[0].y0 + group[0].y1)
            down = (y - float(self._staves[above].y(4, x))) / self._space
            up = np.inf if below is None else (float(self._staves[below].y(0, x)) - y) / self._space
            if min(down, up) > _DIRECTIONS_REACH:
                continue
            if below is not None and (up < down or self._is_upper(group, above, below)):
                self._marks(below, line, group, "above", sure=True)
            else:
                self._marks(above, line, group, "below", sure=True)

    def _is_upper(self, group: Sequence[Token], above: int, below: int) -> bool:
        """Whether words between two systems are of a kind that stands above staves only."""
        if self._places[above][0] == self._places[below][0]:
            return False
        text = " ".join(t.text for t in group)
        return is_tempo(text) or all(_chord(t) for t in group)

    def _marks(
        self, staff: int, line: Line, group: Sequence[Token], placement: Placement, *, sure: bool
    ) -> bool:
        """What a phrase says, tied to a staff; False where it says nothing that is known."""
        chords = [t for t in group if _chord(t)]
        if placement == "above" and sure and len(chords) == len(group) and self._has_chords(line):
            for t in chords:
                self._add(staff, "harmony", [t], _chord_text(t.text))
            return True
        words = [t for t in group if not t.text.replace(".", "").isdigit()]
        text = " ".join(t.text for t in group)
        figure = self._figure(line, group) if placement == "above" else None
        known = is_direction(text)
        if figure is not None or (placement == "above" and is_tempo(text) and self._places[staff][1] == 0):
            kept = [
                t for t in words if "=" not in t.text and letters_in([t]) > 1 and t.high < 2.2 * self._space
            ]
            said = _tidy(" ".join(t.text for t in kept))
            mean = float(np.mean([t.certainty for t in kept])) if kept else 1.0
            if figure is None and mean < _SURE:
                return False
            self._add(staff, "tempo", group, said, placement, figure=figure)
            return True
        mean = float(np.mean([t.certainty for t in words])) if words else 0.0
        if known and mean >= _SURE and letters_in(words) > 1:
            self._add(staff, "words", words, _tidy(" ".join(t.text for t in words)), placement)
            return True
        unknown = [t for t in words if t.certainty >= _UNKNOWN and letters_in([t]) >= 0.7 * len(t.text)]
        if (
            sure
            and letters_in(unknown) >= 4
            and len(unknown) >= 0.7 * len(words)
            and self._places[staff] != (0, 0)
        ):
            self._add(staff, "words", words, _tidy(" ".join(t.text for t in words)), placement)
            return True
        return False

    def _has_chords(self, line: Line) -> bool:
        """Whether the words of a line are chord symbols: a letter by itself is a rehearsal mark as well."""
        named = [t for t in line.tokens if _chord(t)]
        words = [t for t in line.tokens if not t.text.isdigit()]  # bar numbers stand there too
        return len(named) > 1 or (len(words) == 1 and len(named[0].text) > 1)

    def _figure(self, line: Line, group: Sequence[Token]) -> Metronome | None:
        """The figure behind a sign of equality, and the note before that."""
        for token in group:
            found = _FIGURE.search(token.text)
            signs = [x for x in line.row.equals if 0 < token.x0 - x < _EQUALS * self._space]
            if found is None or not (signs or "=" in token.text) or not 20 <= float(found.group(1)) <= 400:
                continue
            edge = max(signs) - 0.55 * self._space if signs else token.x0
            return figure_before(self._letters, edge, token, float(found.group(1)))
        return None

    def _heading(self, groups: Sequence[Sequence[Token]]) -> None:
        """Title, subtitle and people among what stands above the first staff."""
        if not self._staves or not groups:
            return
        left, right = self._staves[0].left, self._staves[0].right
        middle = 0.5 * (left + right)
        title: list[str] = []
        subtitle: list[str] = []
        composer: list[str] = []
        lyricist: list[str] = []
        spoken = [g for g in groups if letters_in(g) > 1 and np.mean([t.certainty for t in g]) > 0.6]
        largest = max((max(t.high for t in g) for g in spoken), default=0.0)
        for group in spoken:
            text = " ".join(t.text for t in group)
            centre, size = 0.5 * (group[0].x0 + group[-1].x1), max(t.high for t in group)
            central = abs(centre - middle) < 0.12 * (right - left)
            if size > 0.75 * largest and (central or size > 1.9 * self._space) and not composer:
                title.append(text)
            elif central:
                subtitle.append(text)
            elif group[-1].x1 > right - 0.12 * (right - left):
                composer.append(text)
            elif group[0].x0 < left + 0.12 * (right - left):
                lyricist.append(text)
        self._out.heading = Heading(
            " ".join(title),
            " ".join(subtitle),
            _person(composer[0]) if composer else "",
            _person(lyricist[-1]) if lyricist else "",
        )

    def _add(
        self, staff: int, kind: MarkKind, tokens: Sequence[Token], text: str, placement: Placement = "above", *,
        middle: bool = False, **more: object,
    ) -> None:  # fmt: skip
        x0, x1 = tokens[0].x0, tokens[-1].x1
        own = self._staves[staff]
        certainty = min(t.certainty for t in tokens)
        box = upload_box(own, (x0, min(t.y0 for t in tokens), x1, max(t.y1 for t in tokens)))
        at = strip_x(own, 0.5 * (x0 + x1) if middle else x0)
        mark = Mark(kind, at, strip_x(own, x1), text, placement, certainty=certainty, box=box, **more)  # type: ignore[arg-type]
        self._out.marks.setdefault(staff, []).append(mark)


def strip_x(staff: Staff, x: float) -> float:
    """A column of the prepared page in staff spaces along the staff's strip."""
    row = staff.strip.map_x[LINE_ROWS[2]]
    return float(np.interp(x, row, np.arange(len(row)))) / SPACE


def upload_box(staff: Staff, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """A box of the prepared page in the upload's pixels."""
    x0, y0, x1, y1 = box
    corners = staff.page.upload_points(np.array([[x0, y0], [x1, y0], [x0, y1], [x1, y1]], np.float64))
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _chord(token: Token) -> bool:
    return parse_chord(_chord_text(token.text)) is not None and token.certainty > 0.3


def _chord_text(text: str) -> str:
    """A chord symbol as OCR reads it, with its signs mended: it has no letters for sharps and flats."""
    text = text.strip(".,:;'\"")
    text = text.replace("?", "7")
    text = re.sub(r"^([A-G])(?:ff|f|ft|t|4|£|H|tt|\*|\$)(?=$|m|7|6|9|d|s|/|M)", r"\1#", text)
    return re.sub(r"^([A-G])(?:p|>|l,|b\.|6(?=[m7]))", r"\1b", text)


def _tidy(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip(" ,;:-=")


def _person(text: str) -> str:
    text = re.sub(
        r"^(?i:(music|words|text|lyrics|poem|composed|comp\.?|musik|worte|musique|paroles)( (by|von|de|par))?:?|by|von)\s+",
        "",
        text,
    )
    return text.strip(" ,;:")
