"""The app started as a Space starts it: Python and Gradio of README's front matter, requirements.txt, packages.txt, nothing else.

``python -m scripts.space_start FOLDER`` makes an environment of that Python in the folder (or uses the one that is there),
installs into it, starts a copy of the committed project, and prints what its page answers. The Python must be on this machine,
and some 7 GB of room.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[1]
START_S = 900.0


def front_matter(text: str) -> dict[str, str]:
    """The keys and values that stand between the first two lines of dashes."""
    head = text.split("---", 2)[1]
    return {
        key: value.strip("\"' ") for key, value in re.findall(r"^(\w+):[ \t]*(\S.*)$", head, re.MULTILINE)
    }


def missing_packages(text: str) -> list[str]:
    """Debian packages that packages.txt names and this machine lacks."""
    named = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [name for name in named if not _has(name)]


def _has(package: str) -> bool:
    asked = ["dpkg-query", "-W", "-f", "${Status}", package]
    return "install ok installed" in subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603


def environment(folder: Path, version: str, gradio: str) -> Path:
    """The interpreter of an environment with what a Space installs."""
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        found = shutil.which(f"python{version}")
        if found is None:
            raise SystemExit(f"Python {version} is not on this machine.")
        subprocess.run([found, "-m", "venv", folder / "venv"], check=True)  # noqa: S603
        wanted = [f"gradio=={gradio}", "-r", str(ROOT / "requirements.txt")]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)  # noqa: S603
    return python


def main() -> None:
    """Prints what the page answers; the exit code is 0 where it is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve()
    space = front_matter((ROOT / "README.md").read_text(encoding="utf-8"))
    if lacking := missing_packages((ROOT / "packages.txt").read_text(encoding="utf-8")):
        raise SystemExit(f"Debian packages are missing: {' '.join(lacking)}")
    python = environment(folder, space["python_version"], space["sdk_version"])
    copy = folder / "checkout"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    archive = subprocess.run(["git", "-C", ROOT, "archive", "HEAD"], capture_output=True, check=True)  # noqa: S603, S607
    subprocess.run(["tar", "-x", "-C", copy], input=archive.stdout, check=True)  # noqa: S603, S607
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {
        "HOME": str(folder), "GRADIO_SERVER_PORT": str(port), "SCOREWEB_DATA_DIR": str(folder / "data"),
        "GRADIO_TEMP_DIR": str(folder / "cache"), "PATH": os.environ["PATH"],
    }  # fmt: skip
    with subprocess.Popen([python, space["app_file"]], cwd=copy, env=kept) as app:  # noqa: S603
        try:
            sys.exit(_answer(app, f"http://127.0.0.1:{port}"))
        finally:
            app.terminate()


def _answer(app: subprocess.Popen[bytes], url: str) -> int:
    with httpx.Client(timeout=30) as asking:
        until = time.monotonic() + START_S
        while app.poll() is None and time.monotonic() < until:
            try:
                health = asking.get(f"{url}/healthz")
                page = asking.get(url)
            except httpx.HTTPError:
                time.sleep(1)
                continue
            print(  # noqa: T201
                f"/healthz {health.status_code}: {health.text[:400]}\n/ {page.status_code}: {len(page.content)} bytes"
            )
            return 0 if health.status_code == page.status_code == 200 else 1
    print("It did not start.")  # noqa: T201
    return 1


if __name__ == "__main__":
    main()
