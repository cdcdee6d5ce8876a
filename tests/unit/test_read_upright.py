"""Pages that came on their side: boxes turn with them, and the preview shows them upright."""

from dataclasses import replace

import numpy as np
import pytest

from models.read.page.preparation import prepare
from models.read.reading import Detection
from models.read.upright import turned_box, upright
from tests.doubtful_readings import doubtful_tune
from tests.drawn_staves import drawn_page


@pytest.mark.parametrize("turns", range(4))
def test_a_box_turns_with_its_picture(turns):
    picture = np.zeros((40, 70), np.uint8)
    picture[5:9, 20:33] = 255
    x0, y0, x1, y1 = turned_box((20, 5, 33, 9), picture.shape, turns)
    turned = np.rot90(picture, -turns)
    assert turned[y0:y1, x0:x1].min() == 255
    assert turned.sum() == turned[y0:y1, x0:x1].sum()


@pytest.mark.parametrize("turns", [0, 1, 3])
def test_how_a_page_lies_is_known_once_it_is_prepared(turns):
    page = drawn_page(staves=2)
    lying = np.ascontiguousarray(
        np.rot90(page, turns)
    )  # counter-clockwise: so many turns clockwise bring it back
    found = prepare(lying).turns
    assert found % 2 == turns % 2, "which end comes up is told by the clefs"


def test_a_reading_of_a_lying_page_stands_upright_with_all_its_boxes():
    _, paper, reading = doubtful_tune()
    seen = (Detection("solid_head", 0.9, paper.notes["n10"][1], 2.0),)
    reading = replace(reading, pages=(replace(reading.pages[0], detections=seen),))
    lying = with_turns(upright(with_turns(reading, 3)), 1)
    assert lying.place(2)[1] != reading.place(2)[1]
    stands = upright(lying)
    assert (stands.pages[0].turns, stands.pages[0].shape) == (0, reading.pages[0].shape)
    assert np.allclose(stands.pages[0].detections[0].box, seen[0].box)
    for bar in range(len(reading.bars)):
        assert np.allclose(stands.place(bar)[1], reading.place(bar)[1])
    way = reading.interpretations[0]
    for one, other in zip(stands.score(way).events(), reading.score(way).events(), strict=True):
        for a, b in zip(one[2].notes, other[2].notes, strict=True):
            assert np.allclose(a.box, b.box)
    assert upright(stands) is stands


def with_turns(reading, turns):
    return replace(reading, pages=(replace(reading.pages[0], turns=turns),))
