"""The page with the stand-in listener, as a process of its own: ``python -m tests.listening_host``."""

import os

from tests.listener import Listener
from tests.page_host import serve

if __name__ == "__main__":
    serve(Listener(float(os.environ.get("LISTENER_PAUSE_S", "0"))))
