"""Staves, systems and bars against a layout that is known: ``python -m benchmarks.layout [--limit N] [--before FOLDER]``.

Pages are those of `benchmarks.layout_pages`, of works of the part *develop*. Printed for each kind: the share of staves
that are found, of systems that hold exactly their staves, of bars that begin and end within a staff space of where they
should on a system that is right, and of pages on which all is. With ``--before`` the same pages go through another
checkout of the project as well. ``--wrong FOLDER`` draws what was read amiss. ``--layouts`` reads each page to its end and prints
how often the layout that comes first joins all staves as it should, and how often one of those that are offered does.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

KINDS = ("engraved", "scan", "worn", "mixed")
_NEAR = 1.2  # staff spaces

_LAYOUTS_HEAD = (
    "| pages | number | first layout right | one of those offered right | layouts offered |\n|" + "---|" * 5
)

Read = list[dict[str, Any]]
"""A system a value: ``staves``, boxes of staves; ``bars``, pairs of columns; ``doubt``; in pixels."""


@dataclass
class Counts:
    """What is counted of a kind of page."""

    pages: int = 0
    pages_right: int = 0
    staves: int = 0
    staves_found: int = 0
    systems: int = 0
    systems_right: int = 0
    bars: int = 0
    bars_right: int = 0
    bars_read: int = 0
    layouts_first: int = 0
    layouts_offered: int = 0
    layouts_among: int = 0

    def row(self, kind: str, who: str) -> str:
        """A line of the table."""
        cells = (
            kind, who, str(self.pages), _share(self.staves_found, self.staves), _share(self.systems_right, self.systems),
            _share(self.bars_right, self.bars), f"{self.bars_read - self.bars:+d}", _share(self.pages_right, self.pages),
        )  # fmt: skip
        return "| " + " | ".join(cells) + " |"

    def layouts_row(self, kind: str) -> str:
        """A line of the table of layouts."""
        first, among = self.layouts_first, self.layouts_among
        return f"| {kind} | {self.pages} | {first} | {among} | {self.layouts_offered} |"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / max(1, whole):.1f} % of {whole}"


HEAD = (
    "| pages | checkout | number | staves found | systems right | bars right | bars too many | pages right |\n|"
    + "---|" * 8
)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=6, help="works of each of two sources")
    parser.add_argument("--before", type=Path, help="another checkout, measured beside this one")
    parser.add_argument("--wrong", type=Path, help="a folder for pictures of what is amiss")
    parser.add_argument("--kind", choices=KINDS, help="only these pages")
    parser.add_argument("--primitives", default="classical", help="which extractor")
    parser.add_argument("--layouts", action="store_true", help="how often the right layout is offered")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        _serve(given.primitives)
        return
    from benchmarks.layout_pages import laid_pages

    if given.layouts:
        _measure_layouts(laid_pages("develop", given.limit), given.kind, given.primitives)
        return
    here = Path(__file__).resolve().parents[1]
    folders = ({"before": given.before.resolve()} if given.before else {}) | {"now": here}
    workers = {name: _worker(folder, given.primitives) for name, folder in folders.items()}
    counts: dict[tuple[str, str], Counts] = defaultdict(Counts)
    with tempfile.TemporaryDirectory() as scratch:
        picture = Path(scratch) / "page.png"
        for page in laid_pages("develop", given.limit):
            if given.kind not in (None, page.kind):
                continue
            cv2.imwrite(str(picture), page.grey)
            for who, process in workers.items():
                read = _asked(process, picture)
                right = judged(page, read, counts[page.kind, who])
                print(f"{page.kind} {page.name} {who}: {right}", flush=True)
                if given.wrong and "wrong" in right:
                    _draw_wrong(page, read, given.wrong / f"{page.kind}-{page.name}-{who}.png")
    for process in workers.values():
        process.terminate()
    print(HEAD)
    for kind in KINDS:
        for who in workers:
            if (kind, who) in counts:
                print(counts[kind, who].row(kind, who))


def _measure_layouts(pages: Any, kind: str | None, primitives: str) -> None:  # noqa: ANN401 - LaidPages
    """Reads the pages of a kind, or of all, to their end, and prints where the right layout stands."""
    from models.read.piece import page_layouts, piece_layouts
    from models.read.reader import Reader

    reader, counts = Reader(recogniser=None), defaultdict[str, Counts](Counts)
    for page in pages:
        if kind not in (None, page.kind):
            continue
        options = page_layouts(reader.page(page.grey, primitives=primitives))
        ways = piece_layouts([options])
        told = [[len(staves) for staves in options[way.pages[0]].systems] for way in ways]
        true = [len(system.staves) for system in page.systems]
        own = counts[page.kind]
        own.pages += 1
        own.layouts_first += told[0] == true
        own.layouts_among += true in told
        own.layouts_offered += len(told)
        shares = ", ".join(f"{staves} {way.share:.2f}" for staves, way in zip(told, ways, strict=True))
        print(f"{page.kind} {page.name}: {true}; {shares}", flush=True)
    print(_LAYOUTS_HEAD)
    for name in KINDS:
        if name in counts:
            print(counts[name].layouts_row(name))


def judged(page: Any, read: Read, counts: Counts) -> str:  # noqa: ANN401 - a LaidPage
    """Adds a page to the counts and tells in words how it was read."""
    owner: dict[tuple[int, int], tuple[int, int]] = {}
    for s, system in enumerate(page.systems):
        for n, box in enumerate(system.staves):
            place = _like(box, read, page.space)
            if place is not None:
                owner[s, n] = place
    systems = bars = 0
    true_bars = sum(len(s.bounds) - 1 for s in page.systems)
    for s, system in enumerate(page.systems):
        found = [owner.get((s, n)) for n in range(len(system.staves))]
        at = found[0][0] if found[0] is not None else -1
        whole = all(f is not None and f[0] == at for f in found) and len(read[at]["staves"]) == len(found)
        if not whole:
            continue
        systems += 1
        told = [(float(a), float(b)) for a, b in read[at]["bars"]]
        ends = [b for _, b in told]
        for n, (left, right) in enumerate(zip(system.bounds[:-1], system.bounds[1:], strict=True)):
            bars += any(
                abs(b - right) < _NEAR * page.space
                and (n == 0 or abs(a - left) < _NEAR * page.space)
                and (n > 0 or b == min(ends))
                for a, b in told
            )
    read_bars = sum(len(r["bars"]) for r in read)
    true_staves = sum(len(s.staves) for s in page.systems)
    counts.pages += 1
    counts.staves += true_staves
    counts.staves_found += len(owner)
    counts.systems += len(page.systems)
    counts.systems_right += systems
    counts.bars += true_bars
    counts.bars_right += bars
    counts.bars_read += read_bars
    whole_page = (
        len(owner) == true_staves
        and systems == len(page.systems) == len(read)
        and bars == true_bars == read_bars
    )
    counts.pages_right += whole_page
    verdict = "right" if whole_page else "wrong"
    return (
        f"{verdict}, staves {len(owner)}/{true_staves}, systems {systems}/{len(page.systems)} ({len(read)} read), "
        f"bars {bars}/{true_bars} ({read_bars} read)"
    )


def _like(box: Any, read: Read, space: float) -> tuple[int, int] | None:  # noqa: ANN401 - an array
    """The system and place of the staff read that lies on a true one."""
    for s, system in enumerate(read):
        for n, other in enumerate(system["staves"]):
            level = abs(0.5 * (other[1] + other[3]) - 0.5 * (box[1] + box[3])) < 1.5 * space
            if level and abs(other[0] - box[0]) < 6 * space and abs(other[2] - box[2]) < 6 * space:
                return s, n
    return None


def _worker(folder: Path, primitives: str) -> subprocess.Popen[str]:
    """The present module run with the code of another checkout."""
    code = f"import runpy, sys; sys.argv = ['layout', '--worker', '--primitives', {primitives!r}]; "
    code += f"runpy.run_path({str(Path(__file__).resolve())!r}, run_name='__main__')"
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def _asked(process: subprocess.Popen[str], picture: Path) -> Read:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("The worker has no pipes.")
    process.stdin.write(f"{picture}\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise SystemExit("A worker ended before its page was read.")
    found: Read = json.loads(answer)
    return found


def _serve(primitives: str) -> None:
    """Answers each picture on standard input with the systems read, as JSON."""
    from models.read.meaning.barring import bars_of
    from models.read.reader import Reader

    reader = Reader()
    for line in sys.stdin:
        grey = np.asarray(cv2.imread(line.strip(), cv2.IMREAD_GRAYSCALE), np.uint8)
        found = reader.primitives(grey, primitives=primitives)
        answer = []
        for system, own in zip(found.systems, found.primitives, strict=True):
            boxes = [
                staff.page.upload_points(
                    np.array([[staff.left, staff.y(0, staff.left)], [staff.right, staff.y(4, staff.right)]])
                ).ravel()
                for staff in system.staves
            ]
            bars = [span.frame.box[0::2] for span in bars_of(system, own)[0]]
            answer.append({"staves": [[float(v) for v in b] for b in boxes], "bars": bars})
        print(json.dumps(answer), flush=True)


def _draw_wrong(page: Any, read: Read, path: Path) -> None:  # noqa: ANN401 - a LaidPage
    """The page with the systems and bars that were read, in colours, and the true bar lines in grey."""
    colours = ((200, 60, 20), (20, 140, 20), (20, 60, 220), (160, 20, 160))
    out = cv2.cvtColor(page.grey, cv2.COLOR_GRAY2BGR)
    for system in page.systems:
        top, bottom = round(system.staves[0, 1] - 8), round(system.staves[-1, 3] + 8)
        for x in system.bounds:
            cv2.line(out, (round(x), top), (round(x), bottom), (150, 150, 150), 5)
    for n, system in enumerate(read):
        colour = colours[n % len(colours)]
        boxes = np.array(system["staves"])
        low, high = np.rint(boxes.min(axis=0)).astype(int), np.rint(boxes.max(axis=0)).astype(int)
        cv2.rectangle(out, (int(low[0]), int(low[1])), (int(high[2]), int(high[3])), colour, 2)
        for _, x in system["bars"]:
            cv2.line(out, (round(x), int(low[1]) - 15), (round(x), int(high[3]) + 15), colour, 2)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), out)


if __name__ == "__main__":
    main()
