"""Uploads as they reach the page: two of the same file, one that breaks off, one that never goes on, one with no room."""

import errno
import socket
import time
from pathlib import Path

import httpx
import pytest

from scoreweb import guard
from scoreweb import texts as messages
from tests.small_page import small_page

# Gradio leaves the event loop of its server open when it is closed
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

HEAD = (
    "POST /gradio_api/upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    "Content-Length: 900000\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.png\"\r\n\r\n"
)  # fmt: skip


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def page(cache, monkeypatch):
    with small_page(cache, monkeypatch) as url:
        yield url


def uploaded(page, content=b"the same"):
    answer = httpx.post(f"{page}/gradio_api/upload", files={"files": ("a.png", content)}, timeout=60)
    assert answer.status_code == 200
    return Path(answer.json()[0])


def files_in(cache):
    return [path for path in cache.rglob("*") if path.is_file()]


def eventually(holds):
    for _ in range(600):
        if holds():
            return True
        time.sleep(0.05)
    return False


def begun(page, data):
    connection = socket.create_connection(("127.0.0.1", int(page.rsplit(":", 1)[1])))
    connection.sendall(HEAD.encode() + data)
    return connection


def test_two_visitors_who_send_the_same_file_have_a_copy_each(page):
    mine, yours = uploaded(page), uploaded(page)
    assert mine != yours
    mine.unlink()  # as a job does that takes it
    assert yours.read_bytes() == b"the same"


def test_where_a_file_lies_cannot_be_known_from_what_it_holds(page):
    import hashlib

    from gradio import processing_utils

    known = hashlib.sha256(processing_utils.hash_seed + b"the same").hexdigest()
    assert known not in str(uploaded(page))


def test_of_an_upload_that_breaks_off_nothing_stays(page, cache):
    connection = begun(page, b"x" * 200_000)
    assert eventually(lambda: files_in(cache)), "the upload has begun"
    connection.close()
    assert eventually(lambda: not files_in(cache))
    assert uploaded(page).exists()


def test_an_upload_that_never_goes_on_is_ended_and_others_are_served_meanwhile(page, cache, monkeypatch):
    monkeypatch.setattr(guard, "PATIENCE_S", 0.5)
    with begun(page, b"x" * 1000):
        assert eventually(lambda: files_in(cache))
        assert httpx.get(f"{page}/healthz", timeout=60).status_code == 200
        assert eventually(lambda: not files_in(cache)), "it is given up"


@pytest.mark.parametrize(
    ("number", "sentence"), [(errno.ENOSPC, messages.DISK_FULL), (errno.EROFS, messages.HOST_CANNOT_WRITE)]
)
def test_no_room_for_an_upload_is_told(page, cache, monkeypatch, number, sentence):
    def refuse(*_, **__):
        raise OSError(number, "no")

    monkeypatch.setattr("gradio.route_utils.NamedTemporaryFile", refuse)
    answer = httpx.post(f"{page}/gradio_api/upload", files={"files": ("a.png", b"x")}, timeout=60)
    assert answer.status_code == 507
    assert answer.json()["detail"] == sentence
    monkeypatch.undo()
