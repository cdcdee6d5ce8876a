import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from scoreweb.cli import app
from scoreweb.widgets.examples import EXAMPLES

ROOT = Path(__file__).parents[2]
PIANO, PDF = (next(p for p in EXAMPLES if p.name == n) for n in ("piano-small.png", "two-pages.pdf"))


@pytest.fixture
def small(tmp_path):
    file = tmp_path / "in" / "small.png"
    file.parent.mkdir()
    with Image.open(PIANO) as piano:
        piano.convert("L").crop((0, 30, 200, 130)).save(file)
    return file


def run(*arguments, **environment):
    return CliRunner().invoke(app, [str(a) for a in arguments], env=environment)


@pytest.mark.parametrize("model", ["fast", "bicubic"])
def test_one_image_to_one_png_exactly_four_times_larger(small, tmp_path, model):
    done = run("upscale", small, tmp_path / "out.png", "--model", model, "--json")
    assert done.exit_code == 0, done.output
    with Image.open(tmp_path / "out.png") as result:
        assert result.size == (800, 400)
        assert result.format == "PNG"
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["failed"] == {}
    assert report["written"][0]["width"] == 800
    assert report["written"][0]["model"] == model


def test_the_default_model_is_fast(small, tmp_path):
    run("upscale", small, tmp_path / "default.png")
    run("upscale", small, tmp_path / "fast.png", "--model", "fast")
    assert (tmp_path / "default.png").read_bytes() == (tmp_path / "fast.png").read_bytes()


def test_a_folder_gives_a_png_a_stem_and_a_bad_file_does_not_stop_it(small, tmp_path):
    (small.parent / "aa.png").write_bytes(b"rubbish")
    (small.parent / "notes.txt").write_text("not a picture")
    done = run("upscale", small.parent, tmp_path / "out", "--json")
    assert done.exit_code == 0
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["small.png"]
    report = json.loads(done.stdout.splitlines()[-1])
    assert set(report["failed"]) == {"aa.png"}
    assert "aa.png: " in done.stderr


def test_batch_equals_single(small, tmp_path):
    run("upscale", small.parent, tmp_path / "many")
    run("upscale", small, tmp_path / "one.png")
    many, one = (np.asarray(Image.open(p)) for p in (tmp_path / "many" / "small.png", tmp_path / "one.png"))
    assert np.array_equal(many, one)


def test_a_pdf_gives_a_folder_of_pages(tmp_path):
    done = run("upscale", PDF, tmp_path / "out", "--model", "bicubic")
    assert done.exit_code == 0
    pages = sorted(p.relative_to(tmp_path) for p in (tmp_path / "out").rglob("*.png"))
    assert pages == [Path("out/two-pages/page-001.png"), Path("out/two-pages/page-002.png")]
    with Image.open(tmp_path / pages[0]) as result:
        assert result.size == (2480, 3508)


@pytest.mark.parametrize("content", [b"", b"rubbish", None], ids=["empty", "garbage", "empty folder"])
def test_nothing_usable_is_exit_1_with_a_sentence(tmp_path, content):
    source = tmp_path / "in"
    if content is None:
        source.mkdir()
    else:
        source.write_bytes(content)
    done = run("upscale", source, tmp_path / "out.png", "--json")
    assert done.exit_code == 1
    assert done.stderr.strip().endswith(".")
    assert json.loads(done.stdout.splitlines()[-1])["written"] == []
    assert not (tmp_path / "out.png").exists()


def test_black_and_white_and_outlines_on_request(small, tmp_path):
    done = run("upscale", small, tmp_path / "o.png", "--model", "bicubic", "--bilevel", "--vector")
    assert done.exit_code == 0
    with Image.open(tmp_path / "o.png") as result:
        assert result.mode == "1"
        assert result.size == (800, 400)
    assert (tmp_path / "o.svg").read_bytes().startswith(b"<svg")
    assert (tmp_path / "o.pdf").read_bytes().startswith(b"%PDF")


def test_a_wrong_call_is_exit_2(small, tmp_path):
    assert run("upscale", small, tmp_path / "o.png", "--model", "nonsense").exit_code == 2
    assert run("upscale", tmp_path / "absent.png", tmp_path / "o.png").exit_code == 2
    assert run("upscale", small).exit_code == 2


def test_an_out_that_cannot_be_written_is_told(small, tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = run("upscale", small, tmp_path / "file" / "out.png")
    assert done.exit_code == 1
    assert "another place" in done.stderr


def test_erasing_with_an_unknown_token_is_exit_1(tmp_path):
    done = run("erase", "no-such-token", SCOREWEB_DATA_DIR=str(tmp_path / "data"))
    assert done.exit_code == 1
    assert done.stderr.strip()


def test_serving_to_others_without_a_token_is_refused(tmp_path):
    assert run("serve", "--host", "0.0.0.0").exit_code == 2  # noqa: S104


def test_it_runs_as_a_module(small, tmp_path):
    command = [sys.executable, "-m", "scoreweb", "upscale", str(small), str(tmp_path / "o.png")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "o.png").exists()
