"""OMR-NED of readings against their truth by musicdiff: ``python benchmarks/ned.py FOLDER READINGS [READINGS ...] [--edits]``.

FOLDER holds ``NAME.musicxml``, each folder of READINGS ``NAME/rank1.musicxml``; all are compared in one run on the pages that every
one has. It needs musicdiff alone and nothing of this project, so that it also runs where musicdiff 6 does (Python 3.12).
Edits and symbols are summed over the pages and divided once; ``--edits`` tells which kinds of edits there are.
"""

from __future__ import annotations

import argparse
import warnings
from collections import Counter
from importlib.metadata import version
from pathlib import Path

LEVELS = ("AllObjects", "NotesAndRests")


def ned(truths: list[Path], readings: list[Path], level: str) -> tuple[float, Counter[str], dict[str, float]]:
    """OMR-NED in percent at a level of detail, the cost of each kind of edit, and the percentage of each page by its name."""
    warnings.filterwarnings("ignore")
    import converter21
    import music21
    from musicdiff import DetailLevel
    from musicdiff.annotation import AnnScore
    from musicdiff.comparison import Comparison

    converter21.register()
    edits = symbols = 0
    kinds: Counter[str] = Counter()
    pages = {}
    for pair in zip(truths, readings, strict=True):
        wanted, read = (
            AnnScore(music21.converter.parse(str(p), forceSource=True), getattr(DetailLevel, level))
            for p in pair
        )
        operations, cost = Comparison.annotated_scores_diff(read, wanted)
        for one in operations:
            name, price = (one[0], one[3]) if isinstance(one, tuple) else (one.name, one.edit_distance)
            kinds[name] += price
        size = read.notation_size() + wanted.notation_size()
        edits, symbols = edits + cost, symbols + size
        pages[pair[0].stem] = 100.0 * cost / max(1, size)
    return 100.0 * edits / max(1, symbols), kinds, pages


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("truth", type=Path)
    parser.add_argument("readings", type=Path, nargs="+")
    parser.add_argument("--edits", action="store_true", help="tell the kinds of edits and the pages")
    given = parser.parse_args()
    names = [
        p.stem
        for p in sorted(given.truth.glob("*.musicxml"))
        if all((r / p.stem / "rank1.musicxml").exists() for r in given.readings)
    ]
    print(f"musicdiff {version('musicdiff')}, {len(names)} pages")
    for folder in given.readings:
        for level in LEVELS:
            truths = [given.truth / f"{n}.musicxml" for n in names]
            whole, kinds, pages = ned(truths, [folder / n / "rank1.musicxml" for n in names], level)
            print(f"{folder} {level} {whole:.1f} %", flush=True)
            if given.edits:
                print("  ", ", ".join(f"{k} {v}" for k, v in kinds.most_common()))
                print("  ", ", ".join(f"{k} {v:.1f}" for k, v in sorted(pages.items(), key=lambda p: -p[1])))


if __name__ == "__main__":
    main()
