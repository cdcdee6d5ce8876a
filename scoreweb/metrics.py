"""What a host can watch: counts and times since the start, as Prometheus reads them. docs/operations.md lists each.

Nothing here says who a visitor is or what a file holds or is called: labels are services, stages, and names of our own errors.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from models.engine import Cancelled, EngineBusy

REGISTRY = CollectorRegistry()
"""Of this process: what is counted as it happens."""
ProcessCollector(registry=REGISTRY)

_SECONDS = (0.1, 0.3, 1, 2, 5, 10, 20, 40, 80, 160, 320, 640, 1280)
JOBS = Counter("scoreweb_jobs", "Jobs that ended.", ["service", "outcome"], registry=REGISTRY)
SECONDS = Histogram(
    "scoreweb_job_seconds", "Seconds of computing of a job.", ["service"], registry=REGISTRY, buckets=_SECONDS
)
WAITED = Histogram(
    "scoreweb_waiting_seconds",
    "Seconds in the queue of a job.",
    ["service"],
    registry=REGISTRY,
    buckets=_SECONDS,
)
STAGES = Histogram(
    "scoreweb_stage_seconds",
    "Seconds of a stage of a job.",
    ["service", "stage"],
    registry=REGISTRY,
    buckets=_SECONDS,
)
ERRORS = Counter("scoreweb_errors", "Sentences that visitors read, by kind.", ["kind"], registry=REGISTRY)
GIFTS = Counter(
    "scoreweb_contributions", "Results left to the collection since the start.", ["task"], registry=REGISTRY
)

_MOST_STAGES = 40
_named: set[str] = set()


class Watched(Protocol):
    """What the numbers of the moment are taken from; `scoreweb.host.Host` is one."""

    def health(self) -> dict[str, Any]:
        """As /healthz reports it."""
        ...


@contextmanager
def job(service: str) -> Iterator[None]:
    """A job whose outcome is counted: done, cancelled, busy (the queue was full) or failed."""
    outcome = "failed"
    try:
        yield
        outcome = "done"
    except (Cancelled, GeneratorExit):
        outcome = "cancelled"
        raise
    except EngineBusy:
        outcome = "busy"
        raise
    finally:
        JOBS.labels(service, outcome).inc()


def computed(service: str, seconds: float, waited: float) -> None:
    """A job was computed for so long, after it had waited."""
    SECONDS.labels(service).observe(seconds)
    WAITED.labels(service).observe(waited)


class StageClock:
    """Which stage a job is at, and how long each took."""

    def __init__(self, service: str) -> None:
        self._service, self._stage, self._since = service, "", time.monotonic()

    def at(self, told: str) -> None:
        """The stage that the service tells, as it tells it: which page it is at does not matter."""
        stage = told.rsplit(" · ", 1)[-1].lower()
        if stage == self._stage:
            return
        now = time.monotonic()
        if self._stage:
            STAGES.labels(self._service, _label(self._stage)).observe(now - self._since)
        self._stage, self._since = stage, now

    def end(self) -> None:
        """The last stage is over."""
        self.at("")


def _label(stage: str) -> str:
    """A stage's name; a service that invents ever new ones must not fill the memory."""
    if len(_named) < _MOST_STAGES:
        _named.add(stage)
    return stage if stage in _named else "other"


class _Moment(Collector):
    """The numbers of this moment."""

    def __init__(self, host: Watched, store: Any, data: Path) -> None:  # noqa: ANN401 - a Store or what stands for it
        self._host, self._store, self._data = host, store, data

    def collect(self) -> Iterable[Metric]:
        report = self._host.health()
        yield _gauge("scoreweb_up", "Whether the page, its engine and its collection are well.", report["ok"])
        yield _gauge(
            "scoreweb_workspaces", "Visitors with the page open.", int(report.get("workspaces") or 0)
        )
        services: dict[str, dict[str, Any]] = dict(report["engine"].get("services") or {})
        for key, words in (
            ("waiting", "Jobs in the queue of a service."),
            ("running", "Jobs that are computed."),
            ("stuck_workers", "Workers that do not come back from a job."),
        ):
            gauge = GaugeMetricFamily(f"scoreweb_queue_{key}", words, labels=["service"])
            for name, numbers in sorted(services.items()):
                gauge.add_metric([name], float(numbers.get(key) or 0))
            yield gauge
        yield _gauge(
            "scoreweb_disk_free_bytes",
            "Free space where the collection lies.",
            shutil.disk_usage(self._data).free,
        )
        gauge = GaugeMetricFamily(
            "scoreweb_submissions", "What the collection holds.", labels=["task", "status"]
        )
        for (task, status), count in sorted(self._store.numbers().submissions.items()):
            gauge.add_metric([str(task.value), str(status.value)], float(count))
        yield gauge


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=float(value))


def exposition(host: Watched, store: Any, data: Path) -> tuple[bytes, str]:  # noqa: ANN401
    """The text that Prometheus reads, and its content type. The collection lies in the folder ``data``."""
    moment = CollectorRegistry()
    moment.register(_Moment(host, store, data))
    return generate_latest(REGISTRY) + generate_latest(moment), CONTENT_TYPE_LATEST


def since_start() -> list[tuple[str, dict[str, str], float]]:
    """Every number that was counted in this process: its name, its labels, its value."""
    return [
        (sample.name, dict(sample.labels), sample.value)
        for family in REGISTRY.collect()
        for sample in family.samples
    ]
