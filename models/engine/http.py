"""An engine served over HTTP, for web pages on other machines; the schema stands in ``docs/engine.md``."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import math
import re
import secrets
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from models.engine import wire
from models.engine.errors import BadRequest, EngineBusy, EngineError, ServiceFailed
from models.engine.job_store import HeldJob, JobStore
from models.engine.protocol import Engine
from models.engine.schema import (
    DEADLINE_HEADER,
    KEY_HEADER,
    MAX_WAIT_S,
    TooLarge,
    check_token,
    error_document,
    status_of,
)

log = logging.getLogger(__name__)

RETRY_AFTER_S = 2
_KEY = re.compile(r"[0-9a-f]{32}")


def engine_app(
    engine: Engine,
    *,
    token: str | None,
    max_bytes: int = wire.MAX_BYTES,
    max_jobs: int = 64,
    keep_s: float = 300.0,
    upload_s: float = 120.0,
) -> Starlette:
    """An ASGI application that lets holders of ``token`` use ``engine``, which stays the caller's to close.

    ``max_bytes``: the longest request body; ``upload_s``: seconds it may take to arrive. ``max_jobs``: jobs
    held at once, finished ones included; ``keep_s``: seconds that an answer waits to be fetched. With None
    for a token everyone who reaches the port is served. Raises ValueError for a token that is empty or fits
    no header, and TypeError if a service's types cannot travel.
    """
    check_token(token)
    for name in engine.services():
        signature = engine.signature(name)
        wire.check(signature.request_type)
        wire.check(signature.answer_type)
    jobs = JobStore(max_jobs=max_jobs, keep_s=keep_s)
    endpoints = Endpoints(engine, token=token, max_bytes=max_bytes, upload_s=upload_s, jobs=jobs)
    return Starlette(
        routes=[
            Route("/healthz", endpoints.health, methods=["GET"]),
            Route("/v1/jobs/{job}", endpoints.status, methods=["GET"]),
            Route("/v1/jobs/{job}", endpoints.cancel, methods=["DELETE"]),
            Route("/v1/jobs/{job}/answer", endpoints.answer, methods=["GET"]),
            Route("/v1/{service}", endpoints.submit, methods=["POST"]),
            Route("/v1/{service}/estimate", endpoints.estimate, methods=["POST"]),
            Route("/v1/{service}/options", endpoints.options, methods=["GET"]),
        ],
        exception_handlers={
            EngineError: _engine_error,
            HTTPException: _http_error,
            ClientDisconnect: _gone,
            Exception: _broken,
        },
    )


class Endpoints:
    """The endpoints of one engine. Every one but `health` raises 401 for a caller without the token."""

    def __init__(
        self, engine: Engine, *, token: str | None, max_bytes: int, upload_s: float, jobs: JobStore
    ) -> None:
        self._engine = engine
        self._token = None if token is None else token.encode()
        self._max_bytes = max_bytes
        self._upload_s = upload_s
        self._jobs = jobs

    async def submit(self, request: Request) -> Response:
        """Takes a request in wire bytes; 202 and the job's status."""
        self._admit(request)
        service = request.path_params["service"]
        self._engine.signature(service)
        job_id = request.headers.get(KEY_HEADER) or secrets.token_hex(16)
        if not _KEY.fullmatch(job_id):
            raise BadRequest("The idempotency key must be 32 hexadecimal digits.")
        deadline_s = _seconds(request.headers.get(DEADLINE_HEADER), "deadline")
        held = self._jobs.find(job_id)
        if held is None:
            held = HeldJob(job_id, service)
            self._jobs.add(held)
            try:
                decoded = await self._decoded(request, service)
                ticket = await run_in_threadpool(
                    self._engine.submit,
                    service,
                    decoded,
                    deadline_s=deadline_s,
                    on_progress=held.on_progress,
                )
            except BaseException:
                self._jobs.drop(job_id)
                raise
            held.accept(ticket)
            if self._jobs.find(job_id) is not held:  # cancelled while it was on its way to the engine
                await run_in_threadpool(ticket.cancel)
        return JSONResponse(held.status().document(), status_code=202)

    async def estimate(self, request: Request) -> Response:
        """Seconds and bytes that a request in wire bytes would take; null if the service cannot estimate."""
        self._admit(request)
        service = request.path_params["service"]
        decoded = await self._decoded(request, service)
        estimate = await run_in_threadpool(self._engine.estimate, service, decoded)
        return JSONResponse(estimate and {"seconds": estimate.seconds, "peak_bytes": estimate.peak_bytes})

    async def options(self, request: Request) -> Response:
        """What the service can be asked for, as it describes itself; {} if it does not say."""
        self._admit(request)
        options = await run_in_threadpool(self._engine.options, request.path_params["service"])
        return JSONResponse(options)

    async def status(self, request: Request) -> Response:
        """The job's status: at once, or with ``wait`` as soon as its version is no longer ``seen``."""
        self._admit(request)
        held = self._jobs.get(request.path_params["job"])
        wait = _seconds(request.query_params.get("wait"), "wait") or 0.0
        seen = _seconds(request.query_params.get("seen"), "version")
        await held.wait(held.version if seen is None else int(seen), min(MAX_WAIT_S, max(0.0, wait)))
        return JSONResponse(held.status().document())

    async def answer(self, request: Request) -> Response:
        """The answer in wire bytes, as often as it is asked for; 202 and the status while there is none."""
        self._admit(request)
        held = self._jobs.get(request.path_params["job"])
        error = held.error()
        if error is not None:
            raise error
        if held.ticket is None or not held.ticket.done():
            return JSONResponse(held.status().document(), status_code=202)
        try:
            message = await run_in_threadpool(wire.dumps, held.ticket.result(0.0))
        except (TypeError, ValueError) as cause:
            log.exception("An answer of %s cannot travel.", held.service)
            raise ServiceFailed from cause
        return Response(message, media_type=wire.MEDIA_TYPE)

    async def cancel(self, request: Request) -> Response:
        """Takes the job back if it is not finished, and forgets it."""
        self._admit(request)
        held = self._jobs.get(request.path_params["job"])
        self._jobs.drop(held.id)
        cancelled = held.ticket is not None and await run_in_threadpool(held.ticket.cancel)
        return JSONResponse({"cancelled": cancelled})

    async def health(self, request: Request) -> Response:
        """``{"ok": bool}`` for everyone, the whole report for holders of the token; 503 if not ok."""
        report = await run_in_threadpool(self._engine.health)
        shown = report if self._knows(request) else {"ok": report["ok"]}
        body = json.dumps(shown, default=str)
        return Response(body, status_code=200 if report["ok"] else 503, media_type="application/json")

    async def _decoded(self, request: Request, service: str) -> Any:  # noqa: ANN401 - of the service's request type
        request_type = self._engine.signature(service).request_type
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self._max_bytes:
            raise TooLarge
        body = bytearray()
        try:
            async with asyncio.timeout(self._upload_s):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > self._max_bytes:
                        raise TooLarge
        except TimeoutError:
            raise BadRequest(
                "The upload took too long; please send it again, or something smaller."
            ) from None
        return await run_in_threadpool(wire.loads, body, request_type, max_bytes=self._max_bytes)

    def _knows(self, request: Request) -> bool:
        given = request.headers.get("authorization", "").encode()
        return self._token is None or hmac.compare_digest(given, b"Bearer " + self._token)

    def _admit(self, request: Request) -> None:
        if not self._knows(request):
            raise HTTPException(
                401, "This engine serves only holders of its token.", {"www-authenticate": "Bearer"}
            )


def _seconds(text: str | None, what: str) -> float | None:
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadRequest(f"The {what} must be a number.")
    return number


async def _engine_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, EngineError)  # noqa: S101 - Starlette looked; this tells the type checker
    headers = {"retry-after": str(RETRY_AFTER_S)} if isinstance(error, EngineBusy) else None
    return JSONResponse(error_document(error), status_code=status_of(error), headers=headers)


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    name = {401: "Unauthorized", 404: "NotFound", 405: "MethodNotAllowed"}.get(error.status_code, "HttpError")
    document = {"error": name, "message": error.detail}
    return JSONResponse(document, status_code=error.status_code, headers=error.headers)


async def _gone(_: Request, __: Exception) -> Response:
    return Response(status_code=400)  # the caller hung up in the middle of its body and will not read this


async def _broken(_: Request, __: Exception) -> Response:
    # Starlette raises the error again after this, so the server logs it; its words stay here.
    return JSONResponse(error_document(ServiceFailed()), status_code=500)
