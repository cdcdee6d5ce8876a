"""``read`` as acceptance calls it, with a stand-in for the reader; once with the reader itself."""

import functools
import io
import json

import jsonschema
import mido
import music21
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from models.notation.engraving.engrave import engrave
from models.notation.engraving.pictures import svg_to_pdf
from models.notation.musicxml import read_musicxml
from models.read.report import schema
from models.read.service import ReadService
from scoreweb.cli import app
from scoreweb.jobs.read import texts as say
from tests.doubtful_readings import StandIn
from tests.pages import encoded, staves
from tests.readings import LOOK, drawn, tune


def run(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture
def reader(monkeypatch):
    stand_in = StandIn()

    def opened(enlarge):
        stand_in.enlarge = enlarge
        return stand_in

    service = functools.partial(ReadService, open_reader=opened)
    monkeypatch.setattr("scoreweb.local_engine.ReadService", service)
    return stand_in


@pytest.fixture
def page(tmp_path):
    file = tmp_path / "in" / "page.png"
    file.parent.mkdir()
    Image.fromarray(staves()).save(file)
    return file


def report_of(done):
    return json.loads(done.stdout.splitlines()[-1])


def names(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_one_image_gives_ranked_musicxml_midi_overlay_and_report(reader, page, tmp_path):
    out = tmp_path / "out"
    done = run("read", page, out, "--json")
    assert done.exit_code == 0, done.output
    ranks = [f"rank{n}.musicxml" for n in range(1, 6)]
    assert names(out) == ["overlay.png", *sorted(["rank1.mid", *ranks]), "reading.json"]
    told = json.loads((out / "reading.json").read_text())
    jsonschema.validate(told, schema())
    assert [w["rank"] for w in told["interpretations"]] == [1, 2, 3, 4, 5]
    written = [(out / name).read_bytes() for name in ranks]
    assert len(set(written)) == 5
    for data in written:
        assert len(engrave(data).bars) == 6
        assert len(music21.converter.parseData(data.decode()).parts[0].getElementsByClass("Measure")) == 6
    struck = [m.note for m in mido.MidiFile(out / "rank1.mid") if m.type == "note_on" and m.velocity]
    score = read_musicxml(written[0])
    assert sorted(struck) == sorted(
        n.pitch.midi for _, _, e in score.events() for n in e.notes if not n.tie_stop
    )
    with Image.open(out / "overlay.png") as overlay:
        assert overlay.size == staves().shape[::-1]
        assert overlay.mode == "RGB"
    report = report_of(done)
    assert report["failed"] == {}
    assert (report["written"][0]["bars"], report["written"][0]["doubtful"]) == (6, 2)


def test_fewer_interpretations_on_request_and_none_left_of_an_earlier_run(reader, page, tmp_path):
    out = tmp_path / "out"
    run("read", page, out)
    assert run("read", page, out, "--top", 2).exit_code == 0
    assert [n for n in names(out) if n.startswith("rank")] == [
        "rank1.mid",
        "rank1.musicxml",
        "rank2.musicxml",
    ]
    assert reader.asked[-1]["top"] == 2


def test_a_folder_gives_a_folder_a_stem_and_a_bad_file_does_not_stop_it(reader, page, tmp_path):
    (page.parent / "aa.png").write_bytes(b"rubbish")
    (page.parent / "bb.png").write_bytes(encoded(Image.new("L", (300, 300), 255)))
    (page.parent / "notes.txt").write_text("not a picture")
    out = tmp_path / "out"
    done = run("read", page.parent, out, "--json")
    assert done.exit_code == 0
    assert {n.split("/")[0] for n in names(out)} == {"page"}
    report = report_of(done)
    assert set(report["failed"]) == {"aa.png", "bb.png"}
    assert report["failed"]["bb.png"] == say.NO_MUSIC
    for name in report["failed"]:
        assert f"{name}: " in done.stderr


def test_several_files_give_a_folder_each(reader, page, tmp_path):
    other = tmp_path / "other.png"
    other.write_bytes(page.read_bytes())
    assert run("read", page, other, tmp_path / "out").exit_code == 0
    assert {n.split("/")[0] for n in names(tmp_path / "out")} == {"page", "other"}


def test_a_pdf_is_one_piece_of_several_pages(reader, tmp_path):
    (tmp_path / "piece.pdf").write_bytes(svg_to_pdf(engrave(tune(), LOOK).pages * 3))
    done = run("read", tmp_path / "piece.pdf", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.output
    got = names(tmp_path / "out" / "piece")
    assert [n for n in got if n.startswith("overlay")] == ["overlay-2.png", "overlay-3.png", "overlay.png"]
    assert reader.asked[0]["pages"] == 3
    told = json.loads((tmp_path / "out" / "piece" / "reading.json").read_text())
    assert len(told["pages"]) == 3
    assert told["pages"][0]["width"] == pytest.approx(210 / 25.4 * 300, abs=2), "a reader wants 300 dpi"


def test_a_tiff_of_several_pages_is_one_piece(reader, tmp_path):
    sheets = [Image.fromarray(staves()) for _ in range(2)]
    sheets[0].save(tmp_path / "two.tif", save_all=True, append_images=sheets[1:])
    assert run("read", tmp_path / "two.tif", tmp_path / "out").exit_code == 0
    assert "overlay-2.png" in names(tmp_path / "out")


def test_white_on_black_is_read_as_black_on_white(reader, tmp_path):
    Image.fromarray(255 - staves()).save(tmp_path / "dark.png")
    assert run("read", tmp_path / "dark.png", tmp_path / "out").exit_code == 0


def test_a_low_page_is_enlarged_by_the_upscaling_service(reader, tmp_path):
    asked = []
    kept = reader.read

    def read(pages, **more):
        asked.append(reader.enlarge(pages[0]).shape)
        return kept(pages, **more)

    reader.read = read
    Image.fromarray(staves(100, 160, space=4.0, thickness=0.8, top=20.0)).save(tmp_path / "low.png")
    done = run("read", tmp_path / "low.png", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert asked == [(400, 640)]


@pytest.mark.parametrize("content", [b"", b"rubbish", "noise", "white", None])
def test_nothing_usable_is_exit_1_with_a_sentence(reader, tmp_path, content):
    source = tmp_path / "in"
    if content is None:
        source.mkdir()
    elif isinstance(content, bytes):
        source.write_bytes(content)
    else:
        noise = np.random.default_rng(0).integers(0, 256, (200, 300), dtype=np.uint8)
        source.write_bytes(
            encoded(Image.fromarray(noise if content == "noise" else np.full_like(noise, 255)))
        )
    done = run("read", source, tmp_path / "out", "--json")
    assert done.exit_code == 1
    assert done.stderr.strip().endswith(".")
    assert report_of(done)["written"] == []
    assert not (tmp_path / "out").exists()


def test_the_learned_primitives_read_print_too(page, tmp_path):
    done = run("read", page, tmp_path / "out", "--primitives", "learned")
    assert done.exit_code == 0
    assert len(list((tmp_path / "out").rglob("rank1.musicxml"))) == 1


def test_a_wrong_call_is_exit_2(page, tmp_path):
    for more in (("--style", "opera"), ("--primitives", "some"), ("--top", 0), ("--top", "many")):
        assert run("read", page, tmp_path / "out", *more).exit_code == 2
    assert run("read", tmp_path / "absent.png", tmp_path / "out").exit_code == 2
    assert run("read", page).exit_code == 2


def test_a_broken_grammar_is_told_with_its_place(page, tmp_path):
    folder = tmp_path / "grammar"
    folder.mkdir()
    (folder / "broken.grammar").write_text("production x {\n  nodes: ??\n}\n")
    done = run("read", page, tmp_path / "out", "--grammar", folder)
    assert done.exit_code == 2
    assert "broken.grammar" in done.stderr
    assert any(part.isdigit() for part in done.stderr.replace(":", " ").replace(",", " ").split())
    assert run("read", page, tmp_path / "out", "--grammar", tmp_path / "absent").exit_code == 2


def test_an_out_that_cannot_be_written_is_told(reader, page, tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = run("read", page, tmp_path / "file")
    assert done.exit_code == 1
    assert "another place" in done.stderr


@pytest.mark.slow
def test_the_reader_itself_reads_a_page(tmp_path):
    score = tune()
    Image.fromarray(drawn(score).pages[0]).save(tmp_path / "page.png")
    done = run("read", tmp_path / "page.png", tmp_path / "out", "--style", "printed", "--top", 3)
    assert done.exit_code == 0, done.output
    told = json.loads((tmp_path / "out" / "reading.json").read_text())
    jsonschema.validate(told, schema())
    assert engrave((tmp_path / "out" / "rank1.musicxml").read_bytes()).bars
    assert Image.open(io.BytesIO((tmp_path / "out" / "overlay.png").read_bytes())).size[0] > 500


def test_one_page_of_a_file_is_read_and_a_page_that_is_not_there_is_told(reader, tmp_path):
    file = tmp_path / "two.pdf"
    file.write_bytes(svg_to_pdf(list(engrave(tune(), LOOK).pages) * 2))
    done = run("read", file, tmp_path / "out", "--page", 2, "--json")
    assert done.exit_code == 0, done.output
    assert reader.asked[-1]["pages"] == 1
    assert report_of(done)["written"][0]["pages"] == 1
    missing = run("read", file, tmp_path / "out", "--page", 3)
    assert missing.exit_code == 1
    assert "no page 3" in missing.output
    assert run("read", file, tmp_path / "out", "--page", 0).exit_code == 2
