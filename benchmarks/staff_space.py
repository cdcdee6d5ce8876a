"""The staff space table: ``python -m benchmarks.staff_space [--pages N] [--seed S] [--json OUT] [--misses]``.

Each row is a set of pages (benchmarks/staff_pages.py): the median of |measured / true - 1|, the share of all its
pages within 2 %, the pages where no staff was found, false alarms on pages without music, and the time of a page on
one core. Truth is known to the pixel for engraved pages, from annotations for handwriting, and read off by hand for
real pages. Rows marked (*) hold cut-outs without a whole staff too: errors are those of the pages that were measured.

The shared data lies where SCOREWEB_SHARED says, else beside the repository; without it the benchmark says so and ends.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

import cv2

from benchmarks.staff_pages import Case, engraved, handwritten, no_music, patches, real
from models.sheet import StaffSpace, measure_staff_space

SHARED = Path(os.environ.get("SCOREWEB_SHARED", Path(__file__).parents[2] / "shared"))
CLOSE = 0.02


@dataclass(frozen=True)
class Measured:
    """One page's result: the relative error (None: nothing found, or no truth), and its time."""

    case: Case
    found: StaffSpace | None
    milliseconds: float

    @property
    def error(self) -> float | None:
        """Measured over true staff space, less one."""
        return self.found.pixels / self.case.space - 1.0 if self.found and self.case.space else None


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    group: str
    pages: int
    median_error: float | None
    within_2_percent: float | None
    missed: int | None
    false_alarms: int | None
    milliseconds: float
    slowest: float


def measured(cases: Iterable[Case]) -> list[Measured]:
    """Every page measured, on one core."""
    results = []
    for case in cases:
        began = time.process_time()
        found = measure_staff_space(case.grey)
        results.append(Measured(case, found, 1000 * (time.process_time() - began)))
    return results


def row(group: str, results: list[Measured]) -> Row:
    """The set `group` summed up."""
    errors = [abs(r.error) for r in results if r.error is not None]
    music = any(r.case.space for r in results)
    counted = len(errors) if group.endswith("(*)") else len(results)
    return Row(
        group=group,
        pages=len(results),
        median_error=statistics.median(errors) if errors else None,
        within_2_percent=sum(e <= CLOSE for e in errors) / counted if music and counted else None,
        missed=sum(r.found is None for r in results) if music else None,
        false_alarms=None if music else sum(r.found is not None for r in results),
        milliseconds=statistics.median(r.milliseconds for r in results),
        slowest=max(r.milliseconds for r in results),
    )


def table(rows: list[Row]) -> str:
    """The rows as Markdown."""
    lines = [
        "| set | pages | median error | within 2 % | none found | false alarms | ms a page | slowest |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for r in rows:
        error = "" if r.median_error is None else f"{r.median_error:.2%}"
        within = "" if r.within_2_percent is None else f"{r.within_2_percent:.1%}"
        counts = " | ".join("" if n is None else str(n) for n in (r.missed, r.false_alarms))
        lines.append(
            f"| {r.group} | {r.pages} | {error} | {within} | {counts} | {r.milliseconds:.0f} | {r.slowest:.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=40, help="scores engraved, six pages each")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path, help="write the rows there too")
    parser.add_argument("--misses", action="store_true", help="name each page that went wrong")
    asked = parser.parse_args()
    if not (SHARED / "data" / "pdmx").is_dir():
        print("The shared data is absent (set SCOREWEB_SHARED to its folder): nothing was measured.")
        return
    cv2.setNumThreads(1)
    results = measured(
        chain(
            engraved(SHARED, asked.pages, asked.seed),
            handwritten(SHARED, every=5),
            real(SHARED),
            patches(SHARED),
            no_music(asked.seed),
        )
    )
    groups: dict[str, list[Measured]] = {}
    for result in results:
        groups.setdefault(result.case.group, []).append(result)
        if result.case.space is None:
            wrong = result.found is not None
        else:
            wrong = abs(result.error or 1) > CLOSE and not result.case.group.endswith("(*)")
        if asked.misses and wrong:
            found = f"{result.found.pixels:.2f}" if result.found else "none"
            print(f"{result.case.group}: {result.case.name}: {found}, true {result.case.space}")
    rows = [row(group, members) for group, members in groups.items()]
    print(table(rows))
    if asked.json:
        asked.json.write_text(json.dumps([asdict(r) for r in rows], indent=1))


if __name__ == "__main__":
    main()
