"""Whatever is done to the collection in whatever order, certain things stay true: on a file and on a server."""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from storage import (
    Licence,
    NewCorrection,
    NewPrediction,
    Reason,
    Status,
    Store,
    UnknownSubmission,
    UnknownToken,
    Verdict,
    VoteRefused,
)
from storage.database import FILE_NAME
from storage.samples import sample_consent, sample_submission
from storage.schema import Consent, Contributor, Correction, Media, Submission, Vote, utc_now
from tests.postgres_server import empty

NOTES = NewCorrection(format="notes", payload=[{"onset_s": 0, "offset_s": 1, "midi": 60}])
SEEDS = st.integers(0, 3)  # few, so that contributors give the same files
PUBLIC = {Licence.CC0, Licence.CC_BY}
REFUSED = (UnknownToken, UnknownSubmission, VoteRefused)


class Collection(RuleBasedStateMachine):
    """The store beside a plain model of what should be in it."""

    tokens = Bundle("tokens")
    submissions = Bundle("submissions")

    def __init__(self, url=None):
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.folder, self.url = self.home / "data", url
        if url is not None:
            empty(url)
        self.store = Store.open(self.folder, url=url)
        self.engine = create_engine(url or f"sqlite:///{self.folder / FILE_NAME}")
        self.given: dict[str, set] = {}  # token: submissions
        self.licences: dict = {}  # submission: licence
        self.kept_back: set = set()  # submissions with a correction that may not be published
        self.erased: set[str] = set()
        self.gone: set = set()  # erased submissions
        self.exports = 0

    def teardown(self):
        self.engine.dispose()
        self.store.close()
        shutil.rmtree(self.home)

    def rows(self, query) -> list:
        with Session(self.engine) as session:
            return list(session.execute(query))

    def present(self) -> set:
        return set().union(*self.given.values()) if self.given else set()

    def statuses(self) -> dict:
        return {row.id: row.status for row in self.rows(select(Submission.id, Submission.status))}

    def forget(self, submission):
        for owned in self.given.values():
            owned.discard(submission)
        self.gone.add(submission)

    @rule(
        target=submissions,
        seed=SEEDS,
        token=st.none() | tokens,
        licence=st.sampled_from(Licence),
        corrected=st.booleans(),
    )
    def contribute(self, seed, token, licence, corrected):
        new = sample_submission(seed)
        if corrected:
            object.__setattr__(new, "corrections", (NOTES,))
        if token in self.erased:
            with pytest.raises(UnknownToken):
                self.store.contribute(new, sample_consent(licence), token)
            return multiple()
        receipt = self.store.contribute(new, sample_consent(licence), token)
        assert (receipt.token is None) is (token is not None)
        self.given.setdefault(token or receipt.token, set()).add(receipt.submission_id)
        self.licences[receipt.submission_id] = licence
        return receipt.submission_id

    @rule(target=tokens, seed=SEEDS)
    def join(self, seed):
        receipt = self.store.contribute(sample_submission(seed), sample_consent())
        self.given[receipt.token] = {receipt.submission_id}
        self.licences[receipt.submission_id] = Licence.CC0
        return receipt.token

    @rule(token=tokens, submission=submissions, licence=st.sampled_from(Licence))
    def correct(self, token, submission, licence):
        own = submission in self.given.get(token, ())
        shown = self.licences[submission] in PUBLIC and self.statuses().get(submission) not in {
            Status.HIDDEN,
            Status.QUARANTINED,
            None,
        }
        attempt = lambda: self.store.correct(submission, NOTES, token=token, consent=sample_consent(licence))  # noqa: E731
        if token in self.erased or not (own or shown):
            with pytest.raises(REFUSED):
                attempt()
            return
        attempt()
        if not own and licence not in PUBLIC:
            self.kept_back.add(submission)

    @rule(token=tokens, submission=submissions, verdict=st.sampled_from(Verdict))
    def vote(self, token, submission, verdict):
        before = {tuple(row) for row in self.rows(select(Vote.contributor_id, Vote.submission_id))}
        may = (
            token not in self.erased
            and submission in self.present() - self.given[token]
            and self.licences[submission] in PUBLIC
        )
        try:
            self.store.vote(submission, verdict, token=token)
        except REFUSED:
            assert (
                not may
                or self.statuses()[submission] is not Status.PENDING
                or self.corrected(token, submission)
            )
            return
        assert may
        after = {tuple(row) for row in self.rows(select(Vote.contributor_id, Vote.submission_id))}
        assert len(after - before) <= 1
        assert before <= after

    def corrected(self, token, submission) -> bool:
        """Whether somebody corrected it: its corrector may not vote, and the model does not tell who it was."""
        return bool(self.rows(select(Correction.id).where(Correction.submission_id == submission)))

    @rule(submission=submissions, reason=st.sampled_from(Reason))
    def report(self, submission, reason):
        if submission not in self.present():
            with pytest.raises(UnknownSubmission):
                self.store.report(submission, reason)
            return
        self.store.report(submission, reason)

    @rule(
        submission=submissions,
        status=st.sampled_from(
            [Status.ACCEPTED, Status.ACCEPTED, Status.REJECTED, Status.HIDDEN, Status.PENDING]
        ),
    )
    def decide(self, submission, status):
        if submission not in self.present():
            with pytest.raises(UnknownSubmission):
                self.store.decide(submission, status, "A reason.")
            return
        self.store.decide(submission, status, "A reason.")
        if status is not Status.PENDING:
            assert self.statuses()[submission] is status

    @rule(submission=submissions)
    def extract(self, submission):
        edits = set(self.rows(select(Correction.id, Correction.payload)))
        answer = NewPrediction(rank=1, payload={"later": True}, model="next")
        if submission not in self.present():
            with pytest.raises(UnknownSubmission):
                self.store.extract(submission, [answer])
            return
        self.store.extract(submission, [answer])
        assert set(self.rows(select(Correction.id, Correction.payload))) == edits

    @rule(token=consumes(tokens))
    def erase(self, token):
        if token in self.erased:
            return
        own = set(self.given[token])
        others = set(self.statuses()) - own
        erasure = self.store.erase(token)
        assert erasure.submissions == len(own)
        assert erasure.complete
        assert set(self.statuses()) == others
        for submission in own:
            self.forget(submission)
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
        late = {number for number, status in self.statuses().items() if status is not Status.ACCEPTED}
        due = late if days > 180 else set()
        assert self.store.expire(utc_now() + timedelta(days=days)).submissions == len(due)
        for submission in due:
            self.forget(submission)

    @rule(back=st.booleans())
    def export(self, back):
        self.exports += 1
        out = self.home / f"export-{self.exports}"
        ids = self.store.export(out).ids
        statuses = self.statuses()
        allowed = {
            str(number)
            for number in self.present()
            if statuses[number] is Status.ACCEPTED and self.licences[number] in PUBLIC
        }
        assert set(ids) <= allowed
        assert allowed - set(ids) <= {str(number) for number in self.kept_back}
        assert set((out / "removed.txt").read_text().split()) >= {str(number) for number in self.gone}
        held = {number for path in out.rglob("*.parquet") for number in pq.read_table(path)["id"].to_pylist()}
        assert held == set(ids)
        if back:
            with Store.open(self.home / f"import-{self.exports}") as other:
                assert other.import_dataset(out) == len(ids)
                other.export(self.home / f"again-{self.exports}")
            assert (self.home / f"again-{self.exports}" / "manifest.json").read_bytes() == (
                out / "manifest.json"
            ).read_bytes()

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
        self.store = Store.open(self.folder, url=self.url)

    def needed_files(self) -> set[str]:
        return {row.digest for row in self.rows(select(Media.digest))}

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
        assert self.gone.isdisjoint(self.statuses())

    @invariant()
    def a_vote_counts_once(self):
        cast = [tuple(row) for row in self.rows(select(Vote.contributor_id, Vote.submission_id))]
        assert len(cast) == len(set(cast))

    @invariant()
    def nobody_voted_on_their_own(self):
        own = (
            select(Vote.id)
            .join(Vote.submission)
            .join(Submission.consent)
            .where(Consent.contributor_id == Vote.contributor_id)
        )
        assert self.rows(own) == []

    @invariant()
    def there_are_as_many_contributors_as_tokens(self):
        assert len(self.rows(select(Contributor.id))) == len(self.given)

    @invariant()
    def nothing_is_kept_without_a_consent_and_no_consent_for_nothing(self):
        used = {row[0] for row in self.rows(select(Submission.consent_id))}
        used |= {row[0] for row in self.rows(select(Correction.consent_id))}
        assert {row[0] for row in self.rows(select(Consent.id))} == used

    @invariant()
    def nothing_is_offered_that_may_not_be_shown(self):
        for offer in (self.store.next_to_judge(), self.store.next_to_correct()):
            if offer is not None:
                assert self.licences[offer.submission_id] in PUBLIC
                assert self.statuses()[offer.submission_id] not in {Status.HIDDEN, Status.QUARANTINED}


@pytest.mark.parametrize(("where", "examples"), [("sqlite", 12), ("postgres", 6)])
def test_what_stays_true(where, examples, request):
    url = request.getfixturevalue("postgres_url") if where == "postgres" else None
    limits = settings(max_examples=examples, stateful_step_count=25, deadline=None)
    run_state_machine_as_test(lambda: Collection(url), settings=limits)
