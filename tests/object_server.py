"""An object store that speaks S3, started for the tests on this machine: moto's server, whose buckets lie in memory."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from tests.engine_services import eventually

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "tests",
    "AWS_DEFAULT_REGION": "us-east-1",
}
BUCKET = "scores"


class ObjectServer:
    """The server; it can be killed, and begun again empty at the same address."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.begin()

    def begin(self) -> None:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(self.answers)

    def answers(self) -> bool:
        assert self._process.poll() is None, "the object server did not start"
        try:
            with urllib.request.urlopen(self.url, timeout=5):
                return True
        except OSError:
            return False

    def empty(self) -> None:
        """One empty bucket, and nothing else."""
        reset = urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")
        urllib.request.urlopen(reset, timeout=30).close()
        self.client().create_bucket(Bucket=BUCKET)

    def client(self):
        import boto3  # nobody else waits for it

        return boto3.client("s3", endpoint_url=self.url)

    def unfinished(self) -> int:
        """How many uploads in parts were begun and neither finished nor given up."""
        return len(self.client().list_multipart_uploads(Bucket=BUCKET).get("Uploads", []))

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="module")
def object_server() -> Iterator[ObjectServer]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        server = ObjectServer()
        yield server
        server.kill()


@pytest.fixture
def bucket_url(object_server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """The fsspec address of an empty folder of a bucket."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", object_server.url)
    object_server.empty()
    return f"s3://{BUCKET}/collection"
