"""Corrections, votes and reports."""

import json
import math
from datetime import timedelta
from uuid import uuid4

import pytest

from storage import (
    Activity,
    ConsentRefused,
    CorrectionFormat,
    Licence,
    NewCorrection,
    Reason,
    Status,
    Store,
    UnfitSubmission,
    UnknownSubmission,
    UnknownToken,
    Verdict,
    VoteRefused,
)
from storage.samples import (
    MUSICXML,
    sample_consent,
    sample_submission,
)
from storage.schema import (
    Consent,
    Contributor,
    Correction,
    Prediction,
    Report,
    Submission,
    Tombstone,
    Vote,
    utc_now,
)
from tests.storage_folder import NOTES, set_status


class TestCorrect:
    @pytest.fixture
    def receipt(self, store):
        return store.contribute(sample_submission(), sample_consent())

    def test_the_giver_corrects_under_the_consent_already_given(self, store, receipt, rows):
        correction = NewCorrection(format="notes", payload=NOTES, based_on_rank=2)
        assert store.correct(receipt.submission_id, correction, token=receipt.token).token is None
        (kept,) = rows(Correction)
        second = next(row for row in rows(Prediction) if row.rank == 2)
        assert (kept.format, json.loads(kept.payload), kept.based_on) == (
            CorrectionFormat.NOTES,
            NOTES,
            second.id,
        )
        assert kept.consent_id == rows(Submission)[0].consent_id

    def test_anybody_else_needs_a_consent_of_their_own(self, store, receipt, rows):
        correction = NewCorrection(format="notes", payload=NOTES)
        with pytest.raises(ConsentRefused):
            store.correct(receipt.submission_id, correction)
        assert len(rows(Contributor)) == 1
        token = store.correct(receipt.submission_id, correction, consent=sample_consent(Licence.CC_BY)).token
        assert token
        assert {row.licence for row in rows(Consent)} == {Licence.CC0, Licence.CC_BY}

    def test_a_correction_to_anothers_goes_with_its_giver_and_leaves_a_tombstone(self, store, receipt, rows):
        correction = NewCorrection(format="notes", payload=NOTES)
        token = store.correct(receipt.submission_id, correction, consent=sample_consent()).token
        (kept,) = rows(Correction)
        erasure = store.erase(token)
        assert (erasure.submissions, erasure.corrections) == (0, 1)
        assert rows(Correction) == []
        assert [row.export_id for row in rows(Tombstone)] == [kept.id]
        assert len(store.contributions(receipt.token)) == 1

    def test_with_the_submission_a_strangers_correction_and_its_consent_go(self, store, receipt, rows):
        store.correct(
            receipt.submission_id, NewCorrection(format="notes", payload=NOTES), consent=sample_consent()
        )
        assert len(rows(Consent)) == 2
        store.erase(receipt.token)
        assert rows(Correction) == rows(Consent) == []
        assert len(rows(Contributor)) == 1

    def test_musicxml_is_kept_without_names(self, store, receipt, rows):
        named = MUSICXML.format(step="D").replace(
            "<part-list>", "<identification><creator>Ottilie</creator></identification><part-list>"
        )
        store.correct(
            receipt.submission_id, NewCorrection(format="musicxml", payload=named), token=receipt.token
        )
        (kept,) = rows(Correction)
        assert "<step>D</step>" in kept.payload
        assert "Ottilie" not in kept.payload

    def test_of_a_note_only_what_is_known_is_kept(self, store, receipt, rows):
        noted = [NOTES[0] | {"author": "Ottilie", "certainty": None}]
        store.correct(
            receipt.submission_id, NewCorrection(format="notes", payload=noted), token=receipt.token
        )
        assert json.loads(rows(Correction)[0].payload) == NOTES

    @pytest.mark.parametrize(
        "correction",
        [
            NewCorrection(format="midi", payload=NOTES),
            NewCorrection(format="notes", payload="[]"),
            NewCorrection(format="musicxml", payload=NOTES),
            NewCorrection(format="notes", payload=[{"midi": 60}]),
            NewCorrection(format="notes", payload=["C4"]),
            NewCorrection(format="notes", payload=[NOTES[0] | {"midi": 128}]),
            NewCorrection(format="notes", payload=[NOTES[0] | {"midi": "60"}]),
            NewCorrection(format="notes", payload=[NOTES[0] | {"onset_s": math.nan}]),
            NewCorrection(format="notes", payload=[NOTES[0] | {"onset_s": -1}]),
            NewCorrection(format="notes", payload=[NOTES[0] | {"velocity": True}]),
            NewCorrection(format="notes", payload=NOTES * 70_000),
            NewCorrection(format="notes", payload=NOTES, based_on_rank=3),
        ],
    )
    def test_what_is_no_correction_is_refused(self, store, receipt, rows, correction):
        with pytest.raises(UnfitSubmission):
            store.correct(receipt.submission_id, correction, token=receipt.token)
        assert rows(Correction) == []

    def test_what_was_hidden_can_be_corrected_by_its_giver_only(self, store, receipt, folder):
        set_status(store, Status.HIDDEN)
        correction = NewCorrection(format="notes", payload=NOTES)
        with pytest.raises(UnknownSubmission):
            store.correct(receipt.submission_id, correction, consent=sample_consent())
        store.correct(receipt.submission_id, correction, token=receipt.token)


class TestVoteAndReport:
    @pytest.fixture
    def receipt(self, store):
        return store.contribute(sample_submission(), sample_consent())

    def test_a_vote_is_kept_and_the_next_replaces_it(self, store, receipt, rows):
        token = store.vote(receipt.submission_id, Verdict.RIGHT).token
        assert store.vote(receipt.submission_id, "wrong", token=token).token is None
        assert [row.verdict for row in rows(Vote)] == [Verdict.WRONG]

    def test_nobody_votes_on_their_own(self, store, receipt, rows):
        with pytest.raises(VoteRefused):
            store.vote(receipt.submission_id, Verdict.RIGHT, token=receipt.token)
        assert rows(Vote) == []

    def test_votes_go_with_the_voter(self, store, receipt, rows):
        token = store.vote(receipt.submission_id, Verdict.RIGHT).token
        assert store.erase(token).votes == 1
        assert rows(Vote) == rows(Tombstone) == []
        assert len(rows(Contributor)) == 1

    @pytest.mark.parametrize("status", [Status.QUARANTINED, Status.HIDDEN])
    def test_what_was_taken_out_cannot_be_voted_on(self, store, receipt, folder, status):
        set_status(store, status)
        with pytest.raises(UnknownSubmission):
            store.vote(receipt.submission_id, Verdict.RIGHT)

    def test_unknown_words_and_numbers_are_refused(self, store, receipt, rows):
        with pytest.raises(UnfitSubmission, match="right, wrong, unsure"):
            store.vote(receipt.submission_id, "maybe")
        with pytest.raises(UnfitSubmission, match="personal"):
            store.report(receipt.submission_id, "dull")
        with pytest.raises(UnknownSubmission):
            store.vote(uuid4(), Verdict.RIGHT)
        with pytest.raises(UnknownSubmission):
            store.report(uuid4(), Reason.OTHER)
        assert len(rows(Contributor)) == 1  # who voted on nothing did not become one

    def test_a_report_needs_no_token_and_says_who_raised_it(self, store, receipt, rows):
        store.report(receipt.submission_id, Reason.BROKEN)
        store.report(receipt.submission_id, "personal", token=receipt.token)
        store.report(receipt.submission_id, Reason.OTHER, raised_by="host")
        assert sorted((row.raised_by, row.contributor_id is None) for row in rows(Report)) == [
            ("contributor", False),
            ("host", True),
            ("visitor", True),
        ]


class TestWhoMayVote:
    """With ``voter_age``, as the page has it: a token alone is worth no vote."""

    DAY = timedelta(days=1)

    @pytest.fixture
    def strict(self, folder, url):
        with Store.open(folder, url=url, voter_age=self.DAY) as store:
            yield store

    @pytest.fixture
    def label(self, strict):
        return strict.contribute(sample_submission(1), sample_consent()).submission_id

    def aged(self, monkeypatch, days):
        monkeypatch.setattr("storage.door.utc_now", lambda: utc_now() + timedelta(days=days))

    def test_without_a_token_nobody_votes_and_no_token_is_made(self, strict, label, rows):
        for token in (None, "", "  "):
            with pytest.raises(VoteRefused, match="donate something"):
                strict.vote(label, Verdict.RIGHT, token=token)
        assert len(rows(Contributor)) == 1
        assert rows(Vote) == []

    def test_a_donation_must_be_a_day_old(self, strict, label, rows, monkeypatch):
        token = strict.contribute(sample_submission(2), sample_consent()).token
        with pytest.raises(VoteRefused, match="24 hours"):
            strict.vote(label, Verdict.RIGHT, token=token)
        with pytest.raises(VoteRefused, match="24 hours"):
            strict.check_voter(token)
        self.aged(monkeypatch, 1.1)
        strict.check_voter(token)
        strict.vote(label, Verdict.RIGHT, token=token)
        assert len(rows(Vote)) == 1

    @pytest.mark.parametrize("status", [Status.REJECTED, Status.HIDDEN])
    def test_what_the_host_threw_out_gives_no_vote(self, strict, label, status, monkeypatch):
        receipt = strict.contribute(sample_submission(2), sample_consent())
        strict.decide(receipt.submission_id, status, "No music.")
        self.aged(monkeypatch, 2)
        with pytest.raises(VoteRefused, match="donate something"):
            strict.vote(label, Verdict.RIGHT, token=receipt.token)

    def test_many_tokens_of_one_moment_decide_nothing(self, strict, label):
        for seed in range(4):
            token = strict.contribute(sample_submission(seed + 2), sample_consent()).token
            with pytest.raises(VoteRefused):
                strict.vote(label, Verdict.RIGHT, token=token)
        assert [item.status for item in strict.to_review() if item.id == label] == [Status.PENDING]

    def test_a_correction_alone_gives_no_vote(self, strict, label, monkeypatch):
        other = strict.contribute(sample_submission(3), sample_consent()).submission_id
        token = strict.correct(
            other, NewCorrection(format="notes", payload=NOTES), consent=sample_consent()
        ).token
        self.aged(monkeypatch, 2)
        with pytest.raises(VoteRefused, match="donate something"):
            strict.vote(label, Verdict.RIGHT, token=token)


class TestWhatAContributorSees:
    def test_what_one_did_about_others_is_counted(self, store):
        given = store.contribute(sample_submission(1), sample_consent())
        token = store.contribute(sample_submission(2), sample_consent()).token
        edit = NewCorrection(format="notes", payload=NOTES)
        store.correct(given.submission_id, edit, token=token, consent=sample_consent())
        own = store.contributions(token)[0].id
        store.correct(own, edit, token=token)  # one's own is shown with the donation
        third = store.contribute(sample_submission(3), sample_consent()).submission_id
        store.vote(third, Verdict.WRONG, token=token)
        store.report(third, Reason.BROKEN, token=token)
        assert store.activity(token) == Activity(corrections=1, votes=1, reports=1)
        assert store.activity(given.token) == Activity(0, 0, 0)

    def test_one_gets_ones_own_files_and_nobody_elses(self, store):
        mine = store.contribute(sample_submission(1), sample_consent())
        other = store.contribute(sample_submission(2), sample_consent())
        files = store.own_files(mine.token, mine.submission_id)
        assert files == store.files(mine.submission_id)
        assert files["00-input.png"]
        with pytest.raises(UnknownSubmission):
            store.own_files(mine.token, other.submission_id)
        with pytest.raises(UnknownToken):
            store.own_files("nobody's", mine.submission_id)
