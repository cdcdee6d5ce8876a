"""The one interface to everything that computes.

`LocalEngine` runs services in this process. `models.engine.remote.RemoteEngine` asks another machine for
them, where `models.engine.http.engine_app` serves them; these two are not imported here, so that a service
needs no web library.
"""

from models.engine.errors import (
    BadRequest,
    Cancelled,
    DeadlinePassed,
    EngineBusy,
    EngineClosed,
    EngineError,
    EngineUnreachable,
    JobLost,
    ServiceFailed,
    UnknownService,
)
from models.engine.job import Job, Progress, each_alone
from models.engine.local import LocalEngine
from models.engine.protocol import (
    Describing,
    Engine,
    Estimate,
    Estimating,
    Grouping,
    Service,
    Signature,
    Ticket,
    Typed,
    Warming,
    Weighted,
)

__all__ = [
    "BadRequest",
    "Cancelled",
    "DeadlinePassed",
    "Describing",
    "Engine",
    "EngineBusy",
    "EngineClosed",
    "EngineError",
    "EngineUnreachable",
    "Estimate",
    "Estimating",
    "Grouping",
    "Job",
    "JobLost",
    "LocalEngine",
    "Progress",
    "Service",
    "ServiceFailed",
    "Signature",
    "Ticket",
    "Typed",
    "UnknownService",
    "Warming",
    "Weighted",
    "each_alone",
]
