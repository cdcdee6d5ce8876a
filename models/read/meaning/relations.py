"""Which signs a reading of a bar takes to belong together: heads and stems, stems and beams, what stands before and after heads.

Heads hang on stems and stems carry beams by edges of the final graph. Flags, dots and accidentals are taken up by what they
belong to, so that their nodes are gone: the derivation tells of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.read.grammar import Graph, Node, Step
from models.read.meaning.derived import stems_in
from models.read.meaning.signs import Relation, RelationKind

_TAKEN_UP: dict[str, tuple[RelationKind, str]] = {
    "flag_on_stem": ("stem-flag", "stem"),
    "doubtful_flag": ("stem-flag", "stem"),
    "piece_of_flag": ("stem-flag", "stem"),
    "dot_of_head": ("head-dot", "head"),
    "second_dot": ("head-dot", "head"),
    "accidental_of_head": ("head-accidental", "head"),
}
"""By the production that takes up a sign: the relation, and the label of what the sign belongs to."""


def relations_of(graph: Graph, steps: Sequence[Step]) -> tuple[Relation, ...]:
    """The relations of a reading, by the ids of the primitives: those of what stands in its final graph."""
    found = []
    for stem in stems_in(graph):
        found += [_relation("head-stem", h, stem.node) for h in stem.heads]
        found += [_relation("stem-beam", stem.node, graph.nodes[uid]) for uid in sorted(stem.beams)]
    for step in steps:
        told = _TAKEN_UP.get(step.production)
        if told is None or step.left:
            continue
        kind, label = told
        owner = next((n for n in step.used if n.label == label), None)
        sign: Node | None = next((n for n in step.used if n.label != label), None)
        if owner is not None and sign is not None and owner.uid in graph.nodes:
            found.append(_relation(kind, owner, sign))
    return tuple(found)


def _relation(kind: RelationKind, first: Node, second: Node) -> Relation:
    return Relation(kind, tuple(sorted(first.sources)), tuple(sorted(second.sources)))
