"""What the services offer, told by themselves, in process and over HTTP."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.contracts.choice import Choice, choices, document, names
from models.contracts.read import ReadCatalogue, ReadRequest
from models.contracts.signatures import SIGNATURES
from models.contracts.transcribe import TranscribeCatalogue, TranscribeRequest
from models.contracts.upscale import UpscaleCatalogue, UpscaleRequest
from models.engine import BadRequest, EngineUnreachable, LocalEngine, wire
from models.engine.http import engine_app
from models.engine.remote import RemoteEngine
from models.read.service import ReadService
from models.transcribe.service import TranscribeService
from models.upscale.service import UpscaleService
from scoreweb.host import Host as WebHost
from tests.engine_host import Host

ROOT = Path(__file__).parents[2]
CATALOGUES = [UpscaleCatalogue, ReadCatalogue, TranscribeCatalogue]
PAGE = np.full((40, 40), 255, np.uint8)
SOUND = np.zeros(8000, np.float32)


class NoReader:
    """Reading of these tests is only asked what it offers and what it refuses."""


@pytest.fixture(scope="module")
def local():
    services: list[Any] = [
        UpscaleService(),
        ReadService(open_reader=lambda _: NoReader()),
        TranscribeService(),
    ]
    with LocalEngine(services) as engine:
        yield engine


@pytest.fixture(scope="module")
def remote(local):
    host = Host(engine_app(local, token=None))
    with RemoteEngine(host.url, services=SIGNATURES) as engine:
        yield engine
    host.stop()


@pytest.mark.parametrize("kind", CATALOGUES)
def test_a_catalogue_is_the_same_here_and_over_http_and_before_there_is_an_engine(local, remote, kind):
    assert kind.of(local) == kind.of(remote) == kind.shipped()
    assert json.loads(json.dumps(document(kind.shipped()))) == json.loads(
        json.dumps(document(kind.of(remote)))
    )


def asked(engine, service, request):
    """Whether the service takes a request; networks are not run."""
    try:
        engine.estimate(service, request)
    except BadRequest:
        return False
    return True


def test_what_is_offered_is_taken_and_nothing_else(local):
    upscale, read = UpscaleCatalogue.of(local), ReadCatalogue.of(local)
    transcribe = TranscribeCatalogue.of(local)
    offers = [
        ("upscale", UpscaleRequest(PAGE), "model", names(upscale.models)),
        ("read", ReadRequest((PAGE,)), "style", names(read.styles)),
        ("read", ReadRequest((PAGE,)), "primitives", names(read.primitives)),
        ("transcribe", TranscribeRequest(SOUND, 8000), "mode", names(transcribe.modes)),
        ("transcribe", TranscribeRequest(SOUND, 8000), "network", names(transcribe.networks)),
    ]
    for service, request, field, offered in offers:
        assert getattr(request, field) == offered[0], "the default comes first"
        assert len(set(offered)) == len(offered)
        for name in (*offered, "nonsense", ""):
            assert asked(local, service, replace(request, **{field: name})) == (name in offered), (
                field,
                name,
            )
    assert asked(local, "read", ReadRequest((PAGE,), top=read.most_ranks))
    assert not asked(local, "read", ReadRequest((PAGE,), top=read.most_ranks + 1))
    assert not asked(local, "read", ReadRequest((PAGE,) * (read.most_pages + 1)))


def test_a_stand_in_says_so_in_its_note_and_a_network_of_our_own_says_nothing():
    notes = {model.name: model.note for model in UpscaleCatalogue.shipped().models}
    assert notes["fast"] == notes["bicubic"] == ""
    assert "bicubic" in notes
    assert set(notes) > {"fast", "bicubic"}


class Described(UpscaleService):
    """Offers what it is told to, as a host of another version may."""

    def __init__(self, options):
        super().__init__()
        self.options = options

    def describe(self):
        return {"options": self.options}


def web_host(engine):
    host = WebHost.__new__(WebHost)
    host.engine = engine
    return host


def test_a_name_that_only_the_host_knows_reaches_the_page():
    options = {"models": [{"name": "house", "note": "made here"}], "colours": 3}
    with LocalEngine([Described(options)]) as engine:
        assert web_host(engine).offered(UpscaleCatalogue) == UpscaleCatalogue((Choice("house", "made here"),))


@pytest.mark.parametrize("options", [{}, {"models": "fast"}, {"models": [{"note": ""}]}])
def test_a_host_of_another_version_is_told_apart_and_the_page_uses_what_is_shipped(options):
    with LocalEngine([Described(options)]) as engine:
        with pytest.raises(EngineUnreachable):
            UpscaleCatalogue.of(engine)
        assert web_host(engine).offered(UpscaleCatalogue) == UpscaleCatalogue.shipped()


def test_a_page_that_starts_before_its_engine_offers_what_is_shipped():
    with RemoteEngine("http://127.0.0.1:9", services=SIGNATURES) as engine:
        for kind in CATALOGUES:
            assert web_host(engine).offered(kind) == kind.shipped()


def test_names_and_choices_are_each_others_inverse():
    assert names(choices(("a", "b"))) == ("a", "b")


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda s: s.name)
def test_the_types_of_all_services_can_travel_and_are_those_of_the_services(local, signature):
    wire.check(signature.request_type)
    wire.check(signature.answer_type)
    assert local.signature(signature.name) == signature


def test_the_docs_of_the_api_name_every_choice_and_no_other():
    rows = dict(
        re.findall(r"^\| `/(\w+)` \|([^|]*)\|", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.M)
    )
    expected = {
        ("upscale", "model"): ("auto", "quality", *names(UpscaleCatalogue.shipped().models)),
        ("read", "style"): names(ReadCatalogue.shipped().styles),
        ("transcribe", "mode"): names(TranscribeCatalogue.shipped().modes),
    }
    for (endpoint, field), offered in expected.items():
        told = re.search(rf"`{field}`: ([^;]*)", rows[endpoint])
        assert told, (endpoint, field)
        assert tuple(re.findall(r"`([\w-]+)`", told[1])) == offered


def test_contracts_load_no_image_library_and_no_network():
    code = (
        "import sys, models.contracts.signatures\n"
        "print(sorted({'torch', 'onnxruntime', 'cv2', 'PIL', 'scipy', 'skimage', 'verovio', 'soundfile', 'lark',"
        " 'models.read.reader', 'models.sheet'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
