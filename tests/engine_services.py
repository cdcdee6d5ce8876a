"""Services that behave well and badly on purpose, and small ways to wait for what they do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.engine import BadRequest, EngineError, Estimate, Job


@dataclass(frozen=True)
class Question:
    text: str = ""
    numbers: npt.NDArray[np.float32] | None = None
    steps: int = 0


@dataclass(frozen=True)
class Reply:
    text: str
    numbers: npt.NDArray[np.float32] | None = None


class Fake:
    """What the services below share: their types, and a list of the texts they were run with."""

    request_type = Question
    answer_type = Reply
    max_batch = 1
    batch_wait_s = 0.0

    def __init__(self) -> None:
        self.entered: list[str] = []
        self.threads: set[str] = set()

    def enter(self, jobs: Sequence[Job[Question]]) -> None:
        self.entered.extend(job.request.text for job in jobs)
        self.threads.add(threading.current_thread().name)


class Echo(Fake):
    """Gives back what it got; can estimate and describe, and counts how often it was warmed."""

    name = "echo"
    warmed = 0

    def run(self, jobs: Sequence[Job[Question]]) -> Sequence[Reply | Exception]:
        self.enter(jobs)
        return [Reply(job.request.text, job.request.numbers) for job in jobs]

    def estimate(self, request: Question) -> Estimate:
        if request.text == "broken":
            raise OSError("/srv/private/weights is missing")
        if request.text == "refused":
            raise BadRequest("Please send another text.")
        return Estimate(seconds=float(request.steps), peak_bytes=1000 * request.steps)

    def describe(self) -> dict[str, Any]:
        return {"version": "echo-1", "options": {"voices": [{"name": "high"}, {"name": "low ♯"}], "most": 7}}

    def warm(self) -> None:
        self.warmed += 1


class Mute(Fake):
    """Breaks when it is asked what it offers."""

    name = "mute"

    def run(self, jobs: Sequence[Job[Question]]) -> Sequence[Reply | Exception]:
        return [Reply(job.request.text) for job in jobs]

    def describe(self) -> dict[str, Any]:
        raise OSError("/srv/private/models is missing")


class Stepping(Fake):
    """Reports ``request.steps`` steps, the first of them as 0."""

    name = "stepping"

    def run(self, jobs: Sequence[Job[Question]]) -> Sequence[Reply | Exception]:
        self.enter(jobs)
        for job in jobs:
            for step in range(job.request.steps):
                job.check()
                job.report(step, job.request.steps, f"step {step}")
        return [Reply(job.request.text) for job in jobs]


class Gated(Fake):
    """Runs until its gate is opened, asking all the while whether it is still wanted."""

    name = "gated"

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.stopped: list[type[EngineError]] = []

    def run(self, jobs: Sequence[Job[Question]]) -> Sequence[Reply | Exception]:
        self.enter(jobs)
        try:
            while not self.gate.wait(0.005):
                for job in jobs:
                    job.check()
        except EngineError as error:
            self.stopped.append(type(error))
            raise
        return [Reply(job.request.text) for job in jobs]


class Busy(Gated):
    """Can be asked for its options while it works."""

    name = "busy"

    def describe(self) -> dict[str, Any]:
        return {"options": {"most": 1}}


class Terse(Stepping):
    """Describes itself, but no options."""

    name = "terse"

    def describe(self) -> dict[str, Any]:
        return {"version": "terse-1"}


class Hanging(Fake):
    """Hangs on the text ``hang`` until its gate is opened, deaf to everything; answers all else."""

    name = "hanging"

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.came_back = threading.Semaphore(0)

    def run(self, jobs: Sequence[Job[Question]]) -> Sequence[Reply | Exception]:
        self.enter(jobs)
        if any(job.request.text.startswith("hang") for job in jobs):
            self.gate.wait()
            for job in jobs:
                job.report(1, 2, "too late")
            self.came_back.release()
        return [Reply(job.request.text) for job in jobs]


class Failing(Fake):
    """Raises what the text asks for."""

    name = "failing"

    def run(self, jobs: Sequence[Job[Question]]) -> Sequence[Reply | Exception]:
        self.enter(jobs)
        for job in jobs:
            match job.request.text:
                case "refuse":
                    raise BadRequest("The staff lines are too close; please scan at 150 dpi or more.")
                case "return":
                    return [OSError(28, "No space left", "/srv/private/cache")]
                case "exit":
                    raise SystemExit(3)
        raise OSError(2, "No such file", "/srv/private/weights.safetensors")


class Nonsense(Fake):
    """Answers with something that is no answer."""

    name = "nonsense"

    def run(self, jobs: Sequence[Job[Question]]) -> Any:
        self.enter(jobs)
        return {"type": [42], "count": [], "none": None, "text": ["yes"]}[jobs[0].request.text]


class Poisoned(Gated):
    """Batches up to four and raises for the whole batch if ``poison`` is in it; gated."""

    name = "poisoned"
    max_batch = 4

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[str]] = []

    def run(self, jobs: Sequence[Job[Question]]) -> Sequence[Reply | Exception]:
        self.batches.append([job.request.text for job in jobs])
        answers = super().run(jobs)
        if any(job.request.text == "poison" for job in jobs):
            raise RuntimeError("one of you is poisoned")
        return answers


class Sorted(Poisoned):
    """Batches only texts of the same first letter."""

    name = "sorted"

    def batch_key(self, request: Question) -> str:
        return request.text[0]


def eventually(true: Callable[[], Any], *, patience_s: float = 60.0) -> None:
    """Returns when ``true()`` is; a minute is no measure of speed, only an end to a test that would hang."""
    until = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < until, "what was waited for never came"
        time.sleep(0.002)


def engine_threads() -> list[str]:
    """Names of the threads that engines of this process have."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("engine-")]
