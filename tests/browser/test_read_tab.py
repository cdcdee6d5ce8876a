"""The Read tab as a visitor meets it; a stand-in reads the notes, everything else is real."""

import io
import json
import sqlite3
import zipfile

import jsonschema
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from models.notation.engraving.engrave import engrave
from models.notation.engraving.pictures import svg_to_pdf
from models.read.report import schema
from scoreweb import texts as messages
from scoreweb.jobs.read import texts as say
from tests.browser.accessibility import violations
from tests.browser.reading import LONG, await_bars, download, give, look_at, read
from tests.pages import encoded, png_bomb
from tests.readings import LOOK, tune

pytestmark = pytest.mark.browser
SECOND_BAR, THIRD_BAR = ["D5", "C5", "B4"], ["A4", "C#5", "E4", "F#4"]


def test_a_bar_is_looked_at_read_otherwise_and_every_file_follows(
    read_tab, tune_file, reading_demo, tmp_path
):
    visitor = read_tab()
    page = visitor.page
    give(visitor, tune_file)
    expect(page.locator("#sw-r-estimate")).to_contain_text("on this machine", timeout=LONG)
    page.evaluate(
        """() => { window.seen = []; const at = document.querySelector('#sw-r-progress');
        new MutationObserver(() => { const bar = at.querySelector('[role=progressbar]');
          if (bar) seen.push([Number(bar.getAttribute('aria-valuenow')), at.innerText]); })
          .observe(at, {childList: true, subtree: true, characterData: true}); }"""
    )
    page.locator("#sw-r-start").click()
    expect(page.locator("#sw-r-get-pdf")).to_be_enabled(timeout=LONG)
    seen = page.evaluate("window.seen")
    assert [share for share, _ in seen] == sorted(share for share, _ in seen)
    told = [text.split(" · ")[1].split("\n")[0] for _, text in seen if text.startswith("Reading · ")]
    stages = ["straightening", "finding staves", "reading bars", "joining bars"]
    order = list(dict.fromkeys(stage for stage in told if stage in stages))
    assert len(order) >= 2, told  # a busy machine may be asked too seldom to tell every one
    assert order == sorted(order, key=stages.index)
    expect(page.locator("#sw-r-progress")).to_contain_text("6 bars on 1 page")

    view, score, choice = (page.locator(f"#sw-r-{name}") for name in ("page", "score", "choice"))
    assert view.locator("rect.bar").count() == 6
    assert view.locator("path.mark").count() >= 2, "marks of more than one certainty"
    assert score.locator("rect.bar").count() == 6
    doubts = score.locator("[data-part=doubts] button")
    assert [text.split(":")[0] for text in doubts.all_inner_texts()] == ["Bar 3", "Bar 2"]

    view.locator("rect.bar").nth(1).click()
    readings = choice.locator("[data-part=choices] button")
    expect(readings).to_have_count(3, timeout=LONG)
    assert choice.locator("img.crop").evaluate("image => image.naturalWidth") > 60
    assert readings.locator(".paper > svg").count() == 3
    expect(readings.nth(0)).to_have_attribute("aria-pressed", "true")
    expect(readings.nth(0)).to_contain_text("60 %")
    expect(page.locator("#sw-r-choice [data-part=rest]")).to_contain_text("5 %")
    expect(score.locator("rect.bar.chosen")).to_have_attribute("data-bar", "1")
    readings.nth(1).click()
    expect(readings.nth(1)).to_have_attribute("aria-pressed", "true", timeout=LONG)
    expect(doubts).to_have_count(1, timeout=LONG)
    await_bars(page, tmp_path, {2: ["E5", *SECOND_BAR[1:]]})
    assert download(page, "midi", tmp_path).startswith(b"MThd")
    assert download(page, "svg", tmp_path).startswith(b"<svg")
    assert download(page, "pdf", tmp_path).startswith(b"%PDF-")
    assert Image.open(io.BytesIO(download(page, "overlay", tmp_path))).mode == "RGB"
    jsonschema.validate(json.loads(download(page, "json", tmp_path)), schema())

    doubts.first.click()
    expect(choice.locator("[data-part=title]")).to_contain_text("Bar 3", timeout=LONG)
    expect(view.locator("rect.bar.chosen")).to_have_attribute("data-bar", "2")
    expect(readings.nth(1)).to_contain_text(say.BAR_CHOICE["off"])
    readings.nth(1).click()
    expect(doubts).to_have_count(0, timeout=LONG)
    undo = score.locator("[data-part=undo]")
    undo.click()
    expect(doubts).to_have_count(1, timeout=LONG)
    undo.click()
    expect(undo).to_be_disabled(timeout=LONG)
    await_bars(page, tmp_path, {2: SECOND_BAR})
    assert visitor.errors == []
    assert visitor.outside(reading_demo.url) == []


def test_a_pdf_is_one_piece_whose_pages_are_turned(read_tab, tmp_path):
    (tmp_path / "piece.pdf").write_bytes(svg_to_pdf(engrave(tune(), LOOK).pages * 3))
    visitor = read_tab()
    page = visitor.page
    read(visitor, tmp_path / "piece.pdf")
    view = page.locator("#sw-r-page")
    expect(view.locator("[data-part=number]")).to_have_text("Page 1 of 3")
    view.locator("[data-part=later]").click()
    expect(view.locator("[data-part=number]")).to_have_text("Page 2 of 3", timeout=LONG)
    assert view.locator("rect.bar").count() == 0
    page.locator("#sw-r-score [data-part=doubts] button").first.click()
    expect(view.locator("[data-part=number]")).to_have_text("Page 1 of 3", timeout=LONG)
    with zipfile.ZipFile(io.BytesIO(download(page, "overlay", tmp_path))) as archive:
        assert len(archive.namelist()) == 3


def bad_files():
    noise = np.random.default_rng(0).integers(0, 256, (300, 300), dtype=np.uint8)
    png = encoded(Image.fromarray(noise))
    return {
        "empty.png": b"",
        "garbage.png": b"not a picture at all",
        "truncated.png": png[: len(png) // 2],
        "bomb.png": png_bomb(),
        "tiny.png": encoded(Image.new("L", (1, 1), 255)),
        "black.png": encoded(Image.new("L", (300, 200), 0)),
        "cat.png": png,
        "music.png": b"MThd\0\0\0\6",
    }


def test_bad_files_get_a_sentence_and_the_page_goes_on(read_tab, tune_file, tmp_path):
    visitor = read_tab()
    page = visitor.page
    problem = page.locator("#sw-r-problem [role=alert], #sw-r-refusal [role=alert]")
    for name, content in bad_files().items():
        file = tmp_path / name
        file.write_bytes(content)
        give(visitor, file)
        if name in {"black.png", "cat.png"}:
            expect(page.locator("#sw-r-estimate")).to_contain_text("on this machine", timeout=LONG)
            page.locator("#sw-r-start").click()
            expect(problem).to_have_text(say.NO_MUSIC, timeout=LONG)
        expect(problem).to_be_visible(timeout=LONG)
        text = problem.inner_text()
        assert text.endswith("."), name
        assert "wrong on our side" not in text, name
        assert str(tmp_path) not in text, name
        clear = "#sw-r-file button[aria-label='Clear'], #sw-r-file button[aria-label='Remove']"
        page.locator(clear).first.click()
        expect(problem).to_be_hidden(timeout=LONG)
    read(visitor, tune_file)


def test_starting_with_nothing_and_cancelling_are_told_and_lose_nothing(read_tab, tune_file):
    visitor = read_tab()
    page = visitor.page
    page.locator("#sw-r-start").click()
    expect(page.locator("#sw-r-refusal")).to_contain_text(say.SCORE_FIRST, timeout=LONG)
    read(visitor, tune_file)
    page.get_by_role("radio", name=say.STYLES["handwritten"]).check()  # the stand-in takes its time over it
    page.locator("#sw-r-start").click()
    expect(page.locator("#sw-r-progress")).to_contain_text("Reading · ", timeout=LONG)
    page.locator("#sw-r-cancel").click()
    expect(page.locator("#sw-r-progress")).to_contain_text(messages.CANCELLED, timeout=LONG)
    expect(page.locator("#sw-r-start")).to_be_enabled()
    assert page.locator("#sw-r-page rect.bar").count() == 6, "the earlier reading is still there"


def test_a_score_and_its_correction_are_given_and_seen(read_tab, tune_file, reading_demo):
    visitor = read_tab()
    page = visitor.page
    read(visitor, tune_file)
    look_at(page, 2)
    page.locator("#sw-r-choice [data-part=choices] button").nth(1).click()
    expect(page.locator("#sw-r-choice [data-part=choices] button").nth(1)).to_have_attribute(
        "aria-pressed", "true", timeout=LONG
    )
    page.get_by_role("button", name=say.CONTRIBUTION["title"]).click()
    page.locator("#sw-r-keep-button").click()
    expect(page.locator("#sw-r-keep-note")).to_contain_text(say.CONTRIBUTION["must_agree"], timeout=LONG)
    for label in (say.CONTRIBUTION["agree"], say.CONTRIBUTION["own"], messages.KEEP_AGE):
        page.locator("#sw-r-keep").get_by_label(label).check()
    page.locator("#sw-r-keep").get_by_label(messages.LICENCES["CC0-1.0"]).check()
    page.locator("#sw-r-keep-button").click()
    expect(page.locator("#sw-r-keep-note")).to_contain_text(say.CONTRIBUTION["corrected"], timeout=LONG)
    database = next(reading_demo.data.glob("*.sqlite*"))
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        assert connection.execute("select task from submission").fetchall() == [("read",)]
        kinds = {kind for (kind,) in connection.execute("select kind from media")}
        ranks = connection.execute("select rank from prediction order by rank").fetchall()
        chosen = "select format, rank from correction join prediction on prediction.id = correction.based_on"
        format_, rank = connection.execute(chosen).fetchone()
    assert kinds == {"image", "score"}
    assert [rank for (rank,) in ranks] == [1, 2, 3, 4, 5]
    assert (format_, rank in {2, 3, 4, 5}) == (
        "choice",
        True,
    )  # with that reading it is another of the interpretations


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(read_tab, tune_file, scheme):
    visitor = read_tab(query=f"/?__theme={scheme}", color_scheme=scheme)
    page = visitor.page
    for full in (False, True):
        if full:
            read(visitor, tune_file)
            page.locator("#sw-r-page rect.bar").nth(2).click()
            expect(page.locator("#sw-r-choice [data-part=choices] button").first).to_be_visible(timeout=LONG)
            page.get_by_role("button", name=say.CONTRIBUTION["title"]).click()
            line = page.locator("#sw-r-score g.staff > path").first
            assert line.evaluate("line => getComputedStyle(line).stroke") == "rgb(0, 0, 0)"
        assert violations(page) == {}


def test_a_phone_shows_all_of_it_without_sideways_scrolling(read_tab, tune_file):
    visitor = read_tab(viewport={"width": 390, "height": 844})
    read(visitor, tune_file)
    visitor.page.locator("#sw-r-page rect.bar").nth(2).click()
    expect(visitor.page.locator("#sw-r-choice [data-part=choices] button").first).to_be_visible(timeout=LONG)
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_productions_can_be_looked_at(read_tab):
    page = read_tab().page
    page.get_by_role("button", name=say.PRODUCTIONS).click()
    rule = page.locator("#sw-r-productions details").filter(has_text="head_on_stem")
    rule.locator("summary").click()
    expect(rule.locator("pre")).to_contain_text("Apply =")
    assert violations(page, "#sw-r-productions", every_rule=True) == {}
