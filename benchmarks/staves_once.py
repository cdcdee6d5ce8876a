"""Seconds that a page's staves cost a visitor: ``python -m benchmarks.staves_once [--before FOLDER] [--limit N]``.

A page goes the way that it goes in the app: its staff space is measured after the upload, the job is estimated then and
when it starts, the page is read. Printed for each stage: processor seconds a page, and how often staves were looked
for on a whole picture (sightings of comb matches at one staff space stand for all). With ``--before`` the same pages go
through another checkout of the project as well, page by page in turn, so that both meet the same machine.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np

from benchmarks.reading_sets import cases
from models.arrays import Grey
from models.engine import Job
from models.read.service import ReadRequest, ReadService
from models.sheet import measure_staff_space

SETS = ("clean", "photos", "low-scans", "engraved")
STAGES = ("upload", "estimate", "read", "all")
_SIGHTED = 0  # the level of `comb.LEVELS` that is counted


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=SETS)
    parser.add_argument("--limit", type=int, default=10)
    parser.add_argument("--before", type=Path, help="Another checkout, measured beside this one.")
    parser.add_argument("--cache", type=Path, default=Path("build/reading"))
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        _serve()
        return
    here = Path(__file__).resolve().parents[1]
    folders = {"now": here} | ({"before": args.before.resolve()} if args.before else {})
    workers = {name: _worker(folder) for name, folder in folders.items()}
    print(
        f"| set | pages | checkout | {' | '.join(f'{s}, s' for s in STAGES)} | searches |\n|---|---|---|{'---|' * 5}"
    )
    for name in args.sets:
        rows: dict[str, list[list[float]]] = {w: [] for w in workers}
        for case in islice(cases(name, args.cache), args.limit):
            for who, (process, ask) in workers.items():
                rows[who].append(ask(case.picture))
                if process.poll() is not None:
                    raise SystemExit(f"The worker of {folders[who]} ended.")
        for who, found in rows.items():
            if found:
                means = np.mean(np.array(found), axis=0)
                seconds = " | ".join(f"{v:.2f}" for v in means[:-1])
                print(f"| {name} | {len(found)} | {who} | {seconds} | {means[-1]:.1f} |", flush=True)
    for process, _ in workers.values():
        process.terminate()


def _worker(folder: Path) -> tuple[subprocess.Popen[str], Callable[[Path], list[float]]]:
    """The present module run with the code of another checkout, and what asks it about a page."""
    code = f"import runpy, sys; sys.argv = ['staves_once', '--worker']; runpy.run_path({str(Path(__file__).resolve())!r}, run_name='__main__')"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    asked, told = _pipes(process)

    def ask(picture: Path) -> list[float]:
        asked.write(f"{picture.resolve()}\n")
        asked.flush()
        return [float(v) for v in json.loads(told.readline())]

    return process, ask


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("The worker has no pipes.")
    return process.stdin, process.stdout


def _serve() -> None:
    """Answers each picture on standard input with seconds of `STAGES` and the number of searches, as JSON."""
    searches = _counted()
    for picture in _lines():
        grey = np.asarray(cv2.imread(picture, cv2.IMREAD_GRAYSCALE), np.uint8)
        searches.clear()
        print(json.dumps([*_walked(grey), len(searches)]), flush=True)


def _lines() -> Iterator[str]:
    for line in sys.stdin:
        yield line.strip()


def _walked(grey: Grey) -> list[float]:
    """Processor seconds of the stages of a page's walk through the app. A service of its own: nothing is known yet."""
    service = ReadService()
    service.warm()
    request = ReadRequest((grey,), bar_milliseconds=600_000.0)
    marks = [time.process_time()]
    if min(grey.shape) >= 16:
        measure_staff_space(grey)
    marks.append(time.process_time())
    for _ in range(2):
        service.estimate(request)
    marks.append(time.process_time())
    (answer,) = service.run([Job(request)])
    marks.append(time.process_time())
    if isinstance(answer, Exception):
        raise answer
    upload, estimate, read = np.diff(marks)
    return [float(upload), float(estimate), float(read), marks[-1] - marks[0]]


def _counted() -> list[Any]:
    """A list that grows by one whenever a whole picture is searched for staves, in this or an older checkout."""
    from models.sheet import comb

    found: list[Any] = []
    search = comb.tracks_at

    def tracks_at(grey: Any, light: Any, level: int) -> Any:  # noqa: ANN401 - handed on as they come
        if level == _SIGHTED:
            found.append(grey.shape)
        return search(grey, light, level)

    for module in list(sys.modules.values()):
        if getattr(module, "tracks_at", None) is search:
            vars(module)["tracks_at"] = tracks_at
    return found


if __name__ == "__main__":
    main()
