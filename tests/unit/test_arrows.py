"""The arrows of the house, held by import-linter (pyproject.toml), and rooms without names of their own."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_nobody_imports_against_the_arrows():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", str(ROOT / "pyproject.toml")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert re.search(r"Contracts: \d+ kept, 0 broken", done.stdout)


def test_nobody_imports_the_app():
    """app.py is a module, which import-linter does not take."""
    for package in ("scoreweb", "models", "storage"):
        for path in (ROOT / package).rglob("*.py"):
            assert not re.search(r"^\s*(from|import) app\b", path.read_text(encoding="utf-8"), re.M), path


def test_app_is_short():
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) < 60


@pytest.mark.parametrize("package", ["scoreweb", "models", "storage"])
def test_modules_are_rooms_of_a_fair_size_with_names(package):
    for path in (ROOT / package).rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 350, path
        assert path.stem not in {"utils", "helpers", "common", "manager", "misc"}, path


def test_what_only_training_needs_is_not_needed_to_serve():
    """matplotlib and what else comes with requirements-dev.txt alone: serving must not import it."""
    code = (
        "import sys, scoreweb.page, scoreweb.cli, models.upscale.service\n"
        "print([m for m in ('verovio', 'cairosvg', 'matplotlib', 'models.upscale.train', 'pytest') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_command_line_starts_without_the_web_page():
    code = "import sys, scoreweb.cli; print('gradio' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False False"
