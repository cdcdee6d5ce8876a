"""The curve of reading after upscaling: pages come out at the staff space asked for, and what was read is kept."""

import numpy as np
import pytest

from benchmarks.upscale_reading import Kept, reduced, share
from models.read.page.pose import pose_of
from tests.pages import staves


@pytest.mark.parametrize("space", [5.0, 8.0])
def test_a_page_is_reduced_to_the_staff_space_asked_for(space):
    small = reduced(staves(600, 900, space=20), space)
    pose = pose_of(small)
    assert pose is not None
    assert pose.space == pytest.approx(space, rel=0.05)


def test_a_page_without_staves_cannot_be_reduced_to_a_staff_space():
    with pytest.raises(ValueError, match="no staves"):
        reduced(np.full((200, 200), 255, np.uint8), 5.0)


def test_what_was_measured_is_not_measured_again(tmp_path):
    path = tmp_path / "kept.json"
    assert Kept(path).get("page 5 fast", lambda: (3, 20)) == (3, 20)
    assert Kept(path).get("page 5 fast", lambda: (9, 9)) == (3, 20)
    assert Kept(path).get("page 5 best", lambda: (1, 20)) == (1, 20)


def test_edits_are_summed_over_pages_and_divided_once():
    assert share([(3, 10), (0, 90)]) == "3.0 %"
    assert share([]) == "0.0 %"
