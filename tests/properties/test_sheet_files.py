"""Whatever bytes come, the answer is pages or a SheetError: nothing else escapes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from models.sheet import Limits, SheetError, open_pages, resize_to, write_pdf, write_png
from tests.pages import drawn_pdf, encoded, staves

MUSIC = Image.fromarray(staves(120, 160))
SEEDS = [encoded(MUSIC), encoded(MUSIC.convert("P")), encoded(MUSIC, "JPEG"), encoded(MUSIC, "GIF"),
         encoded(MUSIC, "TIFF"), encoded(MUSIC, "BMP"), encoded(MUSIC, "WEBP"), drawn_pdf(2),
         write_pdf([np.asarray(MUSIC)], 100)]  # fmt: skip
LIMITS = Limits(max_pixels=2_000_000, max_pages=5)


@settings(max_examples=250, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=12),
    st.floats(0.05, 1),
)
def test_mutated_files_give_pages_or_a_sentence(seed, changes, keep):
    data = bytearray(seed)
    for place, value in changes:
        # Headers are short and decide most: half the changes fall into the first hundred bytes.
        span = 100 if value % 2 else len(data)
        data[min(len(data) - 1, int(place * span))] = value
    data = bytes(data[: max(1, int(len(data) * keep))])
    try:
        for page in open_pages(data, limits=LIMITS):
            assert page.grey.ndim == 2
            assert page.grey.dtype == np.uint8
            assert page.grey.size <= LIMITS.max_pixels
    except SheetError as refused:
        assert str(refused).endswith(".")  # noqa: PT017 - not every mutation is refused


@settings(max_examples=60, deadline=None)
@given(st.integers(16, 90), st.integers(16, 90), st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"]),
       st.booleans())  # fmt: skip
def test_white_stays_white_and_black_black_in_every_mode(height, width, mode, white):
    if mode == "I;16":
        image = Image.fromarray(np.full((height, width), 65535 if white else 300, np.uint16))
    else:
        image = Image.new("RGB", (width, height), "white" if white else "black").convert(mode)
    page = open_pages(encoded(image, "TIFF" if mode == "CMYK" else "PNG"))[0]
    assert page.grey.shape == (height, width)
    assert (page.grey >= 254).all() if white else (page.grey <= 2).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(16, 80), st.integers(16, 80), st.integers(0, 10**6), st.sampled_from([72, 75, 150, 300]))
def test_what_is_written_is_read_back_pixel_by_pixel(height, width, seed, dpi):
    grey = np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)
    again = open_pages(write_png(grey, dpi=dpi))[0]
    assert np.array_equal(again.grey, grey)
    assert again.dpi == pytest.approx(dpi, abs=0.1)
    assert np.array_equal(open_pages(write_pdf([grey], dpi))[0].grey, grey)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.floats(0.07, 4))
def test_resizing_gives_the_size_asked_for(height, width, ratio):
    grey = np.full((height, width), 255, np.uint8)
    out = resize_to(grey, ratio)
    assert out.shape == (max(1, round(height * ratio)), max(1, round(width * ratio)))
    assert out.min() == 255
