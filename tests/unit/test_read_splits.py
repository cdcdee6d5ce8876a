"""No work or writer of a test page is in anything that was made or tuned, by the lists that stand beside it."""

import hashlib
import json
from pathlib import Path

import pytest

from models import weights
from models.read.ranking.probability import TABLE
from models.read.training.muscima import page_files
from models.read.training.splits import (
    muscima_test_writers,
    muscima_writer,
    part_of_work,
    part_of_writer,
)
from models.read.training.train_prototypes import training_works

TEST_WRITERS = {3, 4, 5, 9, 19, 20, 23, 24, 26, 29, 32, 34, 35, 37, 41, 43, 45, 47, 49, 50}
"""The writers of the pages in MUSCIMA++'s testset-dependent.txt."""
MUSCIMA = Path("../shared/data/muscima")


def is_test_work(name):
    """The rule of the engraved test set, written out once more: one work in five by the digest of its name."""
    return int(hashlib.sha1(name.encode()).hexdigest()[:6], 16) % 5 == 0  # noqa: S324 - an order, no secret


def trained_on(style):
    """What the shipped prototypes of a style were made from, as the list beside them says."""
    index = json.loads((weights.FOLDER / "index.json").read_text(encoding="utf-8"))
    file = (weights.FOLDER / index[f"read-{style}"]["file"]).with_suffix(".json")
    return json.loads(file.read_text(encoding="utf-8"))["trained_on"]


def calibrated_on(style):
    return json.loads(TABLE.read_text(encoding="utf-8"))["styles"][style]["trained_on"]


@pytest.mark.parametrize("names", [trained_on, calibrated_on])
def test_no_test_work_is_in_what_print_was_made_from(names):
    works = names("printed")
    assert len(works) >= 5
    assert [w for w in works if is_test_work(w)] == []


@pytest.mark.parametrize("names", [trained_on, calibrated_on])
def test_no_test_writer_is_in_what_handwriting_was_made_from(names):
    pages = names("handwritten")
    assert len(pages) >= 5
    assert [p for p in pages if muscima_writer(p) in TEST_WRITERS] == []


def test_relations_were_learned_from_writers_of_the_part_train_alone():
    pages = weights.metadata("read-relations-handwritten")["pages"].split(",")
    assert len(pages) >= 5
    assert {part_of_writer(muscima_writer(p), TEST_WRITERS) for p in pages} == {"train"}
    assert f"{len(pages)} pages" in weights.card("read-relations-handwritten")


def test_nothing_is_calibrated_on_what_prototypes_were_made_from():
    assert not set(trained_on("printed")) & set(calibrated_on("printed"))
    writers = [{muscima_writer(p) for p in names("handwritten")} for names in (trained_on, calibrated_on)]
    assert not writers[0] & writers[1]


def test_the_cards_tell_the_rule_and_how_many():
    for style in ("printed", "handwritten"):
        card = weights.card(f"read-{style}")
        assert "models.read.training.splits" in card
        assert f"{len(trained_on(style))} " in card


def test_works_are_parted_by_their_names_alone():
    names = [f"Qm{n:044d}" for n in range(3000)]
    parts = {part: [n for n in names if part_of_work(n) == part] for part in ("train", "develop", "test")}
    assert parts["test"] == [n for n in names if is_test_work(n)]
    assert [round(len(parts[p]) / len(names), 1) for p in ("train", "develop", "test")] == [0.6, 0.2, 0.2]


def test_every_page_of_a_test_writer_is_test():
    for writer in range(1, 51):
        assert (part_of_writer(writer, TEST_WRITERS) == "test") == (writer in TEST_WRITERS)
    rest = [w for w in range(1, 51) if w not in TEST_WRITERS]
    assert {part_of_writer(w, TEST_WRITERS) for w in rest} == {"train", "develop"}


@pytest.fixture
def drawn_set(tmp_path):
    """A folder like MUSCIMA++'s, of empty files: three pages each of writers 1 to 12, one page of 3 and of 8 the test."""
    (tmp_path / "images").mkdir()
    (tmp_path / "specifications").mkdir()
    for writer in range(1, 13):
        for page in range(1, 4):
            (tmp_path / "images" / f"CVC-MUSCIMA_W-{writer:02d}_N-{page:02d}_D-ideal.png").touch()
    listed = "CVC-MUSCIMA_W-03_N-01_D-ideal\nCVC-MUSCIMA_W-08_N-02_D-ideal\n"
    (tmp_path / "specifications" / "testset-dependent.txt").write_text(listed)
    return tmp_path


def test_pages_of_test_writers_that_are_not_test_pages_are_in_no_other_part(drawn_set):
    writers = {
        part: {muscima_writer(f.stem) for f in page_files(drawn_set, part=part)}
        for part in ("train", "develop", "test")
    }
    assert writers == {"test": {3, 8}, "develop": {4, 12}, "train": {1, 2, 5, 6, 7, 9, 10, 11}}
    few = page_files(drawn_set, part="train", most=8)
    assert len({muscima_writer(f.stem) for f in few}) >= 7, "few pages are spread over the writers"


def test_prototypes_of_print_are_made_from_training_works(tmp_path):
    for n in range(60):
        (tmp_path / f"work-{n}.mxl").touch()
    works = [f.stem for f in training_works(tmp_path)]
    assert 20 < len(works) < 50
    assert not any(is_test_work(w) for w in works)


def test_muscimas_own_list_is_the_one_that_tests_go_by():
    if not MUSCIMA.is_dir():
        pytest.skip("../shared/data/muscima is absent: its list of test pages is needed")
    assert muscima_test_writers(MUSCIMA) == TEST_WRITERS
