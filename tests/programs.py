"""Debian's programs that some tests need: `make test` installs them, so there a missing one is a failure."""

import os
import shutil
from typing import NoReturn

import pytest

COMPLETE = bool(os.environ.get("TESTS_SKIP_NO_PROGRAM"))
"""Whether the tests were started by the command that installs every program they need."""


def missing(what: str) -> NoReturn:
    """Ends the test: as failed where the program should be there, else as skipped."""
    if COMPLETE:
        pytest.fail(f"{what}, though the test command installs it")
    pytest.skip(what)


def need_ffmpeg() -> None:
    """Ends the test where ffmpeg is not installed."""
    if not shutil.which("ffmpeg"):
        missing("ffmpeg is not installed")
