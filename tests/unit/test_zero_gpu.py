"""A Space with ZeroGPU, as far as it can be had without one: networks run on torch, in forks, and nowhere else."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.contracts.upscale import UpscaleRequest
from models.upscale.runtime import TorchRuntime, open_runtime
from models.upscale.service import ZERO_GPU_SPEED, UpscaleService
from models.weights import load

ROOT = Path(__file__).parents[2]
FORK = """
import os, numpy as np
from models.upscale import service
from models.upscale.service import UpscaleService
grey = np.full((64, 64), 255, np.uint8)
grey[20:22] = 0
held = UpscaleService()._open("fast")  # as the page does, before any call
if child := os.fork():
    raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
made = service._FORKED["fast"].enlarge(grey)
os._exit(0 if made.grey.shape == (256, 256) and held.runtime == "torch" else 3)
"""


def test_the_torch_path_can_be_forced(monkeypatch):
    monkeypatch.setenv("SCOREWEB_RUNTIME", "torch")
    assert isinstance(open_runtime(load("upscale-fast"), "cpu", 1), TorchRuntime)


def test_what_a_job_takes_is_told_without_running_the_network(monkeypatch):
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    service = UpscaleService()
    method = service._open("fast")
    monkeypatch.setattr(type(method), "speed", lambda _: pytest.fail("ran outside of a fork"))
    monkeypatch.setattr(type(method), "enlarge", lambda *_: pytest.fail("ran outside of a fork"))
    grey = np.full((64, 64), 255, np.uint8)
    grey[20:22] = 0
    estimate = service.estimate(UpscaleRequest(grey))
    assert 0 < estimate.seconds <= grey.size / ZERO_GPU_SPEED * 10
    service.warm()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no forks")
def test_a_network_that_was_opened_before_runs_in_a_fork():
    environment = {**os.environ, "SCOREWEB_RUNTIME": "torch"}
    done = subprocess.run(
        [sys.executable, "-c", FORK],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-1000:]
