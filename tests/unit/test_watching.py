"""What a host watches: numbers behind a token, a page behind a password, a log that names nobody."""

import io
import json
import logging
from contextlib import suppress
from types import SimpleNamespace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.testclient import TestClient

from models.engine import Cancelled, EngineBusy, Progress
from scoreweb import metrics
from scoreweb import watching_texts as messages
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.guard import WRONG_PASSWORDS, Budgets
from scoreweb.logs import formatter
from scoreweb.settings import Settings
from scoreweb.watching import routes
from storage import Status, Task

TOKEN, PASSWORD = "a long metrics token", "a long host password"
HEALTH = {
    "ok": True,
    "workspaces": 3,
    "engine": {"services": {"read": {"healthy": True, "waiting": 2, "running": 1, "stuck_workers": 0}}},
    "store": {"ok": True},
}


def client_of(tmp_path, **settings):
    chosen = Settings(data_dir=tmp_path, **settings)
    numbers = SimpleNamespace(submissions={(Task.READ, Status.ACCEPTED): 7})
    host = SimpleNamespace(
        settings=chosen,
        budgets=Budgets(chosen),
        health=lambda: HEALTH,
        store=SimpleNamespace(numbers=lambda: numbers),
    )
    return TestClient(Starlette(routes=routes(host)))


def sample(text, name, **labels):
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            if one.name == name and one.labels == labels:
                return one.value
    return None


def counted(name, **labels):
    return sum(value for found, at, value in metrics.since_start() if found == name and at == labels)


def test_without_secrets_there_are_no_such_pages(tmp_path):
    client = client_of(tmp_path)
    assert client.get("/metrics").status_code == 404
    assert client.get("/status").status_code == 404


def test_numbers_are_given_to_who_shows_the_token_alone(tmp_path):
    client = client_of(tmp_path, metrics_token=TOKEN)
    for header in ({}, {"authorization": "Bearer wrong"}, {"authorization": TOKEN}):
        refused = client.get("/metrics", headers=header)
        assert refused.status_code == 401
        assert "scoreweb" not in refused.text
    given = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert given.status_code == 200
    assert sample(given.text, "scoreweb_queue_waiting", service="read") == 2
    assert sample(given.text, "scoreweb_submissions", task="read", status="accepted") == 7
    assert sample(given.text, "scoreweb_workspaces") == 3
    assert sample(given.text, "process_resident_memory_bytes") > 1_000_000


def test_the_status_page_asks_for_the_hosts_password_and_not_for_ever(tmp_path):
    client = client_of(tmp_path, host_password=PASSWORD)
    asked = client.get("/status")
    assert asked.status_code == 401
    assert asked.headers["www-authenticate"].startswith("Basic")
    shown = client.get("/status", auth=("anybody", PASSWORD))
    assert shown.status_code == 200
    assert messages.STATUS_WELL in shown.text
    assert "read" in shown.text
    for _ in range(WRONG_PASSWORDS):
        assert client.get("/status", auth=("x", "wrong")).status_code == 401
    assert client.get("/status", auth=("x", PASSWORD)).status_code == 401, "who guessed so often waits"


def test_jobs_are_counted_by_how_they_end():
    for error, outcome in (
        (None, "done"),
        (Cancelled(), "cancelled"),
        (EngineBusy(), "busy"),
        (ValueError(), "failed"),
    ):
        before = counted("scoreweb_jobs_total", service="x", outcome=outcome)
        with suppress(Cancelled, EngineBusy, ValueError), metrics.job("x"):
            if error:
                raise error
        assert counted("scoreweb_jobs_total", service="x", outcome=outcome) == before + 1


def test_stages_are_told_apart_and_pages_are_not(monkeypatch):
    moments = iter([0.0, 1.0, 2.0, 5.0])
    monkeypatch.setattr("scoreweb.metrics.time.monotonic", lambda: next(moments))
    clock = metrics.StageClock("y")
    clock.at("page 1 of 2 · Reading bars")
    clock.at("page 2 of 2 · Reading bars")
    clock.at("Done")
    clock.end()
    assert counted("scoreweb_stage_seconds_count", service="y", stage="reading bars") == 1
    assert counted("scoreweb_stage_seconds_sum", service="y", stage="reading bars") == 1.0
    assert counted("scoreweb_stage_seconds_sum", service="y", stage="done") == 3.0


def test_a_service_of_ever_new_stages_does_not_fill_the_memory():
    clock = metrics.StageClock("z")
    for number in range(500):
        clock.at(Progress(number, 500, f"stage {number}").note)
    clock.end()
    labels = {
        at["stage"]
        for name, at, _ in metrics.since_start()
        if name == "scoreweb_stage_seconds_count" and at["service"] == "z"
    }
    assert len(labels) <= 41
    assert "other" in labels


def test_errors_are_counted_by_kind():
    before = counted("scoreweb_errors_total", kind="VisitorError")
    sentence_of(VisitorError("No."))
    assert counted("scoreweb_errors_total", kind="VisitorError") == before + 1


@pytest.fixture
def written():
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter("json"))
    log = logging.getLogger("tests.watching")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield log, lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    log.removeHandler(handler)


def test_a_line_is_one_object_with_what_was_handed_along(written):
    log, lines = written
    log.info("a job ended", extra={"service": "read", "seconds": 2.5})
    (line,) = lines()
    assert line["event"] == "a job ended"
    assert (line["service"], line["seconds"], line["level"]) == ("read", 2.5, "info")
    assert line["timestamp"].endswith("Z")


def test_no_line_names_a_visitor_or_a_file_or_a_token(written, monkeypatch, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    log, lines = written
    file = tmp_path / "workspace-1" / "Letter to Anna, private.pdf"
    try:
        file.read_bytes()
    except OSError:
        log.exception("failed for anna@example.org at 203.0.113.9 and 2001:db8::17 with %s", "a" * 43)
    (line,) = lines()
    text = json.dumps(line)
    for personal in ("Anna", "anna", "203.0.113.9", "2001:db8", "a" * 43):
        assert personal not in text
    assert "FileNotFoundError" in line["exception"], "what helps the host stays"
    assert "test_watching" in line["exception"]
