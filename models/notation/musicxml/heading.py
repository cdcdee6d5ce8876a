"""What stands before the bars of a MusicXML file: title, people, assumptions, credits, and which parts are joined."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from models.notation.musicxml import vocabulary as words
from models.notation.musicxml.events import number
from models.notation.musicxml.marks import add_text
from models.notation.score import PartGroup, Score


def write_identification(root: ET.Element, score: Score) -> None:
    """Title, composer, lyricist, and the sentences of what was assumed."""
    if score.title:
        add_text(ET.SubElement(root, "work"), "work-title", score.title)
    identification = ET.SubElement(root, "identification")
    for kind, name in (("composer", score.composer), ("lyricist", score.lyricist)):
        if name:
            add_text(identification, "creator", name).set("type", kind)
    encoding = ET.SubElement(identification, "encoding")
    add_text(encoding, "software", "ScoreWeb")
    for what in ("accidental", "beam", "stem"):
        ET.SubElement(encoding, "supports", element=what, type="yes")
    if score.assumptions:
        fields = ET.SubElement(identification, "miscellaneous")
        for sentence in score.assumptions:
            add_text(fields, "miscellaneous-field", sentence).set("name", words.ASSUMPTION)


def write_credits(root: ET.Element, score: Score) -> None:
    """The lines above the music, where a subtitle asks for them: title and people by themselves are in the identification."""
    if not score.subtitle:
        return
    for kind, text, justify in (
        ("title", score.title, "center"),
        ("subtitle", score.subtitle, "center"),
        ("composer", score.composer, "right"),
        ("lyricist", score.lyricist, "left"),
    ):
        if text:
            credit = ET.SubElement(root, "credit", page="1")
            add_text(credit, "credit-type", kind)
            add_text(credit, "credit-words", text).set("justify", justify)


def write_part_groups(part_list: ET.Element, score: Score, index: int, kind: str) -> None:
    """The groups that start before the part of an index, or stop after it; wider ones around narrower ones."""
    own = [
        (n, group)
        for n, group in enumerate(score.groups, start=1)
        if index == (group.first if kind == "start" else group.last)
    ]
    own.sort(key=lambda g: (g[1].last - g[1].first, g[0]), reverse=kind == "start")
    for n, group in own:
        element = ET.SubElement(part_list, "part-group", type=kind, number=str(n))
        if kind == "start":
            add_text(element, "group-symbol", group.symbol)


def read_part_groups(root: ET.Element) -> tuple[PartGroup, ...]:
    """The groups of the part list that a bracket or brace shows."""
    found: list[PartGroup] = []
    opened: dict[str, tuple[int, str]] = {}
    count = 0
    for element in root.iterfind("part-list/*"):
        if element.tag == "score-part":
            count += 1
        elif element.tag == "part-group":
            name = element.get("number", "1")
            if element.get("type") == "start":
                opened[name] = count, (element.findtext("group-symbol") or "").strip()
            elif name in opened:
                first, symbol = opened.pop(name)
                if symbol in {"bracket", "brace"} and first < count - 1:
                    found.append(PartGroup(first, count - 1, "brace" if symbol == "brace" else "bracket"))
    return tuple(sorted(found, key=lambda g: (g.first, -g.last)))


def credit_of(root: ET.Element, kind: str) -> str:
    """The words of the first credit of a kind on the first page; nothing where there is none."""
    for credit in root.findall("credit"):
        if int(number(credit.get("page"), 1)) == 1 and credit.findtext("credit-type") == kind:
            return next(((w.text or "").strip() for w in credit.iter("credit-words")), "")
    return ""
