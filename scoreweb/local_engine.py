"""The engine that runs the models in this process: the only module of the web side that imports a service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.accelerator import on_zero_gpu, pick_device
from models.engine import LocalEngine, Service
from models.read.service import ReadService
from models.transcribe.service import TranscribeService
from models.upscale.service import UpscaleService
from scoreweb.enlarging import enlarger
from scoreweb.settings import Settings


def open_local_engine(settings: Settings, *, grammar: Path | None = None) -> LocalEngine:
    """All services on the device that ``SCOREWEB_DEVICE`` names; ``grammar`` holds productions in place of ours.

    Raises `models.accelerator.NoSuchDevice` where the host asked for a GPU that is not there. Networks are loaded
    when they are first wanted.
    """
    device, threads = pick_device(settings.device).type, settings.threads
    engine: LocalEngine
    enlarge = enlarger(lambda: engine, most_pixels=round(settings.page_megapixels * 1e6))
    services: list[Service[Any, Any]] = [
        UpscaleService(device=device, threads=threads),
        ReadService(device=device, enlarge=enlarge, grammar=grammar),
        TranscribeService(device=device, threads=threads),
    ]
    engine = LocalEngine(
        services,
        queue_size=settings.engine_queue,
        inline=on_zero_gpu(),  # each call is a fork there
        deadline_s=settings.deadline_s,
    )
    return engine
