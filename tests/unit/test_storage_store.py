"""The one door: keeping, seeing, erasing, and what people say about what was kept."""

import json
import math
import re
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import Session

import storage
from storage import (
    ConsentRefused,
    CorrectionFormat,
    Licence,
    NewCorrection,
    NewPrediction,
    Picture,
    QuotaReached,
    Reason,
    Role,
    ScoreText,
    SecretUnfit,
    Status,
    Store,
    Task,
    UnfitSubmission,
    UnknownMedia,
    UnknownSubmission,
    UnknownToken,
    UnreadableMedia,
    Verdict,
    VoteRefused,
)
from storage.database import FILE_NAME
from storage.keep import MAX_SETTINGS
from storage.media import canonical_picture
from storage.samples import (
    MUSICXML,
    WEIGHTS,
    sample_consent,
    sample_picture,
    sample_score,
    sample_submission,
)
from storage.schema import (
    Consent,
    Contributor,
    Correction,
    Flag,
    Media,
    Prediction,
    Submission,
    Tombstone,
    Vote,
    utc_now,
)

MARKER = "unmistakable-marker-5c1f"
NOTES = [{"onset_s": 0.0, "offset_s": 0.5, "midi": 60, "velocity": 80}]


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(folder):
    with Store.open(folder, patience_s=1) as store:
        yield store


@pytest.fixture
def rows(folder, store):
    """Everything in a table, read past the store."""
    engine = create_engine(f"sqlite:///{folder / FILE_NAME}")

    def rows(table):
        with Session(engine, expire_on_commit=False) as session:
            return list(session.scalars(select(table)))

    yield rows
    engine.dispose()


def blob_files(folder: Path) -> set[str]:
    return {path.name for path in (folder / "blobs").rglob("*") if path.is_file()}


def files_holding(folder: Path, marker: str) -> list[str]:
    return [
        path.name for path in folder.rglob("*") if path.is_file() and marker.encode() in path.read_bytes()
    ]


def set_status(folder: Path, status: Status) -> None:
    engine = create_engine(f"sqlite:///{folder / FILE_NAME}")
    with engine.begin() as connection:
        connection.execute(update(Submission).values(status=status))
    engine.dispose()


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
        receipt = store.keep(new, sample_consent(Licence.CC_BY))

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
        store.keep(sample_submission(), sample_consent(Licence.CC_BY))
        (consent,) = rows(Consent)
        assert (consent.version, consent.text_digest) == (storage.CURRENT_VERSION, storage.consent_digest())
        assert (consent.licence, consent.locale) == (Licence.CC_BY, "en")
        assert consent.own_or_may_share
        assert consent.of_age
        assert abs(consent.given_at - utc_now()) < timedelta(minutes=1)

    @pytest.mark.parametrize("task", Task)
    def test_every_task_is_kept_and_given_back(self, store, task):
        new = sample_submission(2, task)
        token = store.keep(new, sample_consent()).token
        (contribution,) = store.contributions(token)
        assert contribution.task is task
        given = next(ref for ref in contribution.media if ref.role is Role.INPUT)
        assert store.media_bytes(token, given.id) == new.input.canonical().data
        assert (contribution.thumbnail is None) == (task is Task.TRANSCRIBE)

    def test_the_file_handed_over_leaves_a_keyed_digest_only(self, store, rows, folder):
        import hashlib

        file = canonical_picture(sample_picture(9)).data + b"trailing"
        new = replace(sample_submission(), input=Picture(file))
        store.keep(new, sample_consent())
        given = next(row for row in rows(Media) if row.role is Role.INPUT)
        assert re.fullmatch("[0-9a-f]{64}", given.original_hmac)
        bare = hashlib.sha256(file).hexdigest()
        assert given.original_hmac != bare
        assert files_holding(folder, bare) == []
        store.keep(new, sample_consent())
        assert {row.original_hmac for row in rows(Media) if row.role is Role.INPUT} == {given.original_hmac}

    def test_a_token_is_shown_once_and_never_written(self, store, folder):
        receipt = store.keep(sample_submission(), sample_consent())
        assert re.fullmatch(r"[\w-]{22,}", receipt.token)
        assert receipt.token not in repr(receipt)
        assert files_holding(folder, receipt.token) == []
        assert store.keep(sample_submission(1), sample_consent(), receipt.token).token is None

    def test_with_the_token_it_is_the_same_contributor(self, store, rows):
        token = store.keep(sample_submission(), sample_consent()).token
        store.keep(sample_submission(1), sample_consent(), f" {token}\n")
        assert len(rows(Contributor)) == 1
        assert len(store.contributions(token)) == 2

    @pytest.mark.parametrize("blank", [None, "", "  "])
    def test_without_a_token_it_is_a_new_one(self, store, rows, blank):
        store.keep(sample_submission(), sample_consent())
        assert store.keep(sample_submission(), sample_consent(), blank).token
        assert len(rows(Contributor)) == 2

    @pytest.mark.parametrize("token", ["x", "x" * 32, "x" * 100_000, "' OR 1=1 --", "\0", "\udcff"])
    def test_an_unknown_token_keeps_nothing(self, store, rows, folder, token):
        with pytest.raises(UnknownToken):
            store.keep(sample_submission(), sample_consent(), token)
        assert rows(Contributor) == rows(Submission) == []
        assert blob_files(folder) == set()

    def test_equal_bytes_are_stored_once(self, store, rows, folder):
        store.keep(sample_submission(3), sample_consent())
        once = blob_files(folder)
        store.keep(sample_submission(3), sample_consent())
        assert blob_files(folder) == once
        assert len(rows(Submission)) == 2

    def test_equal_files_in_one_submission_are_still_two(self, store, rows):
        store.keep(replace(sample_submission(), results=[sample_score(), sample_score()]), sample_consent())
        assert [row.role for row in rows(Media)].count(Role.RESULT) == 2

    def test_a_day_has_its_quota_and_ends(self, folder, monkeypatch):
        with Store.open(folder, daily_quota=2) as store:
            token = store.keep(sample_submission(), sample_consent()).token
            last = store.keep(sample_submission(), sample_consent(), token)
            with pytest.raises(QuotaReached):
                store.keep(sample_submission(), sample_consent(), token)
            with pytest.raises(QuotaReached):
                store.correct(last.submission_id, NewCorrection(format="notes", payload=NOTES), token=token)
            assert store.keep(sample_submission(), sample_consent()).token  # others go on
            tomorrow = utc_now() + timedelta(days=1, seconds=1)
            monkeypatch.setattr("storage.store.utc_now", lambda: tomorrow)
            store.keep(sample_submission(), sample_consent(), token)

    def test_corrections_count_for_the_quota_like_submissions(self, folder):
        with Store.open(folder, daily_quota=2) as store:
            given = store.keep(sample_submission(), sample_consent())
            correction = NewCorrection(format="notes", payload=NOTES)
            store.correct(given.submission_id, correction, token=given.token)
            with pytest.raises(QuotaReached):
                store.keep(sample_submission(), sample_consent(), given.token)

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
            store.keep(replace(sample_submission(), **change), sample_consent())
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
            store.keep(replace(sample_submission(), predictions=[prediction]), sample_consent())

    def test_two_first_ranks_are_refused(self, store):
        twice = [sample_submission().predictions[0]] * 2
        with pytest.raises(UnfitSubmission, match="same rank"):
            store.keep(replace(sample_submission(), predictions=twice), sample_consent())

    def test_unreadable_files_keep_nothing(self, store, folder):
        with pytest.raises(UnreadableMedia):
            store.keep(replace(sample_submission(), results=[ScoreText("no score")]), sample_consent())
        assert blob_files(folder) == set()

    @pytest.mark.parametrize("text", ["\\u0000", "\\\\u0000", "𝄞 und ♯", "\u2028"])
    def test_odd_but_harmless_text_is_kept_to_the_letter(self, store, rows, text):
        store.keep(sample_submission(text=text), sample_consent())
        assert rows(Submission)[0].settings == {"text": text}

    def test_settings_are_kept_as_they_were_when_given(self, store, rows):
        settings = {"list": [1]}
        store.keep(sample_submission(**settings), sample_consent())
        settings["list"].append(2)
        assert rows(Submission)[0].settings == {"list": [1]}


class TestSee:
    def test_newest_first_with_licence_and_status(self, store):
        token = store.keep(sample_submission(0), sample_consent()).token
        second = store.keep(sample_submission(1), sample_consent(Licence.TRAIN_ONLY), token)
        newest, oldest = store.contributions(token)
        assert newest.id == second.submission_id
        assert (newest.licence, oldest.licence) == (Licence.TRAIN_ONLY, Licence.CC0)
        assert newest.status is Status.PENDING
        assert newest.when > oldest.when
        assert newest.when.utcoffset() == timedelta(0)

    def test_the_thumbnail_is_one_of_the_files(self, store):
        token = store.keep(sample_submission(), sample_consent()).token
        (contribution,) = store.contributions(token)
        assert contribution.thumbnail in contribution.media
        assert store.media_bytes(token, contribution.thumbnail.id).startswith(b"\x89PNG")
        assert store.media_bytes(token, str(contribution.thumbnail.id)).startswith(b"\x89PNG")

    def test_nobody_sees_what_others_gave(self, store):
        one = store.keep(sample_submission(0), sample_consent()).token
        other = store.keep(sample_submission(1), sample_consent()).token
        (theirs,) = store.contributions(other)
        for ref in theirs.media:
            with pytest.raises(UnknownMedia):
                store.media_bytes(one, ref.id)

    @pytest.mark.parametrize(
        "key", ["", "..", "../../secret.key", "/etc/passwd", "1 OR 1=1", "\0", "a" * 10_000, None, 7, uuid4()]
    )
    def test_a_made_up_key_reaches_nothing(self, store, key):
        token = store.keep(sample_submission(), sample_consent()).token
        with pytest.raises(UnknownMedia):
            store.media_bytes(token, key)
        with pytest.raises(UnknownSubmission):
            store.erase_submission(token, key)
        with pytest.raises(UnknownSubmission):
            store.flag(key, Reason.OTHER)

    @pytest.mark.parametrize("token", ["", " ", "nobody", None, "x" * 1000])
    def test_an_unknown_token_sees_and_erases_nothing(self, store, token):
        known = store.keep(sample_submission(), sample_consent()).token
        for attempt in (store.contributions, store.erase):
            with pytest.raises(UnknownToken):
                attempt(token)
        assert len(store.contributions(known)) == 1


class TestErase:
    def test_everything_of_a_contributor_goes(self, store, rows, folder):
        token = store.keep(sample_submission(0), sample_consent()).token
        last = store.keep(sample_submission(1), sample_consent(), token)
        store.correct(last.submission_id, NewCorrection(format="notes", payload=NOTES), token=token)
        store.flag(last.submission_id, Reason.OTHER, token=token)
        erasure = store.erase(token)
        assert (erasure.submissions, erasure.complete) == (2, True)
        assert erasure.blobs == 4  # two pictures, which are their own thumbnails, and two scores
        for table in (Contributor, Consent, Submission, Media, Prediction, Correction, Vote, Flag):
            assert rows(table) == []
        assert blob_files(folder) == set()
        with pytest.raises(UnknownToken):
            store.contributions(token)
        with pytest.raises(UnknownToken):
            store.keep(sample_submission(), sample_consent(), token)

    def test_one_contribution_goes_and_the_others_stay(self, store):
        first = store.keep(sample_submission(0), sample_consent())
        second = store.keep(sample_submission(1), sample_consent(), first.token)
        assert store.erase_submission(first.token, first.submission_id).submissions == 1
        (left,) = store.contributions(first.token)
        assert left.id == second.submission_id
        for ref in left.media:
            assert store.media_bytes(first.token, ref.id)

    def test_nobody_erases_what_others_gave(self, store):
        one = store.keep(sample_submission(0), sample_consent())
        other = store.keep(sample_submission(1), sample_consent())
        with pytest.raises(UnknownSubmission):
            store.erase_submission(one.token, other.submission_id)
        assert len(store.contributions(other.token)) == 1

    def test_a_tombstone_stays_for_each_and_says_nothing_else(self, store, rows):
        receipt = store.keep(sample_submission(), sample_consent())
        digests = {row.digest for row in rows(Media)}
        store.erase(receipt.token)
        (tombstone,) = rows(Tombstone)
        assert tombstone.export_id == receipt.submission_id
        assert re.fullmatch("[0-9a-f]{64}", tombstone.digest_hmac)
        assert tombstone.digest_hmac not in digests
        assert abs(tombstone.erased_at - utc_now()) < timedelta(minutes=1)

    def test_the_same_input_is_recognised_when_erased_again(self, store, rows):
        for _ in range(2):
            store.erase(store.keep(sample_submission(4), sample_consent()).token)
        store.erase(store.keep(sample_submission(5), sample_consent()).token)
        assert len(rows(Tombstone)) == 3
        assert len({row.digest_hmac for row in rows(Tombstone)}) == 2

    def test_bytes_that_somebody_else_gave_too_stay_until_they_go(self, store, folder):
        one = store.keep(sample_submission(6), sample_consent()).token
        other = store.keep(sample_submission(6), sample_consent()).token
        assert store.erase(one).blobs == 0
        (left,) = store.contributions(other)
        for ref in left.media:
            assert store.media_bytes(other, ref.id)
        assert store.erase(other).blobs == 2
        assert blob_files(folder) == set()

    @pytest.mark.parametrize("journal", ["wal", "delete"])
    def test_no_trace_is_left_in_any_file(self, folder, journal):
        with Store.open(folder, journal=journal) as store:
            keeper = store.keep(sample_submission(0), sample_consent()).token
            token = None
            for number in range(12):
                long = {"note": f"{MARKER}-{number} " * 200}
                receipt = store.keep(sample_submission(number, **long), sample_consent(), token)
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
            receipt = store.keep(sample_submission(note=MARKER), sample_consent())
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
            receipt = store.keep(sample_submission(note=MARKER * 50), sample_consent())
            monkeypatch.setattr("storage.sqlite._scrub", lambda driver: False)
            assert not store.erase(receipt.token).complete
            monkeypatch.undo()
        with Store.open(folder, secret=given) as store:
            assert store.health()["scrubbed"] is True
            assert files_holding(folder, MARKER) == []


class TestCorrect:
    @pytest.fixture
    def receipt(self, store):
        return store.keep(sample_submission(), sample_consent())

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
        set_status(folder, Status.HIDDEN)
        correction = NewCorrection(format="notes", payload=NOTES)
        with pytest.raises(UnknownSubmission):
            store.correct(receipt.submission_id, correction, consent=sample_consent())
        store.correct(receipt.submission_id, correction, token=receipt.token)


class TestVoteAndFlag:
    @pytest.fixture
    def receipt(self, store):
        return store.keep(sample_submission(), sample_consent())

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

    @pytest.mark.parametrize("status", [Status.REJECTED, Status.HIDDEN])
    def test_what_was_taken_out_cannot_be_voted_on(self, store, receipt, folder, status):
        set_status(folder, status)
        with pytest.raises(UnknownSubmission):
            store.vote(receipt.submission_id, Verdict.RIGHT)

    def test_unknown_words_and_numbers_are_refused(self, store, receipt, rows):
        with pytest.raises(UnfitSubmission, match="right, wrong, unsure"):
            store.vote(receipt.submission_id, "maybe")
        with pytest.raises(UnfitSubmission, match="personal"):
            store.flag(receipt.submission_id, "dull")
        with pytest.raises(UnknownSubmission):
            store.vote(uuid4(), Verdict.RIGHT)
        with pytest.raises(UnknownSubmission):
            store.flag(uuid4(), Reason.OTHER)
        assert len(rows(Contributor)) == 1  # who voted on nothing did not become one

    def test_a_flag_needs_no_token_and_says_who_raised_it(self, store, receipt, rows):
        store.flag(receipt.submission_id, Reason.RIGHTS)
        store.flag(receipt.submission_id, "personal", token=receipt.token)
        store.flag(receipt.submission_id, Reason.OTHER, raised_by="host")
        assert sorted((row.raised_by, row.contributor_id is None) for row in rows(Flag)) == [
            ("contributor", False),
            ("host", True),
            ("visitor", True),
        ]


class TestExpire:
    def test_what_nobody_reviewed_goes_after_180_days_to_the_second(self, store, folder):
        token = store.keep(sample_submission(), sample_consent()).token
        (kept,) = store.contributions(token)
        end = kept.when + timedelta(days=180)
        assert store.expire(end - timedelta(seconds=1)).submissions == 0
        assert len(store.contributions(token)) == 1
        assert store.expire(end).submissions == 1
        assert store.contributions(token) == []
        assert blob_files(folder) == set()
        assert store.health()["counts"]["erasure"] == 1

    def test_reviewed_things_stay(self, store, folder):
        token = store.keep(sample_submission(), sample_consent()).token
        set_status(folder, Status.ACCEPTED)
        assert store.expire(utc_now() + timedelta(days=4000)).submissions == 0
        assert len(store.contributions(token)) == 1

    def test_flags_go_after_30_days(self, store, rows):
        receipt = store.keep(sample_submission(), sample_consent())
        store.flag(receipt.submission_id, Reason.OTHER)
        store.expire(utc_now() + timedelta(days=29))
        assert len(rows(Flag)) == 1
        store.expire(utc_now() + timedelta(days=31))
        assert rows(Flag) == []


class TestSweep:
    def test_orphans_go_when_they_are_old_enough(self, store, folder):
        token = store.keep(sample_submission(), sample_consent()).token
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
        assert "lost or damaged" in caplog.text

    def test_a_blob_that_gets_a_row_while_the_sweep_looks_is_kept(self, store, folder, monkeypatch):
        store._blobs.put(canonical_picture(sample_picture(0)).data)
        kept = []
        real = store._database.write

        def write(job):
            if not kept:
                kept.append(None)
                kept[0] = store.keep(sample_submission(0), sample_consent()).token
            return real(job)

        monkeypatch.setattr(store._database, "write", write)
        assert store.sweep(grace=timedelta(0), now=utc_now() + timedelta(seconds=5)).blobs == 0
        (left,) = store.contributions(kept[0])
        assert all(store.media_bytes(kept[0], ref.id) for ref in left.media)


class TestSecret:
    def test_the_key_is_made_once_for_the_owner_only(self, folder):
        with Store.open(folder) as store:
            token = store.keep(sample_submission(), sample_consent()).token
        key = folder / "secret.key"
        assert key.stat().st_mode & 0o777 == 0o600
        before = key.read_bytes()
        with Store.open(folder) as store:
            assert len(store.contributions(token)) == 1
        assert key.read_bytes() == before

    def test_a_key_that_others_may_read_is_closed_to_them(self, folder):
        Store.open(folder).close()
        (folder / "secret.key").chmod(0o644)
        Store.open(folder).close()
        assert (folder / "secret.key").stat().st_mode & 0o777 == 0o600

    def test_a_key_from_the_settings_leaves_no_file(self, folder):
        with Store.open(folder, secret="from the settings") as store:  # noqa: S106
            token = store.keep(sample_submission(), sample_consent()).token
        assert not (folder / "secret.key").exists()
        with Store.open(folder, secret="another secret !") as store, pytest.raises(UnknownToken):  # noqa: S106
            store.contributions(token)
        with Store.open(folder, secret="from the settings") as store:  # noqa: S106
            assert len(store.contributions(token)) == 1

    def test_a_short_secret_is_refused(self, folder):
        with pytest.raises(SecretUnfit, match="at least 16"):
            Store.open(folder, secret="secret")  # noqa: S106

    @pytest.mark.parametrize("erased", [False, True])
    def test_a_lost_key_is_not_replaced_in_silence(self, folder, erased):
        with Store.open(folder) as store:
            token = store.keep(sample_submission(), sample_consent()).token
            if erased:
                store.erase(token)
        (folder / "secret.key").unlink()
        with pytest.raises(SecretUnfit, match="from the backup"):
            Store.open(folder)

    def test_an_empty_key_file_is_refused(self, folder):
        Store.open(folder).close()
        (folder / "secret.key").write_text("")
        with pytest.raises(SecretUnfit):
            Store.open(folder)


class TestHealth:
    def test_a_sound_collection_says_so(self, store):
        store.keep(sample_submission(), sample_consent())
        health = store.health()
        assert health["ok"] is True
        assert health["error"] is None
        assert (health["journal_mode"], health["quick_check"], health["moved_aside"]) == ("wal", "ok", [])
        assert health["free_bytes"] > 0
        assert health["counts"]["submission"] == 1
        assert health["counts"]["prediction"] == 2
        json.dumps(health)

    def test_shared_bytes_are_counted_once(self, store, folder):
        for _ in range(2):
            store.keep(sample_submission(), sample_consent())
        on_disk = sum(path.stat().st_size for path in (folder / "blobs").rglob("*") if path.is_file())
        assert store.health()["stored_bytes"] == on_disk

    def test_a_closed_one_answers_instead_of_raising(self, folder):
        store = Store.open(folder)
        store.close()
        assert store.health()["ok"] is False
        assert "closed" in store.health()["error"]


def test_blobs_may_lie_in_memory_and_rows_on_the_disk(tmp_path):
    with Store.open(tmp_path, blob_url=f"memory://{uuid4().hex}") as store:
        token = store.keep(sample_submission(), sample_consent()).token
        (kept,) = store.contributions(token)
        assert all(store.media_bytes(token, ref.id) for ref in kept.media)
        assert store.erase(token).blobs == 2
        assert store.sweep(now=utc_now() + timedelta(days=1)).blobs == 0


def test_every_error_is_a_sentence_that_says_what_to_do():
    def family(kind):
        yield kind
        for child in kind.__subclasses__():
            yield from family(child)

    for kind in family(storage.StorageError):
        sentence = str(kind())
        assert re.fullmatch(r"[A-Z].*\.", sentence)
        assert str(kind("Another sentence.")) == "Another sentence."
