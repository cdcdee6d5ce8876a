import re
import time
import zipfile

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from scoreweb import texts as messages
from scoreweb.jobs.upscale import texts as say
from scoreweb.widgets.examples import EXAMPLES, example_name
from tests.pages import drawn_pdf

pytestmark = pytest.mark.browser

SONG, PIANO, PDF = (
    next(p for p in EXAMPLES if p.name == n) for n in ("song-75dpi.png", "piano-small.png", "two-pages.pdf")
)
LONG = 60_000


def test_a_page_goes_in_and_comes_out_four_times_larger(demo, visit, tmp_path):
    own = tmp_path / "my-song.png"  # not the example itself, whose result may be there already
    with Image.open(SONG) as song:
        song.save(own)
    visitor = visit(demo.url)
    page = visitor.page
    visitor.upload(own)
    expect(page.locator("#sw-pages")).to_contain_text("620 × 877", timeout=LONG)
    expect(page.locator("#sw-pages")).to_contain_text(re.compile(r"\d\.\d px"))
    expect(page.locator("#sw-estimate")).to_contain_text("on this machine", timeout=LONG)
    # What the bar says is collected as it changes: progress must be seen, and be true.
    page.evaluate(
        """() => { window.seen = []; const box = document.querySelector('#sw-progress');
        new MutationObserver(() => { const bar = box.querySelector('[role=progressbar]');
          if (bar) window.seen.push([+bar.getAttribute('aria-valuenow'), box.innerText]); })
        .observe(box, {subtree: true, childList: true, attributes: true, characterData: true}); }"""
    )
    page.locator("#sw-start").click()
    expect(page.locator("#sw-png")).to_be_visible(timeout=LONG)
    seen = page.evaluate("window.seen")
    assert [s for s, _ in seen] == sorted(s for s, _ in seen)
    assert seen[-1][0] == 100
    assert any(re.search(r"tile \d+ of \d+", text) for _, text in seen)
    assert len({share for share, _ in seen}) > 3
    with page.expect_download() as download:
        page.locator("#sw-png").click()
    target = tmp_path / "result.png"
    download.value.save_as(target)
    with Image.open(target) as result:
        assert result.format == "PNG"
        assert result.size == (4 * 620, 4 * 877)
        assert np.asarray(result).min() == 0
    assert page.locator("#sw-result img").count() >= 2
    with page.expect_download() as download:
        page.locator("#sw-pdf").click()
    download.value.save_as(tmp_path / "result.pdf")
    assert (tmp_path / "result.pdf").read_bytes().startswith(b"%PDF-")
    assert visitor.errors == []
    assert visitor.outside(demo.url) == []


def test_pages_of_a_pdf_can_be_chosen_and_looked_at(demo, visit):
    visitor = visit(demo.url)
    page = visitor.page
    visitor.upload(PDF)
    expect(page.locator("#sw-chosen")).to_be_visible(timeout=LONG)
    assert page.locator("#sw-pages tbody tr").count() == 2
    boxes = page.locator("#sw-chosen input[type=checkbox]")
    boxes.nth(0).uncheck()
    expect(page.locator("#sw-estimate")).to_contain_text("1 page", timeout=LONG)
    page.locator("#sw-start").click()
    expect(page.locator("#sw-png")).to_be_visible(timeout=LONG)
    expect(page.locator("#sw-png")).to_contain_text("PNG")
    boxes.nth(0).check()
    page.locator("#sw-start").click()
    expect(page.locator("#sw-png")).to_contain_text("ZIP", timeout=LONG)
    expect(page.locator("#sw-shown")).to_be_visible()


def test_several_files_are_the_pages_of_one_job(demo, visit, tmp_path):
    files = []
    for name, width in (("first.png", 300), ("second.png", 240), ("broken.png", 0)):
        files.append(tmp_path / name)
        if width:
            Image.open(PIANO).convert("L").crop((0, 0, width, 200)).save(files[-1])
        else:
            files[-1].write_bytes(b"no picture")
    visitor = visit(demo.url)
    page = visitor.page
    field = page.locator("#sw-file input[type=file]")
    field.set_input_files([str(f) for f in files])
    expect(page.locator("#sw-problem")).to_contain_text("broken.png: ", timeout=LONG)
    page.get_by_label("Remove this file").nth(2).click()
    expect(page.locator("#sw-pages tbody tr")).to_have_count(2, timeout=LONG)
    expect(page.locator("#sw-problem")).not_to_contain_text("broken")
    expect(page.locator("#sw-pages")).to_contain_text("second.png")
    with page.expect_file_chooser() as choosing:  # by keyboard
        page.locator("#sw-file").get_by_role("button", name=messages.MORE_FILES).press("Enter")
    choosing.value.set_files(str(files[0].with_name("second.png")))
    expect(page.locator("#sw-pages tbody tr")).to_have_count(3, timeout=LONG)
    page.get_by_label("Remove this file").nth(2).click()
    expect(page.locator("#sw-pages tbody tr")).to_have_count(2, timeout=LONG)
    page.locator("#sw-start").click()
    expect(page.locator("#sw-png")).to_contain_text("ZIP", timeout=LONG)
    expect(page.locator("#sw-progress")).to_contain_text("2 pages")
    with page.expect_download() as arriving:
        page.locator("#sw-png").click()
    arriving.value.save_as(tmp_path / "pages.zip")
    with zipfile.ZipFile(tmp_path / "pages.zip") as archive:
        sizes = {n: Image.open(archive.open(n)).size for n in archive.namelist()}
    assert sizes == {"first-1-upscaled.png": (1200, 800), "second-2-upscaled.png": (960, 800)}
    assert visitor.errors == []


def test_cancel_stops_the_work_and_keeps_the_upload(demo, visit, tmp_path):
    big = tmp_path / "big.png"
    with Image.open(SONG) as song:
        tall = Image.new("L", (2 * song.width, 4 * song.height), 255)
        for x in range(2):
            for y in range(4):
                tall.paste(song.convert("L"), (x * song.width, y * song.height))
        tall.save(big)
    visitor = visit(demo.url)
    page = visitor.page
    visitor.upload(big)
    expect(page.locator("#sw-estimate")).to_contain_text("on this machine", timeout=LONG)
    page.locator("#sw-start").click()
    expect(page.locator("#sw-progress")).to_contain_text("tile", timeout=LONG)
    page.locator("#sw-cancel").click()
    expect(page.locator("#sw-progress")).to_contain_text(messages.CANCELLED, timeout=LONG)
    expect(page.locator("#sw-start")).to_be_enabled()
    expect(page.locator("#sw-png")).to_be_hidden()
    visitor.replace(PIANO)
    expect(page.locator("#sw-pages")).to_contain_text("560 × 430", timeout=LONG)


def test_a_target_staff_space_gives_another_size(demo, visit):
    visitor = visit(demo.url)
    page = visitor.page
    visitor.upload(PIANO)
    expect(page.locator("#sw-estimate")).to_contain_text("on this machine", timeout=LONG)
    page.get_by_role("button", name=say.SIZE).click()
    page.get_by_label(say.SIZES["staff_space_px"]).check()
    page.get_by_label(say.SIZE_VALUE).fill("12")
    page.locator("#sw-start").click()
    expect(page.locator("#sw-facts")).to_contain_text("staff space 12.", timeout=LONG)


def test_a_scan_is_noticed_and_gets_its_method(demo, visit, tmp_path):
    scan = tmp_path / "scan.jpg"
    with Image.open(PIANO) as piano:
        piano.convert("L").point(lambda v: 60 + v * 0.7).save(scan, quality=70)
    visitor = visit(demo.url)
    page = visitor.page
    expect(page.get_by_role("radio", name=re.compile("Automatic – "))).to_be_checked()
    visitor.upload(scan)
    expect(page.locator("#sw-pages")).to_contain_text(say.LOOKS_SCANNED, timeout=LONG)
    page.locator("#sw-start").click()
    expect(page.locator("#sw-facts")).to_contain_text("method scan", timeout=LONG)
    visitor.replace(SONG)
    expect(page.locator("#sw-pages")).to_contain_text("620 × 877", timeout=LONG)
    expect(page.locator("#sw-start")).to_be_enabled(timeout=LONG)
    page.locator("#sw-start").click()
    expect(page.locator("#sw-facts")).to_contain_text("method fast", timeout=LONG)


def test_of_the_two_choices_of_a_method_one_holds(demo, visit):
    page = visit(demo.url).page
    automatic = page.get_by_role("radio", name=re.compile("Automatic – "))
    page.get_by_role("button", name=say.RESEARCH).click()
    bicubic = page.get_by_role("radio", name=re.compile("Bicubic – "))
    bicubic.check()
    expect(automatic).not_to_be_checked(timeout=LONG)
    automatic.check()
    expect(bicubic).not_to_be_checked(timeout=LONG)


def test_a_size_in_dpi_is_offered_only_where_the_file_gives_its_own(demo, visit, tmp_path):
    plain, told = tmp_path / "plain.png", tmp_path / "told.png"
    with Image.open(PIANO) as piano:
        piano.convert("L").save(plain)
        piano.convert("L").save(told, dpi=(75, 75))
    visitor = visit(demo.url)
    page = visitor.page
    page.get_by_role("button", name=say.SIZE).click()
    visitor.upload(told)
    expect(page.locator("#sw-estimate")).to_contain_text("on this machine", timeout=LONG)
    page.get_by_label(say.SIZES["dpi"]).check()
    value = page.locator("#sw-size-value input")
    expect(value).to_have_value("300", timeout=LONG)
    for wrong in ("-5", ""):
        value.fill(wrong)
        page.locator("#sw-start").click()
        expect(page.locator("#sw-refusal")).to_contain_text(say.ABOVE_ZERO["dpi"], timeout=LONG)
    page.get_by_label(say.SIZES["times"]).check()
    page.locator("#sw-start").click()
    expect(page.locator("#sw-facts")).to_contain_text("4 times the original", timeout=LONG)
    visitor.replace(plain)
    expect(page.get_by_label(say.SIZES["dpi"])).to_have_count(0, timeout=LONG)
    expect(page.locator(".toast-wrap")).not_to_contain_text("Error")


def test_a_second_job_of_the_same_page_raises_no_error(demo, visit):
    visitor = visit(demo.url)
    page = visitor.page
    visitor.upload(PIANO)
    expect(page.locator("#sw-estimate")).to_contain_text("on this machine", timeout=LONG)
    for again in range(2):
        if again:
            # so that a job which is done between two looks is seen to be another one
            page.locator("#sw-progress p").evaluate("said => { said.textContent = 'earlier' }")
            expect(page.locator("#sw-progress")).not_to_contain_text("Done")
        page.locator("#sw-start").click()
        expect(page.locator("#sw-progress")).to_contain_text("Done", timeout=LONG)
        expect(page.locator("#sw-result")).to_be_in_viewport(timeout=LONG)
    assert visitor.errors == []
    assert page.locator(".toast-body.error").count() == 0


def test_a_drawn_pdf_is_drawn_anew_and_nothing_is_guessed(demo, visit, tmp_path):
    file = tmp_path / "drawn.pdf"
    file.write_bytes(drawn_pdf())
    visitor = visit(demo.url)
    page = visitor.page
    visitor.upload(file)
    expect(page.locator("#sw-pages")).to_contain_text("Sharp at any size", timeout=LONG)
    expect(page.locator("#sw-start")).to_be_enabled(timeout=LONG)
    page.locator("#sw-start").click()
    expect(page.locator("#sw-facts")).to_contain_text("nothing was guessed", timeout=LONG)
    with page.expect_download() as download:
        page.locator("#sw-png").click()
    assert download.value.suggested_filename == "drawn-upscaled.png"


def test_an_upscaled_page_is_handed_to_reading(demo, visit):
    visitor = visit(demo.url)
    page = visitor.page
    visitor.upload(PIANO)
    expect(page.locator("#sw-estimate")).to_contain_text("on this machine", timeout=LONG)
    page.locator("#sw-start").click()
    page.locator("#sw-read-it").click(timeout=LONG)
    expect(page.locator("#sw-r-file")).to_contain_text("piano-small-upscaled", timeout=LONG)
    expect(page.locator("#sw-r-estimate")).to_contain_text("on this machine", timeout=LONG)
    page.get_by_role("tab", name=say.TAB).click()
    with page.expect_download() as download:
        page.locator("#sw-png").click()
    assert download.value.suggested_filename == "piano-small-upscaled.png"
    assert visitor.errors == []
    expect(page.locator(".toast-wrap")).not_to_contain_text("Error")


def test_other_forms_are_made_when_asked_for(demo, visit, tmp_path):
    visitor = visit(demo.url)
    page = visitor.page
    visitor.upload(PIANO)
    expect(page.locator("#sw-estimate")).to_contain_text("on this machine", timeout=LONG)
    expect(page.locator("#sw-form")).to_be_hidden()
    page.locator("#sw-start").click()
    expect(page.locator("#sw-form")).to_be_visible(timeout=LONG)
    expect(page.locator("#sw-other")).to_be_hidden()
    heads = {}
    for form in say.FORMS.values():
        page.get_by_label(form).check()
        expect(page.locator("#sw-other")).to_have_text(say.DOWNLOAD_FORM.format(form=form), timeout=LONG)
        with page.expect_download() as download:
            page.locator("#sw-other").click()
        target = tmp_path / download.value.suggested_filename
        download.value.save_as(target)
        heads[form] = target
    with Image.open(heads[say.FORMS["bilevel"]]) as bilevel:
        assert bilevel.mode == "1"
        assert bilevel.size == (4 * 560, 4 * 430)
    assert heads[say.FORMS["pdf"]].read_bytes().startswith(b"%PDF")
    assert heads[say.FORMS["svg"]].read_bytes().startswith(b"<svg")
    assert visitor.errors == []


def test_who_has_the_original_is_told_how_like_it_the_result_is(demo, visit, tmp_path):
    with Image.open(PIANO) as piano:
        original = piano.convert("L").resize((640, 480))
    original.save(tmp_path / "original.png")
    original.resize((160, 120), Image.Resampling.BICUBIC).save(tmp_path / "small.png")
    visitor = visit(demo.url)
    page = visitor.page
    visitor.upload(tmp_path / "small.png")
    expect(page.locator("#sw-estimate")).to_contain_text("on this machine", timeout=LONG)
    page.get_by_role("button", name=say.RESEARCH).click()
    page.get_by_role("radio", name=re.compile("Bicubic – ")).check()
    page.locator("#sw-start").click()
    expect(page.locator("#sw-png")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name=say.TRUTH).click()
    field = page.locator("#sw-truth input[type=file]")
    field.set_input_files(str(tmp_path / "original.png"))
    expect(page.locator("#sw-likeness")).to_contain_text("gain +0.00 dB", timeout=LONG)
    page.get_by_role("radio", name=re.compile("Fast – ")).check()
    page.locator("#sw-start").click()
    expect(page.locator("#sw-likeness")).not_to_contain_text("gain +0.00 dB", timeout=LONG)
    expect(page.locator("#sw-likeness")).to_contain_text(re.compile(r"SSIM 0\.\d{4}"), timeout=LONG)
    another = tmp_path / "another.png"
    another.write_bytes(PIANO.read_bytes())
    clear = page.locator("#sw-truth button[aria-label='Clear'], #sw-truth button[aria-label='Remove']").first
    clear.click()
    field.set_input_files(str(another))
    expect(page.locator("#sw-likeness [role=alert]")).to_contain_text("same size", timeout=LONG)
    with page.expect_download() as download:
        page.locator("#sw-png").click()
    download.value.save_as(tmp_path / "same.png")
    clear.click()
    field.set_input_files(str(tmp_path / "same.png"))
    expect(page.locator("#sw-likeness")).to_contain_text(say.METRICS_SAME, timeout=LONG)


def test_an_example_is_one_click_away(demo, visit):
    visitor = visit(demo.url)
    page = visitor.page
    page.get_by_text(EXAMPLES[PIANO]).first.click()
    expect(page.locator("#sw-pages")).to_contain_text("560 × 430", timeout=LONG)
    expect(page.locator("#sw-png")).to_be_visible(timeout=LONG)
    assert PIANO.exists(), "the example itself must survive being used"


def test_an_example_is_computed_once(demo, visit):
    for _ in range(2):
        visitor = visit(demo.url)
        visitor.page.get_by_text(EXAMPLES[PIANO]).first.click()
        expect(visitor.page.locator("#sw-png")).to_be_visible(timeout=LONG)
    assert "tile" not in visitor.page.locator("#sw-progress").inner_text()


def test_nothing_remains_without_consent(demo_with, visit):
    demo = demo_with(SCOREWEB_AWAY_MINUTES="0")
    visitor = visit(demo.url)
    page = visitor.page
    visitor.upload(PIANO)
    expect(page.locator("#sw-estimate")).to_contain_text("on this machine", timeout=LONG)
    page.locator("#sw-start").click()
    expect(page.locator("#sw-png")).to_be_visible(timeout=LONG)
    visitor.context.close()
    for _ in range(100):
        left = [p for p in demo.cache.rglob("*") if p.is_file() and example_name(p) is None]
        if not left:
            break
        time.sleep(0.2)
    assert left == []
    assert not [p for p in demo.data.rglob("*") if p.is_file() and "blobs" in p.parts]
