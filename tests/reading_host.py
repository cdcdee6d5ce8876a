"""The page with the stand-in reader, as a process of its own: ``python -m tests.reading_host``."""

import os

from models.read.service import ReadService
from tests.doubtful_readings import StandIn
from tests.page_host import serve

if __name__ == "__main__":
    pause = float(os.environ.get("READER_PAUSE_S", "0"))
    serve(ReadService(open_reader=lambda enlarge: StandIn(pause, enlarge)))
