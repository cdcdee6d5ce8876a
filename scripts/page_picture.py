"""The picture of the page for README: ``python -m scripts.page_picture docs/page.png [--phone] [--dark]``.

Starts the app, upscales the first example in Debian's chromium and takes a screenshot.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright

from scoreweb.widgets.examples import EXAMPLES


def main() -> None:
    """Writes the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--phone", action="store_true")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--url", help="an app that runs already")
    parser.add_argument("--empty", action="store_true", help="before anything is uploaded")
    args = parser.parse_args()
    if args.url:
        _shoot(args.url, args)
        return
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
        free.close()
        environment = {**os.environ, "SCOREWEB_DATA_DIR": folder, "GRADIO_SERVER_PORT": port}
        app = subprocess.Popen([sys.executable, "app.py"], env=environment, stdout=subprocess.DEVNULL)
        try:
            _wait(f"http://127.0.0.1:{port}")
            _shoot(f"http://127.0.0.1:{port}", args)
        finally:
            app.terminate()
            app.wait()


def _wait(url: str) -> None:
    for _ in range(300):
        try:
            if httpx.get(f"{url}/healthz").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise SystemExit("the app did not start")


def _shoot(url: str, args: argparse.Namespace) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        size = {"width": 390, "height": 844} if args.phone else {"width": 1280, "height": 900}
        page = browser.new_page(viewport=size, color_scheme="dark" if args.dark else "light")
        page.goto(url + ("?__theme=dark" if args.dark else "?__theme=light"))
        page.locator("#sw-start").wait_for()
        if not args.empty:
            page.locator("#sw-file input[type=file]").set_input_files(str(next(iter(EXAMPLES))))
            page.get_by_text("on this machine").wait_for(timeout=60_000)
            page.locator("#sw-start").click()
            page.locator("#sw-png").wait_for(timeout=120_000)
        page.wait_for_timeout(1500)
        page.screenshot(path=args.out, full_page=True)
        browser.close()


if __name__ == "__main__":
    main()
