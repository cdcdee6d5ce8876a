"""Giving, seeing, removing, judging and the host's review, as visitors do it."""

import io
import sqlite3
import urllib.request
import zipfile

import pytest
from playwright.sync_api import expect

from scoreweb import score_texts
from scoreweb import texts as messages
from scoreweb.jobs.data import texts as say
from scoreweb.jobs.upscale import texts as upscale_texts
from scoreweb.widgets.examples import EXAMPLES
from storage import Store, consent_text
from tests import donations
from tests.browser.accessibility import violations
from tests.browser.leaving import left
from tests.conftest import Demo

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
LONG = 180_000
PIANO = next(p for p in EXAMPLES if p.name == "piano-small.png")
PASSWORD = "correct horse battery"  # noqa: S105


def blobs(demo):
    return [p for p in (demo.data / "blobs").rglob("*") if p.is_file()]


def rows(demo, query="select count(*) from submission"):
    with sqlite3.connect(f"file:{next(demo.data.glob('*.sqlite*'))}?mode=ro", uri=True) as connection:
        return connection.execute(query).fetchall()


def upscaled(visitor):
    visitor.upload(PIANO)
    expect(visitor.page.locator("#sw-estimate")).to_contain_text("on this machine", timeout=LONG)
    visitor.page.locator("#sw-start").click()
    expect(visitor.page.locator("#sw-png")).to_be_visible(timeout=LONG)
    visitor.page.get_by_role("button", name=upscale_texts.CONTRIBUTION["title"]).click()


def given(page):
    """All boxes ticked, a licence chosen, given; the token that is shown."""
    for label in (upscale_texts.CONTRIBUTION["agree"], upscale_texts.CONTRIBUTION["own"], messages.KEEP_AGE):
        page.get_by_label(label).check()
    page.get_by_label(messages.LICENCES["CC0-1.0"]).check()
    page.locator("#sw-keep-button").click()
    expect(page.locator("#sw-keep-note")).to_contain_text("it is kept", timeout=LONG)
    expect(page.locator("#sw-token input")).to_be_visible(timeout=LONG)
    return page.locator("#sw-token input").input_value()


def shown(page, token):
    page.get_by_role("tab", name=say.TAB).click()
    page.locator("#sw-data-token input, #sw-data-token textarea").first.fill(token)
    page.locator("#sw-data-show").click()
    expect(page.locator("#sw-data-list li").first).to_be_visible(timeout=LONG)


def test_a_page_is_given_with_consent_seen_and_taken_back(demo_with, visit):
    demo = demo_with(SCOREWEB_OPERATOR="The town music school", SCOREWEB_CONTACT="music@example.org")
    visitor = visit(demo.url)
    page = visitor.page
    upscaled(visitor)
    expect(page.locator("#sw-kept img")).to_be_visible(timeout=LONG)
    expect(page.locator("#sw-kept")).to_contain_text("pixels")
    page.get_by_role("button", name=messages.KEEP_TEXT).click()
    lines = page.locator("#sw-keep .sw-wording").inner_text().split("\n")
    assert [line for line in lines if line.strip()] == [line for line in consent_text().split("\n") if line]
    expect(page.locator("#sw-keep")).to_contain_text("The town music school")
    expect(page.locator(".sw-foot").last).to_contain_text("music@example.org")
    page.locator("#sw-keep-button").click()
    expect(page.locator("#sw-keep-note")).to_contain_text(
        upscale_texts.CONTRIBUTION["must_agree"], timeout=LONG
    )
    for label in (upscale_texts.CONTRIBUTION["agree"], upscale_texts.CONTRIBUTION["own"], messages.KEEP_AGE):
        page.get_by_label(label).check()
    page.locator("#sw-keep-button").click()
    expect(page.locator("#sw-keep-note")).to_contain_text(messages.CHOOSE_LICENCE, timeout=LONG)
    assert blobs(demo) == []
    token = given(page)
    assert len(token) >= 22
    assert rows(demo) == [(1,)]
    assert len(blobs(demo)) >= 2
    expect(page.locator("#sw-token")).to_contain_text(messages.TOKEN_CARD["unsaved"])
    with page.expect_download() as saved:
        page.get_by_role("button", name=messages.TOKEN_CARD["save"]).click()
    assert token in saved.value.path().read_text()
    expect(page.locator("#sw-token")).to_contain_text(messages.TOKEN_CARD["saved"])
    page.locator("#sw-keep-button").click()
    expect(page.locator("#sw-keep-note")).to_contain_text(upscale_texts.CONTRIBUTION["already"], timeout=LONG)

    page.get_by_role("tab", name=say.TAB).click()
    page.locator("#sw-data-token input, #sw-data-token textarea").first.fill("no such token")
    page.locator("#sw-data-show").click()
    expect(page.locator("#sw-data-note [role=alert]")).to_be_visible(timeout=LONG)
    shown(page, token)
    card = page.locator("#sw-data-list li")
    expect(card).to_contain_text(say.TASKS["upscale"])
    expect(card).to_contain_text(say.STATES["pending"])
    expect(card).to_contain_text(say.LICENCES["CC0-1.0"])
    expect(card.locator("img.thumb")).to_have_js_property("complete", value=True)
    assert card.locator("img.thumb").evaluate("one => one.naturalWidth") > 0
    when = rows(demo, "select created_at from submission")[0][0]
    local = page.evaluate(
        "iso => new Date(iso).toLocaleString([], {dateStyle: 'medium', timeStyle: 'short'})",
        f"{when[:19].replace(' ', 'T')}Z",
    )
    expect(card.locator("time")).to_have_text(local)
    card.get_by_role("button", name="Open").click()
    expect(card.locator(".details img")).to_have_count(2, timeout=LONG)
    link = card.get_by_role("link", name=say.DONATION_LIST["download"]).get_attribute("href")
    with urllib.request.urlopen(f"{demo.url}/{link}") as answer:
        names = zipfile.ZipFile(io.BytesIO(answer.read())).namelist()
    assert {"00-input.png", "settings.json"} <= set(names)

    remove = page.get_by_role("button", name=say.DONATION_LIST["remove"])
    expect(remove).to_be_disabled()
    card.get_by_role("checkbox").check()
    remove.click()
    page.get_by_role("button", name=say.DONATION_LIST["no"]).click()
    assert rows(demo) == [(1,)]
    remove.click()
    page.get_by_role("button", name=say.DONATION_LIST["yes"]).click()
    expect(page.locator("#sw-data-note")).to_contain_text("1 donation removed", timeout=LONG)
    expect(card).to_have_count(0)
    assert rows(demo) == [(0,)]
    assert blobs(demo) == []
    assert visitor.errors == []
    assert left(page)


def test_who_leaves_with_an_unsaved_token_is_asked_and_may_stay_and_save_it(demo, visit):
    visitor = visit(demo.url)
    upscaled(visitor)
    assert given(visitor.page)
    assert not left(visitor.page)
    with visitor.page.expect_download() as arriving:
        visitor.page.locator("#sw-token [data-part=save]").click()
    assert arriving.value.failure() is None
    assert left(visitor.page)


def test_a_space_that_restarts_keeps_everything_and_erases_it(demo_with, visit):
    """As on a Space: all that is kept lies on a mounted volume, where only the old journal is safe."""
    volume = {"SCOREWEB_JOURNAL": "delete", "SCOREWEB_TRUST_PROXY": "true"}
    first = demo_with(**volume)
    visitor = visit(first.url)
    upscaled(visitor)
    token = given(visitor.page)
    first.process.kill()  # a Space is stopped without notice
    first.process.wait()
    assert not list(first.data.glob("*-wal"))
    second = demo_with(**volume)
    page = visit(second.url).page
    shown(page, token)
    expect(page.locator("#sw-data-list li")).to_have_count(1)
    page.get_by_role("button", name=say.EVERYTHING).first.click()
    page.locator("#sw-data-all").click()
    expect(page.locator("#sw-data-note")).to_contain_text(say.MUST_BE_SURE, timeout=LONG)
    page.get_by_label(say.SURE).check()
    page.locator("#sw-data-all").click()
    expect(page.locator("#sw-data-note")).to_contain_text("removed", timeout=LONG)
    page.locator("#sw-data-show").click()
    expect(page.locator("#sw-data-note [role=alert]")).to_be_visible(timeout=LONG)
    assert blobs(second) == []
    second.stop()
    with Store.open(second.data, journal="delete") as store:
        counts = store.health()["counts"]
    assert counts["submission"] == counts["contributor"] == counts["media"] == 0
    assert counts["erasure"] >= 1


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """A page with donations of two people, whose tokens are ``mine`` and ``other``; the second's are doubtful."""
    folder = tmp_path_factory.mktemp("collected")
    with Store.open(folder / "data") as store:
        mine = store.contribute(donations.read(), donations.consent()).token
        store.contribute(donations.transcribed(), donations.consent(), mine)
        other = store.contribute(donations.read("CDEFGAGC", 0.2), donations.consent()).token
        store.contribute(donations.upscaled(), donations.consent(), other)
        store.contribute(donations.transcribed(score=0.6), donations.consent(), other)
    demo = Demo(folder, SCOREWEB_VOTER_HOURS="0", SCOREWEB_HOST_PASSWORD=PASSWORD)
    demo.mine, demo.other = mine, other
    yield demo.wait()
    demo.stop()


@pytest.mark.parametrize(("width", "height", "scheme"), [(1280, 900, "light"), (390, 844, "dark")])
def test_all_of_my_data_is_accessible_and_fits(collected, visit, width, height, scheme):
    visitor = visit(
        f"{collected.url}/?__theme={scheme}", color_scheme=scheme, viewport={"width": width, "height": height}
    )
    page = visitor.page

    def fits():
        assert violations(page) == {}
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    shown(page, collected.mine)
    page.locator("#sw-data-list li").last.get_by_role("button", name="Open").click()
    expect(page.locator("#sw-data-list .details audio")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name=say.EVERYTHING).first.click()
    fits()
    page.get_by_role("tab", name=say.CHECK).click()
    page.locator("#sw-check-next").click()
    expect(page.locator("#sw-vote-right")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name=say.CORRECT).click()
    page.get_by_role("button", name=say.REPORT).click()
    fits()
    page.get_by_role("tab", name=say.HOST).click()
    page.locator("#sw-host-password input").fill(PASSWORD)
    page.locator("#sw-host-in").click()
    expect(page.locator("#sw-host-shown figure").first).to_be_visible(timeout=LONG)
    fits()
    assert visitor.errors == []


def test_the_queue_is_blind_offers_doubtful_ones_first_and_takes_votes_and_corrections(collected, visit):
    visitor = visit(collected.url)
    page = visitor.page
    page.get_by_role("tab", name=say.TAB).click()
    page.get_by_role("tab", name=say.CHECK).click()
    page.locator("#sw-check-next").click()
    expect(page.locator("#sw-check-note")).to_contain_text(say.TOKEN_FIRST, timeout=LONG)
    page.locator("#sw-data-token input, #sw-data-token textarea").first.fill(collected.mine)
    page.locator("#sw-check-next").click()
    expect(page.locator("#sw-check-question")).to_contain_text(
        say.QUESTIONS["read"], timeout=LONG
    )  # 0.2 probable
    assert "votes" not in page.locator("#sw-check-acts").inner_text().lower()
    page.locator("#sw-vote-skip").click()
    expect(page.locator("#sw-check-question")).to_contain_text(say.QUESTIONS["transcribe"], timeout=LONG)
    expect(page.locator("#sw-check-given audio")).to_be_visible()
    page.locator("#sw-vote-right").click()
    expect(page.locator("#sw-check-question")).to_contain_text(say.QUESTIONS["upscale"], timeout=LONG)
    expect(page.locator("#sw-check-given img")).to_have_count(2)
    expect(page.locator("#sw-correct")).to_have_count(0)
    voted = "select task, verdict from vote join submission on submission.id = vote.submission_id"
    assert rows(collected, voted) == [("transcribe", "right")]
    page.get_by_role("button", name=say.REPORT).click()
    page.locator("#sw-report-send").click()
    expect(page.locator("#sw-check-note")).to_contain_text(say.CHOOSE_REASON, timeout=LONG)
    page.get_by_label(say.REPORT_WHY).click()
    page.get_by_role("option", name=say.REASONS["personal"]).click()
    page.locator("#sw-report-send").click()
    expect(page.locator("#sw-check-note")).to_contain_text(say.REPORTED, timeout=LONG)
    assert rows(collected, "select status from submission where task = 'upscale'") == [("quarantined",)]

    page = visit(collected.url).page  # what was skipped is offered again to a new visit
    page.get_by_role("tab", name=say.TAB).click()
    page.locator("#sw-data-token input, #sw-data-token textarea").first.fill(collected.mine)
    page.get_by_role("tab", name=say.CHECK).click()
    page.get_by_label(say.PURPOSE).click()
    page.get_by_role("option", name=say.MEND).click()
    page.locator("#sw-check-next").click()
    expect(page.locator("#sw-check-question")).to_contain_text(say.MEND_QUESTION, timeout=LONG)
    page.locator("#sw-correct-send").click()
    expect(page.locator("#sw-check-note")).to_contain_text(say.NOT_CHANGED, timeout=LONG)
    notes = page.locator("#sw-check-score g.note-like")
    notes.nth(6).click()
    page.locator("#sw-check-score [data-part=edit]").get_by_role(
        "button", name=score_texts.SCORE_TOOLS["up"]
    ).click()
    expect(page.locator("#sw-check-score [data-part=undo]")).to_be_enabled(timeout=LONG)
    for label in (say.CORRECT_AGREE, say.CORRECT_OWN):
        page.get_by_label(label).check()
    page.locator("#sw-correct").get_by_label(messages.KEEP_AGE).check()
    page.locator("#sw-correct-send").click()
    expect(page.locator("#sw-check-note")).to_contain_text(messages.CHOOSE_LICENCE, timeout=LONG)
    page.locator("#sw-correct").get_by_label(messages.LICENCES["CC-BY-4.0"]).check()
    page.locator("#sw-correct-send").click()
    expect(page.locator("#sw-check-note")).to_contain_text(say.CORRECTED, timeout=LONG)
    assert rows(collected, "select format from correction") == [("musicxml",)]
    assert visitor.errors == []


def test_the_host_reviews_behind_a_password(collected, visit):
    visitor = visit(collected.url)
    page = visitor.page
    page.get_by_role("tab", name=say.TAB).click()
    page.get_by_role("tab", name=say.HOST).click()
    page.locator("#sw-host-password input").fill("guess")
    page.locator("#sw-host-in").click()
    expect(page.locator("#sw-host-note")).to_contain_text(say.WRONG_PASSWORD, timeout=LONG)
    expect(page.locator("#sw-host-review")).to_have_count(0)
    page.locator("#sw-host-password input").fill(PASSWORD)
    page.locator("#sw-host-in").click()
    expect(page.locator("#sw-host-numbers svg")).to_be_visible(timeout=LONG)
    expect(page.locator("#sw-host-shown figure").first).to_be_visible(timeout=LONG)
    page.locator("#sw-host-hidden").click()
    expect(page.locator("#sw-host-note")).to_contain_text("Say why", timeout=LONG)
    before = rows(collected, "select count(*) from decision where decided_by = 'host'")
    page.locator("#sw-host-reason textarea, #sw-host-reason input").first.fill("Not music at all.")
    page.locator("#sw-host-hidden").click()
    expect(page.locator("#sw-host-note")).to_contain_text(say.STATES["hidden"], timeout=LONG)
    after = rows(collected, "select reason from decision where decided_by = 'host'")
    assert len(after) == before[0][0] + 1
    assert ("Not music at all.",) in after
    page.locator("#sw-host-accepted").click()
    expect(page.locator("#sw-host-note")).to_contain_text("Accepted", timeout=LONG)
    page.locator("#sw-host-out").click()
    expect(page.locator("#sw-host-password")).to_be_visible(timeout=LONG)
    assert visitor.errors == []


def test_without_a_password_there_is_no_review_on_the_page(demo, visit):
    page = visit(demo.url).page
    page.get_by_role("tab", name=say.TAB).click()
    expect(page.get_by_role("tab", name=say.CHECK)).to_be_visible()
    expect(page.get_by_role("tab", name=say.HOST)).to_have_count(0)
