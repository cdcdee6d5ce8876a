"""The other machine of an engine elsewhere, played step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from models.engine import (
    Signature,
    wire,
)
from models.engine.schema import JobStatus
from tests.engine_services import Question, Reply

ECHO = Signature("echo", Question, Reply)
TOKEN = "quite secret"  # noqa: S105 - of this test

Answerer = Callable[[httpx.Request], httpx.Response]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Machine:
    """The other machine, played: what each step of the schema answers, and a list of what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.requests: list[httpx.Request] = []
        self.steps: dict[tuple[str, str], Answerer] = {
            ("POST", "echo"): lambda _: self.status("running", code=202),
            ("POST", "estimate"): lambda _: httpx.Response(200, content=b"null"),
            ("GET", "job"): lambda _: self.status("done"),
            ("GET", "answer"): lambda _: httpx.Response(200, content=wire.dumps(Reply("hello"))),
            ("DELETE", "job"): lambda _: httpx.Response(200, json={"cancelled": True}),
            ("GET", "healthz"): lambda _: httpx.Response(200, json={"ok": True}),
        }

    def __call__(self, request: httpx.Request) -> httpx.Response:
        last = request.url.path.rsplit("/", 1)[-1]
        step = (request.method, "job" if len(last) == 32 else last)
        self.asked.append(step)
        self.requests.append(request)
        return self.steps[step](request)

    def status(self, state: str, *, code: int = 200, **more: Any) -> httpx.Response:
        document = JobStatus("0" * 32, "echo", "running", len(self.asked), 0, 0.0, None, None).document()
        return httpx.Response(code, json={**document, "state": state, **more})

    def times(self, method: str, step: str) -> int:
        return self.asked.count((method, step))


def raising(error: type[Exception], times: int = 10**9, then: Answerer | None = None) -> Answerer:
    """Raises ``error`` the first ``times`` times."""
    left = [times]

    def answer(request: httpx.Request) -> httpx.Response:
        left[0] -= 1
        if left[0] >= 0 or then is None:
            raise error("http://engine.example:8000 is private")  # type: ignore[call-arg]
        return then(request)

    return answer


def replying(*args: Any, **kwargs: Any) -> Answerer:
    return lambda _: httpx.Response(*args, **kwargs)
