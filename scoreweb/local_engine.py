"""The engine that runs the models in this process: the only module of the web side that imports a service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.accelerator import on_zero_gpu, pick_device
from models.engine import Engine, LocalEngine, Service
from models.heaps import few_heaps
from models.read.fan_out import PagesElsewhere
from models.read.page_service import ReadPageService
from models.read.service import Enlarger, ReadService, reader_with
from models.transcribe.service import TranscribeService
from models.upscale.service import UpscaleService
from scoreweb.enlarging import enlarger
from scoreweb.settings import Settings


def open_local_engine(settings: Settings, *, grammar: Path | None = None) -> LocalEngine:
    """All services on the device that ``SCOREWEB_DEVICE`` names; ``grammar`` holds productions in place of ours.

    Raises `models.accelerator.NoSuchDevice` where the host asked for a GPU that is not there. Networks are loaded
    when they are first wanted.
    """
    engine: LocalEngine
    enlarge = enlarger(lambda: engine, most_pixels=round(settings.page_megapixels * 1e6))
    services = open_services(settings, enlarge, grammar=grammar)
    engine = LocalEngine(
        services.values(),
        queue_size=settings.engine_queue,
        inline=on_zero_gpu(),  # each call is a fork there
        deadline_s=settings.deadline_s,
    )
    return engine


def open_services(
    settings: Settings,
    enlarge: Enlarger,
    *,
    grammar: Path | None = None,
    pages: Callable[[], Engine] | None = None,
) -> dict[str, Service[Any, Any]]:
    """The services by name. With ``pages`` a long piece is read page by page at that engine, by the service for it.

    ``enlarge`` and ``grammar`` as for `ReadService`. Raises as `open_local_engine`.
    """
    few_heaps()
    device, threads = pick_device(settings.device).type, settings.threads
    services: list[Service[Any, Any]] = [
        UpscaleService(device=device, threads=threads),
        ReadService(
            device=device,
            enlarge=enlarge,
            grammar=grammar,
            read_pages=PagesElsewhere(pages) if pages else None,
        ),
        TranscribeService(device=device, threads=threads),
    ]
    if pages:
        services.append(ReadPageService(reader_with(grammar, device), enlarge=enlarge))
    return {service.name: service for service in services}
