"""A script stands first in the head of each HTML page, and in nothing else."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, JSONResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from scoreweb.first_script import FirstScript
from scoreweb.languages.spoken import speaking, spoken

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


def counted(*, cookie=False, status=200):
    """A page that counts how often it was made, and the client that asks for it."""
    made = []

    def page(request):
        made.append(request.headers.get("host"))
        answer = HTMLResponse(f"<head></head>{request.headers.get('host')} {len(made)}", status)
        if cookie:
            answer.set_cookie("who", "me")
        return answer

    app = Starlette(
        routes=[Route("/", page)], middleware=[Middleware(FirstScript, script=lambda: f"say('{spoken()}')")]
    )
    return made, TestClient(app)


def test_the_page_is_made_once_for_all_who_ask_the_same_way():
    made, client = counted()
    first = client.get("/", headers={"accept-encoding": "gzip"})
    again = client.get("/", headers={"accept-encoding": "identity"})
    assert first.text == again.text
    assert len(made) == 1
    assert first.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in again.headers
    assert int(again.headers["content-length"]) == len(again.content)


def test_another_address_or_language_gets_a_page_of_its_own():
    made, client = counted()
    here, there = client.get("/"), client.get("/", headers={"x-forwarded-proto": "https"})
    assert here.text != there.text
    with speaking("de"):
        german = client.get("/")
    assert "say('de')" in german.text
    assert client.get("/", headers={"host": "elsewhere.org"}).text.count("elsewhere.org") == 1
    assert client.get("/").text == here.text
    assert len(made) == 4


@pytest.mark.parametrize("how", [{"cookie": True}, {"status": 500}])
def test_what_is_for_one_visitor_or_went_wrong_is_not_kept(how):
    made, client = counted(**how)
    for _ in range(3):
        client.get("/")
    assert len(made) == 3


def test_a_query_is_always_answered_anew_and_many_addresses_do_not_fill_the_memory():
    made, client = counted()
    for _ in range(2):
        client.get("/?deep_link=1")
    assert len(made) == 2
    client.get("/")
    for number in range(40):
        client.get("/", headers={"host": f"h{number}"})
    client.get("/")
    assert len(made) == 2 + 1 + 40 + 1
