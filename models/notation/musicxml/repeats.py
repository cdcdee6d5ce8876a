"""What a MusicXML bar says of the order of play: bar lines with repeats and endings, jumps, signs that bars repeat."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from models.notation.musicxml import vocabulary as words
from models.notation.musicxml.marks import add_text
from models.notation.score import JUMPS, Bar

AT_START = ("segno", "coda")
"""Jumps' targets stand at the start of a bar, jumps at its end."""


def write_left_barline(measure: ET.Element, bar: Bar, before: Bar | None) -> None:
    """The start of a repeat or an ending; nothing where neither begins."""
    starts = bar.ending and (before is None or before.ending != bar.ending or before.repeat_end)
    if not (bar.repeat_start or starts):
        return
    barline = ET.SubElement(measure, "barline", location="left")
    if bar.repeat_start:
        add_text(barline, "bar-style", "heavy-light")
    if starts:
        ET.SubElement(barline, "ending", number=str(bar.ending), type="start")
    if bar.repeat_start:
        ET.SubElement(barline, "repeat", direction="forward")


def write_right_barline(measure: ET.Element, bar: Bar, after: Bar | None) -> None:
    """The style, the end of a repeat or of an ending; nothing for a plain bar line."""
    stops = bar.ending and (after is None or after.ending != bar.ending or bar.repeat_end)
    if not (stops or bar.repeat_end or bar.barline != "regular"):
        return
    barline = ET.SubElement(measure, "barline", location="right")
    if bar.repeat_end or bar.barline != "regular":
        style = "light-heavy" if bar.repeat_end else bar.barline
        add_text(barline, "bar-style", style if style in words.BAR_STYLES else "regular")
    if stops:
        kind = "stop" if bar.repeat_end else "discontinue"
        ET.SubElement(barline, "ending", number=str(bar.ending), type=kind)
    if bar.repeat_end:
        repeat = ET.SubElement(barline, "repeat", direction="backward")
        if bar.times > 2:
            repeat.set("times", str(bar.times))


def write_jumps(measure: ET.Element, bar: Bar, *, at_start: bool) -> None:
    """Segno and coda, or Fine, D.C., D.S. and To Coda, above the staff, with what they do to the play."""
    for jump in JUMPS:
        if jump not in bar.jumps or (jump in AT_START) != at_start:
            continue
        direction = ET.SubElement(measure, "direction", placement="above")
        kind = ET.SubElement(direction, "direction-type")
        if at_start:
            ET.SubElement(kind, jump)
        else:
            add_text(kind, "words", words.JUMP_WORDS[jump])
        ET.SubElement(direction, "sound").set(jump, "yes" if jump in {"dacapo", "fine"} else "1")


def repeat_signs(bars: Sequence[Bar]) -> dict[int, list[tuple[str, int]]]:
    """By bar index, (start | stop, bars repeated) for each run of signs that say that earlier bars are played again."""
    found: dict[int, list[tuple[str, int]]] = {}
    index, open_run = 0, 0
    while index < len(bars):
        count = bars[index].repeats_bars
        if count != open_run:
            found[index] = [("stop", open_run)] * bool(open_run) + [("start", count)] * bool(count)
        open_run = count
        index += max(1, count)
    return found


def bars_of_rest(bars: Sequence[Bar], index: int) -> int:
    """How many bars from this one on the page shows as one rest with their number; 0 where one of them is no bar of rest."""
    count = bars[index].rests
    own = bars[index : index + count]
    silent = all(e.is_rest and e.whole_bar for bar in own for e in bar.events)
    return count if count > 1 and len(own) == count and silent else 0


def write_bars_of_rest(attributes: ET.Element, count: int) -> None:
    """Says that so many bars of rest stand on the page as one."""
    add_text(ET.SubElement(attributes, "measure-style"), "multiple-rest", count)


def write_repeat_signs(attributes: ET.Element, signs: Sequence[tuple[str, int]]) -> None:
    """The signs of `repeat_signs` at one bar."""
    for kind, count in signs:
        sign = ET.SubElement(ET.SubElement(attributes, "measure-style"), "measure-repeat", type=kind)
        sign.text = str(count) if kind == "start" else None
