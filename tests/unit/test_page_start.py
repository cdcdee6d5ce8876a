"""The page is built without running the larger networks: each start, and each test that starts it, would take a minute more."""

import gradio as gr
import pytest

from models.contracts.choice import names
from models.contracts.upscale import UpscaleCatalogue
from models.engine import Estimate
from models.upscale.service import UpscaleService
from scoreweb.jobs.upscale.tab import UpscaleTab
from tests.bare_host import BareHost

# Gradio leaves event loops of its own open
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


class Asked(UpscaleService):
    """Notes which networks it is asked about."""

    def __init__(self):
        super().__init__()
        self.models = []

    def estimate(self, request):
        self.models.append(request.model)
        return Estimate(4.0, 1000)


def test_only_the_two_networks_that_visitors_are_offered_first_are_timed(monkeypatch):
    service = Asked()
    monkeypatch.setattr(BareHost, "offered", lambda host, kind: kind.of(host.engine), raising=False)
    host = BareHost(service)
    try:
        with gr.Blocks(analytics_enabled=False):
            tab = UpscaleTab(host)
    finally:
        host.engine.close()
    assert set(service.models) == {"fast", "best"}
    assert not service.describe()["loaded"]
    assert "about 4 seconds" in str(tab.model.choices)
    assert [name for _, name in tab.network.choices] == list(names(UpscaleCatalogue.shipped().models))
    assert all("{" not in line for line, _ in tab.network.choices)
