"""A page of one file field behind our guard, served in this process: for what happens before any job begins."""

import socket
from contextlib import contextmanager
from types import SimpleNamespace

import gradio as gr

from scoreweb.guard import Budgets
from scoreweb.page import launch
from scoreweb.settings import Settings


@contextmanager
def small_page(cache, monkeypatch, **settings):
    """Its address."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(cache))
    chosen = Settings(data_dir=cache.parent / "data", **{"free_disk_mb": 0, **settings})
    host = SimpleNamespace(settings=chosen, budgets=Budgets(chosen), health=lambda: {"ok": True})
    with gr.Blocks(analytics_enabled=False) as page:
        gr.File()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launch(page, host, prevent_thread_lock=True, server_name="127.0.0.1", server_port=port, quiet=True)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        page.close()
