"""What is installed is what was tested: exact constraints for every requirement, and a cap on each."""

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.programs import missing

ROOT = Path(__file__).parents[2]
FILES = sorted(path.name for path in ROOT.glob("requirements*.txt"))


def lines(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    kept = (line.split(" #")[0].strip() for line in text.splitlines())
    return [line for line in kept if line and not line.startswith(("#", "-r "))]


REQUIRED = [(name, Requirement(line)) for name in FILES for line in lines(name)]
FROZEN = {canonicalize_name(n): v for n, v in (line.split("==") for line in lines("constraints.txt"))}

every = pytest.mark.parametrize("required", [r for _, r in REQUIRED], ids=lambda r: r.name)


def test_constraints_are_exact_versions_without_paths_or_hosts():
    for line in lines("constraints.txt"):
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line), line
    assert len(FROZEN) == len(lines("constraints.txt"))


@every
def test_every_requirement_is_capped(required):
    assert any(spec.operator in {"<", "==", "~="} for spec in required.specifier), str(required)


@every
def test_every_requirement_is_frozen_to_a_version_that_fits(required):
    name = canonicalize_name(required.name)
    assert name in FROZEN, f"{required.name} is not in constraints.txt: run make freeze"
    assert required.specifier.contains(FROZEN[name])


@every
def test_the_tests_run_with_the_frozen_version(required):
    try:
        installed = version(required.name)
    except PackageNotFoundError:
        missing(f"{required.name} is not installed here")
    assert installed.split("+")[0] == FROZEN[canonicalize_name(required.name)], "run make, or make freeze"


def test_a_space_can_read_the_requirements():
    """It copies requirements.txt alone, so the file may name no other."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert not re.search(r"^\s*(-|--)\w", text, re.M)
