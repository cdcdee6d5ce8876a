"""Services put on a Ray cluster, and processes that join it."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when Ray is imported

import ray
from ray import serve
from ray.serve.schema import LoggingConfig

from models.engine.errors import EngineUnreachable
from models.engine.ray_engine import APP, DESK
from models.engine.ray_replica import Desk, Opener, ServiceReplica

log = logging.getLogger(__name__)

_SERVE = {
    # A replica that is stuck would otherwise be given the whole time of a drain, and keep its memory so long.
    "RAY_SERVE_FORCE_STOP_UNHEALTHY_REPLICAS": "1",
}
"""Settings of Ray Serve that only its environment has."""

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Scale:
    """How much of a cluster one service may have.

    Between ``least`` and ``most`` replicas run, as many as it takes for each to have ``queue`` requests, waiting ones
    included; each takes ``cpus`` and ``gpus``, which may be fractions: Ray counts them and does not divide anything.
    ``batch``: the most requests that the service runs together.
    """

    least: int = 1
    most: int = 1
    queue: float = 2.0
    cpus: float = 1.0
    gpus: float = 0.0
    batch: int = 1


def join(address: str = "auto", *, quiet: bool = True) -> None:
    """Makes this process a part of the running cluster at ``address``; "auto" is this machine's, or RAY_ADDRESS's.

    Raises EngineUnreachable where there is none.
    """
    try:
        _init(address=address, log_to_driver=not quiet)
    except (ConnectionError, OSError, RuntimeError, ValueError) as error:
        raise EngineUnreachable from error


def start(**settings: Any) -> None:  # noqa: ANN401 - Ray's own
    """A cluster of this machine alone, which ends with this process or with `leave`.

    Raises EngineUnreachable where it does not come up.
    """
    try:
        # "local": without an address Ray would join a cluster that happens to run here.
        _init(address="local", include_dashboard=False, **settings)
    except Exception as error:
        # Ray gives its own processes 30 seconds to start, and says no more than that they took longer.
        ray.shutdown()
        raise EngineUnreachable from error


def leave() -> None:
    """Ends this process's part in a cluster; one that it started ends."""
    ray.shutdown()


def deploy(
    openers: Mapping[str, Opener],
    scales: Mapping[str, Scale],
    *,
    app: str = APP,
    drain_s: float = 900.0,
    grace_s: float = 5.0,
) -> None:
    """The services, by their names, run on the cluster when this returns, in place of those that did.

    What runs on an earlier version's replicas is finished there, for at most ``drain_s`` seconds; what waits is run by
    the new ones. ``grace_s``: seconds after its deadline for a job to notice, before its replica is replaced.
    Raises EngineUnreachable where not all of them came up.
    """
    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    quiet = LoggingConfig(log_level="WARNING", enable_access_log=False)
    # Nobody but `RayEngine` asks: no port is opened.
    serve.start(proxy_location="Disabled", logging_config=quiet)
    replicas = []
    for name, opener in openers.items():
        scale = scales.get(name, Scale())
        replicas.append(
            serve.deployment(ServiceReplica)
            .options(
                name=name,
                ray_actor_options={"num_cpus": scale.cpus, "num_gpus": scale.gpus},
                # The rest of a queue waits outside of the replicas, so that a new one can take its share.
                max_ongoing_requests=1 if scale.batch == 1 else 2 * scale.batch,
                graceful_shutdown_timeout_s=drain_s,
                graceful_shutdown_wait_loop_s=0.2,
                health_check_period_s=2.0,
                logging_config=quiet,
                **_amount(scale),
            )
            .bind(opener, grace_s)
        )
    desk = serve.deployment(Desk).options(
        name=DESK,
        ray_actor_options={"num_cpus": 0},
        max_ongoing_requests=64,
        graceful_shutdown_timeout_s=2.0,
        logging_config=quiet,
    )
    try:
        serve.run(desk.bind(dict(openers), *replicas), name=app, route_prefix=None)
    except RuntimeError as error:
        raise EngineUnreachable from error


def withdraw(app: str = APP) -> None:
    """The services of ``app`` no longer run."""
    serve.delete(app)


def _amount(scale: Scale) -> dict[str, Any]:
    if scale.least == scale.most:
        return {"num_replicas": scale.most}
    return {
        "autoscaling_config": {
            "min_replicas": scale.least,
            "max_replicas": scale.most,
            "target_ongoing_requests": scale.queue,
            "upscale_delay_s": 5.0,
            "downscale_delay_s": 300.0,
        }
    }


def _init(**settings: Any) -> None:  # noqa: ANN401 - Ray's own
    ray.init(
        ignore_reinit_error=True,
        logging_level=logging.WARNING,
        # Replicas import the project from its folder, which every machine of the cluster has at the same place.
        runtime_env={"env_vars": {"PYTHONPATH": os.pathsep.join([str(ROOT), *_given()]), **_SERVE}},
        **settings,
    )


def _given() -> list[str]:
    return [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
