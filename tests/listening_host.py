"""The page with the stand-in listener, as a process of its own: ``python -m tests.listening_host``."""

import os
import sys

from models.engine import LocalEngine
from models.upscale.service import UpscaleService
from scoreweb import host as hosting
from scoreweb.page import build_page, cache_folder, launch
from scoreweb.settings import Settings
from tests.listener import Listener


def main():
    pause = float(os.environ.get("LISTENER_PAUSE_S", "0"))
    hosting.open_engine = lambda _: LocalEngine([UpscaleService(), Listener(pause)])
    host = hosting.open_host(Settings(), cache_folder())
    try:
        launch(build_page(host), host)
    finally:
        host.close()


if __name__ == "__main__":
    sys.exit(main())
