"""What is done with a page before and instead of a network: drawn pages, large photos, sizes, the close-up."""

import numpy as np
import pytest
from PIL import Image

from models.sheet import AbsurdTarget, TargetSize, measure_staff_space, open_pages
from models.upscale.service import UpscaleAnswer, UpscaleService
from scoreweb.jobs.upscale.options import UpscaleOptions, request_of, upscale
from scoreweb.jobs.upscale.result import pdf_of, png_of, write_result
from scoreweb.metering import Limits
from tests.bare_host import BareHost
from tests.pages import drawn_pdf, encoded, staves
from tests.unit.test_sheet_paper import PAGE, on_a_table

pytestmark = pytest.mark.usefixtures("hosts_closed")


class Plain(UpscaleService):
    """Enlarges without a network, and counts how often."""

    def __init__(self):
        super().__init__()
        self.ran = 0

    def run(self, jobs):
        self.ran += 1
        grey = np.kron(jobs[0].request.grey, np.ones((4, 4), np.uint8))
        return [UpscaleAnswer(grey, "fast", "", "test", 0.1)]


def done(page, options=None, **limits):
    service = Plain()
    host = BareHost(service, limits=Limits(deadline_s=60, **limits))
    return next(upscale(host.meter, [page], options or UpscaleOptions(), host.limits)), service.ran


@pytest.mark.parametrize(
    ("target", "dpi"),
    [(None, 300), (TargetSize("dpi", 600), 600), (TargetSize("times", 1), 75)],
)
def test_a_drawn_page_is_drawn_anew_at_the_wanted_size_and_no_network_is_asked(target, dpi):
    (page,) = open_pages(drawn_pdf())
    finished, ran = done(page, UpscaleOptions("best", target))
    assert ran == 0
    assert finished.dpi == pytest.approx(dpi, abs=0.1)
    assert finished.grey.shape == (round(842 * dpi / 72), round(595 * dpi / 72))
    lines = np.flatnonzero(finished.grey[:, finished.grey.shape[1] // 2] < 128)
    assert np.array_equal(finished.grey, open_pages_at(drawn_pdf(), dpi)), "as sharp as drawn at once"
    assert len(lines)


def open_pages_at(pdf, dpi):
    from models.sheet import Limits as FileLimits

    return open_pages(pdf, limits=FileLimits(pdf_dpi=dpi, max_pixels=10**8))[0].grey


def test_facts_of_a_drawn_page_say_that_nothing_was_guessed(tmp_path):
    (page,) = open_pages(drawn_pdf())
    finished, _ = done(page)
    result = write_result(finished, UpscaleOptions(), tmp_path, "song.pdf", None, page.grey.shape[1])
    assert "300 dpi" in result.facts
    assert "nothing was guessed" in result.facts
    with Image.open(result.full) as picture:
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_a_page_over_the_limit_is_scaled_down_and_enlarged(tmp_path):
    (page,) = open_pages(encoded(Image.fromarray(staves(400, 600)), dpi=(200, 200)))
    finished, ran = done(page, page_pixels=60_000)
    assert ran == 1
    assert finished.page.grey.size <= 60_000
    assert finished.grey.shape == tuple(4 * side for side in finished.page.grey.shape)
    assert finished.dpi == pytest.approx(200 * finished.grey.shape[1] / 600, rel=0.01)
    result = write_result(finished, UpscaleOptions(), tmp_path, "photo.png", None, page.grey.shape[1])
    assert "scaled down from 0 to 0 megapixels first" in result.facts
    assert result.ratio == pytest.approx(4 * 0.5, rel=0.01)


def test_a_page_may_keep_its_size_and_only_be_cleaned():
    (page,) = open_pages(encoded(Image.fromarray(staves())))
    finished, _ = done(page, UpscaleOptions("scan", TargetSize("times", 1)))
    assert finished.grey.shape == page.grey.shape


@pytest.mark.parametrize("value", [0.0, -5.0, float("nan"), float("inf")])
def test_a_size_that_cannot_be_is_refused(value):
    (page,) = open_pages(encoded(Image.fromarray(staves()), dpi=(75, 75)))
    with pytest.raises(AbsurdTarget):
        done(page, UpscaleOptions(target=TargetSize("dpi", value)))


def test_the_method_for_photos_gets_no_table_and_the_others_get_the_picture_as_it_is():
    photo, _ = on_a_table(PAGE)
    (page,) = open_pages(encoded(Image.fromarray(photo)))
    assert (request_of(page, UpscaleOptions("scan")).grey[:40] == 255).all()
    assert np.array_equal(request_of(page, UpscaleOptions("fast")).grey, photo)


@pytest.mark.parametrize("noise", [12.0, 40.0])
def test_the_close_up_of_a_photo_shows_music_not_the_table(tmp_path, noise):
    photo, _ = on_a_table(PAGE, noise=noise, around=(700, 300, 300, 300))
    (page,) = open_pages(encoded(Image.fromarray(photo)))
    finished, _ = done(page)
    result = write_result(finished, UpscaleOptions(), tmp_path, "photo.png", None, page.grey.shape[1])
    with Image.open(result.views["close"][0]) as before:
        shown = np.asarray(before.convert("L"))
    assert (shown > 150).mean() > 0.5, "paper, not wood"
    assert (shown < 90).mean() > 0.05, "with ink on it"


@pytest.mark.parametrize(("dpi", "says"), [((75, 75), 300), (None, round(32 * 25.4 / 1.75))])
def test_a_result_knows_how_large_it_prints(tmp_path, dpi, says):
    (page,) = open_pages(encoded(Image.fromarray(staves()), **({"dpi": dpi} if dpi else {})))
    finished, _ = done(page)
    space = measure_staff_space(page.grey)
    result = write_result(finished, UpscaleOptions(), tmp_path, "my song.png", space, page.grey.shape[1])
    assert result.full.name == "my-song-upscaled.png"
    with Image.open(result.full) as picture:
        assert picture.info["dpi"][0] == pytest.approx(says, abs=2)
    width = finished.grey.shape[1] / result.dpi * 25.4
    assert f"prints as {round(width)} × " in result.facts


def test_files_of_several_pages_are_called_after_the_first(tmp_path):
    pages = open_pages(drawn_pdf(pages=2))
    results = []
    for number in (0, 1):
        finished, _ = done(pages[number])
        folder = tmp_path / str(number)
        results.append(write_result(finished, UpscaleOptions(), folder, "song.pdf", None, 620))
    assert [one.full.name for one in results] == ["song-upscaled.png", "song-2-upscaled.png"]
    assert png_of(results, tmp_path).name == "song-upscaled.zip"
    assert pdf_of(results, tmp_path).name == "song-upscaled.pdf"
