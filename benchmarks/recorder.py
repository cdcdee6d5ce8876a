"""What the recorder loses: a sine is played into Chromium's fake microphone and looked for holes and jumps of phase.

``python -m benchmarks.recorder [--takes 3] [--seconds 6]`` needs Debian's chromium (requirements-dev.txt).
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import numpy as np
import soundfile

HERTZ, RATE = 440.0, 48_000


def main() -> None:
    """Prints a row a take: seconds recorded, frames that the browser left out, places where the phase jumps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--takes", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GRADIO_TEMP_DIR"] = folder
        played = Path(folder) / "sine.wav"
        moments = np.arange(10 * RATE) / RATE
        soundfile.write(played, 0.4 * np.sin(2 * np.pi * HERTZ * moments), RATE, subtype="PCM_16")
        print("| take | recorded s | frames left out | at s | jumps of phase at s |\n|---|---|---|---|---|")
        for number, (path, gaps) in enumerate(_takes(played, asked.takes, asked.seconds), start=1):
            samples, rate = soundfile.read(path)
            at = ", ".join(f"{frame / rate:.2f}" for frame, _ in gaps) or "-"
            jumps = ", ".join(f"{second:.2f}" for second in _jumps(samples, rate)) or "-"
            print(
                f"| {number} | {len(samples) / rate:.2f} | {sum(count for _, count in gaps)} | {at} | {jumps} |"
            )


def _takes(played: Path, takes: int, seconds: float) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """The file of each take and its gaps: (frame, length)."""
    import json

    from playwright.sync_api import sync_playwright

    from scoreweb.widgets.recorder import Recorder

    with gr.Blocks() as page:
        recorder = Recorder(seconds=60, megabytes=20, elem_id="recorder")
        path = gr.Textbox(elem_id="path")

        def arrived(event: gr.EventData) -> str:
            return str(event._data["path"])

        recorder.taken(arrived, None, path)
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True)
    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with sync_playwright() as driver:
        for _ in range(takes):
            browser = driver.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", *fake, f"--use-file-for-fake-audio-capture={played}"],
            )
            tab = browser.new_page()
            tab.goto(url)
            tab.locator("#recorder [data-part=record]").click()
            tab.locator("#recorder [data-part=stop]").wait_for()
            tab.wait_for_timeout(1000 * seconds)
            tab.locator("#recorder [data-part=stop]").click()
            tab.wait_for_function("document.querySelector('#path textarea').value")
            gaps = tab.evaluate(
                "[...document.querySelectorAll('#recorder, #recorder *')].find(e => e.dataset.gaps).dataset.gaps"
            )
            yield tab.locator("#path textarea").input_value(), json.loads(gaps)
            browser.close()
    page.close()


def _jumps(samples: np.ndarray, rate: int) -> list[float]:
    """Seconds at which the sine's phase, taken every 10 ms, moves by more than a quarter of a radian."""
    step = rate // 100
    count = len(samples) // step
    turned = samples[: count * step] * np.exp(-2j * np.pi * HERTZ * np.arange(count * step) / rate)
    phase = np.unwrap(np.angle(turned.reshape(count, step).mean(1)))
    return [float(n + 1) / 100 for n in np.flatnonzero(np.abs(np.diff(phase)) > 0.25)]


if __name__ == "__main__":
    main()
