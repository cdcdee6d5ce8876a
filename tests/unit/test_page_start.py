"""The page is built without running the larger networks: each start, and each test that starts it, would take a minute more."""

import gradio as gr
import pytest

from models.contracts.choice import names
from models.contracts.upscale import UpscaleCatalogue
from models.engine import Estimate, LocalEngine
from models.upscale.service import UpscaleService
from scoreweb import host as hosting
from scoreweb import page
from scoreweb.jobs.data import texts as data_texts
from scoreweb.jobs.upscale import texts as upscale_texts
from scoreweb.jobs.upscale.tab import UpscaleTab
from scoreweb.settings import Settings
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


@pytest.mark.parametrize("collect", [True, False])
def test_a_host_that_does_not_collect_shows_neither_tab_nor_boxes(monkeypatch, tmp_path, collect):
    monkeypatch.setattr(hosting, "open_engine", lambda _: LocalEngine([Asked()]))
    host = hosting.open_host(Settings(data_dir=tmp_path / "data", collect=collect, backup_days=0), tmp_path)
    try:
        parts = page._build(host).config["components"]
    finally:
        host.close()
    tabs = [part["props"].get("label") for part in parts if part["type"] == "tabitem"]
    assert upscale_texts.TAB in tabs
    assert (data_texts.TAB in tabs) == collect
    assert ("sw-keep" in {part["props"].get("elem_id") for part in parts}) == collect
