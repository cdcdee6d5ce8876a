"""For visitors who have the original: how like it the result is."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import gradio as gr
import numpy as np
from PIL import Image

from models.sheet import open_pages
from models.upscale.metrics import SMALLEST, psnr, ssim
from scoreweb import texts as messages
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.host import Host
from scoreweb.jobs.upscale.run import result_pixels
from scoreweb.uploads import file_limits
from scoreweb.widgets import fragments
from scoreweb.widgets.upload import ScoreFile
from scoreweb.workspace import UpscaleResult


class TruthBox:
    """A field for the original at the result's size, and PSNR and SSIM of the page shown."""

    def __init__(self, host: Host, file_types: list[str]) -> None:
        self._host = host
        with gr.Accordion(messages.TRUTH, open=False, elem_id="sw-truth-box"):
            gr.HTML(fragments.hint(messages.TRUTH_HINT))
            self.file = ScoreFile(
                label=messages.TRUTH_FILE, file_types=file_types, elem_id="sw-truth", height=110
            )
            self.told = gr.HTML("", elem_id="sw-likeness")

    def connect(self, shown: gr.Dropdown, results: gr.HTML) -> None:
        """The box answers to its file, to the choice of a page, and to new results."""
        for asked in (self.file, shown, results):
            asked.change(
                self._compare,
                [self.file, shown],
                [self.told],
                api_visibility="private",
                show_progress="hidden",
            )

    def _compare(self, file: str | None, number: int | None, request: gr.Request) -> str:
        workspace = self._host.workspaces.of(str(request.session_hash))
        result, kept = workspace.upscale_result(number), workspace.folder / "original"
        try:
            if file is None:
                kept.unlink(missing_ok=True)
                return ""
            uploaded = Path(file)
            if uploaded.exists():  # it shall vanish with the workspace, not with Gradio's cache
                shutil.move(uploaded, kept)
            if result is None:
                return ""
            return fragments.hint(self._sentence(kept, uploaded.name, result, number or 0))
        except Exception as error:  # noqa: BLE001 - whatever it is, the visitor gets a sentence
            return fragments.note(sentence_of(error))

    def _sentence(self, file: Path, name: str, result: UpscaleResult, number: int) -> str:
        pages = open_pages(file, name=name, limits=file_limits(self._host.settings))
        truth = pages[min(number, len(pages) - 1)].grey
        enlarged = result_pixels(result)
        if truth.shape != enlarged.shape or min(truth.shape) < SMALLEST:
            sizes = [f"{p.shape[1]} × {p.shape[0]}" for p in (truth, enlarged)]
            raise VisitorError(messages.TRUTH_SIZE.format(truth=sizes[0], result=sizes[1]))
        reached = psnr(truth, enlarged)
        if math.isinf(reached):
            return messages.LIKENESS_SAME
        with Image.open(result.source) as source:
            size = enlarged.shape[1], enlarged.shape[0]
            plain = np.asarray(source.convert("L").resize(size, Image.Resampling.BICUBIC))
        before = psnr(truth, plain)
        return messages.LIKENESS.format(
            psnr=reached,
            ssim=ssim(truth, enlarged),
            plain_psnr=before,
            plain_ssim=ssim(truth, plain),
            gain=reached - before,
        )
