"""A script stands first in the head of each HTML page, and in nothing else."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, JSONResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from scoreweb import first_script
from scoreweb.first_script import FirstScript

PAGE = "<!doctype html><html><head><title>Täst</title></head>" + "<p>music</p>" * 200


async def pieces():
    yield PAGE[:40].encode()
    yield PAGE[40:].encode()


APP = Starlette(
    routes=[
        Route("/", lambda _: HTMLResponse(PAGE)),
        Route("/pieces/", lambda _: StreamingResponse(pieces(), media_type="text/html")),
        Route("/numbers/", lambda _: JSONResponse({"page": "<head>"})),
        Route("/other", lambda _: HTMLResponse(PAGE)),
    ],
    middleware=[Middleware(FirstScript, script=lambda: "first()"), Middleware(GZipMiddleware)],
)


@pytest.mark.parametrize("path", ["/", "/pieces/"])
def test_the_script_is_the_first_thing_in_the_head(path):
    answer = TestClient(APP).get(path)
    assert answer.text == PAGE.replace("<head>", "<head><script>first()</script>")


@pytest.mark.parametrize(("path", "text"), [("/numbers/", '{"page":"<head>"}'), ("/other", PAGE)])
def test_anything_else_stays_as_it_is(path, text):
    assert TestClient(APP).get(path).text == text


def test_the_page_is_packed_for_who_can_unpack_it_and_for_nobody_else():
    packed = TestClient(APP).get("/", headers={"accept-encoding": "gzip, br"})
    plain = TestClient(APP).get("/", headers={"accept-encoding": "identity"})
    assert packed.text == plain.text
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 4
    assert "content-encoding" not in plain.headers
    assert "accept-encoding" in plain.headers["vary"].lower()
    assert "accept-encoding" in packed.headers["vary"].lower()
    assert "content-encoding" not in TestClient(APP).get("/numbers/").headers


def test_the_same_page_is_packed_once_and_each_gets_their_own(monkeypatch):
    packed, pack = [], first_script.gzip.compress
    monkeypatch.setattr(
        first_script.gzip,
        "compress",
        lambda body, *how, **more: packed.append(body) or pack(body, *how, **more),
    )
    said = iter(["a()", "a()", "b()", "a()", *(f"c{n}()" for n in range(40)), "a()"])
    app = Starlette(
        routes=[Route("/", lambda _: HTMLResponse(PAGE))],
        middleware=[Middleware(FirstScript, script=lambda: next(said))],
    )
    client = TestClient(app)
    for script in ("a()", "a()", "b()", "a()"):
        assert f"<script>{script}</script>" in client.get("/").text
    assert len(packed) == 2
    for _ in range(40):
        client.get("/")
    assert "<script>a()</script>" in client.get("/").text
    assert len(packed) == 2 + 40 + 1, "what nobody asks for is not kept"
