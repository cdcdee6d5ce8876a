"""Several files as the pages of one piece: opened in order, kept in a workspace, changed one at a time."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.sheet import EmptyFile, Limits, NotAPicture, SheetError, TooLarge, open_files, write_pdf
from scoreweb.errors import VisitorError
from scoreweb.jobs.upscale.options import Finished, UpscaleOptions
from scoreweb.jobs.upscale.result import write_result
from scoreweb.jobs.upscale.run import UpscaleWork, open_score
from scoreweb.settings import Settings
from scoreweb.uploads import file_limits
from scoreweb.widgets.examples import EXAMPLES
from scoreweb.workspace import Workspace
from tests.pages import encoded, staves


def grey_of(number):
    return staves(200 + 10 * number, 300)


@pytest.fixture
def photo(tmp_path):
    def make(name, number):
        path = tmp_path / "cache" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(Image.fromarray(grey_of(number))))
        return path

    return make


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def work(workspace):
    return workspace.work(UpscaleWork)


def kept(work):
    return [p for p in work.folder.rglob("*") if p.is_file()]


def test_pages_of_several_files_stand_in_their_order(photo, tmp_path):
    pdf = tmp_path / "two.pdf"
    pdf.write_bytes(write_pdf([grey_of(4), grey_of(5)], 72))
    pages = open_files([(photo("b.png", 1), "b.png"), (pdf, "../two.pdf"), (photo("a.png", 2), "a.png")])
    assert len(pages) == 4
    assert [p.index for p in pages] == [0, 1, 2, 3]
    assert [p.label for p in pages] == ["b.png", "two.pdf, page 1", "two.pdf, page 2", "a.png"]
    assert [p.file for p in pages] == ["b.png", "two.pdf", "two.pdf", "a.png"]
    assert np.array_equal(pages[0].grey, grey_of(1))
    assert np.array_equal(pages[3].grey, grey_of(2))
    for beyond in (-1, 4):
        with pytest.raises(IndexError):
            pages[beyond]


def test_one_file_is_opened_as_ever(photo):
    (page,) = open_files([(photo("a.png", 1), "a.png")])
    assert page.file == ""
    assert page.label != "a.png"


def test_no_file_is_an_empty_one():
    with pytest.raises(EmptyFile):
        open_files([])


def test_the_sentence_names_the_file_that_is_wrong(photo, tmp_path):
    bad, cut = tmp_path / "bad.png", tmp_path / "cut.png"
    bad.write_bytes(b"no picture")
    whole = photo("a.png", 1).read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(NotAPicture, match=r"^bad\.png: "):
        open_files([(photo("a.png", 1), "a.png"), (bad, "bad.png")])
    with pytest.raises(SheetError, match=r"^cut\.png: "):
        list(open_files([(photo("a.png", 1), "a.png"), (cut, "folder/cut.png")]))


def test_files_are_limited_together(photo):
    files = [(photo(f"{n}.png", n), f"{n}.png") for n in range(3)]
    size = sum(path.stat().st_size for path, _ in files)
    assert len(open_files(files, limits=Limits(max_together=size, max_pages=3))) == 3
    with pytest.raises(TooLarge, match="Together"):
        open_files(files, limits=Limits(max_together=size - 1))
    with pytest.raises(TooLarge, match="pages"):
        open_files(files, limits=Limits(max_pages=2))


def test_a_host_takes_four_times_its_largest_file_together():
    assert file_limits(Settings(upload_mb=7)).max_together == 28_000_000


def test_a_file_that_stays_need_not_come_again(photo, work):
    first, second, third = photo("a.png", 1), photo("b.png", 2), photo("c.png", 3)
    open_score(work, [first, second], Settings())
    assert not first.exists()  # they lie in the workspace alone
    assert not second.exists()
    pages = open_score(work, [third, second], Settings())
    assert [p.label for p in pages] == ["c.png", "b.png"]
    assert np.array_equal(pages[1].grey, grey_of(2))
    assert len(kept(work)) == 2
    with pytest.raises(VisitorError):  # the first is gone for good
        open_score(work, [first, second], Settings())


def test_a_bad_file_among_good_ones_can_be_taken_away(photo, work):
    good, bad = photo("a.png", 1), photo("bad.png", 2)
    bad.write_bytes(b"")
    with pytest.raises(SheetError, match=r"^bad\.png: "):
        open_score(work, [good, bad], Settings())
    assert work.upload is None
    assert len(open_score(work, [good], Settings())) == 1
    assert len(kept(work)) == 1


def test_too_many_files_are_refused_before_any_is_read(photo, work):
    files = [photo(f"{n}.png", 1) for n in range(3)]
    with pytest.raises(VisitorError, match="too many"):
        open_score(work, files, Settings(pdf_pages=2))
    assert kept(work) == []


def test_an_example_stays_where_every_visitor_finds_it(photo, work, tmp_path):
    example = next(p for p in EXAMPLES if p.suffix == ".png")
    copy = tmp_path / example.name
    copy.write_bytes(example.read_bytes())
    open_score(work, [copy], Settings())
    assert work.upload.example == example.name
    open_score(work, [copy, photo("a.png", 1)], Settings())
    assert work.upload.example is None
    assert copy.exists()


def test_results_of_files_of_one_name_are_told_apart(photo, work, tmp_path):
    other = tmp_path / "other" / "a.png"
    other.parent.mkdir()
    other.write_bytes(photo("a.png", 2).read_bytes())
    pages = open_score(work, [photo("a.png", 1), other, photo("a-2.png", 3)], Settings())
    names = []
    for number, page in enumerate(pages):
        answer = type("Answer", (), {"seconds": 0.1, "weights": ""})()
        done = Finished(page, np.repeat(np.repeat(page.grey, 4, 0), 4, 1), None, answer)
        names.append(
            write_result(
                done,
                UpscaleOptions(),
                work.results_folder / str(number),
                work.upload.name,
                None,
                page.grey.shape[1],
            ).full.name
        )
    assert names == ["a-1-upscaled.png", "a-2-upscaled.png", "a-2-3-upscaled.png"]


def test_clearing_one_job_leaves_the_other(photo, workspace, work):
    from scoreweb.jobs.read.pieces import ReadWork
    from scoreweb.jobs.read.run import open_score as open_score_to_read

    reading = workspace.work(ReadWork)
    open_score(work, [photo("a.png", 1)], Settings())
    open_score_to_read(reading, [photo("b.png", 2), photo("c.png", 3)], Settings())
    work.clear()
    assert work.upload is None
    assert kept(work) == []
    assert reading.upload.pages == 2
    assert len(kept(reading)) == 2
    reading.clear()
    assert kept(reading) == []


def test_an_example_is_given_from_gradios_cache_whatever_folder_the_program_runs_in(tmp_path, monkeypatch):
    from scoreweb.widgets.upload import SEVERAL, ScoreFile

    monkeypatch.chdir(tmp_path)
    field, example = ScoreFile(**SEVERAL), next(iter(EXAMPLES))
    monkeypatch.setattr(field, "GRADIO_CACHE", str(tmp_path / "cache"))
    (first,), (again,) = (field.giving(example)() for _ in range(2))
    assert first == again, "one copy for all visitors"
    assert first.startswith(str(tmp_path / "cache"))
    assert Path(first).read_bytes() == example.read_bytes()
