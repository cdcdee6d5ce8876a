"""Every parser that takes a visitor's bytes, fed with spoiled files for so many minutes each.

``python -m benchmarks.fuzz [--minutes M] [--keep FILE] [PARSER ...]`` prints a row a parser: minutes of computing, files tried,
refused, read, crashes, hangs. Each parser has a process of its own, and another behind a file at which it dies or computes for
more than 20 s, which is where the page ends whoever opens a file; such a file is kept below ``build/fuzz``, named after its
hash. With ``--keep`` it runs in slices: each tries other files, and the table is of all slices.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from benchmarks.fuzz_parsers import parsers
from benchmarks.slices import Slices

KEPT = Path("build/fuzz")
HANG_S = 20.0
"""Of computing, after which the page ends whoever opens a file (`models.limited`), and this the parser."""
SLOW_S = 5.0
MOST_DEATHS = 30
"""Of one parser in one slice."""


def fuzz(name: str, minutes: float, examples: int = 10**9, begin: int = 0) -> dict[str, Any]:
    """What came of one parser in so many minutes of computing: how many files were tried, refused; how many took too long; what
    it crashed with. ``begin``: rounds of files that were tried before. The same lies in a file all the while, for whoever
    finds the process dead.
    """
    files, opener = (make() for make in parsers()[name])
    found: dict[str, Any] = {
        "tried": 0, "refused": 0, "slow": 0, "longest": 0.0, "crashes": {}, "rounds": 0, "minutes": 0.0
    }  # fmt: skip
    began, rounds = time.process_time(), begin
    until = began + 60 * minutes

    def once(data: Any) -> None:  # noqa: ANN401
        packed = data if isinstance(data, bytes) else json.dumps(data, default=repr).encode()
        found.update(rounds=rounds - begin, minutes=(time.process_time() - began) / 60)
        so_far.write_text(json.dumps(found))
        last.write_bytes(packed)
        # Nobody takes this signal, so it ends the process, in the middle of C code too
        signal.setitimer(signal.ITIMER_PROF, HANG_S)
        started = time.process_time()
        try:
            answer = opener(data)
        except Exception:  # noqa: BLE001 - whatever escapes is what is looked for
            lines = traceback.format_exc().splitlines()
            place = next(line.strip() for line in reversed(lines) if line.strip().startswith("File"))
            found["crashes"].setdefault(f"{lines[-1][:150]} at {place}", _kept(packed))
            return
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            took = time.process_time() - started
            found["tried"] += 1
            found["longest"] = max(found["longest"], took)
            if took > SLOW_S:
                found["slow"] += 1
                _kept(packed)
        found["refused"] += isinstance(answer, str)

    last, so_far = _traces(name)
    while time.process_time() < until and found["tried"] < examples:
        rounds += 1
        limited = settings(
            max_examples=min(200, examples),
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )

        @seed(rounds)
        @limited
        @given(files)
        def some(data: Any) -> None:  # noqa: ANN401
            if time.process_time() < until:
                once(data)

        some()
    for trace in (last, so_far):
        trace.unlink(missing_ok=True)
    return {**found, "rounds": rounds - begin, "minutes": (time.process_time() - began) / 60}


def _traces(name: str) -> tuple[Path, Path]:
    """The file that a parser is at, and what was found until then."""
    KEPT.mkdir(parents=True, exist_ok=True)
    return KEPT / f"last-{name}", KEPT / f"so-far-{name}.json"


def _kept(data: bytes) -> str:
    path = KEPT / hashlib.sha256(data).hexdigest()[:16]
    path.write_bytes(data)
    return path.name


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parsers", nargs="*", default=list(parsers()))
    parser.add_argument("--minutes", type=float, default=10.0, help="of computing, for each parser")
    parser.add_argument("--keep", type=Path, help="a file of what earlier slices found, which this one joins")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker is not None:
        print(json.dumps(fuzz(asked.parsers[0], asked.minutes, begin=asked.worker)))
        return
    slices = Slices(asked.keep)
    print(
        "| parser | minutes of computing | files | refused with a sentence | read | over 5 s | longest s | ended after 20 s | crashes |\n|---|---:|---:|---:|---:|---:|---:|---:|---|"
    )
    for name in asked.parsers:
        before = sum(run["rounds"] for run in slices.runs if run["parser"] == name)
        for found in _apart(name, asked.minutes, before):
            slices.add({"parser": name, **found})
        print(_row(name, [run for run in slices.runs if run["parser"] == name]), flush=True)


def _apart(name: str, minutes: float, begin: int) -> Iterator[dict[str, Any]]:
    """What `fuzz` finds in a process of its own, and in another where that one dies, until the minutes are over."""
    done, rounds = 0.0, begin
    for _ in range(MOST_DEATHS):
        found = _once_apart(name, minutes - done, rounds)
        yield found
        done, rounds = done + found["minutes"], rounds + found["rounds"]
        if not found.get("died") or done > 0.95 * minutes:
            return


def _once_apart(name: str, minutes: float, begin: int) -> dict[str, Any]:
    """What one process found; where it died, ``died`` says how and at which file."""
    for trace in _traces(name):
        trace.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "benchmarks.fuzz",
        name,
        "--worker",
        str(begin),
        "--minutes",
        str(minutes),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return json.loads(done.stdout.splitlines()[-1])
    last, so_far = _traces(name)
    kept = _kept(last.read_bytes()) if last.exists() else "nothing"
    hangs = done.returncode == -signal.SIGPROF
    end = f"more than {HANG_S:.0f} s" if hangs else f"ended with {done.returncode}: {done.stderr[-200:]}"
    found = json.loads(so_far.read_text()) if so_far.exists() else _nothing()
    taken = HANG_S / 60 if hangs else 0.0
    return {**found, "tried": found["tried"] + 1, "minutes": found["minutes"] + taken, "died": {kept: end}}


def _nothing() -> dict[str, Any]:
    # the rounds that it did are not known; the next one tries others
    return {"tried": 0, "refused": 0, "slow": 0, "longest": 0.0, "crashes": {}, "rounds": 100, "minutes": 0.0}


def _row(name: str, runs: list[dict[str, Any]]) -> str:
    tried, refused, slow, minutes = (
        sum(run[k] for run in runs) for k in ("tried", "refused", "slow", "minutes")
    )
    crashes = {what: file for run in runs for what, file in run["crashes"].items()}
    died = {file: what for run in runs for file, what in run.get("died", {}).items()}
    hangs = [file for file, what in died.items() if what.startswith("more than")]
    crashes |= {what: file for file, what in died.items() if file not in hangs}
    told = "; ".join(f"{what} ({file})" for what, file in crashes.items()) or "none"
    longest = max(run["longest"] for run in runs)
    read = tried - refused - len(crashes) - len(hangs)
    return f"| {name} | {minutes:.1f} | {tried} | {refused} | {read} | {slow} | {longest:.1f} | {len(hangs)} | {told} |"


if __name__ == "__main__":
    main()
