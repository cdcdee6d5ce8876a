"""Works, pianos and tunes are parted once, and what belongs together stays together."""

import json
from pathlib import Path

import pytest

from models.transcribe import split

WEIGHTS = Path(__file__).parents[2] / "models" / "weights"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Haydn/Keyboard_Sonatas/48-1", "Haydn/Keyboard_Sonatas/48-2"),
        ("Bach/Prelude/bwv_846", "Bach/Fugue/bwv_846"),
        ("Beethoven/Piano_Sonatas/18-2", "Beethoven/Piano_Sonatas/18-2_no_repeat"),
        ("Chopin/Sonata_2/2nd_no_repeat", "Chopin/Sonata_2/4th"),
        ("Chopin/Etudes_op_10/3", "Chopin_op10_no3_p05"),
        ("Chopin/Ballades/2", "Chopin_op38_p01"),
    ],
)
def test_movements_and_copies_of_a_work_are_on_one_side(one, other):
    assert split.work_root(one) == split.work_root(other)
    assert split.work_side(one) == split.work_side(other)


def test_works_of_one_composer_are_not_all_one_work():
    assert split.work_root("Haydn/Keyboard_Sonatas/48-1") != split.work_root("Haydn/Keyboard_Sonatas/50-1")


def test_there_are_works_on_every_side():
    sides = [split.work_side(f"Composer/Piano_Sonatas/{n}-1") for n in range(200)]
    assert {side: sides.count(side) > 10 for side in set(sides)} == dict.fromkeys(
        ("train", "develop", "test"), True
    )


@pytest.mark.parametrize("name", ["transcribe-piano", "transcribe-notation"])
def test_the_shipped_weights_learned_from_nothing_that_is_measured_on(name):
    lists = sorted(WEIGHTS.glob(f"{name}-[0-9]*.json"))
    assert len(lists) == 1
    listed = json.loads(lists[0].read_text(encoding="utf-8"))
    assert listed["works"]
    assert {split.work_side(work) for work in listed["works"]} == {"train"}
    assert {split.piano_side(piano) for piano in listed.get("pianos", ())} <= {"train"}
    printed = [name.split("/") for name in listed.get("printed", ())]
    assert {split.notated_side(collection, root) for collection, root, *_ in printed} <= {"train"}
