"""How many documents and calls a second our page gives, beside a bare Gradio page with as many components.

``python -m benchmarks.calls [--rounds N]`` starts both and asks them in turn: for the page itself, as a browser does that takes it
packed, and for what happens when a choice changes and a field is shown or hidden, which both do by the same function. What
counts is what each process computes for it, so that a busy machine does not decide: calls a second are those of one
core that does nothing else.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.cold_load import bare_page, kinds_of
from benchmarks.load import Page
from benchmarks.page_client import PageClient

CHOICE = "sw-size"
"""Our choice of a size, at which the field for a number is shown."""
ASKED = {"accept-encoding": "gzip, br", "accept": "text/html", "accept-language": "en"}
EACH_ROUND = 10


def with_a_call(page: Any) -> Any:  # noqa: ANN401 - Gradio's Blocks
    """The bare page, whose first choice shows and hides its first number."""
    import gradio as gr

    blocks = list(page.blocks.values())
    choice = next(block for block in blocks if isinstance(block, gr.Radio))
    number = next(block for block in blocks if isinstance(block, gr.Number))
    choice.elem_id, choice.choices = CHOICE, [("times", "times")]
    with page:
        choice.change(lambda _: gr.update(visible=False, value=20), choice, number)
    return page


def computed(process: int) -> float:
    """Seconds of computing of a process since it began."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Asked:
    """One page, and what it computed for each document and each call, a number a round."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.documents: list[float] = []
        self.calls: list[float] = []
        self._visitor = PageClient(page.url)
        self._http = httpx.Client(base_url=page.url, headers=ASKED, timeout=120, verify=False)  # noqa: S501 - nothing is encrypted here

    @property
    def config(self) -> dict[str, Any]:
        """The page as it describes itself."""
        return self._visitor.config

    def document(self) -> None:
        """The page itself, once."""
        self._http.get("/").raise_for_status()

    def call(self) -> None:
        """The choice changed, once."""
        self._visitor.press(CHOICE, "change", {CHOICE: "times"})

    def round(self) -> None:
        """Some of each; the first of all is not counted, since it loads what all need."""
        for what, kept in ((self.document, self.documents), (self.call, self.calls)):
            if not kept:
                what()
            before = computed(self.page.process.pid)
            for _ in range(EACH_ROUND):
                what()
            kept.append((computed(self.page.process.pid) - before) / EACH_ROUND)

    def close(self) -> None:
        """No more of it."""
        self._visitor.close()
        self._http.close()
        self.page.kill()


def main() -> None:
    """Prints the table."""
    if sys.argv[1:2] == ["--bare"]:
        bare = with_a_call(bare_page(sys.argv[2].split(",")))
        bare.launch(server_port=int(os.environ["GRADIO_SERVER_PORT"]), quiet=True)
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=5, help=f"of {EACH_ROUND} documents and calls for each page"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_pages:
        ours = Asked(Page(Path(folder)))
        open_pages.callback(ours.close)
        kinds = ",".join(kinds_of(ours.config))
        bare = Asked(Page(Path(folder) / "bare", "-m", "benchmarks.calls", "--bare", kinds, alive="/config"))
        open_pages.callback(bare.close)
        for _ in range(asked.rounds):
            ours.round()
            bare.round()
    print("| page | documents a second | calls a second |\n|---|---:|---:|")
    for name, one in {"ScoreWeb": ours, "bare Gradio": bare}.items():
        print(f"| {name} | {1 / np.median(one.documents):.1f} | {1 / np.median(one.calls):.1f} |")
    documents, calls = (
        np.median(getattr(ours, k)) / np.median(getattr(bare, k)) for k in ("documents", "calls")
    )
    print(f"| times as long | {documents:.2f} | {calls:.2f} |")


if __name__ == "__main__":
    main()
