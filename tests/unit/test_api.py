"""The app from outside: the public endpoint through gradio_client, health, and what must not be reachable."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import soundfile
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from scoreweb.widgets.examples import EXAMPLES
from scoreweb.widgets.sounds import FOLDER
from tests.conftest import ROOT
from tests.readings import drawn, tune

PIANO, PDF = (next(p for p in EXAMPLES if p.name == n) for n in ("piano-small.png", "two-pages.pdf"))


@pytest.fixture(scope="module")
def client(demo):
    with_client = Client(demo.url, verbose=False)
    yield with_client
    with_client.close()


@pytest.mark.parametrize("model", ["fast", "bicubic"])
def test_a_page_through_the_api_is_exactly_four_times_larger(client, model):
    path = client.predict(handle_file(str(PIANO)), model, 1, api_name="/upscale")
    with Image.open(path) as result:
        assert result.size == (4 * 560, 4 * 430)


def test_a_page_of_a_pdf_can_be_named(client):
    first, second = (client.predict(handle_file(str(PDF)), "bicubic", n, api_name="/upscale") for n in (1, 2))
    with Image.open(first) as one, Image.open(second) as two:
        assert one.size == two.size
        assert one.tobytes() != two.tobytes()


@pytest.mark.parametrize(
    ("content", "model", "page", "says"),
    [
        (b"", "fast", 1, "empty"),
        (b"no picture", "fast", 1, "."),
        (None, "slow", 1, "no upscaling model"),
        (None, "fast", 2, "page"),
        (None, "fast", 0, "page"),
    ],
    ids=["empty", "garbage", "model", "page too high", "page zero"],
)
def test_a_wrong_call_gets_a_sentence(client, tmp_path, content, model, page, says):
    file = PIANO
    if content is not None:
        file = tmp_path / "file.png"
        file.write_bytes(content)
    with pytest.raises(AppError) as refused:
        client.predict(handle_file(str(file)), model, page, api_name="/upscale")
    text = str(refused.value)
    assert says in text
    assert str(tmp_path) not in text
    assert "wrong on our side" not in text


@pytest.mark.parametrize(
    ("file", "mode", "metre", "midis"),
    [("scale.flac", "auto", "4/4", [60, 62, 64, 65, 67, 69, 71, 72]), ("low-note.flac", "note", "", [28])],
)
def test_a_recording_through_the_api_becomes_musicxml(client, tmp_path, file, mode, metre, midis):
    copy = tmp_path / file
    copy.write_bytes((FOLDER / file).read_bytes())
    answer = client.predict(handle_file(str(copy)), mode, 0, metre, api_name="/transcribe")
    assert [note["midi"] for note in answer["notes"]] == midis
    assert "<score-partwise" in answer["musicxml"]
    assert answer["assumptions"]


@pytest.mark.parametrize(
    ("content", "mode", "tempo", "metre", "says"),
    [
        (b"", "auto", 0, "", "empty"),
        (b"no sound at all", "auto", 0, "", "not a recording"),
        (None, "loud", 0, "", "no mode"),
        (None, "auto", 3000, "", "tempo"),
        (None, "auto", 0, "three", "no time signature"),
    ],
)
def test_a_wrong_call_to_transcribe_gets_a_sentence(client, tmp_path, content, mode, tempo, metre, says):
    file = tmp_path / "recording.flac"
    file.write_bytes((FOLDER / "low-note.flac").read_bytes() if content is None else content)
    with pytest.raises(AppError) as refused:
        client.predict(handle_file(str(file)), mode, tempo, metre, api_name="/transcribe")
    assert says in str(refused.value)
    assert str(tmp_path) not in str(refused.value)


def test_a_score_through_the_api_becomes_ranked_musicxml(client, tmp_path):
    Image.fromarray(drawn(tune()).pages[0]).save(tmp_path / "tune.png")
    answer = client.predict(handle_file(str(tmp_path / "tune.png")), "printed", 3, api_name="/read")
    ranks = [way["rank"] for way in answer["reading"]["interpretations"]]
    assert ranks == list(range(1, len(ranks) + 1))
    assert len(answer["musicxml"]) == len(ranks) <= 3
    assert all("<score-partwise" in text for text in answer["musicxml"])
    assert answer["reading"]["pages"][0]["systems"][0]["bars"]


@pytest.mark.parametrize(
    ("content", "style", "top", "says"),
    [
        (b"", "auto", 5, "empty"),
        (b"no picture", "auto", 5, "."),
        (None, "opera", 5, "no style"),
        (None, "auto", 0, "interpretations"),
        (None, "auto", 5, "No music was found"),
    ],
)
def test_a_wrong_call_to_read_gets_a_sentence(client, tmp_path, content, style, top, says):
    file = tmp_path / "page.png"
    if content is None:
        Image.new("L", (200, 100), 255).save(file)
    else:
        file.write_bytes(content)
    with pytest.raises(AppError) as refused:
        client.predict(handle_file(str(file)), style, top, api_name="/read")
    assert says in str(refused.value)
    assert str(tmp_path) not in str(refused.value)


def test_only_the_documented_endpoints_are_public(client):
    assert set(client.view_api(return_format="dict")["named_endpoints"]) == {
        "/upscale",
        "/read",
        "/transcribe",
    }


def test_health_is_well_and_tells_no_path(demo):
    answer = httpx.get(f"{demo.url}/healthz")
    assert answer.status_code == 200
    assert answer.json()["ok"] is True
    assert str(demo.data) not in answer.text
    assert answer.json()["engine"]["services"]["upscale"]["healthy"] is True


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/monitoring", "/monitoring/summary", "/gradio_api/runs"]
)
def test_doors_that_a_public_host_does_not_need_are_closed(demo, path):
    # Any answer but a page with content: Gradio hides some behind 401 or 404.
    assert httpx.get(demo.url + path).status_code >= 400


def test_the_collection_cannot_be_fetched_as_a_file(demo):
    for kept in [p for p in demo.data.rglob("*") if p.is_file()]:
        answer = httpx.get(f"{demo.url}/gradio_api/file={kept}")
        assert answer.status_code in {403, 404}, kept


def test_an_upload_over_the_limit_is_refused(demo):
    answer = httpx.post(
        f"{demo.url}/gradio_api/upload", files={"files": ("big.png", b"x" * 21_000_000)}, timeout=60
    )
    assert answer.status_code == 413
    assert "too large" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("endpoint", "arguments", "choices"),
    [
        ("/upscale", ["file", "model", "page"], {"model": {"fast", "scan", "best", "bicubic"}}),
        ("/read", ["file", "style", "top"], {"style": {"auto", "printed", "handwritten"}}),
        ("/transcribe", ["file", "mode", "tempo", "metre"], {"mode": {"auto", "note", "melody"}}),
    ],
)
def test_every_argument_is_described_with_its_choices(client, endpoint, arguments, choices):
    described = client.view_api(return_format="dict")["named_endpoints"][endpoint]
    assert [one["parameter_name"] for one in described["parameters"]] == arguments
    for one in [*described["parameters"], *described["returns"]]:
        assert len(one["python_type"]["description"]) > 10, one
        assert one["python_type"]["description"] in one["label"]
        assert one["python_type"]["type"] != "Any", one
        if one.get("parameter_name") in choices:
            assert choices[one["parameter_name"]] <= set(one["type"]["enum"])
    assert described["description"]
    assert described["parameters"][0]["example_input"] in {"page.png", "tune.wav"}


SNIPPETS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.S)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=["upscale", "read", "transcribe"])
def test_the_snippets_of_the_docs_run_in_another_folder_than_the_server(demo, tmp_path, snippet):
    Image.fromarray(drawn(tune()).pages[0]).save(tmp_path / "page.png")
    sound, rate = soundfile.read(FOLDER / "scale.flac")
    soundfile.write(tmp_path / "tune.wav", sound, rate)
    assert "http://127.0.0.1:7860" in snippet
    environment = {**os.environ, "GRADIO_TEMP_DIR": str(tmp_path / "downloads"), "PYTHONPATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", snippet.replace("http://127.0.0.1:7860", demo.url)],
        check=False, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=250,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    if "/upscale" in snippet:
        picture = Path(done.stdout.splitlines()[-1])
        assert demo.cache not in picture.parents
        with Image.open(picture) as large, Image.open(tmp_path / "page.png") as small:
            assert large.size == (4 * small.width, 4 * small.height)
    else:
        (made,) = tmp_path.glob("*.musicxml")
        assert "<score-partwise" in made.read_text()
