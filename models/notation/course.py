"""In which order the bars of a score are played, and when: repeats, endings, jumps and tempos."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from models.notation.score import Bar, Metre, Score, bar_length

DEFAULT_TEMPO = 120.0
"""Quarter notes a minute where the score says none."""
_LONGEST_PLAY = 50_000


@dataclass(frozen=True)
class Course:
    """The bars as played: the index and the start, in quarter notes, of each; ``end`` closes the last.

    ``changes`` are the tempos: (moment in quarter notes, second, quarter notes a minute) wherever one begins to hold.
    """

    bars: tuple[int, ...]
    starts: tuple[Fraction, ...]
    changes: tuple[tuple[Fraction, float, float], ...]
    end: Fraction

    def time(self, moment: Fraction) -> float:
        """The second at which a moment (in quarter notes from the start of play) comes."""
        if not self.changes:
            return 0.0
        at = max(0, bisect_right(self.changes, moment, key=lambda change: change[0]) - 1)
        begins, second, tempo = self.changes[at]
        return second + float(moment - begins) * 60 / tempo


def course_of(score: Score, *, repeats: bool = True, tempo: float | None = None) -> Course:
    """The order, places and times of the bars; ``tempo`` (quarter notes a minute) holds in place of all the score's."""
    columns = _columns(score)
    order = play_order(score) if repeats else list(range(len(columns)))
    lengths = _lengths(score, len(columns))
    tempos = _tempos(score, columns)
    starts: list[Fraction] = []
    changes: list[tuple[Fraction, float, float]] = []
    at = Fraction(0)
    for index in order:
        starts.append(at)
        for onset, speed in [(Fraction(0), tempo)] if tempo else tempos[index]:
            if onset and onset >= lengths[index]:
                continue
            second = 0.0
            if changes:
                before, since, held = changes[-1]
                if held == speed:
                    continue
                second = since + float(at + onset - before) * 60 / held
            changes.append((at + onset, second, speed))
        at += lengths[index]
    return Course(tuple(order), tuple(starts), tuple(changes), at)


@dataclass
class _Player:
    """Where play is: the bar from which a repeat goes back, which time round it is, and whether a jump was taken."""

    start: int = 0
    turn: int = 1
    jumped: bool = False

    def begins(self, index: int) -> None:
        """A stretch begins that has not been repeated yet."""
        self.start, self.turn = index, 1


def play_order(score: Score) -> list[int]:
    """Bar indices in the order of play. What any part says of repeats, endings and jumps holds for all.

    After D.C. or D.S. repeats are not taken again and the last ending is played, up to Fine or by way of To Coda, as is the
    custom. Each jump is taken once.
    """
    columns = _columns(score)
    order: list[int] = []
    player, index = _Player(), 0
    while index < len(columns) and len(order) < _LONGEST_PLAY:
        bars = columns[index]
        if any(bar.repeat_start for bar in bars) and index != player.start:
            player.begins(index)
        numbers = _ending_numbers(bars)
        if numbers and not _takes_ending(columns, index, numbers, player):
            index += 1
            continue
        order.append(index)
        jumps = {jump for bar in bars for jump in bar.jumps}
        if any(bar.repeat_end for bar in bars) and not player.jumped:
            if player.turn < max(
                *(bar.times for bar in bars), 2, max(numbers, default=1) + (1 if numbers else 0)
            ):
                player.turn, index = player.turn + 1, player.start
                continue
            player.begins(index + 1)
        elif numbers and not player.jumped and player.turn > 1 and _leaves_ending(columns, index):
            player.begins(index + 1)
        if player.jumped and "fine" in jumps:
            break
        index = _next(columns, index, jumps, player)
    return order


def _next(columns: Sequence[Sequence[Bar]], index: int, jumps: set[str], player: _Player) -> int:
    """The bar after this one: where a jump leads, or the next."""
    if player.jumped and "tocoda" in jumps:
        coda = _marked(columns, "coda", index + 1)
        return index + 1 if coda is None else coda
    if not player.jumped and jumps & {"dacapo", "dalsegno"}:
        player.jumped = True
        segno = _marked(columns, "segno", 0) if "dalsegno" in jumps else 0
        return segno or 0
    return index + 1


def _marked(columns: Sequence[Sequence[Bar]], mark: str, start: int) -> int | None:
    """The first bar from ``start`` on that bears the mark."""
    return next((i for i in range(start, len(columns)) if any(mark in bar.jumps for bar in columns[i])), None)


def _columns(score: Score) -> list[list[Bar]]:
    count = max((len(part.bars) for part in score.parts), default=0)
    return [[part.bars[i] for part in score.parts if i < len(part.bars)] for i in range(count)]


def _ending_numbers(bars: Sequence[Bar]) -> set[int]:
    text = next((bar.ending for bar in bars if bar.ending), None)
    return {int(n) for n in re.findall(r"\d{1,3}", text or "")}


def _takes_ending(columns: Sequence[Sequence[Bar]], index: int, numbers: set[int], player: _Player) -> bool:
    """Whether the ending is played this time; after a jump it is the last of its row."""
    if not player.jumped:
        return player.turn in numbers
    later = index
    while later < len(columns) and (others := _ending_numbers(columns[later])):
        if max(others) > max(numbers):
            return False
        later += 1
    return True


def _leaves_ending(columns: Sequence[Sequence[Bar]], index: int) -> bool:
    return index + 1 >= len(columns) or not _ending_numbers(columns[index + 1])


def _lengths(score: Score, count: int) -> list[Fraction]:
    lengths = [Fraction(0)] * count
    for part in score.parts:
        metre = Metre()
        for index, bar in enumerate(part.bars):
            metre = bar.metre or metre
            filled = max((e.onset + e.length for e in bar.events if not e.whole_bar), default=Fraction(0))
            lengths[index] = max(lengths[index], bar_length(bar, metre), filled)
    return lengths


def _tempos(score: Score, columns: Sequence[Sequence[Bar]]) -> list[list[tuple[Fraction, float]]]:
    """For each bar what holds at its start and changes within it, as (onset, quarter notes a minute)."""
    now = score.tempo or DEFAULT_TEMPO
    found = []
    for bars in columns:
        now = next((bar.tempo for bar in bars if bar.tempo), None) or now
        within = sorted({change for bar in bars for change in bar.tempos})
        found.append([(Fraction(0), now), *within])
        now = within[-1][1] if within else now
    return found
