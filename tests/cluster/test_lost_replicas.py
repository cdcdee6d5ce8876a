"""Replicas that die, hang, are drained or replaced while they compute: no request that was accepted is lost."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from models.engine import DeadlinePassed, Engine, Job, ServiceFailed
from tests.engine_services import Question, Reply, eventually
from tests.ray_stage import SharedEvent, SharedList

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]


class Working:
    """Works until its gate is open; ``die`` ends its process, ``hang`` hangs in it, deaf to everything."""

    name = "working"
    request_type = Question
    answer_type = Reply
    max_batch = 1
    batch_wait_s = 0.0

    def __init__(self, folder: Path, version: str = "1") -> None:
        self.version = version
        self.entered = SharedList(folder / "entered")
        self.gate = SharedEvent(folder / "gate")

    def run(self, jobs: Sequence[Job[Question]]) -> Sequence[Reply]:
        (job,) = jobs
        self.entered.append([job.request.text, os.getpid()])
        job.report(1, 2)
        match job.request.text:
            case "die":
                os._exit(1)
            case "hang":
                threading.Event().wait()
        while not self.gate.wait(0.01):
            job.check()
        return [Reply(f"{job.request.text} by {self.version}")]

    def texts(self) -> list[str]:
        return [text for text, _ in self.entered]

    def process_of(self, text: str) -> int:
        return next(int(process) for entered, process in self.entered if entered == text)


def open_working(folder: Path, version: str) -> Working:
    return Working(folder, version)


@dataclass
class Workers:
    """Two processes that work, and an engine that asks them."""

    engine: Engine
    seen: Working
    folder: Path
    version: str = ""

    def deploy(self, version: str) -> None:
        from models.engine import ray_cluster

        ray_cluster.deploy(
            {"working": partial(open_working, self.folder, version)},
            {"working": ray_cluster.Scale(least=2, most=2, cpus=0.1)},
            app="workers",
            drain_s=600.0,
            grace_s=0.5,
        )
        self.version = version

    def are_both_there(self) -> bool:
        report = self.engine.health()["services"].get("working", {})
        return report.get("replicas") == {"RUNNING": 2}


@pytest.fixture(scope="module")
def deployed(ray_cluster_here: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    from models.engine import ray_cluster
    from models.engine.ray_engine import RayEngine

    folder = tmp_path_factory.mktemp("workers")
    seen = Working(folder)
    with RayEngine([seen], app="workers") as engine:
        workers = Workers(engine, seen, folder)
        workers.deploy("1")
        yield workers
    ray_cluster.withdraw("workers")


@pytest.fixture
def workers(deployed: Workers) -> Iterator[Workers]:
    """Both processes at rest, with nothing entered and the gate closed."""
    for file in deployed.folder.iterdir():
        file.unlink()
    eventually(deployed.are_both_there, patience_s=300)
    yield deployed
    deployed.seen.gate.set()


def test_a_process_killed_in_the_middle_of_a_job_loses_nothing(workers: Workers) -> None:
    texts = ["a", "b", "c", "d"]
    tickets = [workers.engine.submit("working", Question(text)) for text in texts]
    eventually(lambda: len(workers.seen.entered) == 2)
    killed = workers.seen.texts()[0]
    os.kill(workers.seen.process_of(killed), signal.SIGKILL)
    # Its place is taken by another process, and its request goes to the end of the queue.
    eventually(lambda: len(workers.seen.entered) == 3, patience_s=300)
    workers.seen.gate.set()
    assert [ticket.result(300).text for ticket in tickets] == [
        f"{text} by {workers.version}" for text in texts
    ]
    assert workers.seen.texts().count(killed) == 2
    eventually(
        workers.are_both_there, patience_s=300
    )  # another has taken the place of the one that was killed


def test_a_new_version_takes_over_and_the_old_one_finishes_what_it_began(workers: Workers) -> None:
    began = [workers.engine.submit("working", Question(text)) for text in ("a", "b")]
    eventually(lambda: len(workers.seen.entered) == 2)
    waiting = [workers.engine.submit("working", Question(text)) for text in ("c", "d")]
    before, after = workers.version, f"{workers.version}+"
    replacing = threading.Thread(target=workers.deploy, args=(after,))
    replacing.start()
    # The first process of the new version takes a job before any of the old one has ended its own.
    eventually(lambda: len(workers.seen.entered) == 3, patience_s=300)
    workers.seen.gate.set()
    replacing.join(300)
    assert not replacing.is_alive()
    assert sorted(ticket.result(300).text for ticket in began) == [f"a by {before}", f"b by {before}"]
    assert [ticket.result(300).text.split()[0] for ticket in waiting] == ["c", "d"]
    assert sorted(workers.seen.texts()) == ["a", "b", "c", "d"], "nothing is done twice"
    assert workers.engine.run("working", Question("e")).text == f"e by {after}"


def test_a_request_that_ends_every_process_fails_and_the_others_are_served(workers: Workers) -> None:
    workers.seen.gate.set()
    deadly = workers.engine.submit("working", Question("die"))
    others = [workers.engine.submit("working", Question(str(number))) for number in range(3)]
    with pytest.raises(ServiceFailed):
        deadly.result(600)
    assert workers.seen.texts().count("die") == 3
    assert [ticket.result(300).text for ticket in others] == [
        f"{number} by {workers.version}" for number in range(3)
    ]


def test_a_process_that_hangs_is_replaced(workers: Workers) -> None:
    workers.seen.gate.set()
    hanging = [workers.engine.submit("working", Question("hang"), deadline_s=5) for _ in range(2)]
    for ticket in hanging:
        with pytest.raises(DeadlinePassed):
            ticket.result(120)
    entered = workers.seen.texts().count("hang")
    assert entered, "none of them began in time: the machine is too busy for this test"
    hung = {process for text, process in workers.seen.entered if text == "hang"}
    assert workers.engine.run("working", Question("next")).text == f"next by {workers.version}"
    # Long before the 600 s of a drain: a process that is stuck is not waited for.
    eventually(lambda: not any(alive(process) for process in hung), patience_s=300)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
