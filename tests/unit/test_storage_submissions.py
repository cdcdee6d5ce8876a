"""Keeping: all of it or nothing, and who may see it afterwards."""

import math
import re
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest

import storage
from storage import (
    Licence,
    NewCorrection,
    NewPrediction,
    Picture,
    QuotaReached,
    Reason,
    Role,
    ScoreText,
    Status,
    Store,
    Task,
    UnfitSubmission,
    UnknownMedia,
    UnknownSubmission,
    UnknownToken,
    UnreadableMedia,
)
from storage.media import canonical_picture
from storage.samples import (
    WEIGHTS,
    sample_consent,
    sample_picture,
    sample_score,
    sample_submission,
)
from storage.schema import (
    Consent,
    Contributor,
    Media,
    Prediction,
    Submission,
    utc_now,
)
from storage.submissions import MAX_SETTINGS
from tests.storage_folder import NOTES, blob_files, files_holding


class TestKeep:
    def test_the_whole_is_kept(self, store, rows):
        prediction = NewPrediction(
            rank=1,
            score=0.75,
            payload={"bars": [1, 2]},
            model="reader",
            model_digest=WEIGHTS,
            media=sample_score(1),
        )
        new = replace(sample_submission(1, style="handwritten"), predictions=[prediction])
        receipt = store.contribute(new, sample_consent(Licence.CC_BY))

        (submission,) = rows(Submission)
        assert submission.id == receipt.submission_id
        assert (submission.task, submission.status) == (Task.READ, Status.PENDING)
        assert (submission.settings, submission.app_version) == ({"style": "handwritten"}, "0.1.0")
        (kept,) = rows(Prediction)
        assert (kept.rank, kept.score, kept.payload) == (1, 0.75, {"bars": [1, 2]})
        assert (kept.model_name, kept.model_digest) == ("reader", WEIGHTS)
        media = sorted(rows(Media), key=lambda row: row.position)
        assert [row.role for row in media] == [Role.INPUT, Role.RESULT, Role.PREDICTION, Role.THUMBNAIL]
        assert kept.media_id == media[2].id

    def test_the_consent_is_kept_with_the_words_it_was_given_to(self, store, rows):
        store.contribute(sample_submission(), sample_consent(Licence.CC_BY))
        (consent,) = rows(Consent)
        assert (consent.version, consent.text_digest) == (storage.CURRENT_VERSION, storage.consent_digest())
        assert (consent.licence, consent.locale) == (Licence.CC_BY, "en")
        assert consent.own_or_may_share
        assert consent.of_age
        assert abs(consent.given_at - utc_now()) < timedelta(minutes=1)

    @pytest.mark.parametrize("task", Task)
    def test_every_task_is_kept_and_given_back(self, store, task):
        new = sample_submission(2, task)
        token = store.contribute(new, sample_consent()).token
        (contribution,) = store.contributions(token)
        assert contribution.task is task
        given = next(ref for ref in contribution.media if ref.role is Role.INPUT)
        assert store.media_bytes(token, given.id) == new.input.canonical().data
        assert (contribution.thumbnail is None) == (task is Task.TRANSCRIBE)

    def test_the_file_handed_over_leaves_a_keyed_digest_only(self, store, rows, folder):
        import hashlib

        file = canonical_picture(sample_picture(9)).data + b"trailing"
        new = replace(sample_submission(), input=Picture(file))
        store.contribute(new, sample_consent())
        given = next(row for row in rows(Media) if row.role is Role.INPUT)
        assert re.fullmatch("[0-9a-f]{64}", given.original_hmac)
        bare = hashlib.sha256(file).hexdigest()
        assert given.original_hmac != bare
        assert files_holding(folder, bare) == []
        store.contribute(new, sample_consent())
        assert {row.original_hmac for row in rows(Media) if row.role is Role.INPUT} == {given.original_hmac}

    def test_a_token_is_shown_once_and_never_written(self, store, folder):
        receipt = store.contribute(sample_submission(), sample_consent())
        assert re.fullmatch(r"[\w-]{22,}", receipt.token)
        assert receipt.token not in repr(receipt)
        assert files_holding(folder, receipt.token) == []
        assert store.contribute(sample_submission(1), sample_consent(), receipt.token).token is None

    def test_with_the_token_it_is_the_same_contributor(self, store, rows):
        token = store.contribute(sample_submission(), sample_consent()).token
        store.contribute(sample_submission(1), sample_consent(), f" {token}\n")
        assert len(rows(Contributor)) == 1
        assert len(store.contributions(token)) == 2

    @pytest.mark.parametrize("blank", [None, "", "  "])
    def test_without_a_token_it_is_a_new_one(self, store, rows, blank):
        store.contribute(sample_submission(), sample_consent())
        assert store.contribute(sample_submission(), sample_consent(), blank).token
        assert len(rows(Contributor)) == 2

    @pytest.mark.parametrize("token", ["x", "x" * 32, "x" * 100_000, "' OR 1=1 --", "\0", "\udcff"])
    def test_an_unknown_token_keeps_nothing(self, store, rows, folder, token):
        with pytest.raises(UnknownToken):
            store.contribute(sample_submission(), sample_consent(), token)
        assert rows(Contributor) == rows(Submission) == []
        assert blob_files(folder) == set()

    def test_equal_bytes_are_stored_once(self, store, rows, folder):
        store.contribute(sample_submission(3), sample_consent())
        once = blob_files(folder)
        store.contribute(sample_submission(3), sample_consent())
        assert blob_files(folder) == once
        assert len(rows(Submission)) == 2

    def test_equal_files_in_one_submission_are_still_two(self, store, rows):
        store.contribute(
            replace(sample_submission(), results=[sample_score(), sample_score()]), sample_consent()
        )
        assert [row.role for row in rows(Media)].count(Role.RESULT) == 2

    def test_a_day_has_its_quota_and_ends(self, folder, monkeypatch):
        with Store.open(folder, daily_quota=2) as store:
            token = store.contribute(sample_submission(), sample_consent()).token
            last = store.contribute(sample_submission(), sample_consent(), token)
            with pytest.raises(QuotaReached):
                store.contribute(sample_submission(), sample_consent(), token)
            with pytest.raises(QuotaReached):
                store.correct(last.submission_id, NewCorrection(format="notes", payload=NOTES), token=token)
            assert store.contribute(sample_submission(), sample_consent()).token  # others go on
            tomorrow = utc_now() + timedelta(days=1, seconds=1)
            monkeypatch.setattr("storage.door.utc_now", lambda: tomorrow)
            store.contribute(sample_submission(), sample_consent(), token)

    def test_corrections_count_for_the_quota_like_submissions(self, folder):
        with Store.open(folder, daily_quota=2) as store:
            given = store.contribute(sample_submission(), sample_consent())
            correction = NewCorrection(format="notes", payload=NOTES)
            store.correct(given.submission_id, correction, token=given.token)
            with pytest.raises(QuotaReached):
                store.contribute(sample_submission(), sample_consent(), given.token)

    @pytest.mark.parametrize(
        "change",
        [
            {"task": "compose"},
            {"app_version": ""},
            {"app_version": "1" * 41},
            {"app_version": "1\n2"},
            {"settings": {"x": math.nan}},
            {"settings": {"x": float("inf")}},
            {"settings": {"x": {1, 2}}},
            {"settings": {"x": np.float32(1)}},
            {"settings": {"x": "\0"}},
            {"settings": {"\\\0": 1}},
            {"settings": {"x": "\udcff"}},
            {"settings": {"x": "y" * MAX_SETTINGS}},
            {"settings": [1, 2]},
            {"results": [sample_score()] * 17},
        ],
    )
    def test_what_cannot_be_kept_is_refused_whole(self, store, rows, folder, change):
        with pytest.raises(UnfitSubmission):
            store.contribute(replace(sample_submission(), **change), sample_consent())
        assert rows(Submission) == []
        assert blob_files(folder) == set()

    @pytest.mark.parametrize(
        "change",
        [
            {"rank": 0},
            {"rank": 1.0},
            {"rank": True},
            {"rank": 2**40},
            {"score": -0.01},
            {"score": 1.01},
            {"score": math.nan},
            {"model": ""},
            {"model": "m" * 121},
            {"model_digest": "sha256"},
            {"model_digest": "A" * 64},
            {"payload": {"x": object()}},
        ],
    )
    def test_a_prediction_out_of_range_is_refused(self, store, change):
        prediction = replace(sample_submission().predictions[0], **change)
        with pytest.raises(UnfitSubmission):
            store.contribute(replace(sample_submission(), predictions=[prediction]), sample_consent())

    def test_two_first_ranks_are_refused(self, store):
        twice = [sample_submission().predictions[0]] * 2
        with pytest.raises(UnfitSubmission, match="same rank"):
            store.contribute(replace(sample_submission(), predictions=twice), sample_consent())

    def test_unreadable_files_keep_nothing(self, store, folder):
        with pytest.raises(UnreadableMedia):
            store.contribute(replace(sample_submission(), results=[ScoreText("no score")]), sample_consent())
        assert blob_files(folder) == set()

    @pytest.mark.parametrize("text", ["\\u0000", "\\\\u0000", "𝄞 und ♯", "\u2028"])
    def test_odd_but_harmless_text_is_kept_to_the_letter(self, store, rows, text):
        store.contribute(sample_submission(text=text), sample_consent())
        assert rows(Submission)[0].settings == {"text": text}

    def test_settings_are_kept_as_they_were_when_given(self, store, rows):
        settings = {"list": [1]}
        store.contribute(sample_submission(**settings), sample_consent())
        settings["list"].append(2)
        assert rows(Submission)[0].settings == {"list": [1]}


class TestSee:
    def test_newest_first_with_licence_and_status(self, store):
        token = store.contribute(sample_submission(0), sample_consent()).token
        second = store.contribute(sample_submission(1), sample_consent(Licence.TRAIN_ONLY), token)
        newest, oldest = store.contributions(token)
        assert newest.id == second.submission_id
        assert (newest.licence, oldest.licence) == (Licence.TRAIN_ONLY, Licence.CC0)
        assert newest.status is Status.PENDING
        assert newest.when > oldest.when
        assert newest.when.utcoffset() == timedelta(0)

    def test_the_thumbnail_is_one_of_the_files(self, store):
        token = store.contribute(sample_submission(), sample_consent()).token
        (contribution,) = store.contributions(token)
        assert contribution.thumbnail in contribution.media
        assert store.media_bytes(token, contribution.thumbnail.id).startswith(b"\x89PNG")
        assert store.media_bytes(token, str(contribution.thumbnail.id)).startswith(b"\x89PNG")

    def test_nobody_sees_what_others_gave(self, store):
        one = store.contribute(sample_submission(0), sample_consent()).token
        other = store.contribute(sample_submission(1), sample_consent()).token
        (theirs,) = store.contributions(other)
        for ref in theirs.media:
            with pytest.raises(UnknownMedia):
                store.media_bytes(one, ref.id)

    @pytest.mark.parametrize(
        "key", ["", "..", "../../secret.key", "/etc/passwd", "1 OR 1=1", "\0", "a" * 10_000, None, 7, uuid4()]
    )
    def test_a_made_up_key_reaches_nothing(self, store, key):
        token = store.contribute(sample_submission(), sample_consent()).token
        with pytest.raises(UnknownMedia):
            store.media_bytes(token, key)
        with pytest.raises(UnknownSubmission):
            store.erase_submission(token, key)
        with pytest.raises(UnknownSubmission):
            store.report(key, Reason.OTHER)

    @pytest.mark.parametrize("token", ["", " ", "nobody", None, "x" * 1000])
    def test_an_unknown_token_sees_and_erases_nothing(self, store, token):
        known = store.contribute(sample_submission(), sample_consent()).token
        for attempt in (store.contributions, store.erase):
            with pytest.raises(UnknownToken):
                attempt(token)
        assert len(store.contributions(known)) == 1
