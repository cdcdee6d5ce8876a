"""What the whole app shares: settings, engine, store, workspaces, budgets. Made once by `open_host`, closed at the end."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from models.contracts.choice import Catalogue
from models.contracts.signatures import SIGNATURES
from models.engine import Engine, EngineError
from models.engine.remote import RemoteEngine
from models.engine.several import CHECK_S, SeveralEngines
from scoreweb.cluster import ClusterFileError, open_ray_engine
from scoreweb.guard import Budgets
from scoreweb.housekeeping import Housekeeping
from scoreweb.metering import Limits, Meter
from scoreweb.pace import Pace
from scoreweb.settings import Settings
from scoreweb.shared_budgets import SharedBudgets
from scoreweb.workspace import Workspaces
from storage import Store, Usage

log = logging.getLogger(__name__)

C = TypeVar("C", bound=Catalogue)


def open_engine(settings: Settings, *, grammar: Path | None = None) -> Engine:
    """The engine of this host: in this process, at ``SCOREWEB_ENGINE_URL`` (one or several), or on a Ray cluster.

    With a folder of productions in ``grammar`` it is always this process, which then reads by them.
    """
    if settings.engine == "ray" and grammar is None:
        return open_ray_engine(settings)
    if settings.engine_url and grammar is None:
        token = settings.engine_token.get_secret_value() if settings.engine_token else None
        return _elsewhere([url for each in settings.engine_url.split(",") if (url := each.strip())], token)
    # Imported late: a page whose models run elsewhere loads none of them.
    from scoreweb.local_engine import open_local_engine

    return open_local_engine(settings, grammar=grammar)


def _elsewhere(urls: list[str], token: str | None) -> Engine:
    if len(urls) == 1:
        return RemoteEngine(urls[0], services=SIGNATURES, token=token)
    # The checks are the trials of one that was lost: it is back as soon as one succeeds.
    return SeveralEngines(
        [RemoteEngine(url, services=SIGNATURES, token=token, pause_s=CHECK_S) for url in urls]
    )


def open_store(settings: Settings) -> Store:
    """The collection of this host."""
    return Store.open(
        settings.data_dir,
        url=settings.database_url,
        blob_url=settings.blob_url,
        secret=settings.secret.get_secret_value() if settings.secret else None,
        journal=settings.journal,
        daily_quota=settings.daily_quota,
        voter_age=timedelta(hours=settings.voter_hours),
    )


def _nightly_copy(store: Store, settings: Settings) -> Callable[[], object] | None:
    """What makes the copy; None where the host wants none, or where pg_dump is missing for a PostgreSQL server."""
    if settings.backup_days == 0:
        return None
    if (settings.database_url or "").startswith("postgresql") and shutil.which("pg_dump") is None:
        log.warning(
            "pg_dump is missing, so no nightly copies are made: the server's own backups are yours to make."
        )
        return None
    folder = settings.backup_dir or settings.data_dir / "backups"
    return lambda: store.backup(folder, days=settings.backup_days)


def limits(settings: Settings) -> Limits:
    """What one job may take."""
    return Limits(
        page_pixels=round(settings.page_megapixels * 1e6),
        memory_bytes=settings.memory_mb * 1_000_000,
        deadline_s=settings.deadline_s,
    )


@contextmanager
def open_meter(settings: Settings, *, grammar: Path | None = None) -> Iterator[Meter]:
    """The way to this host's engine for the command line: its limits hold, nobody's budget does.

    SystemExit with a sentence where there is no such engine.
    """
    try:
        opened = open_engine(settings, grammar=grammar)
    except (ClusterFileError, EngineError) as error:
        raise SystemExit(str(error)) from error
    with opened as engine:
        yield Meter(engine, limits(settings))


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
    pace: Pace = field(default_factory=Pace)
    shared_budgets: SharedBudgets | None = None

    @property
    def meter(self) -> Meter:
        """The way to the engine for visitors and programs, within the host's limits and their budgets."""
        return Meter(self.engine, self.limits, self.budgets.seconds, self.pace)

    def offered(self, kind: type[C]) -> C:
        """A service's catalogue, as it describes itself; as this copy ships it where an engine elsewhere is silent."""
        try:
            return kind.of(self.engine)
        except EngineError:
            return kind.shipped()

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
        if self.shared_budgets is not None:
            self.shared_budgets.close()
        self.store.close()


def open_host(settings: Settings, cache: Path) -> Host:
    """The host, with Gradio's cache folder ``cache`` for workspaces."""
    store, workspaces = open_store(settings), Workspaces(cache, away_s=60.0 * settings.away_minutes)
    budgets, shared = Budgets(settings), None
    if settings.share_budgets:
        budgets = Budgets(settings, share=store.client_key())
        shared = SharedBudgets(budgets, Usage.open(settings.data_dir, settings.database_url))
    return Host(
        settings=settings,
        engine=open_engine(settings),
        store=store,
        workspaces=workspaces,
        budgets=budgets,
        limits=limits(settings),
        housekeeping=Housekeeping(store, workspaces, backup=_nightly_copy(store, settings)),
        shared_budgets=shared,
    )
