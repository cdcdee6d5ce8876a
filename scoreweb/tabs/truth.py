"""For visitors who have the original: how like it the result is."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
import numpy as np
from PIL import Image

from models.sheet import open_pages
from models.upscale.likeness import SMALLEST, psnr, ssim
from scoreweb import messages
from scoreweb.desks import Sheet
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.host import Host
from scoreweb.inspection import file_limits
from scoreweb.parts import fragments
from scoreweb.parts.upload import ScoreFile
from scoreweb.running import read_result


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
        sheet = self._host.desks.of(str(request.session_hash)).sheet(number)
        if file is None or sheet is None:
            return ""
        try:
            return fragments.hint(self._sentence(Path(file), sheet, number or 0))
        except Exception as error:  # noqa: BLE001 - whatever it is, the visitor gets a sentence
            return fragments.note(sentence_of(error))

    def _sentence(self, file: Path, sheet: Sheet, number: int) -> str:
        pages = open_pages(file, name=file.name, limits=file_limits(self._host.settings))
        truth = pages[min(number, len(pages) - 1)].grey
        result = read_result(sheet)
        if truth.shape != result.shape or min(truth.shape) < SMALLEST:
            sizes = [f"{p.shape[1]} × {p.shape[0]}" for p in (truth, result)]
            raise VisitorError(messages.TRUTH_SIZE.format(truth=sizes[0], result=sizes[1]))
        with Image.open(sheet.source) as source:
            size = result.shape[1], result.shape[0]
            plain = np.asarray(source.convert("L").resize(size, Image.Resampling.BICUBIC))
        reached, before = psnr(truth, result), psnr(truth, plain)
        return messages.LIKENESS.format(
            psnr=reached,
            ssim=ssim(truth, result),
            plain_psnr=before,
            plain_ssim=ssim(truth, plain),
            gain=reached - before if reached != before else 0.0,
        )
