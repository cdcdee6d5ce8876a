"""Every bad file to its job, as a visitor sends it; the table of docs/operations.md.

``python -m benchmarks.bad_inputs [JOB ...] [--only TEXT] [--every N] [--seconds S] [--verbose]``. Each job has a process
of its own that is begun anew behind a file at which it hangs or dies.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict
from pathlib import Path
from queue import Empty, Queue

from benchmarks.bad_inputs import JOBS, cases_of

ALLOWED_MB = 40
"""By which the memory may have grown behind one file: caches fill."""


def main() -> None:
    """Prints a line for each fault and a table of jobs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", nargs="*", default=JOBS)
    parser.add_argument("--only", default="", help="files whose name holds this text")
    parser.add_argument("--every", type=int, default=1, help="every so-manieth file")
    parser.add_argument("--seconds", type=float, default=90, help="after which a file counts as a hang")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        _work(asked.jobs[0], asked.only, asked.every)
        return
    rows = [_tried(job, asked) for job in asked.jobs]
    print(
        "\n| job | files | refused with a sentence | done all the same | faults | hangs and crashes | longest s | most memory MB | memory left MB |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    print("\n".join(rows))


def _work(job: str, only: str, every: int) -> None:
    from benchmarks.bad_inputs.visits import visitors

    with tempfile.TemporaryDirectory() as folder, visitors(Path(folder)) as visit:
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


def _tried(job: str, asked: argparse.Namespace) -> str:
    chosen = _chosen(job, asked.only, asked.every)
    worker, visits, broken, faults = _Worker(job, asked), [], 0, 0
    for number, case in enumerate(chosen):
        found = worker.visit(number, asked.seconds)
        if isinstance(found, str):
            broken += 1
            print(f"{job}: {case.name}: {found}", flush=True)
            worker = _Worker(job, asked)
            continue
        if visits and found["left_mb"] > ALLOWED_MB:
            found["faults"].append(f"leaves {found['left_mb']:.0f} MB")
        visits.append(found)
        if found["faults"] or asked.verbose or found["seconds"] > 5:
            faults += bool(found["faults"])
            blame = ", ".join(found["faults"])
            print(
                f"{job}: {case.name}: {found['seconds']:.1f} s, {found['peak_mb']:.0f} MB, {found['told'] or 'done'!r} {blame}",
                flush=True,
            )
    worker.stop()
    refused = sum(bool(v["told"]) for v in visits)
    longest = max((v["seconds"] for v in visits), default=0)
    most, left = (max((v[k] for v in visits[1:]), default=0) for k in ("peak_mb", "left_mb"))
    return f"| {job} | {len(chosen)} | {refused} | {len(visits) - refused} | {faults} | {broken} | {longest:.1f} | {most:.0f} | {left:.0f} |"


if __name__ == "__main__":
    main()
