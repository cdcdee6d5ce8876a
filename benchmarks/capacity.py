"""How many machines so many visitors a day need, on paper: a simulation of the busiest hour with measured service times.

``python -m benchmarks.capacity --measure`` measures seconds of computing of our own examples and keeps them in
``build/service_times.json``; ``python -m benchmarks.capacity`` then prints the table of docs/operations.md. The rest are
assumptions, which stand in `Assumed` and can be set from the command line.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import simpy

TIMES = Path("build/service_times.json")
SERVICES = ("upscale", "read", "transcribe")
DAYS = (10, 1_000, 100_000)
DEADLINE_S = 900.0
"""SCOREWEB_DEADLINE_S."""
CROWD = 50


@dataclass(frozen=True)
class Assumed:
    """What nobody has measured of visitors and of prices."""

    jobs: float = 3.0
    """That a visitor starts."""
    upscale: float = 0.4
    read: float = 0.4
    """Shares of jobs; the rest is transcribed."""
    pages: float = 1.5
    """Of an upload, on average."""
    spread: float = 0.6
    """Standard deviation of the logarithm of a job's seconds."""
    busiest_hour: float = 0.12
    """Share of a day's visitors."""
    cores: int = 2
    """Of an engine's machine."""
    queue: int = 50
    """SCOREWEB_ENGINE_QUEUE."""
    web_calls: float = 45.0
    """Calls of Gradio's that a visitor makes."""
    web_call_s: float = 0.023
    """Seconds of the web process for one: 43 calls a second were measured with 16 in flight on two cores."""
    web_page_s: float = 0.3
    """Seconds of the web process for a cold page."""
    machine: float = 15.0
    """Euros a month of a machine of two cores and 8 GB."""
    patience_s: float = 30.0
    """Waiting time that 95 of 100 jobs must not exceed."""


@dataclass
class Hour:
    """What the busiest hour was like: waiting seconds of each job that was taken, jobs refused, the load of cores and of the web process."""

    waited: list[float]
    refused: int
    load: float
    web_load: float
    web_waited: list[float]

    @property
    def p95(self) -> float:
        """Seconds that 95 of 100 jobs waited at most."""
        return float(np.percentile(self.waited, 95)) if self.waited else 0.0

    @property
    def refused_share(self) -> float:
        """Of all jobs."""
        return self.refused / max(1, self.refused + len(self.waited))


def simulated(
    visitors: int, machines: int, webs: int, times: dict[str, float], assumed: Assumed, seed: int = 1
) -> Hour:
    """The busiest hour of a day with so many visitors; with no web processes (0) theirs is not looked at."""
    chance, world = random.Random(seed), simpy.Environment()  # noqa: S311 - visitors, no secrets
    cores = simpy.Resource(world, machines * assumed.cores)
    lanes = {name: simpy.Resource(world, machines) for name in SERVICES}
    web = simpy.Resource(world, max(1, webs))
    hour = Hour([], 0, 0.0, 0.0, [])
    busy = {"cores": 0.0, "web": 0.0}

    def served(seconds: float) -> Iterator[simpy.Event]:
        if not webs:
            return
        began = world.now
        with web.request() as turn:
            yield turn
            hour.web_waited.append(world.now - began)
            yield world.timeout(seconds)
            busy["web"] += seconds

    def job() -> Iterator[simpy.Event]:
        pick = chance.random()
        name = (
            "upscale"
            if pick < assumed.upscale
            else "read"
            if pick < assumed.upscale + assumed.read
            else "transcribe"
        )
        seconds = times[name] * (assumed.pages if name != "transcribe" else 1.0)
        seconds *= chance.lognormvariate(-(assumed.spread**2) / 2, assumed.spread)
        if len(lanes[name].queue) >= assumed.queue * machines:
            hour.refused += 1
            return
        began = world.now
        with lanes[name].request() as turn:
            yield turn
            with cores.request() as core:
                yield core
                hour.waited.append(world.now - began)
                yield world.timeout(seconds)
                busy["cores"] += seconds

    def visitor() -> Iterator[simpy.Event]:
        yield from served(assumed.web_page_s)
        for _ in range(max(1, round(chance.expovariate(1 / assumed.jobs)))):
            yield world.timeout(chance.expovariate(1 / 45))
            yield from served(assumed.web_call_s * assumed.web_calls / assumed.jobs)
            yield from job()

    def day() -> Iterator[simpy.Event]:
        rate = visitors * assumed.busiest_hour / 3600
        while world.now < 3600:
            yield world.timeout(chance.expovariate(rate))
            world.process(visitor())

    world.process(day())
    world.run(until=3600)
    hour.load = busy["cores"] / (3600 * machines * assumed.cores)
    hour.web_load = busy["web"] / (3600 * max(1, webs))
    return hour


def crowd(
    people: int, queue: int, times: dict[str, float], assumed: Assumed, only: str = "", seed: int = 1
) -> tuple[list[float], int, int]:
    """So many visitors who all start a job of one page or take within a minute, on one machine: the seconds that each waits who
    is taken, how many are refused, how many of those who are taken would be given up at their deadline.

    ``only``: the service that all want; "" for the usual shares.
    """
    chance, world = random.Random(seed), simpy.Environment()  # noqa: S311 - visitors, no secrets
    cores = simpy.Resource(world, assumed.cores)
    lanes = {name: simpy.Resource(world, 1) for name in SERVICES}
    waited: list[float] = []
    counts = {"refused": 0, "late": 0}

    def visitor(name: str, at: float) -> Iterator[simpy.Event]:
        yield world.timeout(at)
        if len(lanes[name].queue) >= queue:
            counts["refused"] += 1
            return
        with lanes[name].request() as turn:
            yield turn
            with cores.request() as core:
                yield core
                waited.append(world.now - at)
                seconds = times[name] * chance.lognormvariate(-(assumed.spread**2) / 2, assumed.spread)
                yield world.timeout(seconds)
                counts["late"] += world.now - at > DEADLINE_S

    shares = (assumed.upscale, assumed.read, 1 - assumed.upscale - assumed.read)
    for _ in range(people):
        (name,) = [only] if only else chance.choices(SERVICES, shares)
        world.process(visitor(name, chance.uniform(0, 60)))
    world.run()
    return waited, counts["refused"], counts["late"]


def needed(visitors: int, times: dict[str, float], assumed: Assumed) -> tuple[int, int, Hour]:
    """The fewest machines, to 4 %, and web processes with which the hour is bearable, and that hour."""
    a_job = sum(
        share * times[name] * pages
        for name, share, pages in (
            ("upscale", assumed.upscale, assumed.pages),
            ("read", assumed.read, assumed.pages),
            ("transcribe", 1 - assumed.upscale - assumed.read, 1.0),
        )
    )
    most = max(
        1, int(visitors * assumed.busiest_hour * assumed.jobs * a_job / 3600 / assumed.cores)
    )  # none could be spared
    while True:
        hour = simulated(visitors, most, 0, times, assumed)
        if hour.p95 <= assumed.patience_s and hour.refused_share <= 0.01:
            break
        most += max(1, most // 25)
    webs = 1
    while True:
        hour = simulated(visitors, most, webs, times, assumed)
        if hour.web_load < 0.7:
            return most, webs, hour
        webs *= 2


def measure() -> dict[str, float]:
    """Seconds of computing of one page upscaled, one page read, and one tune transcribed: our own examples."""
    from models.contracts.read import ReadRequest
    from models.contracts.upscale import UpscaleRequest
    from models.sheet import open_pages
    from models.transcribe.sound import open_sound
    from scoreweb.jobs.transcribe.options import options_of, request_of
    from scoreweb.local_engine import open_local_engine
    from scoreweb.settings import Settings
    from scoreweb.widgets.examples import EXAMPLES

    page = next(path for path in EXAMPLES if path.name == "song-75dpi.png")
    tune = page.parents[1] / "sounds" / "waltz.flac"
    grey = open_pages(page)[0].grey
    requests = {
        "upscale": UpscaleRequest(grey, "fast"),
        "read": ReadRequest((grey,)),
        "transcribe": request_of(open_sound(tune), options_of("auto", None, "")),
    }
    times = {}
    with open_local_engine(Settings()) as engine:
        for name, request in requests.items():
            engine.submit(name, request).result()  # the first loads the networks
            began = time.process_time()
            engine.submit(name, request).result()
            times[name] = round(time.process_time() - began, 2)
    return times


def main() -> None:
    """Prints the table, or measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", action="store_true")
    for one in fields(Assumed):
        parser.add_argument(f"--{one.name.replace('_', '-')}", type=float, default=one.default)
    asked = vars(parser.parse_args())
    if asked.pop("measure"):
        TIMES.parent.mkdir(exist_ok=True)
        TIMES.write_text(json.dumps(measure()))
        print(TIMES.read_text())
        return
    assumed = Assumed(**{name: type(getattr(Assumed(), name))(value) for name, value in asked.items()})
    times = json.loads(TIMES.read_text())
    print(
        "Seconds of computing: " + ", ".join(f"{name} {seconds:g}" for name, seconds in times.items()) + ".\n"
    )
    print(
        "| visitors a day | jobs in the busiest hour | engine machines | their load | waiting, 95th percentile | refused | web processes | their load | euros a month |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for visitors in DAYS:
        machines, webs, hour = needed(visitors, times, assumed)
        jobs = len(hour.waited) + hour.refused
        money = assumed.machine * (machines + (webs if machines > 1 else 0))
        print(
            f"| {visitors:,} | {jobs:,} | {machines} | {hour.load:.0%} | {hour.p95:.1f} s | {hour.refused_share:.1%} | {webs} | {hour.web_load:.0%} | {money:,.0f} |",
            flush=True,
        )
    print(
        "\nWhere one machine (the page and its engine on two cores) breaks:\n\n| visitors a day | load of its cores | load of its web process | waiting, 95th percentile | refused |\n|---:|---:|---:|---:|---:|"
    )
    for visitors in (250, 500, 1_000, 2_000, 4_000):
        hour = simulated(visitors, 1, 1, times, assumed)
        print(
            f"| {visitors:,} | {hour.load:.0%} | {hour.web_load:.0%} | {hour.p95:.0f} s | {hour.refused_share:.1%} |",
            flush=True,
        )
    print(
        f"\n{CROWD} visitors within a minute, one job of one page or take each, on one machine of {assumed.cores} cores:\n"
    )
    print(
        "| queue | what they want | taken | refused | waiting, middle | longest | given up at the deadline |\n|---:|---|---:|---:|---:|---:|---:|"
    )
    for queue in (8, 16, 32, 50):
        for only in ("", "read"):
            waited, refused, late = crowd(CROWD, queue, times, assumed, only)
            print(
                f"| {queue} | {only or 'the usual mix'} | {len(waited)} | {refused} | {np.percentile(waited, 50):.0f} s | {max(waited):.0f} s | {late} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
