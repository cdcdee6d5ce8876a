"""The page over services chosen by a test, as a process of its own."""

from models.engine import LocalEngine
from models.upscale.service import UpscaleService
from scoreweb import host as hosting
from scoreweb.page import build_page, cache_folder, launch
from scoreweb.settings import Settings


def serve(service):
    """The page with upscaling and ``service`` instead of all services, until it is ended."""
    hosting.open_engine = lambda _: LocalEngine([UpscaleService(), service])
    host = hosting.open_host(Settings(), cache_folder())
    try:
        launch(build_page(host), host)
    finally:
        host.close()
