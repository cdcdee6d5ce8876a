"""Erasing: on a contributor's word, after some time, and what crashes left."""

import re
import sqlite3
from datetime import timedelta

import pytest

from storage import (
    NewCorrection,
    Reason,
    Status,
    Store,
    UnknownSubmission,
    UnknownToken,
)
from storage.database import FILE_NAME
from storage.media import canonical_picture
from storage.samples import (
    MUSICXML,
    sample_consent,
    sample_picture,
    sample_submission,
)
from storage.schema import (
    Consent,
    Contributor,
    Correction,
    Media,
    Prediction,
    Report,
    Submission,
    Tombstone,
    Vote,
    utc_now,
)
from tests.storage_folder import NOTES, blob_files, files_holding, set_status

MARKER = "unmistakable-marker-5c1f"


class TestErase:
    def test_everything_of_a_contributor_goes(self, store, rows, folder):
        token = store.contribute(sample_submission(0), sample_consent()).token
        last = store.contribute(sample_submission(1), sample_consent(), token)
        store.correct(last.submission_id, NewCorrection(format="notes", payload=NOTES), token=token)
        store.report(last.submission_id, Reason.OTHER, token=token)
        erasure = store.erase(token)
        assert (erasure.submissions, erasure.complete) == (2, True)
        assert erasure.blobs == 4  # two pictures, which are their own thumbnails, and two scores
        for table in (Contributor, Consent, Submission, Media, Prediction, Correction, Vote, Report):
            assert rows(table) == []
        assert blob_files(folder) == set()
        with pytest.raises(UnknownToken):
            store.contributions(token)
        with pytest.raises(UnknownToken):
            store.contribute(sample_submission(), sample_consent(), token)

    def test_one_contribution_goes_and_the_others_stay(self, store):
        first = store.contribute(sample_submission(0), sample_consent())
        second = store.contribute(sample_submission(1), sample_consent(), first.token)
        assert store.erase_submission(first.token, first.submission_id).submissions == 1
        (left,) = store.contributions(first.token)
        assert left.id == second.submission_id
        for ref in left.media:
            assert store.media_bytes(first.token, ref.id)

    def test_nobody_erases_what_others_gave(self, store):
        one = store.contribute(sample_submission(0), sample_consent())
        other = store.contribute(sample_submission(1), sample_consent())
        with pytest.raises(UnknownSubmission):
            store.erase_submission(one.token, other.submission_id)
        assert len(store.contributions(other.token)) == 1

    def test_a_tombstone_stays_for_each_and_says_nothing_else(self, store, rows):
        receipt = store.contribute(sample_submission(), sample_consent())
        digests = {row.digest for row in rows(Media)}
        store.erase(receipt.token)
        (tombstone,) = rows(Tombstone)
        assert tombstone.export_id == receipt.submission_id
        assert re.fullmatch("[0-9a-f]{64}", tombstone.digest_hmac)
        assert tombstone.digest_hmac not in digests
        assert abs(tombstone.erased_at - utc_now()) < timedelta(minutes=1)

    def test_the_same_input_is_recognised_when_erased_again(self, store, rows):
        for _ in range(2):
            store.erase(store.contribute(sample_submission(4), sample_consent()).token)
        store.erase(store.contribute(sample_submission(5), sample_consent()).token)
        assert len(rows(Tombstone)) == 3
        assert len({row.digest_hmac for row in rows(Tombstone)}) == 2

    def test_bytes_that_somebody_else_gave_too_stay_until_they_go(self, store, folder):
        one = store.contribute(sample_submission(6), sample_consent()).token
        other = store.contribute(sample_submission(6), sample_consent()).token
        assert store.erase(one).blobs == 0
        (left,) = store.contributions(other)
        for ref in left.media:
            assert store.media_bytes(other, ref.id)
        assert store.erase(other).blobs == 2
        assert blob_files(folder) == set()

    @pytest.mark.parametrize("journal", ["wal", "delete"])
    def test_no_trace_is_left_in_any_file(self, folder, journal):
        with Store.open(folder, journal=journal) as store:
            keeper = store.contribute(sample_submission(0), sample_consent()).token
            token = None
            for number in range(12):
                long = {"note": f"{MARKER}-{number} " * 200}
                receipt = store.contribute(sample_submission(number, **long), sample_consent(), token)
                token = token or receipt.token
                correction = MUSICXML.format(step=MARKER)
                store.correct(
                    receipt.submission_id, NewCorrection(format="musicxml", payload=correction), token=token
                )
            assert files_holding(folder, MARKER)
            store.erase_submission(token, receipt.submission_id)
            store.expire()
            assert files_holding(folder, f"{MARKER}-0")
            assert files_holding(folder, f"{MARKER}-11") == []
            erasure = store.erase(token)
            assert erasure.complete
            assert files_holding(folder, MARKER) == []
            assert len(store.contributions(keeper)) == 1
        assert files_holding(folder, MARKER) == []

    def test_a_reader_in_the_way_delays_the_last_traces_and_the_next_write_removes_them(self, folder):
        with Store.open(folder, patience_s=0.1) as store:
            receipt = store.contribute(sample_submission(note=MARKER), sample_consent())
            reader = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
            try:
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM submission").fetchone()
                assert not store.erase(receipt.token).complete
                assert store.health()["scrubbed"] is False
                assert store.health()["ok"] is False
            finally:
                reader.close()
            store.sweep()
            assert store.health()["ok"] is True
            assert files_holding(folder, MARKER) == []

    def test_a_crash_after_the_rows_went_is_made_up_for_at_the_next_start(self, folder, monkeypatch):
        given = "by the host, so that opening writes nothing else"
        with Store.open(folder, secret=given) as store:
            receipt = store.contribute(sample_submission(note=MARKER * 50), sample_consent())
            monkeypatch.setattr("storage.sqlite._scrub", lambda driver: False)
            assert not store.erase(receipt.token).complete
            monkeypatch.undo()
        with Store.open(folder, secret=given) as store:
            assert store.health()["scrubbed"] is True
            connection = sqlite3.connect(folder / FILE_NAME)
            assert connection.execute("PRAGMA user_version").fetchone() == (0,)  # nothing is due any more
            connection.close()
            assert files_holding(folder, MARKER) == []


class TestExpire:
    def test_what_nobody_reviewed_goes_after_180_days_to_the_second(self, store, folder):
        token = store.contribute(sample_submission(), sample_consent()).token
        (kept,) = store.contributions(token)
        end = kept.when + timedelta(days=180)
        assert store.expire(end - timedelta(seconds=1)).submissions == 0
        assert len(store.contributions(token)) == 1
        assert store.expire(end).submissions == 1
        assert store.contributions(token) == []
        assert blob_files(folder) == set()
        assert store.health()["counts"]["erasure"] == 1

    def test_reviewed_things_stay(self, store, folder):
        token = store.contribute(sample_submission(), sample_consent()).token
        set_status(store, Status.ACCEPTED)
        assert store.expire(utc_now() + timedelta(days=4000)).submissions == 0
        assert len(store.contributions(token)) == 1

    def test_reports_go_after_30_days(self, store, rows):
        receipt = store.contribute(sample_submission(), sample_consent())
        store.report(receipt.submission_id, Reason.OTHER)
        store.expire(utc_now() + timedelta(days=29))
        assert len(rows(Report)) == 1
        store.expire(utc_now() + timedelta(days=31))
        assert rows(Report) == []


class TestSweep:
    def test_orphans_go_when_they_are_old_enough(self, store, folder):
        token = store.contribute(sample_submission(), sample_consent()).token
        needed = blob_files(folder)
        orphan = store._blobs.put(b"orphan")
        assert store.sweep().blobs == 0
        assert store.sweep(now=utc_now() + timedelta(hours=2)).blobs == 1
        assert orphan not in blob_files(folder)
        assert blob_files(folder) == needed
        (left,) = store.contributions(token)
        assert all(store.media_bytes(token, ref.id) for ref in left.media)

    def test_more_orphans_than_crashes_leave_are_held_back(self, store, folder, caplog):
        for number in range(33):
            store._blobs.put(b"%d" % number)
        assert store.sweep(now=utc_now() + timedelta(hours=2)).held_back == 33
        assert len(blob_files(folder)) == 33
        assert "seems to be another one" in caplog.text

    def test_a_blob_that_gets_a_row_while_the_sweep_looks_is_kept(self, store, folder, monkeypatch):
        store._blobs.put(canonical_picture(sample_picture(0)).data)
        kept = []
        real = store._database.write

        def write(job):
            if not kept:
                kept.append(None)
                kept[0] = store.contribute(sample_submission(0), sample_consent()).token
            return real(job)

        monkeypatch.setattr(store._database, "write", write)
        assert store.sweep(grace=timedelta(0), now=utc_now() + timedelta(seconds=5)).blobs == 0
        (left,) = store.contributions(kept[0])
        assert all(store.media_bytes(kept[0], ref.id) for ref in left.media)
