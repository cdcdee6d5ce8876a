"""Whatever is done to the collection in whatever order, certain things stay true."""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule
from sqlalchemy import create_engine, text

from storage import NewCorrection, Status, Store, UnknownSubmission, UnknownToken, Verdict, VoteRefused
from storage.database import FILE_NAME
from storage.samples import sample_consent, sample_submission
from storage.schema import utc_now

NOTES = NewCorrection(format="notes", payload=[{"onset_s": 0, "offset_s": 1, "midi": 60}])
SEEDS = st.integers(0, 3)  # few, so that contributors give the same files


class Collection(RuleBasedStateMachine):
    """The store beside a plain model of what should be in it."""

    tokens = Bundle("tokens")
    submissions = Bundle("submissions")

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = Store.open(self.folder)
        self.engine = create_engine(f"sqlite:///{self.folder / FILE_NAME}")
        self.given: dict[str, set] = {}  # token: submissions
        self.accepted: set = set()
        self.corrections: dict[tuple, int] = {}  # (token, submission): how many, by strangers only
        self.votes: set = set()  # (token, submission)
        self.erased: set[str] = set()
        self.tombstones = 0

    def teardown(self):
        self.engine.dispose()
        self.store.close()
        shutil.rmtree(self.folder)

    def present(self) -> set:
        return set().union(*self.given.values()) if self.given else set()

    def forget(self, submission):
        """What follows in the model from the end of a submission."""
        for owned in self.given.values():
            owned.discard(submission)
        self.tombstones += 1
        self.corrections = {key: count for key, count in self.corrections.items() if key[1] != submission}
        self.votes = {key for key in self.votes if key[1] != submission}

    @rule(target=submissions, seed=SEEDS, token=st.none() | tokens)
    def keep(self, seed, token):
        if token in self.erased:
            with pytest.raises(UnknownToken):
                self.store.contribute(sample_submission(seed), sample_consent(), token)
            return multiple()
        receipt = self.store.contribute(sample_submission(seed), sample_consent(), token)
        if token is None:
            # A contributor of their own, who gives once; those who come back are made by join().
            self.given[receipt.token] = set()
        self.given[token or receipt.token].add(receipt.submission_id)
        return receipt.submission_id

    @rule(target=tokens, seed=SEEDS)
    def join(self, seed):
        receipt = self.store.contribute(sample_submission(seed), sample_consent())
        self.given[receipt.token] = {receipt.submission_id}
        return receipt.token

    @rule(token=tokens, submission=submissions)
    def correct(self, token, submission):
        attempt = lambda: self.store.correct(submission, NOTES, token=token, consent=sample_consent())  # noqa: E731
        if token in self.erased:
            with pytest.raises(UnknownToken):
                attempt()
        elif submission not in self.present():
            with pytest.raises(UnknownSubmission):
                attempt()
        else:
            attempt()
            if submission not in self.given[token]:
                self.corrections[token, submission] = self.corrections.get((token, submission), 0) + 1

    @rule(token=tokens, submission=submissions, verdict=st.sampled_from(Verdict))
    def vote(self, token, submission, verdict):
        attempt = lambda: self.store.vote(submission, verdict, token=token)  # noqa: E731
        if token in self.erased:
            with pytest.raises(UnknownToken):
                attempt()
        elif submission not in self.present():
            with pytest.raises(UnknownSubmission):
                attempt()
        elif submission in self.given[token]:
            with pytest.raises(VoteRefused):
                attempt()
        else:
            attempt()
            self.votes.add((token, submission))

    @rule(submission=submissions)
    def accept(self, submission):
        if submission in self.present():
            with self.engine.begin() as connection:
                connection.execute(
                    text("UPDATE submission SET status = :status WHERE id = :id"),
                    {"status": Status.ACCEPTED.value, "id": submission.hex},
                )
            self.accepted.add(submission)

    @rule(token=consumes(tokens))
    def erase(self, token):
        if token in self.erased:
            return
        own = set(self.given[token])
        corrected = sum(count for (who, _), count in self.corrections.items() if who == token)
        cast = sum(who == token for who, _ in self.votes)
        erasure = self.store.erase(token)
        assert (erasure.submissions, erasure.corrections, erasure.votes) == (len(own), corrected, cast)
        assert erasure.complete
        self.corrections = {key: count for key, count in self.corrections.items() if key[0] != token}
        self.votes = {key for key in self.votes if key[0] != token}
        for submission in own:
            self.forget(submission)
        self.tombstones += corrected
        del self.given[token]
        self.erased.add(token)

    @rule(token=tokens, submission=submissions)
    def erase_submission(self, token, submission):
        if token in self.erased or submission not in self.given[token]:
            with pytest.raises((UnknownToken, UnknownSubmission)):
                self.store.erase_submission(token, submission)
        else:
            assert self.store.erase_submission(token, submission).submissions == 1
            self.forget(submission)

    @rule(days=st.sampled_from([10, 181]))
    def expire(self, days):
        due = self.present() - self.accepted if days > 180 else set()
        assert self.store.expire(utc_now() + timedelta(days=days)).submissions == len(due)
        for submission in due:
            self.forget(submission)

    @rule(data=st.binary(min_size=1, max_size=8))
    def crash_between_bytes_and_rows(self, data):
        self.store._blobs.put(b"orphan " + data)

    @rule()
    def sweep(self):
        self.store.sweep(now=utc_now() + timedelta(days=1))
        assert self.kept_files() == self.needed_files()

    @rule()
    def restart(self):
        self.store.close()
        self.store = Store.open(self.folder)

    def needed_files(self) -> set[str]:
        with self.engine.connect() as connection:
            return set(connection.scalars(text("SELECT digest FROM media")))

    def kept_files(self) -> set[str]:
        return {path.name for path in (self.folder / "blobs").rglob("*") if path.is_file()}

    @invariant()
    def no_row_lacks_its_bytes(self):
        assert self.needed_files() <= self.kept_files()

    @invariant()
    def everybody_sees_what_they_gave_and_nothing_else(self):
        for token, own in self.given.items():
            assert {contribution.id for contribution in self.store.contributions(token)} == own

    @invariant()
    def an_erased_token_finds_nothing(self):
        for token in self.erased:
            with pytest.raises(UnknownToken):
                self.store.contributions(token)

    @invariant()
    def the_counts_are_those_of_the_model(self):
        counts = self.store.health()["counts"]
        assert counts["submission"] == len(self.present())
        assert counts["vote"] == len(self.votes)
        assert counts["contributor"] == len(self.given)
        assert counts["erasure"] == self.tombstones

    @invariant()
    def nothing_is_kept_without_a_consent_and_no_consent_for_nothing(self):
        with self.engine.connect() as connection:
            assert (
                connection.scalar(
                    text(
                        "SELECT count(*) FROM consent WHERE id NOT IN "
                        "(SELECT consent_id FROM submission UNION SELECT consent_id FROM correction)"
                    )
                )
                == 0
            )


Collection.TestCase.settings = settings(max_examples=7, stateful_step_count=25, deadline=None)
TestCollection = Collection.TestCase
