"""The web page: its tabs, its public API and how it is launched."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from scoreweb import texts as messages
from scoreweb import watching
from scoreweb.first_script import FirstScript
from scoreweb.guard import Guard
from scoreweb.host import Host
from scoreweb.jobs.data import texts as data_texts
from scoreweb.jobs.data.tab import DataTab
from scoreweb.jobs.read import texts as read_texts
from scoreweb.jobs.read.endpoint import ReadEndpoint
from scoreweb.jobs.read.options import SERVICE as READ
from scoreweb.jobs.read.panel import ReadPanel
from scoreweb.jobs.read.pieces import ReadWork
from scoreweb.jobs.read.tab import ReadTab
from scoreweb.jobs.transcribe import texts as transcribe_texts
from scoreweb.jobs.transcribe.endpoint import TranscribeEndpoint
from scoreweb.jobs.transcribe.options import SERVICE as TRANSCRIBE
from scoreweb.jobs.transcribe.panel import TranscribePanel
from scoreweb.jobs.transcribe.run import TranscribeWork
from scoreweb.jobs.transcribe.tab import TranscribeTab
from scoreweb.jobs.upscale import texts as upscale_texts
from scoreweb.jobs.upscale.endpoint import UpscaleEndpoint
from scoreweb.jobs.upscale.run import UpscaleWork
from scoreweb.jobs.upscale.tab import UpscaleTab
from scoreweb.languages.interpreter import Interpreter
from scoreweb.languages.pages import TranslatedPage, in_every_language
from scoreweb.languages.spoken import spoken
from scoreweb.own_folders import separate_uploads
from scoreweb.own_sessions import forget_closed, remember_little
from scoreweb.returning import Return, offer_return
from scoreweb.widgets import fragments
from scoreweb.widgets.events import PRIVATE
from scoreweb.widgets.theme import STYLE_SHEET, theme

_SCRIPT = STYLE_SHEET.with_name("page.js").read_text(encoding="utf-8")
WAITING_CALLS = 400
"""Calls that may wait in Gradio's own queue: it is not what limits visitors, the engine's is, and that tells them their place."""
WORKSPACE_HOURS = 1
THREADS = 160
"""Whoever waits in a queue has one of these most of the time; they must not keep others from sending a file."""


def cache_folder() -> Path:
    """Gradio's cache folder, a private one unless ``GRADIO_TEMP_DIR`` names another. Call it before the page is built."""
    if "GRADIO_TEMP_DIR" not in os.environ:
        os.environ["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix="scoreweb-")
    folder = Path(os.environ["GRADIO_TEMP_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def build_page(host: Host) -> TranslatedPage:
    """The page with every tab that works, in each language."""
    return in_every_language(lambda: _build(host))


def _build(host: Host) -> TranslatedPage:
    """The page in the language that is spoken."""
    page: TranslatedPage
    with TranslatedPage(
        title=messages.TITLE, analytics_enabled=False, delete_cache=(600, WORKSPACE_HOURS * 3600 + 600)
    ) as page:
        gr.HTML(fragments.head())
        with gr.Tabs() as tabs:
            with gr.Tab(upscale_texts.TAB, id="upscale"):
                upscaling = UpscaleTab(host)
            larger = upscaling.panel
            returns = [Return("upscale", UpscaleWork, larger.filled, larger.progress, larger.components())]
            if READ in host.engine.services():
                with gr.Tab(read_texts.TAB, id="read"):
                    reading = ReadTab(host)
                _read_what_was_upscaled(upscaling, reading, tabs)
                returns.append(_returning("read", ReadWork, reading.panel))
            if TRANSCRIBE in host.engine.services():
                with gr.Tab(transcribe_texts.TAB, id="transcribe"):
                    heard = TranscribeTab(host).panel
                returns.append(_returning("transcribe", TranscribeWork, heard))
            if host.settings.collect:
                with gr.Tab(data_texts.TAB, id="data"):
                    DataTab(host)
        gr.HTML(fragments.foot(host.settings.away_minutes))
        gr.HTML(fragments.imprint(host.settings.operator, host.settings.contact, host.settings.privacy_url))

        offer_return(host, page, tabs, returns)

        def leave(request: gr.Request) -> None:
            host.workspaces.leave(str(request.session_hash))
            forget_closed(page, 60 * host.settings.away_minutes)

        page.unload(leave)

        UpscaleEndpoint(host).offer()
        if READ in host.engine.services():
            ReadEndpoint(host).offer()
        if TRANSCRIBE in host.engine.services():
            TranscribeEndpoint(host).offer()
    page.queue(max_size=WAITING_CALLS, default_concurrency_limit=8, api_open=False)
    return page


def _returning(tab: str, kind: type[ReadWork | TranscribeWork], panel: ReadPanel | TranscribePanel) -> Return:
    """A score that is shown again as the visitor left it; what was not donated yet can be."""

    def shown(work: Any) -> dict[Any, Any]:  # noqa: ANN401 - the job's own
        return panel.filled(work, fresh=work.result is not None and not work.result.kept)

    return Return(tab, kind, shown, panel.progress, panel.components())


def _read_what_was_upscaled(upscaling: UpscaleTab, reading: ReadTab, tabs: gr.Tabs) -> None:
    """The button below an upscaled page that hands it to the Read tab."""
    upscaling.panel.reading_offered = True
    given = upscaling.panel.read_it.click(upscaling.panel.handed_on, None, reading.file, **PRIVATE)
    given.then(lambda: gr.update(selected="read"), None, tabs, **PRIVATE)


def _first_script() -> str:
    """The page's own script, which begins with the language that the page is in."""
    return f"const LANGUAGE = {json.dumps(spoken())};\n{_SCRIPT}"


def launch(page: gr.Blocks, host: Host, **more: Any) -> None:  # noqa: ANN401 - Gradio's own options
    """Serves the page with safe settings; blocks until it is stopped, unless ``more`` says otherwise."""

    async def health(_: Request) -> JSONResponse:
        report = host.health()
        return JSONResponse(json.loads(json.dumps(report, default=str)), 200 if report["ok"] else 503)

    separate_uploads()
    remember_little()
    page.launch(
        theme=theme(),
        css_paths=[STYLE_SHEET],
        max_file_size=f"{host.settings.upload_mb}mb",
        show_error=False,
        enable_monitoring=False,
        run_history=False,
        footer_links=["api"],
        allowed_paths=[],
        blocked_paths=[str(host.settings.data_dir)],
        state_session_capacity=500,
        max_threads=THREADS,
        ssr_mode=False,
        share=False,
        app_kwargs={
            "routes": [Route("/healthz", health), *watching.routes(host)],
            "middleware": [
                Middleware(Interpreter),
                Middleware(Guard, budgets=host.budgets, cache=Path(os.environ["GRADIO_TEMP_DIR"])),
                Middleware(FirstScript, script=_first_script),
            ],
            "docs_url": None,
            "redoc_url": None,
        },
        **more,
    )
