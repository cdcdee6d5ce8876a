"""Two web processes behind nginx as deploy/nginx.conf has it: each visitor stays with one of them."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from tests.engine_host import Host
from tests.engine_services import eventually
from tests.programs import missing

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx.conf"


def process(name: str) -> Starlette:
    """A stand-in for a web process: it says who it is, and streams."""

    async def who(request: Request) -> JSONResponse:
        return JSONResponse(
            {"who": name, "bytes": len(await request.body()), "for": request.headers.get("x-forwarded-for")}
        )

    async def stream(request: Request) -> StreamingResponse:
        async def events():
            yield "data: first\n\n"
            await asyncio.sleep(3600)

        return StreamingResponse(events(), media_type="text/event-stream")

    return Starlette(routes=[Route("/stream", stream), Route("/{path:path}", who, methods=["GET", "POST"])])


@dataclass
class Address:
    """What visitors see, and the processes behind it."""

    url: str
    processes: dict[str, Host]

    def visitor(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[Address]:
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        missing("nginx is missing: install Debian's package nginx")
    processes = {name: Host(process(name)) for name in ("one", "other")}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = CONFIGURATION.read_text(encoding="utf-8")
    for written, host in zip(("127.0.0.1:7861", "127.0.0.1:7862"), processes.values(), strict=True):
        assert written in text
        text = text.replace(written, host.url.removeprefix("http://"))
    text, listening = re.subn(r"listen 80;", f"listen 127.0.0.1:{port};", text)
    assert listening == 1
    folders = " ".join(
        f"{kind}_temp_path {tmp_path}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; worker_processes 1;\n"
        f"{'user root;' if Path.home() == Path('/root') else ''}\n"
        f"events {{}}\nhttp {{ access_log off; {folders}\n{text}\n}}\n"
    )
    server = subprocess.Popen(
        [program, "-c", whole, "-p", tmp_path, "-e", tmp_path / "error.log"], stderr=subprocess.DEVNULL
    )
    found = Address(f"http://127.0.0.1:{port}", processes)

    def answers() -> bool:
        assert server.poll() is None, (tmp_path / "error.log").read_text()
        try:
            return httpx.get(found.url).status_code == 200
        except httpx.TransportError:
            return False

    try:
        eventually(answers)
        yield found
    finally:
        server.terminate()
        server.wait(30)
        for host in processes.values():
            host.stop()


def test_a_visitor_stays_with_one_process_and_visitors_are_spread(address: Address) -> None:
    met = set()
    for _ in range(20):
        with address.visitor() as visitor:
            seen = {visitor.get("/").json()["who"] for _ in range(3)}
            seen |= {visitor.post("/gradio_api/queue/join", content=b"{}").json()["who"]}
        assert len(seen) == 1
        met |= seen
    assert met == {"one", "other"}


def test_the_cookie_says_nothing_and_is_given_once(address: Address) -> None:
    with address.visitor() as visitor:
        first, second = visitor.get("/"), visitor.get("/")
    assert re.fullmatch(
        r"scoreweb_web=[0-9a-f]{32}; Path=/; HttpOnly; SameSite=Lax", first.headers["set-cookie"]
    )
    assert "set-cookie" not in second.headers


def test_visitors_of_a_process_that_ended_are_served_by_the_other_and_nobody_else_moves(
    address: Address,
) -> None:
    visitors = {name: [] for name in address.processes}
    while not all(visitors.values()):
        visitor = address.visitor()
        visitors[visitor.get("/").json()["who"]].append(visitor)
    address.processes.pop("one").stop()
    for visitor in (*visitors["one"], *visitors["other"]):
        assert visitor.get("/").json()["who"] == "other"
        visitor.close()


def test_progress_comes_as_it_happens(address: Address) -> None:
    with address.visitor() as visitor, visitor.stream("GET", "/stream") as answer:
        assert next(answer.iter_lines()) == "data: first", "while the stream goes on"


def test_an_upload_of_the_largest_size_passes_and_a_larger_one_is_refused(address: Address) -> None:
    with address.visitor() as visitor:
        assert visitor.post("/gradio_api/upload", content=b"x" * 20_010_000).json()["bytes"] == 20_010_000
        assert visitor.post("/gradio_api/upload", content=b"x" * 23_000_000).status_code == 413


def test_the_visitors_address_is_the_proxys_own_word(address: Address) -> None:
    with address.visitor() as visitor:
        told = visitor.get("/", headers={"x-forwarded-for": "6.6.6.6"}).json()["for"]
    assert told.rsplit(",", 1)[-1].strip() == "127.0.0.1"
