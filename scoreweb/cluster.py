"""The models on a Ray cluster: which services with how much of it, from a file, and the engine that asks them."""

from __future__ import annotations

import tomllib
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.contracts import read, transcribe, upscale
from models.contracts.signatures import SIGNATURES
from models.engine import Engine, EngineError, Service
from scoreweb.enlarging import enlarger
from scoreweb.settings import Settings

NAMES = (upscale.NAME, read.NAME, read.PAGE_NAME, transcribe.NAME)
"""The services of a cluster."""

NO_RAY = "Ray is not installed here. Install requirements-cluster.txt, or leave out what asks for a cluster."


class ClusterFileError(Exception):
    """A sentence about a file of a cluster that cannot be used."""


class Share(BaseModel):
    """What one service may have of the cluster: a table ``[services.NAME]`` of the file."""

    model_config = ConfigDict(extra="forbid")

    replicas: int = Field(1, ge=1, le=1000, description="Processes that run at least.")
    most: int = Field(1, ge=1, le=1000, description="Processes that run at most.")
    queue: float = Field(
        2.0, gt=0, description="Requests for each, waiting ones included, at which another starts."
    )
    cpus: float = Field(1.0, ge=0, description="Processor cores of each.")
    gpus: float = Field(0.0, ge=0, description="GPUs of each; 0.3 means that three share one.")

    @model_validator(mode="before")
    @classmethod
    def _as_many_as_least(cls, given: Any) -> Any:  # noqa: ANN401 - whatever stands in the file
        if isinstance(given, dict) and "most" not in given and "replicas" in given:
            return {**given, "most": given["replicas"]}
        return given

    @model_validator(mode="after")
    def _in_order(self) -> Share:
        if self.most < self.replicas:
            raise ValueError("most must not be less than replicas")
        return self


class Cluster(BaseModel):
    """The file: where the cluster is, and the share of each service."""

    model_config = ConfigDict(extra="forbid")

    address: str | None = Field(
        None, description="Address of the cluster's head; none: a cluster of this machine alone is started."
    )
    drain_seconds: float = Field(
        900, ge=0, description="Seconds that running jobs are given when services are replaced or stopped."
    )
    device: str | None = Field(None, description="Where the networks run there; none: SCOREWEB_DEVICE.")
    services: dict[str, Share] = Field(default_factory=dict)


def read_cluster(path: Path | None) -> Cluster:
    """What the file says; all defaults without one. Raises ClusterFileError."""
    if path is None:
        return Cluster.model_validate({})
    try:
        given = Cluster.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise ClusterFileError(f"{path.name} cannot be read. Give the path of a TOML file.") from error
    except tomllib.TOMLDecodeError as error:
        raise ClusterFileError(f"{path.name} is no TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ClusterFileError(f"{path.name}, {where}: {first['msg']}.") from error
    if strange := sorted(set(given.services) - set(NAMES)):
        raise ClusterFileError(f"{path.name} names a service {strange[0]!r}; there are {', '.join(NAMES)}.")
    return given


def open_ray_engine(settings: Settings) -> Engine:
    """The engine of a running cluster, which this process joins; its services are there already.

    Raises ClusterFileError without Ray, EngineUnreachable where there is no cluster.
    """
    try:
        from models.engine import ray_cluster
        from models.engine.ray_engine import RayEngine
    except ImportError as error:
        raise ClusterFileError(NO_RAY) from error
    ray_cluster.join()
    return RayEngine(
        SIGNATURES,
        queue_size=settings.engine_queue,
        deadline_s=settings.deadline_s,
        leave=ray_cluster.leave,
    )


def put_on_cluster(settings: Settings, cluster: Cluster) -> Engine:
    """The services run on the cluster that the file names, or on one of this machine that ends with the engine.

    Raises ClusterFileError without Ray, EngineUnreachable where there is no cluster or no service came up.
    """
    try:
        from models.engine import ray_cluster
        from models.engine.ray_engine import RayEngine
    except ImportError as error:
        raise ClusterFileError(NO_RAY) from error
    if cluster.address:
        ray_cluster.join(cluster.address)
    else:
        ray_cluster.start()
    given = {
        "device": cluster.device or settings.device,
        "threads": settings.threads,
        "page_megapixels": settings.page_megapixels,
        "deadline_s": settings.deadline_s,
    }
    shares = {name: cluster.services.get(name, Share()) for name in NAMES}
    try:
        ray_cluster.deploy(
            {name: partial(open_service, name, given) for name in NAMES},
            {
                name: ray_cluster.Scale(s.replicas, s.most, s.queue, s.cpus, s.gpus)
                for name, s in shares.items()
            },
            drain_s=cluster.drain_seconds,
        )
    except EngineError:
        ray_cluster.leave()
        raise
    return RayEngine(
        SIGNATURES,
        queue_size=settings.engine_queue,
        deadline_s=settings.deadline_s,
        leave=ray_cluster.leave,
    )


def open_service(name: str, given: dict[str, Any]) -> Service[Any, Any]:
    """The service of that name, in a process of the cluster; it asks the others there as everybody does."""
    from models.engine.ray_engine import RayEngine
    from scoreweb.local_engine import open_services

    # Not from this process's environment: every machine of the cluster computes alike.
    settings = Settings(**given)
    engine = RayEngine((*SIGNATURES, read.PAGE_SIGNATURE), queue_size=64, deadline_s=settings.deadline_s)
    enlarge = enlarger(lambda: engine, most_pixels=round(settings.page_megapixels * 1e6))
    return open_services(settings, enlarge, pages=lambda: engine)[name]
