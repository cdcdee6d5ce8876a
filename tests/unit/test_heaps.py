"""The C library's heaps of a process: two, however many threads compute."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from models.heaps import HEAPS, VARIABLE, few_heaps

ROOT = Path(__file__).parents[2]

COUNTED = """
import ctypes, os, sys, tempfile, threading
from models.heaps import few_heaps
if "few" in sys.argv:
    assert few_heaps()
asked = threading.Barrier(12)
def work():
    held = [bytes(900) for _ in range(2000)]
    asked.wait()  # all of them at once, or one heap would do for all
threads = [threading.Thread(target=work) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
library = ctypes.CDLL(None)
library.fopen.restype = ctypes.c_void_p
with tempfile.NamedTemporaryFile() as told:
    stream = library.fopen(told.name.encode(), b"w")
    library.malloc_info(0, ctypes.c_void_p(stream))
    library.fclose(ctypes.c_void_p(stream))
    print(open(told.name).read())
"""


def heaps(*arguments: str, **variables: str) -> int:
    """How many heaps a process of twelve threads has in the end."""
    plain = {k: v for k, v in os.environ.items() if k != VARIABLE}
    program = [sys.executable, "-c", COUNTED, *arguments]
    done = subprocess.run(
        program, env={**plain, **variables}, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return len(re.findall("<heap nr", done.stdout))


@pytest.mark.skipif(sys.platform != "linux", reason="heaps of the GNU C library")
def test_threads_share_two_heaps() -> None:
    assert heaps() > HEAPS
    assert heaps("few") <= HEAPS + 1  # one may be older than the call


def test_what_the_host_sets_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "5")
    assert not few_heaps()
    assert os.environ[VARIABLE] == "5"
