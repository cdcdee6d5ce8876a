"""A token is shown for everything that is stored: whatever breaks, and wherever."""

import sqlite3
from dataclasses import replace

import pytest
from sqlalchemy import exc

from storage import (
    NewCorrection,
    OutcomeUnknown,
    StoreBusy,
    StoreFull,
    StoreUnavailable,
    StoreUnreachable,
    StoreUnwritable,
    UnfitSubmission,
    UnknownToken,
    UnreadableMedia,
    Verdict,
)
from storage.samples import sample_consent, sample_submission
from storage.schema import Contributor, Correction, Prediction, Submission
from tests.storage_folder import NOTES, blob_files, fails_from, losing_the_answer

NOTES_CORRECTION = NewCorrection(format="notes", payload=NOTES, based_on_rank=2)
CORRECTED = replace(sample_submission(), corrections=[NOTES_CORRECTION])


def nothing_is_there(store, folder) -> bool:
    return not any(store.health()["counts"].values()) and not blob_files(folder)


class TestCorrectionsWithTheSubmission:
    def test_both_are_stored_and_the_token_is_given(self, store, rows):
        receipt = store.contribute(CORRECTED, sample_consent())
        assert receipt.token
        assert receipt.corrections == 1
        (correction,) = rows(Correction)
        assert correction.submission_id == receipt.submission_id
        assert correction.consent_id == rows(Submission)[0].consent_id
        assert correction.based_on == next(row.id for row in rows(Prediction) if row.rank == 2)
        assert store.erase(receipt.token).submissions == 1
        assert rows(Correction) == []

    @pytest.mark.parametrize(
        ("correction", "error"),
        [
            (NewCorrection(format="notes", payload=NOTES, based_on_rank=9), UnfitSubmission),
            (NewCorrection(format="notes", payload=[{"midi": 60}]), UnfitSubmission),
            (NewCorrection(format="musicxml", payload="no score"), UnreadableMedia),
        ],
    )
    def test_a_correction_that_cannot_be_stored_stores_nothing_at_all(self, store, folder, correction, error):
        with pytest.raises(error):
            store.contribute(replace(CORRECTED, corrections=[NOTES_CORRECTION, correction]), sample_consent())
        assert nothing_is_there(store, folder)

    def test_too_many_are_refused(self, store, folder):
        with pytest.raises(UnfitSubmission, match="at most 16 corrections"):
            store.contribute(replace(CORRECTED, corrections=[NOTES_CORRECTION] * 17), sample_consent())
        assert nothing_is_there(store, folder)

    @pytest.mark.parametrize("error", [StoreBusy(), StoreFull(), RuntimeError("power")])
    def test_a_failure_at_exactly_the_corrections_leaves_nothing_and_a_retry_works(
        self, store, folder, monkeypatch, error
    ):
        with monkeypatch.context() as patch:
            patch.setattr("storage.submissions.Correction", fails_from(1, error, None))
            with pytest.raises(type(error)):
                store.contribute(CORRECTED, sample_consent())
        assert nothing_is_there(store, folder)
        assert store.contribute(CORRECTED, sample_consent()).token


class TestLostAnswer:
    """The connection breaks while the database commits."""

    def test_what_was_committed_is_answered_with_its_token(self, store, monkeypatch):
        with losing_the_answer(store, monkeypatch):
            receipt = store.contribute(CORRECTED, sample_consent())
        (kept,) = store.contributions(receipt.token)
        assert kept.id == receipt.submission_id
        assert all(store.media_bytes(receipt.token, ref.id) for ref in kept.media)

    def test_with_an_old_token_too(self, store, monkeypatch):
        token = store.contribute(CORRECTED, sample_consent()).token
        with losing_the_answer(store, monkeypatch):
            assert store.contribute(CORRECTED, sample_consent(), token).token is None
        assert len(store.contributions(token)) == 2

    def test_what_was_not_committed_leaves_nothing_and_a_retry_works(self, store, folder, monkeypatch):
        with (
            losing_the_answer(store, monkeypatch, committed=False),
            pytest.raises((StoreUnreachable, StoreUnwritable)),
        ):
            store.contribute(CORRECTED, sample_consent())
        assert nothing_is_there(store, folder)
        assert store.contribute(CORRECTED, sample_consent()).token

    @pytest.mark.parametrize("committed", [True, False])
    def test_a_database_that_answers_no_more_gives_the_token_with_the_error(
        self, store, monkeypatch, committed
    ):
        with (
            losing_the_answer(store, monkeypatch, committed=committed, for_good=True),
            pytest.raises(OutcomeUnknown) as lost,
        ):
            store.contribute(CORRECTED, sample_consent())
        assert "Save your token" in str(lost.value)
        assert isinstance(lost.value, StoreUnavailable)
        receipt = lost.value.receipt
        assert receipt.token not in repr(lost.value)
        if committed:
            (kept,) = store.contributions(receipt.token)
            assert all(store.media_bytes(receipt.token, ref.id) for ref in kept.media)
            assert store.erase(receipt.token).submissions == 1
        else:
            with pytest.raises(UnknownToken):
                store.contributions(receipt.token)

    def test_a_stranger_who_corrects_or_votes_gets_their_token_too(self, store, rows, monkeypatch):
        given = store.contribute(sample_submission(), sample_consent()).submission_id
        known = store.contribute(sample_submission(), sample_consent()).token
        with losing_the_answer(store, monkeypatch):
            corrector = store.correct(given, NOTES_CORRECTION, consent=sample_consent()).token
            voter = store.vote(given, Verdict.RIGHT).token
            assert store.vote(given, Verdict.RIGHT, token=known).token is None
        assert len(rows(Contributor)) == 4
        assert store.erase(voter).votes == 1
        assert store.erase(corrector).corrections == 1


class TestWhatFollowsTheCommit:
    @pytest.mark.parametrize("error", [StoreFull(), OSError("disk"), RuntimeError("power")])
    def test_a_scrub_that_fails_takes_no_token_away(self, store, url, monkeypatch, error):
        monkeypatch.setattr(store._database._backend, "scrub_at_once", fails_from(1, error, None))
        token = store.contribute(CORRECTED, sample_consent()).token
        assert len(store.contributions(token)) == 1
        assert store.health()["scrubbed"] is (url is not None), "writers beside each other leave scrubs alone"

    def test_a_lock_that_cannot_be_released_in_order_takes_no_token_away(self, store, url, monkeypatch):
        lock = store._database._backend.lock
        real_exit = type(lock).__exit__

        class BreaksAtTheRelease:
            def __init__(self, connection):
                self.connection = connection

            def execute(self, statement, *arguments):
                self.connection.execute(statement, *arguments)
                raise exc.OperationalError("", {}, Exception()) if url else sqlite3.OperationalError("lost")

            def __getattr__(self, name):
                return getattr(self.connection, name)

        def leaving(self, *error):
            real, self._connection = self._connection, BreaksAtTheRelease(self._connection)
            try:
                return real_exit(self, *error)
            finally:
                if not url:
                    self._connection = real

        with monkeypatch.context() as patch:
            patch.setattr(type(lock), "__exit__", leaving)
            token = store.contribute(CORRECTED, sample_consent()).token
        assert len(store.contributions(token)) == 1
        assert store.contribute(sample_submission(), sample_consent(), token)
