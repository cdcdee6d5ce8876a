"""Every bad file to its job, as a visitor sends it; the table of docs/operations.md.

``python -m benchmarks.bad_inputs [JOB ...] [--only TEXT] [--every N] [--seconds S] [--minutes M] [--keep FILE] [--verbose]``.
Each job has a process of its own that is begun anew behind a file at which it hangs or dies. With ``--keep`` it runs in slices
of so many minutes: each goes on with the files that no earlier one tried, and the table is of all slices.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path
from queue import Empty, Queue

from benchmarks.bad_inputs import JOBS, cases_of
from benchmarks.slices import Slices

ALLOWED_MB = 40
"""By which the memory may have grown behind one file: caches fill."""


def main() -> None:
    """Prints a line for each fault and a table of jobs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", nargs="*", default=JOBS)
    parser.add_argument("--only", default="", help="files whose name holds this text")
    parser.add_argument("--every", type=int, default=1, help="every so-manieth file")
    parser.add_argument("--seconds", type=float, default=90, help="after which a file counts as a hang")
    parser.add_argument(
        "--minutes", type=float, default=1e9, help="after which no file is sent, for each job"
    )
    parser.add_argument("--keep", type=Path, help="a file of what earlier slices found, which this one joins")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        _work(asked.jobs[0], asked.only, asked.every)
        return
    slices = Slices(asked.keep)
    rows = [_tried(job, asked, slices) for job in asked.jobs]
    print(
        "\n| job | files | of the corpus | refused with a sentence | done all the same | faults | hangs and crashes | longest s | most memory MB | memory left MB |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    print("\n".join(rows))


def _work(job: str, only: str, every: int) -> None:
    from benchmarks.bad_inputs.visits import visitors

    with tempfile.TemporaryDirectory() as folder, visitors(Path(folder)) as visit:
        visit.warm(job)
        for line in sys.stdin:
            number = int(line)
            case = _chosen(job, only, every)[number]
            print("VISIT " + json.dumps(asdict(visit.send(job, case))), flush=True)


def _chosen(job: str, only: str, every: int, _kept: dict[str, list] = {}) -> list:  # noqa: B006 - made once
    if job not in _kept:
        _kept[job] = [case for case in cases_of(job) if only in case.name][::every]
    return _kept[job]


class _Worker:
    def __init__(self, job: str, asked: argparse.Namespace) -> None:
        command = [
            sys.executable,
            "-m",
            "benchmarks.bad_inputs",
            job,
            "--worker",
            "--only",
            asked.only,
            "--every",
            str(asked.every),
        ]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.ready, self._errors = False, []
        self._lines: Queue[str] = Queue()
        threading.Thread(target=self._collect, daemon=True).start()
        threading.Thread(target=lambda: self._errors.extend(self._process.stderr), daemon=True).start()

    def _collect(self) -> None:
        for line in self._process.stdout:
            if line.startswith("VISIT "):
                self._lines.put(line[6:])
        self._lines.put("")

    def visit(self, number: int, seconds: float) -> dict | str:
        """The visit, or what befell the process."""
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        try:
            line = self._lines.get(timeout=seconds + (0 if self.ready else 120))
        except Empty:
            self.stop()
            return f"hangs for {seconds:.0f} s"
        self.ready = True
        if line:
            return json.loads(line)
        self.stop()
        return f"kills the process ({self._process.returncode}): {''.join(self._errors[-2:]).strip()[-200:]}"

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


def _tried(job: str, asked: argparse.Namespace, slices: Slices) -> str:
    chosen = _chosen(job, asked.only, asked.every)
    known = {run["case"] for run in slices.runs if run["job"] == job}
    worker, until, first = _Worker(job, asked), time.monotonic() + 60 * asked.minutes, True
    for number, case in enumerate(chosen):
        if case.name in known:
            continue
        if time.monotonic() > until:
            break
        found = worker.visit(number, asked.seconds)
        if isinstance(found, str):
            print(f"{job}: {case.name}: {found}", flush=True)
            slices.add({"job": job, "case": case.name, "broken": found})
            worker, first = _Worker(job, asked), True
            continue
        if not first and found["left_mb"] > ALLOWED_MB:
            found["faults"].append(f"leaves {found['left_mb']:.0f} MB")
        # The first file of a process loads what all of them use
        slices.add({"job": job, "first": first, **found})
        first = False
        if found["faults"] or asked.verbose or found["seconds"] > 5:
            blame = ", ".join(found["faults"])
            print(
                f"{job}: {case.name}: {found['seconds']:.1f} s, {found['peak_mb']:.0f} MB, {found['told'] or 'done'!r} {blame}",
                flush=True,
            )
    worker.stop()
    return _row(job, len(chosen), [run for run in slices.runs if run["job"] == job])


def _row(job: str, corpus: int, runs: list[dict]) -> str:
    visits = [run for run in runs if "broken" not in run]
    refused, faults = sum(bool(v["told"]) for v in visits), sum(bool(v["faults"]) for v in visits)
    longest = max((v["seconds"] for v in visits), default=0)
    most, left = (max((v[k] for v in visits if not v["first"]), default=0) for k in ("peak_mb", "left_mb"))
    return f"| {job} | {len(runs)} | {corpus} | {refused} | {len(visits) - refused} | {faults} | {len(runs) - len(visits)} | {longest:.1f} | {most:.0f} | {left:.0f} |"


if __name__ == "__main__":
    main()
