"""A web page whose engine is elsewhere loads no networks, and offers what the engine elsewhere offers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.contracts.choice import Choice, choices, document
from models.contracts.read import ReadAnswer, ReadCatalogue
from models.contracts.signatures import SIGNATURES
from models.contracts.transcribe import Guess, HeardNote, TranscribeAnswer, TranscribeCatalogue
from models.contracts.upscale import UpscaleAnswer, UpscaleCatalogue
from models.engine import Estimate, LocalEngine
from models.engine.http import engine_app
from tests.engine_host import Host
from tests.readings import reading_of, tune

ROOT = Path(__file__).parents[2]
TOKEN = "for this test"  # noqa: S105 - of a server that lives for this test

OFFERED = {
    "upscale": UpscaleCatalogue((Choice("fast"), Choice("of-this-test", "made for it"))),
    "read": ReadCatalogue(choices(("auto", "style-of-this-test")), choices(("classical",)), 20, 500),
    "transcribe": TranscribeCatalogue(choices(("auto", "mode-of-this-test")), choices(("best", "other"))),
}

ANSWERS = {
    "upscale": lambda q: UpscaleAnswer(
        np.full([4 * n for n in q.grey.shape], 255, np.uint8), q.model, "", "stub", 0.1
    ),
    "read": lambda _: ReadAnswer(reading_of(tune()), "classical", 0.1),
    "transcribe": lambda _: TranscribeAnswer(
        (HeardNote(0.1, 0.6, 60, 80, 0.9, (Guess(72, 0.1),)),),
        (),
        np.zeros((0, 0), np.uint8),
        "note",
        "stub",
        "",
        0.1,
    ),
}

PAGE = """
import json, sys, numpy as np
from pathlib import Path
from models.contracts.read import ReadRequest
from models.contracts.transcribe import TranscribeRequest
from models.contracts.upscale import UpscaleRequest
from scoreweb.host import open_host
from scoreweb.page import build_page
from scoreweb.settings import Settings

host = open_host(Settings(), Path(sys.argv[1]))
page = build_page(host)
white, silence = np.full((60, 60), 255, np.uint8), np.zeros(9000, np.float32)
requests = [UpscaleRequest(white), ReadRequest((white,)), TranscribeRequest(silence, 9000)]
answers = [host.engine.run(s, q) for s, q in zip(("upscale", "read", "transcribe"), requests)]
for line in open("/proc/self/status"):
    if line.startswith("VmRSS"):
        print("VmRSS", line.split()[1], "kB", file=sys.stderr)
print(json.dumps({"modules": sorted(sys.modules), "config": page.config, "services": host.engine.services(),
                  "answers": [type(a).__name__ for a in answers], "bars": len(answers[1].reading.bars)}, default=str))
host.close()
"""


class Stub:
    """A service that answers at once with something of the right type."""

    max_batch = 1
    batch_wait_s = 0.0

    def __init__(self, signature):
        self.name = signature.name
        self.request_type, self.answer_type = signature.request_type, signature.answer_type

    def run(self, jobs):
        return [ANSWERS[self.name](job.request) for job in jobs]

    def estimate(self, _):
        return Estimate(1.0, 1000)

    def describe(self):
        return {"options": document(OFFERED[self.name])}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    with LocalEngine([Stub(s) for s in SIGNATURES]) as engine:
        host = Host(engine_app(engine, token=TOKEN))
        environment = {
            **os.environ,
            "SCOREWEB_ENGINE_URL": host.url,
            "SCOREWEB_ENGINE_TOKEN": TOKEN,
            "SCOREWEB_DATA_DIR": str(folder / "data"),
            "GRADIO_TEMP_DIR": str(folder / "cache"),
        }
        (folder / "cache").mkdir()
        done = subprocess.run(
            [sys.executable, "-c", PAGE, str(folder / "cache")],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        host.stop()
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "heavy",
    [
        "torch",
        "torchaudio",
        "onnxruntime",
        "onnx",
        "models.accelerator",
        "models.read.reader",
        "models.read.page",
        "models.read.primitives",
        "models.transcribe.ear",
        "models.transcribe.melody",
        "models.upscale.methods",
        "scoreweb.local_engine",
        "matplotlib",
    ],
)
def test_no_network_and_no_reader_is_loaded(page, heavy):
    assert not [name for name in page["modules"] if name == heavy or name.startswith(f"{heavy}.")]


def test_no_service_is_loaded(page):
    assert not [m for m in page["modules"] if m.startswith("models.") and m.endswith(".service")]


def test_the_page_has_all_jobs_and_their_answers_come_from_elsewhere(page):
    assert page["services"] == ["upscale", "read", "transcribe"]
    assert page["answers"] == ["UpscaleAnswer", "ReadAnswer", "TranscribeAnswer"]
    assert page["bars"] > 0


@pytest.mark.parametrize("name", ["of-this-test", "style-of-this-test", "mode-of-this-test"])
def test_the_page_offers_what_the_engine_elsewhere_offers(page, name):
    shown = [
        value
        for component in page["config"]["components"]
        for _, value in component["props"].get("choices") or ()
    ]
    assert name in shown
    assert "scan" not in shown, "what only this copy ships is not offered"
