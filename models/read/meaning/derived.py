"""What a final graph of the grammar says: its nodes and edges as the signs of a bar."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from models.arrays import Box
from models.notation.score import Clef, Metre, NoteType
from models.read.grammar import Graph, Node
from models.read.meaning.crossing import beam_words
from models.read.meaning.signs import (
    ArcSign,
    BarSigns,
    ChordSign,
    ClefSign,
    Crossing,
    HeadSign,
    KeySign,
    LooseStroke,
    MetreSign,
    RestSign,
    Stem,
    TimedSign,
    TupletSign,
)
from models.read.primitives.between_staves import CROSSING

BoxOf = Callable[[frozenset[str]], Box | None]
"""The box in the upload of the primitives with these ids, together."""

_LEVEL = 0.42  # staff spaces between two beams of a group, at least
_PIECED = 0.6  # certainty of flags counted by their pieces
_COLUMN = 0.9  # staff spaces between heads of a chord without a stem
_RESTS = {1: NoteType.WHOLE, 2: NoteType.HALF, 4: NoteType.QUARTER, 8: NoteType.EIGHTH, 16: NoteType.N16,
          32: NoteType.N32}  # fmt: skip
_SIGNS = {"double_sharp": "double-sharp", "double_flat": "flat-flat"}

_BREVE = (2.12, 3.0)  # staff spaces of the width of a double whole note; whole notes have 1.6 to 2.0
_KEY_GAP = 1.6  # staff spaces between two signs of one key


@dataclass(frozen=True)
class HungStem:
    """A stem with its heads; `beams` are the uids of the nodes of its beams, `left` and `right` how many come from there."""

    node: Node
    heads: tuple[Node, ...]
    up: bool
    left: int  # beams that come from the left
    right: int
    beams: frozenset[int]
    crossing: frozenset[str]  # the names of those that lead to another staff


def signs_of(graph: Graph, certainty: float, box_of: BoxOf) -> BarSigns:
    """The bar that a final graph describes: notes and rests from left to right, and what stands between them."""
    stems = stems_in(graph)
    timed: list[TimedSign] = [*_chords(stems, box_of), *_stemless(graph, box_of), *_rests(graph, box_of)]
    timed.sort(key=lambda s: s.x)
    timed = [_with_fermata(graph, s) for s in timed]
    return BarSigns(
        tuple(timed),
        clefs=tuple(_clef(n, box_of) for n in graph.labelled("clef")),
        keys=tuple(_keys(graph, box_of)),
        metres=tuple(m for n in graph.labelled("metre") if (m := _metre(n, box_of)) is not None),
        arcs=tuple(a for n in graph.labelled("arc") if (a := _arc(n)) is not None),
        tuplets=tuple(
            TupletSign(n["x"], n["step"], None, n["sure"])
            for n in graph.labelled("figure")
            if not 0.5 < n["step"] < 7.5
        ),
        strokes=tuple(
            LooseStroke(n["x"], -n["y1"], -n["y0"])
            for n in graph.labelled("stem")
            if not graph.edges(n, "hangs")
        ),
        certainty=certainty,
    )


def _with_fermata(graph: Graph, sign: TimedSign) -> TimedSign:
    held = any(n["kind"] == "fermata" and abs(n["x"] - sign.x) < 1.0 for n in graph.labelled("mark"))
    if not held or not isinstance(sign, ChordSign):
        return sign
    return replace(sign, articulations=(*sign.articulations, "fermata"))


def stems_in(graph: Graph) -> list[HungStem]:
    """The stems of a final graph that carry heads, with the beams that are theirs and not those of a chord they cross."""
    out = []
    for stem in graph.labelled("stem"):
        heads = tuple(graph.neighbours(stem, "hangs"))
        if not heads:
            continue
        above = min(h["y"] for h in heads) - stem["y0"]
        below = stem["y1"] - max(h["y"] for h in heads)
        up = above >= below
        left, right, uids, names = [], [], [], set[str]()
        for beam in graph.neighbours(stem, "beamed"):
            across = beam["x1"] - beam["x0"]
            y = beam["yl"] + (beam["yr"] - beam["yl"]) * (stem["x"] - beam["x0"]) / max(0.2, across)
            middle = 0.5 * (min(h["y"] for h in heads) + max(h["y"] for h in heads))
            if min(abs(h["y"] - y) for h in heads) < 0.6 or (y < middle) != up:
                continue
            uids.append(beam.uid)
            names |= {name for name in beam.sources if CROSSING in name}
            if beam["x0"] < stem["x"] - 0.4:
                left.append(y)
            if beam["x1"] > stem["x"] + 0.4:
                right.append(y)
        levels = _levels(left), _levels(right)
        out.append(HungStem(stem, heads, up, *levels, frozenset(uids), frozenset(names)))
    return out


def _levels(heights: Sequence[float]) -> int:
    count, last = 0, None
    for y in sorted(heights):
        if last is None or y - last > _LEVEL:
            count, last = count + 1, y
    return count


def _chords(stems: Sequence[HungStem], box_of: BoxOf) -> list[ChordSign]:
    groups = _groups(stems)
    members: dict[int, list[HungStem]] = defaultdict(list)
    for stem in sorted(stems, key=lambda s: s.node["x"]):
        if (group := groups.get(stem.node.uid)) is not None:
            members[group].append(stem)
    out = []
    for stem in stems:
        group = groups.get(stem.node.uid)
        beamed = max(stem.left, stem.right)
        flags = int(stem.node.get("flags", 0))
        fill = _fill(stem.heads)
        grace = all(h.get("grace", 0) for h in stem.heads)
        # the flag of a grace note may be hidden by its stroke; without one it would be a quarter, which hardly occurs
        strokes = max(beamed or flags, int(grace)) if fill == 2 else 0
        words: tuple[str, ...] = ()
        if group is not None and beamed and len(members[group]) > 1:
            own = members[group]
            words = beam_words(own.index(stem), [(s.left, s.right) for s in own])
        heads = tuple(_head(h, box_of) for h in stem.heads)
        direction: Stem = "up" if stem.up else "down"
        out.append(
            ChordSign(
                x=sum(h["x"] for h in stem.heads) / len(stem.heads),
                heads=heads,
                filled=fill == 2,
                stem=direction,
                strokes=strokes,
                dots=max(int(h.get("dots", 0)) for h in stem.heads),
                beams=words,
                group=group if words else None,
                crossing=Crossing(tuple(sorted(stem.crossing)), stem.left, stem.right)
                if stem.crossing
                else None,
                grace=grace,
                articulations=("staccato",) if any(h.get("staccato", 0) for h in stem.heads) else (),
                certainty=min(*(h["sure"] for h in stem.heads), _flag_certainty(stem.node, beamed)),
                box=box_of(frozenset().union(*(h.sources for h in stem.heads), stem.node.sources)),
            )
        )
    return out


def _flag_certainty(stem: Node, beamed: int) -> float:
    """How sure the number of flags is that a stem carries; 1 where it carries none, or beams."""
    if beamed or not stem.get("flags", 0):
        return 1.0
    return _PIECED if stem.get("pieces", 0) else float(stem.get("flag_sure", 1.0))


def _fill(heads: Sequence[Node]) -> int:
    """2 where the heads of a stem are solid, 1 where they are hollow: the surer ones decide."""
    solid = sum(h["sure"] for h in heads if h["fill"] == 2)
    return 2 if solid >= 0.5 * sum(h["sure"] for h in heads) else 1


def _groups(stems: Sequence[HungStem]) -> dict[int, int]:
    """A group's number for every stem that a beam joins to another."""
    parent: dict[int, int] = {s.node.uid: s.node.uid for s in stems}

    def root(uid: int) -> int:
        while parent[uid] != uid:
            uid = parent[uid]
        return uid

    first: dict[int, int] = {}
    for stem in stems:
        for beam in stem.beams:
            if beam in first:
                parent[root(stem.node.uid)] = root(first[beam])
            else:
                first[beam] = stem.node.uid
    numbers: dict[int, int] = {}
    out = {}
    for stem in sorted(stems, key=lambda s: s.node["x"]):
        if stem.beams:
            out[stem.node.uid] = numbers.setdefault(root(stem.node.uid), len(numbers) + 1)
    return out


def _head(node: Node, box_of: BoxOf) -> HeadSign:
    sign = node.get("accidental")
    return HeadSign(
        node["x"],
        node["step"],
        _SIGNS.get(sign, sign) if sign else None,
        certainty=node["sure"],
        box=box_of(node.sources),
    )


def _stemless(graph: Graph, box_of: BoxOf) -> list[ChordSign]:
    """Noteheads without a stem: whole notes, or those whose stem was not detected."""
    lone = [h for h in graph.labelled("head") if not graph.edges(h, "hangs")]
    columns: list[list[Node]] = []
    for head in lone:
        last = columns[-1] if columns else None
        near = last is not None and abs(head["x"] - last[0]["x"]) < (
            1.5 if any(abs(h["step"] - head["step"]) < 1.5 for h in last) else _COLUMN
        )
        if last is not None and near and (last[0]["fill"] == 2) == (head["fill"] == 2):
            last.append(head)
        else:
            columns.append([head])
    return [
        ChordSign(
            x=sum(h["x"] for h in heads) / len(heads),
            heads=tuple(_head(h, box_of) for h in heads),
            filled=heads[0]["fill"] == 2,
            stem=None,
            dots=max(int(h.get("dots", 0)) for h in heads),
            grace=all(h.get("grace", 0) for h in heads),
            breve=heads[0]["fill"] == 0 and all(_BREVE[0] < h["wide"] < _BREVE[1] for h in heads),
            certainty=min(h["sure"] for h in heads),
            box=box_of(frozenset().union(*(h.sources for h in heads))),
        )
        for heads in columns
    ]


def _rests(graph: Graph, box_of: BoxOf) -> list[RestSign]:
    return [
        RestSign(
            n["x"], _RESTS[int(n["part"])], int(n.get("dots", 0)), n["step"],
            certainty=n["sure"], box=box_of(n.sources),
        )
        for n in graph.labelled("rest")
    ]  # fmt: skip


def _clef(node: Node, box_of: BoxOf) -> ClefSign:
    """A clef with what it may be besides: the other clefs' memberships go along."""
    line = min(5, max(1, round(node["step"] / 2) + 1))  # a C clef names the line that it is centred on
    lower = float(node.get("octave", 0.0))
    graded = [
        (Clef("G", 2), float(node.get("treble_clef", 0.0)) * (1.0 - 0.8 * lower)),
        (Clef("G", 2, -1), float(node.get("treble_clef", 0.0)) * lower),
        (Clef("F", 4), float(node.get("bass_clef", 0.0))),
        (Clef("C", line), float(node.get("alto_clef", 0.0))),
        (Clef("percussion"), float(node.get("percussion_clef", 0.0))),
    ]
    graded.sort(key=lambda g: -g[1])
    return ClefSign(node["x"], tuple(g for g in graded if g[1] > 0.01), box_of(node.sources))


def _keys(graph: Graph, box_of: BoxOf) -> list[KeySign]:
    """Accidentals that belong to no head, in rows."""
    found = sorted(graph.labelled("keysign", "accidental"), key=lambda n: float(n["x"]))
    rows: list[list[Node]] = []
    for node in found:
        if rows and node["x0"] - rows[-1][-1]["x1"] < _KEY_GAP:
            rows[-1].append(node)
        else:
            rows.append([node])
    return [
        KeySign(
            row[0]["x"],
            tuple((str(n["sign"]), float(n["step"]), float(n["sure"])) for n in row),
            box_of(frozenset().union(*(n.sources for n in row))),
        )
        for row in rows
    ]


def _metre(node: Node, box_of: BoxOf) -> MetreSign | None:
    beats, unit = int(node["beats"]), int(node["unit"])
    if not 1 <= beats <= 32 or unit not in (1, 2, 4, 8, 16, 32):
        return None
    return MetreSign(
        node["x"], Metre(beats, unit, node.get("symbol")), certainty=node["sure"], box=box_of(node.sources)
    )


def _arc(node: Node) -> ArcSign | None:
    if node.get("yl") is None:
        return None
    left, right = (node["x0"], -2 * node["yl"]), (node["x1"], -2 * node["yr"])
    return ArcSign(left, right, node["sure"])
