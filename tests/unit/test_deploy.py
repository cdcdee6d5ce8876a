"""What the files in deploy/ name is there: paths, ports, settings, commands, services."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from scoreweb.cli import app
from scoreweb.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
UNIT = (DEPLOY / "scoreweb.service").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]


def test_every_setting_that_is_named_is_one():
    for file in DEPLOY.iterdir():
        for name in re.findall(r"SCOREWEB_([A-Z_]+)", file.read_text(encoding="utf-8")):
            assert name.lower() in Settings.model_fields, f"{file.name}: SCOREWEB_{name}"


def test_every_secret_of_the_composition_is_in_the_example_and_no_more():
    asked = set(re.findall(r"\$\{([A-Z_]+):\?\}", (DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
    offered = dict(
        line.split("=")
        for line in (DEPLOY / "example.env").read_text(encoding="utf-8").splitlines()
        if "=" in line and not line.startswith("#")
    )
    assert asked == set(offered)
    assert not any(offered.values()), "an example holds no secrets"


def test_everything_that_is_copied_is_there_and_what_runs_is_copied():
    copied = [name for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.M) for name in line.split()[:-1]]
    assert all((ROOT / name).exists() for name in copied)
    assert {"app.py", "scoreweb", "models", "storage", "constraints.txt"} <= set(copied)
    imported = re.findall(r"^(?:from|import) (\w+)", (ROOT / "app.py").read_text(encoding="utf-8"), re.M)
    assert {name for name in imported if (ROOT / name).is_dir()} <= set(copied)


def test_files_to_install_are_those_of_the_project():
    assert "< packages.txt" in DOCKERFILE
    assert "-c constraints.txt -r requirements.txt" in DOCKERFILE


def test_python_is_the_one_of_a_space():
    front = yaml.safe_load((ROOT / "README.md").read_text(encoding="utf-8").split("---")[1])
    assert f"FROM python:{front['python_version']}-" in DOCKERFILE


def test_ports_agree():
    (port,) = re.findall(r"^EXPOSE (\d+)", DOCKERFILE, re.M)
    assert f"GRADIO_SERVER_PORT={port}" in DOCKERFILE
    assert f"127.0.0.1:{port}/healthz" in DOCKERFILE
    assert SERVICES["web"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    engine = SERVICES["engine"]["command"]
    assert SERVICES["web"]["environment"]["SCOREWEB_ENGINE_URL"] == f"http://engine:{engine[-1]}"
    assert f"127.0.0.1:{engine[-1]}/healthz" in str(SERVICES["engine"]["healthcheck"]["test"])


def test_commands_are_those_of_the_command_line():
    assert (ROOT / "app.py").exists()
    assert 'CMD ["python", "app.py"]' in DOCKERFILE
    assert "app.py" in UNIT
    python, _, module, command, *options = SERVICES["engine"]["command"]
    assert (python, module) == ("python", "scoreweb")
    told = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).stdout
    assert all(option in told for option in options if option.startswith("--"))


def test_services_depend_on_services_and_use_volumes_that_are_declared():
    for name, service in SERVICES.items():
        assert set(service.get("depends_on") or []) <= set(SERVICES), name
        for volume in service.get("volumes") or []:
            assert volume.split(":")[0] in COMPOSE["volumes"], name
        if "image" in service:
            assert re.search(r":.*\d", service["image"]), f"{name} names a version"


def test_what_is_kept_lies_outside_of_what_gradio_may_serve():
    (place,) = re.findall(r"SCOREWEB_DATA_DIR=(\S+)", DOCKERFILE)
    assert not place.startswith(("/app", "/tmp"))  # noqa: S108
    assert f"VOLUME {place}" in DOCKERFILE


@pytest.mark.skipif(
    not shutil.which("systemd-analyze"),
    reason="checks a file for hosts that run systemd; containers and other systems have none",
)
def test_the_unit_is_one(tmp_path):
    file = tmp_path / "scoreweb.service"
    python = shutil.which("python3")
    file.write_text(
        UNIT.replace("/opt/scoreweb/.venv/bin/python", python).replace("/opt/scoreweb", str(tmp_path))
    )
    done = subprocess.run(["systemd-analyze", "verify", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "scoreweb.service" not in done.stderr
