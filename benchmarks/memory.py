"""Memory of the page over many jobs of all kinds in turn, and for the largest pages that a visitor may send.

``python -m benchmarks.memory [--jobs N] [--minutes M] [--keep FILE] [--no-large]`` starts the app, sends it jobs of every kind one
after the other as a browser does, each from a visitor who then leaves, and prints what page and helper processes hold; then
an A3 page at 600 dpi, and the largest page that is taken, upscaled and read. The inputs of the jobs in turn are small, so that 500 take half
an hour of computing: a staff of 160 x 120 pixels, two bars of a song with words, a tone of one second, a score of one bar. With ``--keep`` it runs
in slices, each with an app of its own, and how it grows is told for each. What processes share is counted once. Each visitor
leaves as a browser does, and their work is kept a minute to come back to in place of a quarter of an hour, so that as
much is forgotten as is new.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.bad_inputs.pictures import encoded, music
from benchmarks.bad_inputs.scores import score
from benchmarks.load import Campaign, Page
from benchmarks.page_client import PageClient
from benchmarks.resident import tree_mb
from benchmarks.slices import Slices
from scoreweb.widgets.examples import EXAMPLES

KINDS = ("upscale", "read", "transcribe", "sonify", "donate", "bad file")
EVERY_S = 0.5
SETTLED_S = 0.3
TWO_BARS = (20, 45, 325, 115)
"""Of the example at 75 dpi: left, top, right, bottom."""
A3_600 = (9921, 7016)


class Memory:
    """What the page and its helpers hold, looked at several times a second."""

    def __init__(self, process: int) -> None:
        self._process, self._most, self._stop = process, 0.0, threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()

    def now(self) -> float:
        """MB, of the page with its helpers, a moment behind a job."""
        time.sleep(SETTLED_S)
        return tree_mb(self._process)

    def peak(self) -> float:
        """MB, the most that was seen since this was last asked."""
        most, self._most = max(self._most, tree_mb(self._process)), 0.0
        return most

    def close(self) -> None:
        """No more looking."""
        self._stop.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._stop.wait(EVERY_S):
            self._most = max(self._most, tree_mb(self._process))


class Jobs:
    """Jobs of each kind, as a browser sends them."""

    def __init__(self, url: str) -> None:
        self._url = url
        page = Image.open(next(path for path in EXAMPLES if path.name == "song-75dpi.png"))
        self._page = encoded(page.crop(TWO_BARS))

    def run(self, kind: str, number: int) -> str:
        """How one job of a new visitor ended, in a word or a sentence."""
        visitor = PageClient(self._url)
        try:
            return self._kinds()[kind](visitor, number)
        finally:
            visitor.close()

    def _kinds(self) -> dict[str, Callable[[PageClient, int], str]]:
        return {
            "upscale": lambda visitor, number: upscaled(visitor, small_page(number)),
            "read": lambda visitor, _: read(visitor, self._page, "song.png"),
            "transcribe": self._transcribe,
            "sonify": _sonify,
            "donate": self._donate,
            "bad file": lambda visitor, _: shown(visitor, visitor.upload("page.png", b"no picture")),
        }

    @staticmethod
    def _transcribe(visitor: PageClient, number: int) -> str:
        import random

        return Campaign._tune(visitor, random.Random(number))  # noqa: S311 - tones, no secrets

    @staticmethod
    def _donate(visitor: PageClient, number: int) -> str:
        upscaled(visitor, small_page(number))
        answers = Campaign._donated(visitor, {"sw-agrees": True, "sw-licence": "CC0-1.0"})
        return "kept" if (visitor.named(answers, "sw-token") or {}).get("token") else "not kept"


def small_page(number: int) -> bytes:
    """A page like no other."""
    grey = music()
    grey[100 + number % 18, number // 18 % 160] = number % 255
    return encoded(Image.fromarray(grey))


def shown(visitor: PageClient, file: dict[str, object], field: str = "sw-file") -> str:
    """What is said of an uploaded page, "" where it is taken."""
    answers = visitor.press(field, "change", {field: [file]})
    problem = visitor.named(answers, field.replace("file", "problem"))
    return re.sub(r"<[^>]*>", "", problem).strip() if isinstance(problem, str) else ""


def upscaled(visitor: PageClient, data: bytes, name: str = "page.png") -> str:
    """A page upscaled by the fast network."""
    if refused := shown(visitor, visitor.upload(name, data)):
        return refused
    visitor.press("sw-start", "click", {"sw-chosen": [0], "sw-network-model": "fast"})
    return "done"


def read(visitor: PageClient, data: bytes, name: str) -> str:
    """A page read to a score."""
    if refused := shown(visitor, visitor.upload(name, data), "sw-r-file"):
        return refused
    visitor.press("sw-r-start", "click", {})
    return "done"


def _sonify(visitor: PageClient, _: int) -> str:
    file = visitor.upload("song.musicxml", score().encode())
    visitor.press("sw-sonify-start", "click", {"sw-sonify-file": file})
    return "done"


def largest_page(height: int, width: int) -> bytes:
    """Our own page, as large as is asked for, black and white as scanners save them."""
    page = Image.open(next(path for path in EXAMPLES if path.name == "song-75dpi.png")).convert("L")
    large = page.resize((width, height), Image.Resampling.BICUBIC).point(
        lambda grey: 255 if grey > 128 else 0
    )
    return encoded(large.convert("1"))


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=1e9, help="after which no job is begun")
    parser.add_argument("--keep", type=Path, help="a file of what earlier slices found, which this one joins")
    parser.add_argument("--no-large", action="store_true", help="leave the largest pages out")
    asked = parser.parse_args()
    slices = Slices(asked.keep)
    os.environ["SCOREWEB_AWAY_MINUTES"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        page = Page(Path(folder))
        memory = Memory(page.process.pid)
        try:
            idle = memory.now()
            print(f"idle: {idle:.0f} MB")
            left = asked.jobs - int(slices.total("held"))
            if left > 0:
                jobs, until = Jobs(page.url), time.monotonic() + 60 * asked.minutes
                slices.add({"idle": idle, **_in_turn(jobs, memory, left, until, slices)})
            _told(slices)
            if not asked.no_large:
                print("\n| page | pixels | job | what is said | most MB |\n|---|---:|---|---|---:|")
                for name, size in (("A3 at 600 dpi", A3_600), ("A3 at 500 dpi", (8268, 5846))):
                    _large(page.url, memory, name, size)
        finally:
            memory.close()
            page.kill()


def growth(held: list[float]) -> float:
    """MB in 100 jobs, by a line through what was held behind each job after the first of each kind."""
    rest = held[len(KINDS) :]
    return float(np.polyfit(np.arange(len(rest)), rest, 1)[0]) * 100 if len(rest) > 1 else 0.0


def _told(slices: Slices) -> None:
    for number, run in enumerate(slices.runs, 1):
        held = run["held"]
        print(
            f"slice {number}: {len(held)} jobs, {run['good']} of them done; idle {run['idle']:.0f} MB, behind the first of each kind "
            f"{held[min(len(held), len(KINDS)) - 1]:.0f}, behind the last {held[-1]:.0f}, most {max(run['most']):.0f}; {growth(held):+.1f} MB in 100 jobs"
        )
    print(f"{slices.total('held'):.0f} jobs, {slices.total('good'):.0f} of them done")


def _in_turn(jobs: Jobs, memory: Memory, count: int, until: float, slices: Slices) -> dict[str, Any]:
    """What was held behind each job, the most until then, and how many were done."""
    held: list[float] = []
    most: list[float] = []
    print("\n| jobs | of them done | held behind the last MB | most MB |\n|---:|---:|---:|---:|")
    good, begin = 0, int(slices.total("held"))
    for number in range(count):
        if time.monotonic() > until:
            break
        kind = KINDS[number % len(KINDS)]
        try:
            end = jobs.run(kind, begin + number)
        except RuntimeError as error:
            end = str(error)
        done = end in {"done", "kept", "written down"} or (kind == "bad file" and "image" in end)
        good += done
        if not done:
            print(f"{kind}: {end[:200]}")
        held.append(memory.now())
        most.append(memory.peak())
        if number < len(KINDS) or (number + 1) % 50 == 0:
            print(f"| {number + 1} ({kind}) | {good} | {held[-1]:.0f} | {max(most):.0f} |", flush=True)
    return {"held": held, "most": most, "good": good}


def _large(url: str, memory: Memory, name: str, size: tuple[int, int]) -> None:
    data = largest_page(*size)
    for job, work in (("read", read), ("upscale", upscaled)):
        visitor = PageClient(url)
        memory.peak()
        try:
            said = work(visitor, data, "large.png")
        except RuntimeError as error:
            said = str(error)
        finally:
            visitor.close()
        print(
            f"| {name} | {size[0] * size[1] / 1e6:.1f} M | {job} | {said[:160]} | {memory.peak():.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
