"""The HTTP schema, spoken by hand."""

from __future__ import annotations

import json
import re
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import numpy as np
import pytest

from models.engine import BadRequest, LocalEngine, wire
from models.engine.http import engine_app
from models.engine.schema import DEADLINE_HEADER, HTTP_STATUS, KEY_HEADER, JobStatus
from tests.engine_host import Host
from tests.engine_services import Echo, Failing, Fake, Gated, Question, Reply, eventually

KEY = "0123456789abcdef" * 2
TOKEN = "quite secret"  # noqa: S105 - of this test
HELLO = wire.dumps(Question("hello"))

Caller = Callable[..., httpx.Client]


@pytest.fixture
def call() -> Iterator[Caller]:
    """Starts a host over the services given and returns a client that speaks to it."""
    ends: list[Callable[[], None]] = []

    def started(
        *services: Any, queue_size: int = 16, token: str | None = None, **settings: Any
    ) -> httpx.Client:
        ends.extend(service.gate.set for service in services if isinstance(service, Gated))
        engine = LocalEngine(services, queue_size=queue_size)
        host = Host(engine_app(engine, token=token, **settings))
        client = httpx.Client(base_url=host.url, timeout=60, trust_env=False)
        ends.extend([host.stop, engine.close, client.close])
        return client

    yield started
    for end in reversed(ends):
        end()


def finished(client: httpx.Client, reply: httpx.Response) -> JobStatus:
    """The status of the job in ``reply`` once it is done."""
    assert reply.status_code == 202, reply.text
    status = JobStatus.of(reply.json())
    while status.state in ("waiting", "running"):
        params = {"wait": "30", "seen": str(status.version)}
        status = JobStatus.of(client.get(f"/v1/jobs/{status.id}", params=params).json())
    return status


def refused(reply: httpx.Response, status: int, name: str) -> str:
    """The sentence of a refusal."""
    document = reply.json()
    assert (reply.status_code, document["error"]) == (status, name)
    return str(document["message"])


def test_a_job_is_sent_followed_fetched_and_forgotten(call: Caller) -> None:
    client = call(Echo())
    status = finished(client, client.post("/v1/echo", content=HELLO))
    assert status.state == "done"
    assert status.service == "echo"
    assert status.progress is not None
    assert status.progress.fraction == 1.0
    for _ in range(2):  # an answer lost on its way can be fetched again
        reply = client.get(f"/v1/jobs/{status.id}/answer")
        assert reply.headers["content-type"] == wire.MEDIA_TYPE
        assert wire.loads(reply.content, Reply) == Reply("hello")
    assert client.delete(f"/v1/jobs/{status.id}").json() == {"cancelled": False}
    for method, path in (("GET", ""), ("GET", "/answer"), ("DELETE", "")):
        refused(client.request(method, f"/v1/jobs/{status.id}{path}"), 404, "JobLost")


def test_sending_the_same_job_twice_runs_it_once(call: Caller) -> None:
    service = Echo()
    client = call(service)
    replies = [client.post("/v1/echo", content=HELLO, headers={KEY_HEADER: KEY}) for _ in range(2)]
    assert [reply.json()["id"] for reply in replies] == [KEY, KEY]
    finished(client, replies[1])
    assert service.entered == ["hello"]


def test_a_status_is_held_back_until_something_changes(call: Caller) -> None:
    service = Gated()
    client = call(service)
    job = client.post("/v1/gated", content=HELLO).json()
    eventually(lambda: service.entered)
    path = f"/v1/jobs/{job['id']}"
    now = client.get(path).json()
    assert now["state"] == "running"
    assert client.get(path, params={"wait": "0.05", "seen": str(now["version"])}).json()["state"] == "running"
    assert client.get(path, params={"wait": "30", "seen": "-1"}).json()["version"] == now["version"]
    assert client.get(f"{path}/answer").status_code == 202
    service.gate.set()
    changed = client.get(path, params={"wait": "30", "seen": str(now["version"])}).json()
    assert changed["version"] > now["version"]


def test_deleting_a_running_job_stops_it(call: Caller) -> None:
    service = Gated()
    client = call(service)
    job = client.post("/v1/gated", content=HELLO).json()
    eventually(lambda: service.entered)
    assert client.delete(f"/v1/jobs/{job['id']}").json() == {"cancelled": True}
    eventually(lambda: service.stopped)


def test_a_failed_job_says_why_and_its_answer_is_the_error(call: Caller) -> None:
    client = call(Failing())
    sent = client.post("/v1/failing", content=wire.dumps(Question("raise")))
    status = finished(client, sent)
    assert status.state == "failed"
    assert status.error is not None
    sentence = refused(client.get(f"/v1/jobs/{status.id}/answer"), 500, "ServiceFailed")
    assert sentence == str(status.error)
    assert "private" not in sentence


def test_a_deadline_travels_in_its_header(call: Caller) -> None:
    client = call(Echo())
    status = finished(client, client.post("/v1/echo", content=HELLO, headers={DEADLINE_HEADER: "-1"}))
    refused(client.get(f"/v1/jobs/{status.id}/answer"), 504, "DeadlinePassed")


@pytest.mark.parametrize(
    ("headers", "what"),
    [
        ({DEADLINE_HEADER: "soon"}, "deadline"),
        ({DEADLINE_HEADER: "nan"}, "deadline"),
        ({KEY_HEADER: "../etc"}, "key"),
    ],
)
def test_headers_that_mean_nothing_are_refused(call: Caller, headers: dict[str, str], what: str) -> None:
    client = call(Echo())
    assert what in refused(client.post("/v1/echo", content=HELLO, headers=headers), 400, "BadRequest")


@pytest.mark.parametrize("params", [{"wait": "long"}, {"wait": "inf"}, {"seen": "nan"}])
def test_parameters_that_mean_nothing_are_refused(call: Caller, params: dict[str, str]) -> None:
    client = call(Echo())
    job = finished(client, client.post("/v1/echo", content=HELLO)).id
    refused(client.get(f"/v1/jobs/{job}", params=params), 400, "BadRequest")


def test_only_holders_of_the_token_are_served(call: Caller) -> None:
    service = Echo()
    client = call(service, token=TOKEN)
    for authorization in ("", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer", f"bearer {TOKEN}"):
        headers = {"authorization": authorization} if authorization else {}
        for method, path in (
            ("POST", "/v1/echo"),
            ("POST", "/v1/echo/estimate"),
            ("GET", f"/v1/jobs/{KEY}"),
            ("GET", f"/v1/jobs/{KEY}/answer"),
            ("DELETE", f"/v1/jobs/{KEY}"),
        ):
            reply = client.request(method, path, content=HELLO, headers=headers)
            refused(reply, 401, "Unauthorized")
            assert reply.headers["www-authenticate"] == "Bearer"
        assert client.get("/healthz", headers=headers).json() == {"ok": True}
    assert service.entered == []
    known = {"authorization": f"Bearer {TOKEN}"}
    assert client.post("/v1/echo", content=HELLO, headers=known).status_code == 202
    assert "echo" in client.get("/healthz", headers=known).json()["services"]


@pytest.mark.parametrize("token", ["", " ", " secret\n"])
def test_an_empty_token_is_a_forgotten_setting(token: str) -> None:
    with LocalEngine([Echo()]) as engine, pytest.raises(ValueError, match="token"):
        engine_app(engine, token=token)


def test_a_body_too_large_is_refused_whether_or_not_it_tells_its_length(call: Caller) -> None:
    service = Echo()
    client = call(service, max_bytes=100)
    large = wire.dumps(Question("x" * 200))

    def in_pieces() -> Iterator[bytes]:
        for start in range(0, len(large), 50):
            yield large[start : start + 50]

    for path in ("/v1/echo", "/v1/echo/estimate"):
        refused(client.post(path, content=large), 413, "BadRequest")
        refused(client.post(path, content=in_pieces()), 413, "BadRequest")
    assert service.entered == []


def test_a_body_that_never_ends_is_given_up(call: Caller) -> None:
    client = call(Echo(), upload_s=0.05, max_jobs=1)
    with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as caller:
        caller.sendall(b"POST /v1/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nSWE1")
        head = caller.recv(12)
    assert head == b"HTTP/1.1 400"
    eventually(lambda: client.post("/v1/echo", content=HELLO).status_code == 202)


def test_a_body_that_is_no_request_is_refused(call: Caller) -> None:
    service = Echo()
    client = call(service)
    for body in (b"", b"hello", HELLO[:-1], wire.dumps(Reply("not a question"))):
        refused(client.post("/v1/echo", content=body), 400, "BadRequest")
        refused(client.post("/v1/echo/estimate", content=body), 400, "BadRequest")
    assert service.entered == []


def test_what_is_not_there_is_told_as_json(call: Caller) -> None:
    client = call(Echo())
    refused(client.post("/v1/sing", content=HELLO), 404, "UnknownService")
    refused(client.post("/v1/sing/estimate", content=HELLO), 404, "UnknownService")
    refused(client.get("/v2"), 404, "NotFound")
    refused(client.get("/v1/echo"), 405, "MethodNotAllowed")


def test_an_estimate_is_json_or_null(call: Caller) -> None:
    client = call(Echo(), Failing())
    reply = client.post("/v1/echo/estimate", content=wire.dumps(Question(steps=2)))
    assert reply.json() == {"seconds": 2.0, "peak_bytes": 2000}
    assert client.post("/v1/failing/estimate", content=HELLO).json() is None


def test_a_full_queue_and_a_full_shelf_are_busy(call: Caller) -> None:
    service = Gated()
    client = call(service, queue_size=1)
    client.post("/v1/gated", content=HELLO)
    eventually(lambda: service.entered)
    client.post("/v1/gated", content=HELLO)
    reply = client.post("/v1/gated", content=HELLO)
    refused(reply, 429, "EngineBusy")
    assert int(reply.headers["retry-after"]) > 0

    client = call(Echo(), max_jobs=1)
    job = finished(client, client.post("/v1/echo", content=HELLO)).id
    refused(client.post("/v1/echo", content=HELLO), 429, "EngineBusy")
    client.delete(f"/v1/jobs/{job}")
    assert client.post("/v1/echo", content=HELLO).status_code == 202


def test_an_answer_nobody_fetches_is_dropped(call: Caller) -> None:
    client = call(Echo(), max_jobs=1, keep_s=0.0)
    first = JobStatus.of(client.post("/v1/echo", content=HELLO).json()).id
    eventually(lambda: client.get(f"/v1/jobs/{first}").status_code == 404)
    assert client.post("/v1/echo", content=HELLO).status_code == 202


def test_an_engine_that_is_not_well_says_so_by_status(call: Caller) -> None:
    class Mute(Echo):
        def describe(self) -> dict[str, Any]:
            raise OSError("/srv/private")

    reply = call(Mute()).get("/healthz")
    assert reply.status_code == 503
    assert reply.json()["ok"] is False
    assert "private" not in reply.text


def test_a_description_that_is_not_json_is_still_told(call: Caller) -> None:
    class Odd(Echo):
        def describe(self) -> dict[str, Any]:
            return {"kinds": frozenset({1})}

    assert call(Odd()).get("/healthz").json()["services"]["echo"]["about"] == {"kinds": "frozenset({1})"}


def test_an_error_of_the_host_itself_keeps_its_words(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    client = call(Echo())

    def broken(*_: Any, **__: Any) -> None:
        raise OSError("/srv/private")

    monkeypatch.setattr(LocalEngine, "submit", broken)
    sentence = refused(client.post("/v1/echo", content=HELLO), 500, "ServiceFailed")
    assert "private" not in sentence


@dataclass(frozen=True)
class Odd:
    file: Path


def test_a_service_whose_types_cannot_travel_is_refused_at_the_start() -> None:
    service: Any = Fake()
    service.name, service.answer_type = "odd", Odd
    with LocalEngine([service]) as engine, pytest.raises(TypeError, match=r"Odd\.file"):
        engine_app(engine, token=None)


def test_an_answer_that_cannot_travel_is_a_failure(call: Caller) -> None:
    class Sly(Echo):
        def run(self, jobs: Any) -> Any:
            return [Reply(text=object()) for _ in jobs]  # type: ignore[arg-type]

    client = call(Sly())
    status = finished(client, client.post("/v1/echo", content=HELLO))
    refused(client.get(f"/v1/jobs/{status.id}/answer"), 500, "ServiceFailed")


@pytest.mark.parametrize(
    "change",
    [
        {"state": "asleep"},
        {"version": "1"},
        {"id": None},
        {"state": "failed"},
        {"error": {"error": "EngineBusy", "message": "x"}},
        {"progress": {"done": 2, "total": 1, "note": "", "seconds_elapsed": 0.0}},
        {"progress": {"done": 0, "total": 0, "note": "", "seconds_elapsed": 0.0}},
        {"progress": []},
    ],
)
def test_a_document_that_is_no_status_is_refused(change: dict[str, Any]) -> None:
    status = JobStatus(KEY, "echo", "running", 1, 0, 0.5, None, None).document()
    assert JobStatus.of(json.loads(json.dumps(status))).document() == status
    with pytest.raises(ValueError, match="not a job's"):
        JobStatus.of({**status, **change})


def test_the_schema_is_told_in_the_docs() -> None:
    told = (Path(__file__).parents[2] / "docs" / "engine.md").read_text(encoding="utf-8")
    for kind, status in HTTP_STATUS.items():
        assert f"| {status} |" in told
        assert kind.__name__ == "TooLarge" or f"`{kind.__name__}`" in told
    routes = {route.path for route in engine_app(LocalEngine([]), token=None).routes}  # type: ignore[attr-defined]
    for path in routes:
        assert f"`{path}`" in told or f" {path}`" in told
    for header in (DEADLINE_HEADER, KEY_HEADER):
        assert header in told.lower()


def test_the_service_in_the_docs_works(monkeypatch: pytest.MonkeyPatch) -> None:
    told = (Path(__file__).parents[2] / "docs" / "engine.md").read_text(encoding="utf-8")
    code = next(
        block for block in re.findall(r"```python\n(.*?)```", told, re.S) if "class Counting" in block
    )
    module = ModuleType("counting_from_the_docs")
    imports = (
        "from collections.abc import Sequence\nfrom dataclasses import dataclass\n"
        "import numpy as np\nimport numpy.typing as npt\nfrom models.engine import BadRequest, Job\n"
    )
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(imports + code, "engine.md", "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - our page
    page = np.full((3, 4), 255, np.uint8)
    page[1, 1:3] = 0
    with LocalEngine([module.Counting()]) as engine:
        engine_app(engine, token=None)  # its types can travel
        assert engine.run("counting", module.Count(page)) == module.Counted(2)
        with pytest.raises(BadRequest, match="must be grey"):
            engine.run("counting", module.Count(page[None]))
