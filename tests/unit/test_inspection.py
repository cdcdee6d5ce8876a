import io

import numpy as np
import pytest
from PIL import Image

from models.sheet import StaffSpace, open_pages
from scoreweb.jobs.upscale.choice import looks_scanned, model_for
from scoreweb.jobs.upscale.inspection import advice_text, inspect
from scoreweb.texts import pixels
from scoreweb.widgets.examples import EXAMPLES
from tests.pages import drawn_pdf, encoded, staves


def page_of(grey, fmt="PNG"):
    return open_pages(encoded(Image.fromarray(grey), fmt))[0]


def test_engraved_pages_do_not_look_scanned():
    for path in EXAMPLES:
        assert not any(looks_scanned(page) for page in open_pages(path)), path.name
    assert not looks_scanned(page_of(staves()))


@pytest.mark.parametrize("kind", ["jpeg", "noisy paper", "grey paper", "grey ink"])
def test_scans_look_scanned(kind):
    grey = staves(300, 400, 8.0, 1.2).astype(float)
    noise = np.random.default_rng(0).normal(0, 4, grey.shape)
    made = {
        "jpeg": grey,
        "noisy paper": grey * 0.9 + 15 + noise,
        "grey paper": grey * 0.8,
        "grey ink": 90 + grey * (165 / 255),
    }[kind]
    page = page_of(np.clip(made, 0, 255).astype(np.uint8), "JPEG" if kind == "jpeg" else "PNG")
    assert looks_scanned(page)


def test_every_page_is_listed_with_measure_and_advice():
    pdf = next(p for p in EXAMPLES if p.suffix == ".pdf")
    found = list(inspect(open_pages(pdf), 12_000_000))
    assert [f.number for f in found] == [0, 1]
    for one in found:
        assert one.row.space == f"{one.space.pixels:.1f} px"
        assert "Enlarged: " in one.row.advice
        with Image.open(io.BytesIO(one.row.thumbnail)) as small:
            assert max(small.size) <= 112


def test_advice_names_the_numbers():
    text = advice_text(StaffSpace(6.2, 0.6, 1.0, 4))
    assert "6.2 pixels between staff lines" in text
    assert "20 is good" in text
    assert "Enlarged: 25" in text
    assert "No staff lines" in advice_text(None)
    assert pixels(None) == "none found"


def test_a_drawn_page_needs_no_enlarging_and_says_so():
    (found,) = inspect(open_pages(drawn_pdf()), 12_000_000)
    assert found.row.advice == "Sharp at any size: nothing to enlarge. It is drawn anew at 300 dpi."
    assert not found.scanned


def test_a_page_over_the_limit_is_told_that_it_will_be_scaled_down():
    (found,) = inspect(open_pages(encoded(Image.fromarray(staves(400, 600)))), 120_000)
    assert "It has 0 megapixels: it is scaled down to 0.12 first." in found.row.advice


def test_whether_a_file_gives_its_resolution():
    picture = Image.fromarray(staves())
    told = [inspect(open_pages(encoded(picture, **how)), 10**7) for how in ({}, {"dpi": (150, 150)})]
    assert [next(one).has_dpi for one in told] == [False, True]


@pytest.mark.parametrize(
    ("asked", "clean", "scanned"),
    [
        ("auto", "fast", "scan"),
        ("quality", "best", "scan"),
        ("edsr", "edsr", "edsr"),
        ("fast", "fast", "fast"),
    ],
)
def test_what_is_left_to_us_follows_the_page(asked, clean, scanned):
    assert model_for(page_of(staves()), asked) == clean
    assert model_for(page_of(staves(), "JPEG"), asked) == scanned
