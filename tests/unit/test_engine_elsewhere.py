"""The models on another machine: `python -m scoreweb serve` there, SCOREWEB_ENGINE_URL here."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from PIL import Image

from scoreweb.widgets.examples import EXAMPLES

ROOT = Path(__file__).parents[2]
TOKEN = "open sesame"  # noqa: S105 - of a server that lives for this test
PIANO = next(p for p in EXAMPLES if p.name == "piano-small.png")


@pytest.fixture(scope="module")
def engine_url():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "SCOREWEB_ENGINE_TOKEN": TOKEN}
    command = [sys.executable, "-m", "scoreweb", "serve", "--port", str(port)]
    served = subprocess.Popen(command, cwd=ROOT, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                httpx.get(f"{url}/healthz", timeout=2)
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield url
    finally:
        served.terminate()
        served.wait(20)


def upscale(out, **environment):
    command = [sys.executable, "-m", "scoreweb", "upscale", str(PIANO), str(out)]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_a_page_upscaled_elsewhere_is_the_page_upscaled_here(engine_url, tmp_path):
    there, here = tmp_path / "there.png", tmp_path / "here.png"
    done = upscale(there, SCOREWEB_ENGINE_URL=engine_url, SCOREWEB_ENGINE_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr
    assert upscale(here).returncode == 0
    assert there.read_bytes() == here.read_bytes()
    with Image.open(there) as result:
        assert result.size == (2240, 1720)


def test_a_wrong_token_gets_a_sentence(engine_url, tmp_path):
    done = upscale(tmp_path / "o.png", SCOREWEB_ENGINE_URL=engine_url, SCOREWEB_ENGINE_TOKEN=TOKEN[::-1])
    assert done.returncode == 1
    assert done.stderr.strip().endswith(".")
    assert "Traceback" not in done.stderr


def test_an_engine_that_is_not_there_gets_a_sentence(tmp_path):
    done = upscale(tmp_path / "o.png", SCOREWEB_ENGINE_URL="http://127.0.0.1:9")
    assert done.returncode == 1
    assert done.stderr.strip().endswith(".")
    assert "Traceback" not in done.stderr
