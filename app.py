"""ScoreWeb's demo: settings, storage, services, page, launch."""

from __future__ import annotations

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

from models.engine import EngineError
from scoreweb.cluster import ClusterFileError
from scoreweb.host import open_host
from scoreweb.logs import set_up_logs
from scoreweb.page import build_page, cache_folder, launch
from scoreweb.settings import Settings
from storage import StorageError


def main() -> None:
    """The demo on 127.0.0.1:7860, or where GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say."""
    settings = Settings()
    set_up_logs(settings.log)
    try:
        host = open_host(settings, cache_folder())
    except (ClusterFileError, EngineError) as error:  # a cluster that is not there
        raise SystemExit(str(error)) from error
    except StorageError as error:  # a damaged collection is the host's to settle, never begun anew
        raise SystemExit(str(error)) from error
    try:
        launch(build_page(host), host)
    finally:
        host.close()


if __name__ == "__main__":
    main()
