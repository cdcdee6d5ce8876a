"""What the whole app shares: settings, engine, store, workspaces, budgets. Made once by `open_host`, closed at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.accelerator import on_zero_gpu, pick_device
from models.engine import Engine, LocalEngine, Service, Signature
from models.engine.remote import RemoteEngine
from models.read.service import ReadAnswer, ReadRequest, ReadService
from models.transcribe.service import TranscribeAnswer, TranscribeRequest, TranscribeService
from models.upscale.service import UpscaleAnswer, UpscaleRequest, UpscaleService
from scoreweb.enlarging import enlarger
from scoreweb.guard import Budgets
from scoreweb.housekeeping import Housekeeping
from scoreweb.jobs.upscale.cache import ExampleCache
from scoreweb.jobs.upscale.options import Limits
from scoreweb.settings import Settings
from scoreweb.workspace import Workspaces
from storage import Store

SIGNATURES = (
    Signature("upscale", UpscaleRequest, UpscaleAnswer),
    Signature("read", ReadRequest, ReadAnswer),
    Signature("transcribe", TranscribeRequest, TranscribeAnswer),
)


def open_engine(settings: Settings, *, grammar: Path | None = None) -> Engine:
    """The engine of this host: in this process, or at ``SCOREWEB_ENGINE_URL``.

    With a folder of productions in ``grammar`` it is always this process, which then reads by them.
    """
    if settings.engine_url and grammar is None:
        token = settings.engine_token.get_secret_value() if settings.engine_token else None
        return RemoteEngine(settings.engine_url, services=SIGNATURES, token=token)
    engine: LocalEngine
    enlarge = enlarger(lambda: engine, most_pixels=limits(settings).page_pixels)
    services: list[Service[Any, Any]] = [
        UpscaleService(device=pick_device(settings.device).type, threads=settings.threads),
        ReadService(enlarge=enlarge, grammar=grammar),
        TranscribeService(threads=settings.threads),
    ]
    inline = on_zero_gpu()  # each call is a fork there
    engine = LocalEngine(
        services, queue_size=settings.engine_queue, inline=inline, deadline_s=settings.deadline_s
    )
    return engine


def open_store(settings: Settings) -> Store:
    """The collection of this host."""
    return Store.open(
        settings.data_dir,
        url=settings.database_url,
        blob_url=settings.blob_url,
        secret=settings.secret.get_secret_value() if settings.secret else None,
        journal=settings.journal,
        daily_quota=settings.daily_quota,
    )


def limits(settings: Settings) -> Limits:
    """What one job may take."""
    return Limits(
        page_pixels=round(settings.page_megapixels * 1e6),
        memory_bytes=settings.memory_mb * 1_000_000,
        deadline_s=settings.deadline_s,
    )


@dataclass
class Host:
    """Everything that the page's tabs need."""

    settings: Settings
    engine: Engine
    store: Store
    workspaces: Workspaces
    budgets: Budgets
    limits: Limits
    housekeeping: Housekeeping
    example_cache: ExampleCache = field(default_factory=ExampleCache)

    def health(self) -> dict[str, Any]:
        """What /healthz reports: no paths, no visitor's data."""
        engine, store = self.engine.health(), self.store.health()
        well = bool(engine["ok"]) and bool(store["ok"])
        return {"ok": well, "engine": engine, "store": store, "workspaces": len(self.workspaces)}

    def close(self) -> None:
        """Workspaces are cleared, the engine and the store closed."""
        self.housekeeping.close()
        self.workspaces.close()
        self.engine.close()
        self.store.close()


def open_host(settings: Settings, cache: Path) -> Host:
    """The host, with Gradio's cache folder ``cache`` for workspaces."""
    store, workspaces = open_store(settings), Workspaces(cache)
    return Host(
        settings=settings,
        engine=open_engine(settings),
        store=store,
        workspaces=workspaces,
        budgets=Budgets(settings),
        limits=limits(settings),
        housekeeping=Housekeeping(store, workspaces),
    )
