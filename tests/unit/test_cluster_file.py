"""The file of a cluster, and what a host reads where there is none or no Ray."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

import models.engine
from models.contracts.upscale import UpscaleRequest
from models.engine import EngineUnreachable, Weighted
from scoreweb import cluster
from scoreweb.cli import app
from scoreweb.cluster import NAMES, ClusterFileError, open_ray_engine, open_service, read_cluster
from scoreweb.settings import Settings

EXAMPLE = Path(__file__).parents[2] / "deploy" / "cluster.toml"
DOCS = Path(__file__).parents[2] / "docs" / "cluster.md"


def written(tmp_path, text):
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_names_every_service_and_every_key_is_described():
    example = read_cluster(EXAMPLE)
    assert set(example.services) == set(NAMES)
    assert example.services["read-page"].most == 16
    assert example.services["upscale"].gpus == 0.3
    described = DOCS.read_text(encoding="utf-8")
    keys = {*cluster.Cluster.model_fields, *cluster.Share.model_fields} - {"services"}
    assert all(f"| `{key}` |" in described for key in keys)


def test_without_a_file_each_service_runs_once_on_this_machine():
    given = read_cluster(None)
    assert given.address is None
    assert given.services == {}
    assert (cluster.Share().replicas, cluster.Share().most) == (1, 1)


def test_most_is_as_many_as_replicas_unless_it_says_else(tmp_path):
    given = read_cluster(written(tmp_path, "[services.read]\nreplicas = 3\n"))
    assert given.services["read"].most == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[services", r"^own\.toml is no TOML: .*\.$"),
        ("[services.sing]\n", r"^own\.toml names a service 'sing'; there are upscale, read, .*\.$"),
        ("[services.read]\nreplicas = 0\n", r"^own\.toml, services\.read\.replicas: .*\.$"),
        (
            "[services.read]\nreplicas = 3\nmost = 2\n",
            r"^own\.toml, services\.read: .*most must not be less.*\.$",
        ),
        ("colour = 'red'\n", r"^own\.toml, colour: .*\.$"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_a_sentence(tmp_path, text, said):
    with pytest.raises(ClusterFileError, match=said):
        read_cluster(written(tmp_path, text))


def test_a_file_that_is_not_there_is_told_in_a_sentence(tmp_path):
    with pytest.raises(ClusterFileError, match=r"^none\.toml cannot be read\. .*\.$"):
        read_cluster(tmp_path / "none.toml")


def test_without_ray_the_host_reads_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "models.engine.ray_cluster", None)
    # Whoever imported it before left it there.
    monkeypatch.delattr(models.engine, "ray_cluster", raising=False)
    with pytest.raises(ClusterFileError, match=r"requirements-cluster\.txt"):
        open_ray_engine(Settings(engine="ray"))
    told = CliRunner().invoke(app, ["serve", "--ray"])
    assert told.exit_code == 2
    assert "requirements-cluster.txt" in " ".join(told.output.replace("│", " ").split())


def test_a_cluster_that_is_not_there_is_told_in_a_sentence(monkeypatch):
    def unreachable(*_, **__):
        raise EngineUnreachable

    monkeypatch.setattr(cluster, "put_on_cluster", unreachable)
    told = CliRunner().invoke(app, ["serve", "--ray"])
    assert told.exit_code == 1
    assert "ray status" in told.output
    assert "Traceback" not in told.output


def test_a_command_whose_cluster_is_not_there_ends_with_a_sentence(monkeypatch, tmp_path):
    def unreachable(_):
        raise EngineUnreachable

    monkeypatch.setattr("scoreweb.host.open_ray_engine", unreachable)
    monkeypatch.setenv("SCOREWEB_ENGINE", "ray")
    picture = tmp_path / "page.png"
    Image.new("L", (40, 40), 255).save(picture)
    told = CliRunner().invoke(app, ["upscale", str(picture), str(tmp_path / "out.png")])
    assert isinstance(told.exception, SystemExit)
    assert str(told.exception) == EngineUnreachable.sentence


def test_a_cluster_file_without_ray_is_a_wrong_call(tmp_path):
    told = CliRunner().invoke(app, ["serve", "--cluster", str(EXAMPLE)])
    assert told.exit_code == 2


def test_a_request_says_which_weights_it_needs():
    request = UpscaleRequest(grey=None, model="best")
    assert isinstance(request, Weighted)
    assert request.weights_wanted == "best"


@pytest.mark.parametrize("name", NAMES)
def test_each_service_can_be_opened_by_its_name(name):
    service = open_service(name, {"device": "cpu", "threads": 1, "page_megapixels": 12, "deadline_s": 60})
    assert service.name == name
