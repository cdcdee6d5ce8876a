"""What a browser fetches when it opens the page for the first time, beside a bare Gradio page with as many components.

``python -m benchmarks.cold_load`` starts both, opens each in a browser that has nothing of it yet, and prints requests and
bytes on the wire until the network rests, and the ratio. The bare page has the same components of the same kinds, as Gradio
makes them: empty, without our texts, styles and scripts. Needs Debian's chromium (packages-dev.txt).
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

REST_S = 3.0
"""So long nothing may be asked for until the page counts as loaded."""
LONGEST_S = 300.0
LAYOUT = {
    "row",
    "column",
    "tabs",
    "tabitem",
    "tab",
    "group",
    "accordion",
    "form",
    "sidebar",
    "step",
    "walkthrough",
    "render",
}


def bare_page(kinds: list[str]) -> Any:  # noqa: ANN401 - Gradio's Blocks
    """A page of Gradio's own components, one of each of these kinds, in this order."""
    import gradio as gr
    from gradio.utils import component_or_layout_class

    with gr.Blocks(title="bare", analytics_enabled=False) as page:
        for kind in kinds:
            component_or_layout_class(kind)()
    return page


def kinds_of(config: dict[str, Any]) -> list[str]:
    """The kinds of a page's components, as Gradio knows them, without layout; a widget of our own counts as the HTML that it is."""
    return [
        "html" if (kind := part["type"]) not in _known() else kind
        for part in config["components"]
        if part["type"] not in LAYOUT
    ]


def _known() -> set[str]:
    import gradio as gr

    return {name.lower() for name in dir(gr.components)}


class Loaded:
    """What a browser fetched from one address: requests and bytes, by kind of file."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()
        self._kinds: dict[str, str] = {}
        self._open: set[str] = set()
        self.last = time.monotonic()

    def asked(self, event: dict[str, Any]) -> None:
        """A request began; streams that stay open are counted, but not waited for."""
        if event["request"]["url"].startswith("data:"):
            return
        kind = event.get("type", "Other")
        self._kinds[event["requestId"]] = kind
        self.requests[kind] += 1
        if kind != "EventSource" and "heartbeat" not in event["request"]["url"]:
            self._open.add(event["requestId"])
        self.last = time.monotonic()

    def ended(self, event: dict[str, Any]) -> None:
        """A request ended, well or not."""
        kind = self._kinds.get(event["requestId"])
        if kind is not None:
            self.bytes[kind] += int(event.get("encodedDataLength", 0))
            self._open.discard(event["requestId"])
            self.last = time.monotonic()

    @property
    def rests(self) -> bool:
        """Whether nothing was asked for lately, and nothing is under way."""
        return not self._open and time.monotonic() - self.last > REST_S


def loaded(browser: Any, url: str) -> Loaded:  # noqa: ANN401 - Playwright's
    """What a browser without a cache fetches from the address."""
    context = browser.new_context()
    page = context.new_page()
    network, found = context.new_cdp_session(page), Loaded()
    network.on("Network.requestWillBeSent", found.asked)
    network.on("Network.loadingFinished", found.ended)
    network.on("Network.loadingFailed", found.ended)
    network.send("Network.enable")
    page.goto(url, wait_until="commit", timeout=1000 * LONGEST_S)
    page.locator("gradio-app .prose, .gradio-container .block").first.wait_for(timeout=1000 * LONGEST_S)
    until = time.monotonic() + LONGEST_S
    while not found.rests and time.monotonic() < until:
        page.wait_for_timeout(200)
    context.close()
    return found


def main() -> None:
    """Prints the table."""
    if sys.argv[1:2] == ["--bare"]:
        page = bare_page(sys.argv[2].split(","))
        page.launch(server_port=int(os.environ["GRADIO_SERVER_PORT"]), quiet=True)
        return
    from playwright.sync_api import sync_playwright

    from benchmarks.load import Page

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        ours = Page(Path(folder))
        config = httpx.get(f"{ours.url}/config", timeout=120).json()
        kinds = kinds_of(config)
        found = {"ScoreWeb": loaded(browser, ours.url)}
        ours.kill()
        bare = Page(
            Path(folder) / "bare", "-m", "benchmarks.cold_load", "--bare", ",".join(kinds), alive="/config"
        )
        found["bare Gradio"] = loaded(browser, bare.url)
        bare.kill()
        browser.close()
    print(
        f"{len(kinds)} components: {', '.join(f'{n} {kind}' for kind, n in Counter(kinds).most_common())}\n"
    )
    print("| page | requests | bytes | by kind |\n|---|---:|---:|---|")
    for name, one in found.items():
        each = ", ".join(
            f"{kind.lower()} {one.requests[kind]} of {one.bytes[kind]:,}" for kind in sorted(one.requests)
        )
        print(f"| {name} | {one.requests.total()} | {one.bytes.total():,} | {each} |")
    mine, other = found.values()
    print(
        f"| ratio | {mine.requests.total() / other.requests.total():.2f} | {mine.bytes.total() / other.bytes.total():.2f} | |"
    )


if __name__ == "__main__":
    main()
