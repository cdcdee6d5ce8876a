import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import hypothesis  # noqa: F401 - before Gradio: Python 3.11 can fail to parse a module while event loops left open are collected
import pytest

from tests.object_server import bucket_url, object_server  # noqa: F401 - fixtures
from tests.postgres_server import postgres_server, postgres_url  # noqa: F401 - fixtures
from tests.ray_stage import ray_cluster_here, ray_stage  # noqa: F401 - fixtures

ROOT = Path(__file__).parents[1]

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
for name in [n for n in os.environ if n.startswith("SCOREWEB_") and n != "SCOREWEB_SHARED"]:
    del os.environ[name]  # a developer's settings must not decide what the tests see


def free_port() -> int:
    """A port that is free; processes of tests side by side are given different ones, also while neither's app listens yet."""
    own = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    while True:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        if port // 2 % count == own % count:  # the kernel gives odd ports only
            return port


class Demo:
    """The app as a stranger starts it: a process of its own, a fresh data folder."""

    def __init__(self, folder: Path, *program: str, **settings: str) -> None:
        self.data, self.cache = folder / "data", folder / "cache"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "log.txt"
        environment = {
            **os.environ,
            "SCOREWEB_DATA_DIR": str(self.data),
            "GRADIO_TEMP_DIR": str(self.cache),
            "GRADIO_SERVER_PORT": str(self.port),
            **settings,
        }
        self._out = self.log.open("w")
        self.process = subprocess.Popen(
            [sys.executable, *(program or ("app.py",))],
            cwd=ROOT,
            env=environment,
            stdout=self._out,
            stderr=subprocess.STDOUT,
        )

    def wait(self) -> "Demo":
        """This, once it answers; stopped, where it does not."""
        try:
            return self._answering()
        except BaseException:
            self.stop()
            raise

    def _answering(self) -> "Demo":
        with httpx.Client(timeout=5, verify=False) as client:  # noqa: S501 - no certificates are read: nothing is encrypted here
            for _ in range(1500):
                if self.process.poll() is not None:
                    raise RuntimeError(self.log.read_text())
                try:
                    if client.get(f"{self.url}/healthz").status_code == 200:
                        return self
                except httpx.HTTPError:
                    pass
                time.sleep(0.2)
        raise RuntimeError("the app did not come up: " + self.log.read_text())

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._out.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    demo = Demo(tmp_path_factory.mktemp("demo"))
    yield demo.wait()
    demo.stop()


@pytest.fixture(scope="session")
def listening_demo(tmp_path_factory):
    """The page with a stand-in for the network that hears notes."""
    demo = Demo(tmp_path_factory.mktemp("listening"), "-m", "tests.listening_host", LISTENER_PAUSE_S="1.5")
    yield demo.wait()
    demo.stop()


@pytest.fixture
def demo_with(tmp_path):
    started = []

    def start(**settings):
        demo = Demo(tmp_path, **settings)
        started.append(demo)
        return demo.wait()

    yield start
    for demo in started:
        demo.stop()
