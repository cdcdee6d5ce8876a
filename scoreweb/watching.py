"""Pages for the host alone: ``/metrics`` for Prometheus behind a token, ``/status`` for people behind the host's password."""

from __future__ import annotations

import base64
import binascii
import hmac
from html import escape
from typing import Any

from pydantic import SecretStr
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from scoreweb import metrics
from scoreweb import watching_texts as messages
from scoreweb.host import Host

_NO_STORE = {"cache-control": "no-store"}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1d1d1f;background:#fff}"
    "table{border-collapse:collapse;margin:.5rem 0 1.5rem}th,td{text-align:left;padding:.3rem 1rem .3rem 0;border-bottom:1px solid #ddd}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}.bad{color:#a00;font-weight:600}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#16161a}th,td{border-color:#444}.bad{color:#f88}}"
)


def routes(host: Host) -> list[Route]:
    """Those of the two pages for which this host has set a secret; without one there is no such address."""
    found = []
    if host.settings.metrics_token is not None:
        found.append(Route("/metrics", _metrics_page(host, host.settings.metrics_token)))
    if host.settings.host_password is not None:
        found.append(Route("/status", _status_page(host, host.settings.host_password)))
    return found


def _metrics_page(host: Host, token: SecretStr) -> Any:  # noqa: ANN401 - an endpoint of Starlette's
    async def numbers(request: Request) -> Response:
        if not _same(request.headers.get("authorization", ""), f"Bearer {token.get_secret_value()}"):
            return PlainTextResponse(messages.NO_ENTRY, 401, {"www-authenticate": "Bearer", **_NO_STORE})
        text, kind = await run_in_threadpool(metrics.exposition, host, host.store, host.settings.data_dir)
        return Response(text, media_type=kind, headers=_NO_STORE)

    return numbers


def _status_page(host: Host, password: SecretStr) -> Any:  # noqa: ANN401
    async def status(request: Request) -> Response:
        guesses = host.budgets.wrong_passwords
        client = host.budgets.clients.name(
            request.client.host if request.client else None, request.headers.get("x-forwarded-for")
        )
        given = _password_in(request.headers.get("authorization", ""))
        if guesses.left(client) <= 0 or not _same(given or "", password.get_secret_value()):
            if given is not None:
                guesses.charge(client, 1)
            return PlainTextResponse(
                messages.NO_ENTRY, 401, {"www-authenticate": 'Basic realm="ScoreWeb"', **_NO_STORE}
            )
        return HTMLResponse(await run_in_threadpool(status_html, host), headers=_NO_STORE)

    return status


def _password_in(header: str) -> str | None:
    """The password of HTTP's basic way, whatever the user is called; None where none is given."""
    kind, _, packed = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        return base64.b64decode(packed, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def status_html(host: Host) -> str:
    """How the host is, for people: its services and their queues, what was done since the start, what went wrong, what is kept."""
    report = host.health()
    counted = metrics.since_start()
    well = messages.STATUS_WELL if report["ok"] else f'<span class="bad">{messages.STATUS_UNWELL}</span>'
    resident = sum(value for name, _, value in counted if name == "process_resident_memory_bytes")
    facts = [
        (messages.STATUS_VISITORS, report.get("workspaces", 0)),
        (messages.STATUS_MEMORY, f"{resident / 1e6:,.0f} MB"),
    ]
    services = [
        (
            name,
            messages.STATUS_YES if numbers["healthy"] else messages.STATUS_NO,
            *(numbers.get(k, 0) for k in ("waiting", "running", "stuck_workers")),
        )
        for name, numbers in sorted((report["engine"].get("services") or {}).items())
    ]
    done = [
        (labels["service"], labels["outcome"], int(value))
        for name, labels, value in counted
        if name == "scoreweb_jobs_total"
    ]
    errors = sorted(
        ((labels["kind"], int(value)) for name, labels, value in counted if name == "scoreweb_errors_total"),
        key=lambda row: -row[1],
    )
    kept = [
        (task.value, status.value, count)
        for (task, status), count in sorted(host.store.numbers().submissions.items())
    ]
    tables = (
        _table(messages.STATUS_NOW, (), facts)
        + _table(messages.STATUS_SERVICES, messages.STATUS_SERVICE_HEAD, services)
        + _table(messages.STATUS_JOBS, messages.STATUS_JOB_HEAD, done)
        + _table(messages.STATUS_ERRORS, messages.STATUS_ERROR_HEAD, errors)
        + _table(messages.STATUS_KEPT, messages.STATUS_KEPT_HEAD, kept)
    )
    title = escape(messages.STATUS_TITLE)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="refresh" content="30"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1><p>{well}</p>{tables}</html>"
    )


def _table(title: str, head: tuple[str, ...], rows: list[Any]) -> str:
    if not rows:
        return f"<h2>{escape(title)}</h2><p>{escape(messages.STATUS_NOTHING)}</p>"
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join("<tr>" + "".join(_cell(value) for value in row) + "</tr>" for row in rows)
    return f"<h2>{escape(title)}</h2><table>{f'<tr>{top}</tr>' if top else ''}{body}</table>"


def _cell(value: object) -> str:
    number = ' class="n"' if isinstance(value, int) else ""
    return f"<td{number}>{escape(str(value))}</td>"
