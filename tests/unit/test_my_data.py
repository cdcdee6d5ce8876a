"""My data without a browser: labels that can be corrected, the host's door, the numbers, what is shown of a donation."""

import json
import re
from html import unescape

import pytest
from pydantic import ValidationError

from models.notation.editing import Remove, Transpose
from models.notation.musicxml import read_musicxml
from scoreweb.errors import VisitorError
from scoreweb.guard import Budgets
from scoreweb.jobs.data import texts as say
from scoreweb.jobs.data.plot import numbers_html
from scoreweb.jobs.data.result import LabelResult, written
from scoreweb.jobs.data.run import DataWork
from scoreweb.jobs.data.showing import files_of, given_html, label_html
from scoreweb.settings import Settings
from scoreweb.widgets import fragments
from scoreweb.widgets.donation_list import ids_of
from storage import CorrectionFormat, NewCorrection, Numbers, Status, Store, Task, consent_text
from tests import donations

PASSWORD = "correct horse battery"  # noqa: S105


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "data") as store:
        yield store


@pytest.fixture
def work(tmp_path):
    return DataWork(tmp_path / "data-work")


class TestLabels:
    def label(self, tmp_path, files):
        result = LabelResult(tmp_path, written(files), 1)
        result.write()
        return result

    def test_a_read_score_is_corrected_as_musicxml(self, tmp_path):
        result = self.label(tmp_path, {"label.musicxml": donations.musicxml("CDEFGAGC").encode()})
        with pytest.raises(VisitorError, match="Change something"):
            result.correction()
        wrong = [n.id for _, _, event in result.score.events() for n in event.notes][6]
        result.edit(Transpose(wrong, 4))
        correction = result.correction()
        assert (correction.format, correction.based_on_rank) == (CorrectionFormat.MUSICXML, 1)
        steps = [
            n.pitch.step for _, _, e in read_musicxml(correction.payload.encode()).events() for n in e.notes
        ]
        assert steps == list("CDEFGABC")
        result.undo()
        with pytest.raises(VisitorError, match="Change something"):
            result.correction()

    @pytest.mark.parametrize("name", ["label.json", "label.notes.json"])
    def test_heard_notes_are_corrected_as_notes_with_their_times(self, tmp_path, name):
        held = {"notes": donations.NOTES} if name == "label.json" else donations.NOTES
        result = self.label(tmp_path, {name: json.dumps(held).encode()})
        result.edit(Transpose("n2", 1))
        result.edit(Remove("n7"))
        correction = result.correction()
        assert correction.format is CorrectionFormat.NOTES
        assert [one["midi"] for one in correction.payload] == [60, 62, 65, 65, 67, 69, 71]
        assert [one["onset_s"] for one in correction.payload] == [n["onset_s"] for n in donations.NOTES[:7]]
        assert all("alternatives" not in one for one in correction.payload)

    def test_an_enlarged_page_has_no_score(self):
        assert written({"label.json": json.dumps({"picture": "result"}).encode()}) is None

    def test_what_is_offered_has_the_label_that_is_judged(self, store):
        given = store.contribute(donations.read("CDEFGAGC"), donations.consent())
        files = files_of(store, store.next_to_judge())
        assert files["label.musicxml"] == store.files(given.submission_id)["label.musicxml"]
        store.correct(
            given.submission_id,
            NewCorrection(format="musicxml", payload=donations.musicxml()),
            token=given.token,
        )
        files = files_of(store, store.next_to_judge())
        steps = [n.pitch.step for _, _, e in read_musicxml(files["label.musicxml"]).events() for n in e.notes]
        assert steps == list("CDEFGABC")

    def test_what_was_given_is_seen_and_heard(self, store, tmp_path):
        for submission, tag in (
            (donations.upscaled(), "<img"),
            (donations.read(), "<img"),
            (donations.transcribed(), "<audio"),
        ):
            files = store.files(store.contribute(submission, donations.consent()).submission_id)
            html = given_html(files, tmp_path / "shown")
            assert html.count(tag) == (2 if submission.task is Task.UPSCALE else 1)
            label = label_html(files, tmp_path / "shown")
            assert ("<svg" in label) is (submission.task is not Task.UPSCALE)

    def test_a_score_that_cannot_be_drawn_gets_a_sentence(self, tmp_path):
        assert say.NO_SHEET in label_html({"label.musicxml": b"<score-partwise/>"}, tmp_path)


class TestHost:
    def test_without_a_password_nobody_is_the_host(self, work):
        for tried in ("", PASSWORD):
            with pytest.raises(VisitorError, match="wrong"):
                work.sign_in(Settings(), tried)
        for key in ("", "anything"):
            with pytest.raises(VisitorError, match="Sign in"):
                work.must_be_host(key)

    def test_the_password_gives_a_key_that_nobody_else_has(self, work, tmp_path):
        settings = Settings(host_password=PASSWORD)
        for tried in ("", PASSWORD[:-1], PASSWORD + " ", "größer"):
            with pytest.raises(VisitorError, match="wrong"):
                work.sign_in(settings, tried)
        key = work.sign_in(settings, PASSWORD)
        work.must_be_host(key)
        with pytest.raises(VisitorError):
            work.must_be_host(key[:-1])
        with pytest.raises(VisitorError):
            DataWork(tmp_path / "other").must_be_host(key)
        work.clear()
        with pytest.raises(VisitorError):
            work.must_be_host(key)

    def test_passwords_are_compared_in_constant_time(self, work, monkeypatch):
        asked = []
        monkeypatch.setattr(
            "scoreweb.jobs.data.run.hmac.compare_digest", lambda a, b: asked.append((a, b)) or False
        )
        with pytest.raises(VisitorError):
            work.sign_in(Settings(host_password=PASSWORD), "x")
        assert asked == [(PASSWORD.encode(), b"x")]

    def test_a_short_password_is_refused_at_the_start(self):
        with pytest.raises(ValidationError):
            Settings(host_password="short")  # noqa: S106

    def test_guesses_end(self):
        budget = Budgets(Settings()).wrong_passwords
        for _ in range(10):
            assert budget.left("somebody") > 0
            budget.charge("somebody", 1)
        assert budget.left("somebody") <= 0
        assert budget.left("somebody else") > 0


class TestNumbers:
    def test_bars_are_as_long_as_their_counts_and_the_table_tells_them(self):
        counts = {
            (Task.READ, Status.ACCEPTED): 3,
            (Task.READ, Status.PENDING): 1,
            (Task.UPSCALE, Status.HIDDEN): 2,
        }
        html = numbers_html(Numbers(counts, 5, 6, 7, 8, 1.25, 3, 0.5))
        widths = [
            float(part.partition('"')[0])
            for part in html.split("<rect ")[1:]
            for part in [part.split('width="')[1]]
        ]
        assert widths == pytest.approx([2 * widths[1], widths[1], 3 * widths[1]])
        assert "8 pages (3 accepted), 1.2 hours of sound (0.5 accepted), 5 contributors" in html
        assert html.count("<rect") == 3

    def test_an_empty_collection_has_no_bars(self):
        assert "<rect" not in numbers_html(Numbers({}, 0, 0, 0, 0, 0.0, 0, 0.0))


class TestFragments:
    def test_the_consent_text_keeps_its_lines_and_headings(self):
        html = fragments.wording(consent_text())
        lines = [line for line in re.sub(r"<[^>]+>", "\n", html).split("\n") if line]
        assert [unescape(line) for line in lines] == [line for line in consent_text().split("\n") if line]
        assert html.count("<h3>") == 1
        assert "<h4>What is kept if you tick the box</h4>" in html

    def test_who_runs_the_page_is_told_and_escaped(self):
        assert fragments.imprint(None, None, None) == fragments.imprint("", "", "") == ""
        html = fragments.imprint("A & B", "music@example.org", "https://example.org/privacy")
        assert "A &amp; B" in html
        assert 'href="mailto:music@example.org"' in html
        assert 'href="https://example.org/privacy"' in html
        assert "mailto" not in fragments.imprint("", "room 7", "")

    def test_a_privacy_address_must_be_one(self):
        with pytest.raises(ValidationError):
            Settings(privacy_url="javascript:alert(1)")


@pytest.mark.parametrize("sent", [{}, {"ids": 3}, {"ids": [1, None]}, {"id": 5}])
def test_what_a_browser_sends_amiss_names_nothing(sent):
    assert ids_of(sent) == []
    assert ids_of({"ids": ["a", 2, "b"]}) == ["a", "b"]
