"""For visitors who have the original: how close the result comes."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from models.sheet.apart import open_apart
from models.upscale.metrics import SMALLEST, psnr, ssim
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.file_kinds import PAGES
from scoreweb.host import Host
from scoreweb.jobs.upscale import texts as say
from scoreweb.jobs.upscale.result import UpscaleResult
from scoreweb.jobs.upscale.run import UpscaleWork
from scoreweb.uploads import file_limits
from scoreweb.widgets import fragments
from scoreweb.widgets.events import PRIVATE
from scoreweb.widgets.upload import ScoreFile


class TruthBox:
    """A field for the original at the result's size, and PSNR and SSIM of the page shown."""

    def __init__(self, host: Host) -> None:
        self._host = host
        with gr.Accordion(say.TRUTH, open=False, visible=False, elem_id="sw-truth-box") as self.box:
            gr.HTML(fragments.hint(say.TRUTH_HINT))
            self.file = ScoreFile(
                label=say.TRUTH_FILE, file_types=list(PAGES), elem_id="sw-truth", height=110
            )
            self.metrics = gr.HTML("", elem_id="sw-likeness")

    def connect(self, shown: gr.Dropdown, results: gr.HTML) -> None:
        """The box answers to its file, to the choice of a page, and to new results."""
        # Which page is shown is looked up in the workspace: the field's choices change while results come and go.
        for asked in (self.file.change, shown.change, results.change):
            asked(self._compare, [self.file], [self.metrics], **PRIVATE)

    def offered(self, there: bool) -> dict[Any, Any]:
        """The box, as soon as there is a result to measure."""
        return {self.box: gr.update(visible=there)}

    def _compare(self, file: str | None, request: gr.Request) -> str:
        work = self._host.workspaces.of(str(request.session_hash)).work(UpscaleWork)
        result, kept = work.result(work.shown), work.folder / "original"
        try:
            if file is None:
                kept.unlink(missing_ok=True)
                return ""
            uploaded = Path(file)
            if uploaded.exists():  # it goes with the workspace, not with Gradio's cache
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(uploaded, kept)
            if result is None:
                return ""
            return fragments.hint(self._sentence(kept, uploaded.name, result, work.shown))
        except Exception as error:  # noqa: BLE001 - whatever it is, the visitor gets a sentence
            return fragments.note(sentence_of(error))

    def _sentence(self, file: Path, name: str, result: UpscaleResult, number: int) -> str:
        pages = open_apart([(file, name)], limits=file_limits(self._host.settings))
        truth = pages[min(number, len(pages) - 1)].grey
        enlarged = result.pixels()
        if truth.shape != enlarged.shape or min(truth.shape) < SMALLEST:
            sizes = [f"{p.shape[1]} × {p.shape[0]}" for p in (truth, enlarged)]
            raise VisitorError(say.TRUTH_SIZE.format(truth=sizes[0], result=sizes[1]))
        reached = psnr(truth, enlarged)
        if math.isinf(reached):
            return say.METRICS_SAME
        with Image.open(result.source) as source:
            size = enlarged.shape[1], enlarged.shape[0]
            plain = np.asarray(source.convert("L").resize(size, Image.Resampling.BICUBIC))
        before = psnr(truth, plain)
        return say.METRICS.format(
            psnr=reached,
            ssim=ssim(truth, enlarged),
            plain_psnr=before,
            plain_ssim=ssim(truth, plain),
            gain=reached - before,
        )
