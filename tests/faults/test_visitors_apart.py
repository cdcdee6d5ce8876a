"""Two visitors of one page: neither sees what the other has, however they ask."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from benchmarks.page_client import PageClient
from scoreweb.jobs.upscale.texts import UPLOAD_FIRST
from tests.pages import encoded, staves

MINE, YOURS = staves(200, 300), staves(220, 340)
ADDRESSES = [
    "/", "/config", "/healthz", "/gradio_api/info", "/gradio_api/openapi.json", "/gradio_api/queue/status", "/gradio_api/startup-events",
    "/gradio_api/runs", "/monitoring", "/monitoring/summary", "/metrics", "/status", "/gradio_api/queue/data?session_hash=other",
]  # fmt: skip


@pytest.fixture
def visitor(demo):
    opened = []

    def come():
        opened.append(PageClient(demo.url))
        return opened[-1]

    yield come
    for one in opened:
        one.close()


def upscaled(visitor, grey):
    file = visitor.upload("page.png", encoded(Image.fromarray(grey)))
    visitor.press("sw-file", "change", {"sw-file": [file]})
    answers = visitor.press("sw-start", "click", {"sw-chosen": [0], "sw-network-model": "bicubic"})
    return file, answers


def test_nobodys_file_is_found_by_another(demo, visitor):
    mine = visitor()
    _, answers = upscaled(mine, MINE)
    assert any(answers.values())
    results = [path for path in demo.cache.rglob("*.png") if "workspace-" in str(path)]
    assert results, "there is something to be found"
    names = {part for path in results for part in path.parts if len(part) >= 32}
    other = visitor()
    for address in ADDRESSES:
        if "queue/data" in address:
            continue  # it never ends; `test_each_gets_their_own` listens to it
        answer = other._http.get(address, follow_redirects=False)
        assert not any(name in answer.text for name in names), address
    for path in (
        demo.cache,
        demo.cache.parent,
        demo.data,
        demo.log,
        *demo.data.glob("*"),
        "/etc/passwd",
        demo.cache / "*" / "page.png",
    ):
        assert other.fetch(str(path)).status_code in {403, 404}, path
    folder = results[0].relative_to(demo.cache).parts[0]
    for guess in (folder[:-1], folder.upper(), f"x/../{folder[:-2]}"):
        assert other.fetch(str(demo.cache / guess)).status_code in {403, 404}


def test_each_gets_their_own(visitor):
    mine, yours = visitor(), visitor()
    sizes = []
    for one, grey in ((mine, MINE), (yours, YOURS)):
        upscaled(one, grey)
    for one, grey in ((mine, MINE), (yours, YOURS)):
        answers = one.press("sw-start", "click", {"sw-chosen": [0], "sw-network-model": "bicubic"})
        shown = str(answers)
        sizes.append([f"{4 * side}" in shown for side in reversed(grey.shape)])
    assert np.array(sizes).all(), "each result is four times its own visitor's page"


def test_who_has_sent_nothing_has_nothing(visitor):
    upscaled(visitor(), MINE)
    empty = visitor()
    answers = empty.press("sw-start", "click", {"sw-chosen": []})
    assert "sw-problem" in str(empty.config["components"])
    assert ".png" not in str(empty.named(answers, "sw-refusal"))
    assert UPLOAD_FIRST in str(empty.named(answers, "sw-refusal"))


def test_fifty_who_come_at_once_are_all_heard(demo, visitor):
    config = visitor().config

    def come(number):
        one = PageClient(demo.url, config)
        try:
            file = one.upload(f"{number}.png", b"no picture")
            return str(one.press("sw-file", "change", {"sw-file": [file]}))
        finally:
            one.close()

    with ThreadPoolExecutor(50) as crowd:
        told = list(crowd.map(come, range(50)))
    assert all("is not an image or PDF" in one for one in told)
