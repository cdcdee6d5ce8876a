import json

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from scoreweb import texts as messages
from scoreweb.guard import BODY_LIMIT, Budget, Budgets, Clients, Guard
from scoreweb.settings import Settings

UPLOAD = "/gradio_api/upload"


@pytest.fixture
def guarded(tmp_path):
    def make(**settings):
        async def swallow(request):
            return PlainTextResponse(str(len(await request.body())))

        routes = [Route("/{path:path}", swallow, methods=["GET", "POST"])]
        budgets = Budgets(Settings(**settings))
        return TestClient(Guard(Starlette(routes=routes), budgets, tmp_path / "cache"))

    return make


def test_uploads_pass_until_the_hour_is_spent(guarded):
    client = guarded(upload_mb=1, client_mb_per_hour=2)
    answers = [client.post(UPLOAD, content=b"x" * 900_000).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    refused = client.post(UPLOAD, content=b"x")
    assert refused.json()["detail"] == messages.UPLOAD_BUDGET


def test_one_client_does_not_spend_anothers_budget(guarded):
    client = guarded(upload_mb=1, client_mb_per_hour=1, trust_proxy=True)
    for _ in range(2):
        client.post(UPLOAD, content=b"x" * 900_000, headers={"x-forwarded-for": "10.0.0.1"})
    assert client.post(UPLOAD, content=b"x", headers={"x-forwarded-for": "10.0.0.1"}).status_code == 429
    assert client.post(UPLOAD, content=b"x", headers={"x-forwarded-for": "10.0.0.2"}).status_code == 200


def test_forwarded_addresses_count_only_behind_a_trusted_proxy():
    plain, proxied = Clients(trust_proxy=False), Clients(trust_proxy=True)
    assert plain.name("1.2.3.4", "9.9.9.9") == plain.name("1.2.3.4", "8.8.8.8")
    assert proxied.name("1.2.3.4", "9.9.9.9") != proxied.name("1.2.3.4", "8.8.8.8")
    # A client can write what it likes before the proxy's own word at the end.
    assert proxied.name("1.2.3.4", "6.6.6.6, 9.9.9.9") == proxied.name("1.2.3.4", "7.7.7.7, 9.9.9.9")
    assert "9.9.9.9" not in proxied.name("1.2.3.4", "9.9.9.9")


def test_a_body_over_the_limit_is_refused_by_its_length(guarded):
    client = guarded(upload_mb=1)
    assert client.post(UPLOAD, content=b"x" * 1_100_000).status_code == 413
    assert client.post("/gradio_api/queue/join", content=b"x" * (BODY_LIMIT + 1)).status_code == 413


def test_a_body_without_a_length_is_cut_off_at_the_limit(guarded):
    client = guarded(upload_mb=1)

    def chunks():
        for _ in range(40):
            yield b"x" * 50_000

    refused = client.post(UPLOAD, content=chunks())
    assert refused.status_code == 413
    assert refused.json()["detail"] == messages.UPLOAD_TOO_LARGE


def test_a_nonsense_length_is_refused(guarded):
    assert guarded().post(UPLOAD, content=b"x", headers={"content-length": "-5"}).status_code == 413


def test_uploads_stop_before_the_disk_is_full(guarded):
    client = guarded(free_disk_mb=10**9)
    refused = client.post(UPLOAD, content=b"x")
    assert refused.status_code == 507
    assert refused.json()["detail"] == messages.DISK_FULL
    assert client.get("/").status_code == 200


def test_every_answer_carries_the_security_headers(guarded):
    client = guarded(upload_mb=1)
    for answer in (client.get("/"), client.post(UPLOAD, content=b"x" * 1_100_000)):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "connect-src 'self'" in answer.headers["content-security-policy"]
        assert "*" not in answer.headers["content-security-policy"]


def test_budget_comes_back_after_an_hour_and_forgets_the_client():
    now = [0.0]
    budget = Budget(10, clock=lambda: now[0])
    assert budget.spend("a", 8)
    assert budget.spend("a", 8)
    assert not budget.spend("a", 1)
    now[0] = 3601
    assert budget.left("a") == 10
    assert not budget._spent or "a" not in {k for k, v in budget._spent.items() if v}


def test_refusals_are_json(guarded):
    body = guarded(upload_mb=1).post(UPLOAD, content=b"x" * 2_000_000).content
    assert json.loads(body) == {"detail": messages.UPLOAD_TOO_LARGE}
