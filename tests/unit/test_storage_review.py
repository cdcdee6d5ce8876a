"""From a contribution to an accepted label: queues, votes, reports and the host's word."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest

from storage import (
    Licence,
    NewCorrection,
    NewPrediction,
    QuotaReached,
    Reason,
    Status,
    Store,
    Task,
    UnfitSubmission,
    UnknownMedia,
    UnknownSubmission,
    VoteRefused,
)
from storage.labels import Origin
from storage.records import Tally
from storage.samples import sample_consent, sample_submission
from storage.schema import Correction, Prediction, utc_now
from storage.votes import outcome
from tests.storage_folder import NOTES

EDIT = NewCorrection(format="notes", payload=NOTES, based_on_rank=1)


@pytest.fixture
def given(store):
    return store.contribute(sample_submission(), sample_consent())


def status(store, receipt) -> Status:
    return next(c.status for c in store.contributions(receipt.token) if c.id == receipt.submission_id)


def voted(store, submission_id, *verdicts) -> list[str]:
    return [store.vote(submission_id, verdict).token for verdict in verdicts]


class TestOutcome:
    @pytest.mark.parametrize(
        ("right", "wrong", "unsure", "expected"),
        [
            (0, 0, 0, "pending"),
            (1, 0, 0, "pending"),
            (2, 0, 0, "accepted"),
            (2, 1, 0, "accepted"),
            (1, 2, 0, "rejected"),
            (0, 2, 2, "rejected"),
            (1, 1, 2, "pending"),
            (1, 1, 3, "disputed"),
            (2, 2, 0, "pending"),
            (3, 2, 0, "disputed"),
            (0, 0, 5, "disputed"),
            (4, 2, 0, "accepted"),
        ],
    )
    def test_two_of_three_decide_and_five_without_majority_go_to_the_host(
        self, right, wrong, unsure, expected
    ):
        assert outcome(Tally(right, wrong, unsure)) is Status(expected)

    def test_right_and_wrong_are_treated_alike(self):
        swapped = {Status.ACCEPTED: Status.REJECTED, Status.REJECTED: Status.ACCEPTED}
        for right in range(7):
            for wrong in range(7):
                one, other = outcome(Tally(right, wrong, 1)), outcome(Tally(wrong, right, 1))
                assert swapped.get(one, one) is other


class TestVotes:
    def test_two_strangers_accept_and_the_contributor_sees_it(self, store, given):
        voted(store, given.submission_id, "right")
        assert status(store, given) is Status.PENDING
        voted(store, given.submission_id, "right")
        (seen,) = store.contributions(given.token)
        assert (seen.status, seen.votes) == (Status.ACCEPTED, Tally(right=2))

    def test_one_voter_counts_once(self, store, given):
        (token,) = voted(store, given.submission_id, "right")
        for _ in range(3):
            store.vote(given.submission_id, "right", token=token)
        (seen,) = store.contributions(given.token)
        assert (seen.status, seen.votes) == (Status.PENDING, Tally(right=1))

    def test_a_changed_mind_changes_the_status(self, store, given):
        first, _ = voted(store, given.submission_id, "right", "right")
        store.vote(given.submission_id, "wrong", token=first)
        assert status(store, given) is Status.PENDING

    def test_after_five_without_majority_only_the_host_decides(self, store, given):
        voted(store, given.submission_id, "right", "wrong", "unsure", "unsure", "unsure")
        assert status(store, given) is Status.DISPUTED
        with pytest.raises(VoteRefused, match="host decides"):
            store.vote(given.submission_id, "right")
        store.decide(given.submission_id, "accepted")
        assert status(store, given) is Status.ACCEPTED

    def test_nobody_judges_a_correction_of_their_own(self, store, given):
        corrector = store.correct(given.submission_id, EDIT, consent=sample_consent()).token
        with pytest.raises(VoteRefused, match="own correction"):
            store.vote(given.submission_id, "right", token=corrector)
        with pytest.raises(VoteRefused):
            store.vote(given.submission_id, "right", token=given.token)

    def test_votes_on_an_earlier_label_do_not_count_for_a_new_one(self, store, given):
        (first,) = voted(store, given.submission_id, "right")
        store.correct(given.submission_id, EDIT, token=given.token)
        voted(store, given.submission_id, "right")
        assert status(store, given) is Status.PENDING
        store.vote(given.submission_id, "right", token=first)
        assert status(store, given) is Status.ACCEPTED

    def test_a_day_has_its_quota_of_votes_and_reports(self, folder, url):
        with Store.open(folder, url=url, daily_quota=1) as store:
            ids = [store.contribute(sample_submission(), sample_consent()).submission_id for _ in range(6)]
            (token,) = voted(store, ids[0], "right")
            for submission in ids[1:5]:
                store.vote(submission, "right", token=token)
            with pytest.raises(QuotaReached):
                store.vote(ids[5], "right", token=token)
            for submission in ids[:5]:
                store.report(submission, "other", token=token)
            with pytest.raises(QuotaReached):
                store.report(ids[5], "other", token=token)


class TestLabels:
    def test_the_best_prediction_is_the_label_until_somebody_corrects_it(self, store, given):
        label = store.next_to_judge().label
        assert (label.origin, label.rank, label.payload) == (Origin.EXTRACTION, 1, {"rank": 1})
        assert (label.model, label.probability) == ("sample", 0.5)
        store.correct(given.submission_id, replace(EDIT, based_on_rank=2), token=given.token)
        label = store.next_to_judge().label
        assert (label.origin, label.format, label.rank) == (Origin.EDIT, "notes", 2)
        assert label.probability == pytest.approx(1 / 3)

    def test_a_chosen_rank_is_a_label(self, store, given, rows):
        choice = NewCorrection(format="choice", based_on_rank=2)
        store.correct(given.submission_id, choice, token=given.token)
        label = store.next_to_judge().label
        assert (label.origin, label.rank, label.payload) == (Origin.CHOICE, 2, {"rank": 2})
        for unfit in (
            NewCorrection(format="choice"),
            replace(choice, payload="text"),
            replace(choice, based_on_rank=7),
        ):
            with pytest.raises(UnfitSubmission):
                store.correct(given.submission_id, unfit, token=given.token)
        assert len(rows(Correction)) == 1

    def test_a_later_extraction_never_overwrites_an_edit(self, store, given, rows):
        store.correct(given.submission_id, EDIT, token=given.token)
        before = {row.id: (row.format, row.payload, row.based_on) for row in rows(Correction)}
        better = NewPrediction(rank=1, payload={"better": True}, model="next", score=0.99)
        assert store.extract(given.submission_id, [better]) == 2
        assert {row.id: (row.format, row.payload, row.based_on) for row in rows(Correction)} == before
        assert len(rows(Prediction)) == 3
        assert store.next_to_judge().label.origin is Origin.EDIT

    def test_a_later_extraction_is_the_label_where_nobody_edited(self, store, given):
        voted(store, given.submission_id, "right")
        store.extract(given.submission_id, [NewPrediction(rank=1, payload={}, model="next", score=0.9)])
        assert store.next_to_judge().label.model == "next"
        voted(store, given.submission_id, "right")
        assert status(store, given) is Status.PENDING  # the first vote was about another label

    def test_what_was_accepted_keeps_its_label(self, store, given):
        voted(store, given.submission_id, "right", "right")
        store.extract(given.submission_id, [NewPrediction(rank=1, payload={}, model="next")])
        store.correct(given.submission_id, EDIT, consent=sample_consent())
        (seen,) = store.contributions(given.token)
        assert (seen.status, seen.votes, seen.corrections) == (Status.ACCEPTED, Tally(right=2), 1)

    def test_its_own_contributor_may_correct_it_and_then_it_is_judged_anew(self, store, given):
        voted(store, given.submission_id, "right", "right")
        store.correct(given.submission_id, EDIT, token=given.token)
        assert status(store, given) is Status.PENDING

    def test_a_rejected_label_that_is_corrected_is_judged_anew(self, store, given):
        voted(store, given.submission_id, "wrong", "wrong")
        assert status(store, given) is Status.REJECTED
        store.correct(given.submission_id, EDIT, consent=sample_consent())
        assert status(store, given) is Status.PENDING

    @pytest.mark.parametrize("verdict", ["right", "wrong"])
    def test_a_label_that_is_withdrawn_leaves_nothing_judged(self, store, given, tmp_path, verdict):
        corrector = store.correct(given.submission_id, EDIT, consent=sample_consent()).token
        voted(store, given.submission_id, verdict, verdict)
        assert status(store, given) is not Status.PENDING
        store.erase(corrector)
        (seen,) = store.contributions(given.token)
        assert (seen.status, seen.votes) == (Status.PENDING, Tally())
        assert store.export(tmp_path / "out").ids == ()

    def test_a_withdrawn_suggestion_leaves_an_accepted_label_as_it_is(self, store, given):
        voted(store, given.submission_id, "right", "right")
        store.erase(store.correct(given.submission_id, EDIT, consent=sample_consent()).token)
        assert status(store, given) is Status.ACCEPTED


class TestQueues:
    def test_nobody_is_offered_their_own_or_what_they_judged(self, store, given):
        other = store.contribute(sample_submission(1), sample_consent())
        assert store.next_to_judge(given.token).submission_id == other.submission_id
        store.vote(other.submission_id, "unsure", token=given.token)
        assert store.next_to_judge(given.token) is None
        store.correct(other.submission_id, EDIT, token=other.token)
        assert store.next_to_judge(given.token).submission_id == other.submission_id

    def test_what_is_nearest_to_a_decision_comes_first_and_skipped_ones_never(self, store, given):
        later = store.contribute(sample_submission(1), sample_consent()).submission_id
        assert store.next_to_judge().submission_id == given.submission_id
        voted(store, later, "right")
        assert store.next_to_judge().submission_id == later
        assert store.next_to_judge(skipped=[later]).submission_id == given.submission_id
        assert store.next_to_judge(task=Task.UPSCALE) is None

    def test_the_least_probable_comes_first_and_what_has_no_probability_last(self, store):
        def with_score(seed, score):
            answers = [NewPrediction(rank=1, payload={}, model="m", score=score)]
            new = replace(sample_submission(seed), predictions=answers)
            return store.contribute(new, sample_consent()).submission_id

        unknown, sure, doubtful = (with_score(n, score) for n, score in enumerate((None, 0.9, 0.2)))
        order, skipped = [], []
        while (offer := store.next_to_judge(skipped=skipped)) is not None:
            order.append(offer.submission_id)
            skipped.append(offer.submission_id)
        assert order == [doubtful, sure, unknown]

    def test_a_label_that_was_corrected_meanwhile_is_not_voted_on_unseen(self, store, given):
        seen = store.next_to_judge().label
        store.correct(given.submission_id, EDIT, token=given.token)
        with pytest.raises(VoteRefused, match="corrected while"):
            store.vote(given.submission_id, "right", seen=seen)
        store.vote(given.submission_id, "right", seen=store.next_to_judge().label)

    def test_a_candidate_tells_nothing_of_earlier_votes(self, store, given):
        before = store.next_to_judge()
        voted(store, given.submission_id, "wrong")
        assert store.next_to_judge() == before

    def test_its_files_can_be_seen(self, store, given):
        shown = store.next_to_judge()
        assert {ref.role for ref in shown.media} == {"input", "result"}
        assert all(store.shown_bytes(ref.id) for ref in shown.media)

    @pytest.mark.parametrize("licence", Licence)
    def test_only_what_may_be_published_is_shown_to_others(self, store, licence):
        receipt = store.contribute(sample_submission(), sample_consent(licence))
        media = store.contributions(receipt.token)[0].media
        if licence is Licence.TRAIN_ONLY:
            assert store.next_to_judge() is store.next_to_correct() is None
            for attempt in (
                lambda: store.vote(receipt.submission_id, "right"),
                lambda: store.shown_bytes(media[0].id),
            ):
                with pytest.raises((UnknownSubmission, UnknownMedia)):
                    attempt()
            store.decide(receipt.submission_id, "accepted")  # the host may
        else:
            assert store.next_to_judge().submission_id == receipt.submission_id
            assert store.shown_bytes(media[0].id)

    def test_the_most_doubtful_are_offered_for_correction_first(self, store):
        def give(seed, score):
            prediction = NewPrediction(rank=1, score=score, payload={}, model="m")
            new = replace(sample_submission(seed), predictions=[prediction])
            return store.contribute(new, sample_consent()).submission_id

        sure, doubtful, wrong = give(0, 0.9), give(1, 0.2), give(2, 0.95)
        voted(store, wrong, "wrong", "wrong")
        order = []
        while (offer := store.next_to_correct(skipped=order)) is not None:
            order.append(offer.submission_id)
        assert order == [wrong, doubtful, sure]


class TestReports:
    @pytest.mark.parametrize("reason", Reason)
    def test_grave_ones_quarantine_at_once(self, store, given, reason):
        media = store.next_to_judge().media
        store.report(given.submission_id, reason)
        grave = reason in {Reason.RIGHTS, Reason.PERSONAL, Reason.OFFENSIVE}
        assert (status(store, given) is Status.QUARANTINED) is grave
        assert (store.next_to_judge() is None) is grave
        if grave:
            with pytest.raises(UnknownMedia):
                store.shown_bytes(media[0].id)
            with pytest.raises(UnknownSubmission):
                store.vote(given.submission_id, "right")
            assert store.media_bytes(given.token, media[0].id)  # its contributor still sees it

    def test_what_the_host_looked_at_and_accepted_is_not_quarantined_again(self, store, given):
        store.report(given.submission_id, "rights")
        store.decide(given.submission_id, "accepted")
        store.report(given.submission_id, "rights")
        assert status(store, given) is Status.ACCEPTED
        (item,) = store.to_review([Status.ACCEPTED])
        assert len(item.reports) == 2

    def test_released_by_the_host_the_votes_count_again(self, store, given):
        voted(store, given.submission_id, "right", "right")
        store.report(given.submission_id, "personal")
        store.decide(given.submission_id, "pending")
        assert status(store, given) is Status.ACCEPTED


class TestHost:
    def test_the_list_begins_with_what_was_reported_and_then_the_oldest(self, store):
        ids = [store.contribute(sample_submission(seed), sample_consent()).submission_id for seed in range(3)]
        store.report(ids[2], "offensive")
        listed = store.to_review()
        assert [item.id for item in listed] == [ids[2], ids[0], ids[1]]
        assert (listed[0].status, listed[0].reports[0].reason) == (Status.QUARANTINED, Reason.OFFENSIVE)
        assert [item.id for item in store.to_review(limit=1)] == [ids[2]]
        assert store.to_review(task=Task.UPSCALE) == []
        assert all(one.when <= other.when for one, other in pairwise(listed[1:]))

    def test_the_hosts_word_stands_against_votes_until_a_new_label(self, store, given):
        store.decide(given.submission_id, "rejected", "The second bar is wrong.")
        voted(store, given.submission_id, "right", "right")
        (seen,) = store.contributions(given.token)
        assert (seen.status, seen.reason) == (Status.REJECTED, "The second bar is wrong.")
        store.correct(given.submission_id, EDIT, token=given.token)
        voted(store, given.submission_id, "right", "right")
        assert status(store, given) is Status.ACCEPTED

    def test_hidden_is_hidden_from_all_but_its_contributor(self, store, given):
        store.decide(given.submission_id, "hidden", "No music.")
        assert store.next_to_judge() is None
        with pytest.raises(UnknownSubmission):
            store.correct(given.submission_id, EDIT, consent=sample_consent())
        assert status(store, given) is Status.HIDDEN

    @pytest.mark.parametrize(
        ("to", "reason"),
        [
            ("rejected", ""),
            ("hidden", " "),
            ("disputed", "x"),
            ("quarantined", "x"),
            ("hidden", "x" * 301),
            ("gone", "x"),
            ("hidden", "a\nb"),
        ],
    )
    def test_what_the_host_may_not_say(self, store, given, to, reason):
        with pytest.raises(UnfitSubmission):
            store.decide(given.submission_id, to, reason)
        assert status(store, given) is Status.PENDING

    def test_nothing_is_decided_about_nothing(self, store):
        with pytest.raises(UnknownSubmission):
            store.decide(uuid4(), "accepted")

    def test_what_was_not_accepted_expires(self, store):
        receipts = [store.contribute(sample_submission(seed), sample_consent()) for seed in range(3)]
        store.decide(receipts[0].submission_id, "accepted")
        store.decide(receipts[1].submission_id, "hidden", "No music.")
        assert store.expire(utc_now() + timedelta(days=181)).submissions == 2
        assert len(store.contributions(receipts[0].token)) == 1
