"""A host with one service and neither page nor collection, for jobs run by tests."""

import pytest

from models.engine import LocalEngine
from scoreweb.guard import Budgets
from scoreweb.metering import Limits, Meter
from scoreweb.settings import Settings


class BareHost:
    """What `run` of a job and an endpoint need of a `scoreweb.host.Host`."""

    def __init__(self, *services, limits=None, workspaces=None, queue_size=1, **settings):
        self.settings = Settings(**settings)
        self.budgets = Budgets(self.settings)
        self.engine = LocalEngine(list(services), queue_size=queue_size)
        self.limits = limits or Limits(deadline_s=60)
        self.workspaces = workspaces

    @property
    def meter(self):
        return Meter(self.engine, self.limits, self.budgets.seconds)

    def seconds_spent(self, client):
        return self.settings.client_seconds_per_hour - self.budgets.seconds.left(client)


@pytest.fixture
def hosts_closed(monkeypatch):
    """Closes the engines of all hosts that a test opens: their threads would be counted by the engine's own tests."""
    opened, begin = [], BareHost.__init__

    def open_host(host, *services, **settings):
        begin(host, *services, **settings)
        opened.append(host)

    monkeypatch.setattr(BareHost, "__init__", open_host)
    yield
    for host in opened:
        host.engine.close()
