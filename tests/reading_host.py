"""The page with the stand-in reader, as a process of its own: ``python -m tests.reading_host``."""

import os
import sys

from models.engine import LocalEngine
from models.read.service import ReadService
from models.upscale.service import UpscaleService
from scoreweb import host as hosting
from scoreweb.page import build_page, cache_folder, launch
from scoreweb.settings import Settings
from tests.readings import StandIn


def main():
    pause = float(os.environ.get("READER_PAUSE_S", "0"))
    read = ReadService(open_reader=lambda enlarge: StandIn(pause, enlarge))
    hosting.open_engine = lambda _: LocalEngine([UpscaleService(), read])
    host = hosting.open_host(Settings(), cache_folder())
    try:
        launch(build_page(host), host)
    finally:
        host.close()


if __name__ == "__main__":
    sys.exit(main())
