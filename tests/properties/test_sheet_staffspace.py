"""The measure of any picture is none or sensible, and does not depend on light, side or margin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.sheet import measure_staff_space
from tests.sheets import music

PAGE = music(7.3, width=44, height=24, staves=2)
SPACE = measure_staff_space(PAGE).pixels


@settings(max_examples=60, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 90), st.integers(1, 120)), elements=st.integers(0, 255)))
def test_any_picture_has_no_staff_space_or_a_sensible_one(picture):
    found = measure_staff_space(picture)
    assert found is None or (2.9 <= found.pixels <= 100 and 0 < found.confidence <= 1)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 9), st.integers(0, 255)), max_size=40),
    st.booleans(),
)
def test_any_stripes_have_no_staff_space_or_a_sensible_one(stripes, upright):
    picture = np.full((320, 320), 255, np.uint8)
    for top, thick, ink in stripes:
        picture[top : top + thick] = ink
    found = measure_staff_space(np.ascontiguousarray(picture.T) if upright else picture)
    if upright:
        assert found is None
    else:
        assert found is None or 2.9 <= found.pixels <= 64


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 120), st.integers(60, 135))
def test_the_light_does_not_matter(black, contrast):
    page = (black + PAGE / 255.0 * contrast).astype(np.uint8)
    assert measure_staff_space(page).pixels == pytest.approx(SPACE, rel=0.01)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 90), st.integers(0, 90), st.booleans(), st.booleans())
def test_margins_and_sides_do_not_matter(above, beside, mirrored, turned):
    page = np.pad(PAGE, ((above, 7), (beside, 3)), constant_values=255)
    page = page[:, ::-1] if mirrored else page
    page = page[::-1, ::-1] if turned else page
    assert measure_staff_space(page).pixels == pytest.approx(SPACE, rel=0.012)


@settings(max_examples=15, deadline=None)
@given(st.floats(3.8, 26))
def test_any_size_is_measured(space):
    page = music(space, width=44, height=24, staves=2)
    assert measure_staff_space(page).pixels == pytest.approx(space, rel=0.025)
