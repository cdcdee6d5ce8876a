"""Many visitors at once, and a page that is killed again and again: nothing that was acknowledged may be lost.

``python -m benchmarks.load [--submissions N] [--clients C] [--kill-every K] [--minutes M] [--keep FILE]``; the whole campaign
is ``--submissions 10000 --clients 32 --kill-every 500``. With ``--keep`` it runs in slices of so many minutes: each goes on
from the number of submissions that the file has, on a collection of its own, and the table is of all slices. Each visitor
opens the page, and upscales and donates a page of their own (two of five), upscales one and leaves, sends a bad file, or writes
down one note, in turn. The pages are small, one staff of 160 x 120 pixels, so that 10,000 take an hour of one core. The
process is ended by ``kill -9`` and started again; at the end the collection is opened and every token that a visitor was
shown is asked for.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image

from benchmarks.bad_inputs.pictures import encoded, music
from benchmarks.bad_inputs.sounds import RATE, written
from benchmarks.page_client import PageClient
from benchmarks.resident import peak_mb, resident_mb
from benchmarks.slices import Slices
from models.arrays import Grey
from storage import Store

KINDS = ("donate", "upscale", "donate", "bad file", "tune")
PLENTY = {
    "SCOREWEB_CLIENT_MB_PER_HOUR": "1000000", "SCOREWEB_CLIENT_SECONDS_PER_HOUR": "10000000", "SCOREWEB_CLIENT_TOKENS_PER_DAY": "1000000",
    "SCOREWEB_DAILY_QUOTA": "100000", "SCOREWEB_BACKUP_DAYS": "0", "SCOREWEB_ENGINE_QUEUE": "64", "SCOREWEB_FREE_DISK_MB": "0", "SCOREWEB_SECRET": "a key for a load test",
}  # fmt: skip


def own_page(chance: random.Random) -> Grey:
    """A staff that nobody else has: a row of dots below it is by chance."""
    grey = music()
    grey[110] = np.frombuffer(chance.randbytes(grey.shape[1]), np.uint8)
    return grey


class Page:
    """The app as a process that can be killed and started again on the same collection."""

    def __init__(self, folder: Path, *program: str, alive: str = "/healthz") -> None:
        """``program`` in place of the app, which is up when it answers at the address ``alive``."""
        folder.mkdir(exist_ok=True)
        self.data, self._folder, self._program, self._alive = folder / "data", folder, program, alive
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url, self.starts, self.peaks = f"http://127.0.0.1:{self.port}", [], []
        self.start()

    def start(self) -> None:
        """Begins it and waits until it answers; how long that takes is kept."""
        settings = {
            "SCOREWEB_DATA_DIR": str(self.data),
            "GRADIO_TEMP_DIR": str(self._folder / "cache"),
            "GRADIO_SERVER_PORT": str(self.port),
        }
        began = time.monotonic()
        with (self._folder / "log.txt").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, *(self._program or ("app.py",))],
                env={**os.environ, **PLENTY, **settings},
                stdout=log,
                stderr=log,
            )
        with httpx.Client(timeout=5, verify=False) as asking:  # noqa: S501 - no certificates are read: nothing is encrypted here
            while not self._answers(asking):
                time.sleep(0.5)
        self.starts.append(time.monotonic() - began)

    def told(self) -> str:
        """The end of its log."""
        return (self._folder / "log.txt").read_text()[-2000:]

    def _answers(self, asking: httpx.Client) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(self.told())
        try:
            return asking.get(self.url + self._alive).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """As when the power goes."""
        self.peaks.append(peak_mb(self.process.pid))
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Campaign:
    """So many submissions from so many clients; counts what became of each."""

    def __init__(
        self, page: Page, submissions: int, kill_every: int, done: int = 0, minutes: float = 1e9
    ) -> None:
        """``done`` were made in earlier slices; after so many minutes no other is begun."""
        self._page, self._last, self._kill_every = page, submissions, kill_every
        self._until = time.monotonic() + 60 * minutes
        self._lock = threading.Lock()
        self.ends: Counter[str] = Counter()
        self.tokens: list[str] = []
        self.seconds: list[float] = []
        self.begun, self._killed = done, done // kill_every

    def client(self, number: int) -> None:
        """One visitor after the other, until all submissions are made."""
        chance = random.Random(1000 * self.begun + number)  # noqa: S311 - visitors, no secrets
        while True:
            with self._lock:
                if self.begun >= self._last or time.monotonic() > self._until:
                    return
                self.begun += 1
                mine = self.begun
                if (
                    code := self._page.process.poll()
                ) is not None:  # nobody killed it here: that happens below
                    self.ends[f"page: ended by itself with {code}"] += 1
                    print(self._page.told(), file=sys.stderr)
                    self._page.start()
                if mine // self._kill_every > self._killed:
                    self._killed += 1
                    self._page.kill()
                    self._page.start()
            kind, began = KINDS[mine % len(KINDS)], time.monotonic()
            try:
                end = self._visit(kind, chance)
            except (httpx.HTTPError, RuntimeError, StopIteration, ValueError) as error:
                end = "cut off" if isinstance(error, httpx.HTTPError) else f"refused: {str(error)[:60]}"
            with self._lock:
                self.ends[f"{kind}: {end}"] += 1
                self.seconds.append(time.monotonic() - began)

    def _visit(self, kind: str, chance: random.Random) -> str:
        visitor = PageClient(self._page.url)
        try:
            if kind == "tune":
                return self._tune(visitor, chance)
            data = encoded(Image.fromarray(own_page(chance))) if kind != "bad file" else b"no picture"
            file = visitor.upload(f"page-{chance.randrange(10**6)}.png", data)
            looked = visitor.press("sw-file", "change", {"sw-file": [file]})
            if kind == "bad file":
                return (
                    "told"
                    if "cannot be read" in str(looked) or "not an image" in str(looked)
                    else f"odd: {looked}"[:80]
                )
            visitor.press("sw-start", "click", {"sw-chosen": [0], "sw-network-model": "bicubic"})
            if kind == "upscale":
                return "done"
            given = {"sw-agrees": True, "sw-licence": "CC0-1.0"}
            answers = self._donated(visitor, given)
            token = (visitor.named(answers, "sw-token") or {}).get("token")
            if not token:
                return f"not kept: {visitor.named(answers, 'sw-keep-note')}"[:90]
            with self._lock:
                self.tokens.append(token)
            return "kept"
        finally:
            visitor.close()

    @staticmethod
    def _donated(visitor: PageClient, given: dict[str, object]) -> dict[int, object]:
        """The two boxes without an id of their own stand between the two that have one."""
        ticked = {c["id"] for c in visitor.config["components"] if c["type"] == "checkbox"}
        button = visitor._ids["sw-keep-button"]
        asked = next(
            d for d in visitor.config["dependencies"] if [button, "click"] in [list(t) for t in d["targets"]]
        )
        for number in asked["inputs"]:
            if number in ticked:
                visitor._ids[f"box-{number}"] = number
                given[f"box-{number}"] = True
        return visitor.press("sw-keep-button", "click", given)

    @staticmethod
    def _tune(visitor: PageClient, chance: random.Random) -> str:
        time_axis = np.arange(RATE // 2) / RATE
        tone = np.exp(-3 * time_axis) * np.sin(2 * np.pi * 220 * 2 ** (chance.randrange(12) / 12) * time_axis)
        file = visitor.upload("take.wav", written(tone.astype(np.float32)))
        found = next(d for d in visitor.config["dependencies"] if d.get("api_name") == "transcribe")
        asked = {"data": [file, "note", 0, ""], "fn_index": found["id"], "session_hash": visitor.session}
        joined = visitor._http.post("/gradio_api/call/transcribe", json={"data": asked["data"]})
        if joined.status_code != 200:
            raise RuntimeError(f"{joined.status_code}: {joined.text[:100]}")
        text = visitor._http.get(f"/gradio_api/call/transcribe/{joined.json()['event_id']}").text
        return "written down" if "musicxml" in text else f"refused: {text[-80:]!r}"


def main() -> None:
    """Prints what became of the submissions, and whether anything acknowledged is lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=200)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--kill-every", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=1e9, help="after which no submission is begun")
    parser.add_argument("--keep", type=Path, help="a file of what earlier slices found, which this one joins")
    asked = parser.parse_args()
    slices = Slices(asked.keep)
    with tempfile.TemporaryDirectory() as folder:
        slices.add(_slice(Path(folder), asked, int(slices.total("submissions"))))
    for end, count in sorted(slices.counts("ends").items()):
        print(f"{count:6d}  {end}")
    starts = [start for run in slices.runs for start in run["starts"][1:]]
    seconds = [second for run in slices.runs for second in run["seconds"]]
    print(
        f"\n{slices.total('submissions'):.0f} submissions from {asked.clients} clients in {len(slices.runs)} slices; killed {len(starts)} times."
    )
    print(f"acknowledged: {slices.total('acknowledged'):.0f}; lost: {slices.total('lost'):.0f}")
    print(
        f"answered again behind {len(starts)} of {len(starts)} kills: {', '.join(f'{s:.1f}' for s in starts)} s"
    )
    print(
        f"a visit, middle and 95th percentile: {np.percentile(seconds, 50):.1f} s, {np.percentile(seconds, 95):.1f} s"
    )
    print(
        f"memory of the page: {slices.most('idle_mb'):.0f} MB idle, {slices.most('peak_mb'):.0f} MB at most"
    )


def _slice(folder: Path, asked: argparse.Namespace, done: int) -> dict[str, Any]:
    """What one page bore, from its start to the end of the slice."""
    page = Page(folder)
    idle = resident_mb(page.process.pid)
    campaign = Campaign(page, asked.submissions, asked.kill_every, done, asked.minutes)
    clients = [threading.Thread(target=campaign.client, args=(n,)) for n in range(asked.clients)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    page.kill()
    lost = 0
    with Store.open(page.data, secret=PLENTY["SCOREWEB_SECRET"]) as store:
        for token in campaign.tokens:
            try:
                lost += len(store.contributions(token)) != 1
            except Exception:  # noqa: BLE001 - whatever the reason, it is lost
                lost += 1
    return {
        "submissions": campaign.begun - done, "ends": campaign.ends, "acknowledged": len(campaign.tokens), "lost": lost,
        "starts": page.starts, "seconds": campaign.seconds, "idle_mb": idle, "peak_mb": max(page.peaks),
    }  # fmt: skip


if __name__ == "__main__":
    main()
