import numpy as np
import pytest
from PIL import Image

from models.sheet import (
    AbsurdTarget,
    Page,
    StaffSpace,
    TargetSize,
    Verdict,
    advise,
    factor_for,
    measure_staff_space,
    open_pages,
    write_pdf,
    write_png,
)
from tests.pages import staves


@pytest.mark.parametrize("space", [4.1, 5.3, 7.0, 9.4, 13.7, 21.0])
def test_staff_space_is_measured_to_three_percent(space):
    page = staves(round(36 * space), round(70 * space), space, 0.12 * space, 6 * space)
    measured = measure_staff_space(page)
    assert measured is not None
    assert measured.pixels == pytest.approx(space, rel=0.03)
    assert 0 < measured.confidence <= 1


def test_a_slight_slope_does_not_matter():
    measured = measure_staff_space(staves(300, 500, 9.0, 1.2, slope=0.03))
    assert measured is not None
    assert measured.pixels == pytest.approx(9.0, rel=0.03)


def test_grey_ink_on_grey_paper_is_measured_too():
    page = (staves(300, 500, 8.0, 1.0).astype(float) / 255 * 90 + 120).astype(np.uint8)
    measured = measure_staff_space(page)
    assert measured is not None
    assert measured.pixels == pytest.approx(8.0, rel=0.02)


def blank():
    return np.full((300, 300), 255, np.uint8)


def noise():
    return np.random.default_rng(1).integers(0, 256, (300, 300)).astype(np.uint8)


def ramp():
    return np.tile(np.linspace(0, 255, 300), (300, 1)).astype(np.uint8)


def ruled():
    page = blank()
    page[20::20] = 0
    return page


@pytest.mark.parametrize("make", [blank, noise, ramp, ruled])
def test_what_is_no_music_has_no_staff_space(make):
    assert measure_staff_space(make()) is None


@pytest.mark.parametrize(
    ("pixels", "verdict"),
    [
        (2.5, Verdict.TOO_SMALL_TO_SAVE),
        (6.2, Verdict.UPSCALE_HELPS),
        (20.0, Verdict.ENOUGH_ALREADY),
        (60.0, Verdict.TOO_LARGE),
    ],
)
def test_advice_follows_the_staff_space(pixels, verdict):
    advice = advise(StaffSpace(pixels, 1.0, 1.0, 4))
    assert advice.verdict == verdict
    assert advice.pixels_after == 4 * pixels


def test_without_staves_there_is_advice_without_numbers():
    advice = advise(None)
    assert (advice.verdict, advice.pixels_now, advice.pixels_after) == (Verdict.NO_STAFF, None, None)


def test_targets_tell_the_ratio_to_the_four_times_larger_result():
    page = Page(staves(300, 500, 8.0, 1.0), 0, "Page 1", dpi=75)
    assert factor_for(TargetSize("staff_space_px", 16), page) == pytest.approx(0.5, rel=0.02)
    assert factor_for(TargetSize("dpi", 150), page) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("target", "page"),
    [
        (TargetSize("dpi", 300), Page(staves(), 0, "Page 1")),
        (TargetSize("staff_space_px", 20), Page(blank(), 0, "Page 1")),
        (TargetSize("dpi", 1_000_000), Page(staves(), 0, "Page 1", dpi=75)),
        (TargetSize("dpi", 0.1), Page(staves(), 0, "Page 1", dpi=75)),
        (TargetSize("dpi", float("nan")), Page(staves(), 0, "Page 1", dpi=75)),
    ],
    ids=["no dpi", "no staves", "huge", "tiny", "nan"],
)
def test_absurd_targets_get_a_sentence(target, page):
    with pytest.raises(AbsurdTarget) as refused:
        factor_for(target, page)
    assert str(refused.value).endswith(".")


def test_files_are_the_same_bytes_every_time():
    page = staves()
    assert write_pdf([page, page], 300) == write_pdf([page, page], 300)
    assert write_png(page, dpi=300) == write_png(page, dpi=300)


def test_one_bit_output_is_black_and_white(tmp_path):
    file = tmp_path / "page.png"
    file.write_bytes(write_png(staves(), bilevel=True))
    with Image.open(file) as image:
        assert image.mode == "1"
        assert np.array_equal(np.asarray(image), staves() >= 128)


def test_a_pdf_holds_pages_larger_than_pillow_opens(monkeypatch):
    page = np.arange(60 * 90, dtype=np.uint8).reshape(60, 90)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", page.size // 4)
    made = write_pdf([page], 72)
    monkeypatch.undo()
    assert (open_pages(made)[0].grey == page).all()
