"""Nothing leaves the collection without a consent and a licence that allows it."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import Licence, NewCorrection, Reason, Status, Store, Task, consent_digest
from storage.samples import sample_consent, sample_submission

PUBLIC = {Licence.CC0, Licence.CC_BY}
STRICTEST = {True: Licence.CC_BY, False: Licence.CC0}
NOTES = NewCorrection(format="notes", payload=[{"onset_s": 0, "offset_s": 1, "midi": 60}])


@dataclass(frozen=True)
class Case:
    """What happens to one contribution, in this order."""

    task: Task
    licence: Licence
    corrector: Licence | None
    decision: Status | None
    votes: int
    report: Reason | None
    erased: bool

    def leaves(self) -> bool:
        """Whether it may be exported, told from the rules alone."""
        accepted = self.decision is Status.ACCEPTED
        if self.decision is None:
            accepted = self.votes >= 2 and self.licence in PUBLIC
        grave = self.report in {Reason.RIGHTS, Reason.PERSONAL, Reason.OFFENSIVE}
        if grave and self.decision is not Status.ACCEPTED:
            accepted = False
        label = self.corrector if self.corrector and self.licence in PUBLIC else self.licence
        return accepted and not self.erased and {self.licence, label} <= PUBLIC


CASES = st.builds(
    Case,
    task=st.sampled_from(Task),
    licence=st.sampled_from(Licence),
    corrector=st.none() | st.sampled_from(Licence),
    decision=st.none()
    | st.sampled_from([Status.ACCEPTED, Status.ACCEPTED, Status.REJECTED, Status.HIDDEN, Status.PENDING]),
    votes=st.integers(0, 3),
    report=st.none() | st.sampled_from(Reason),
    erased=st.booleans(),
)


def happens(store: Store, seed: int, case: Case) -> str:
    receipt = store.contribute(sample_submission(seed, case.task), sample_consent(case.licence))
    if case.corrector and case.licence in PUBLIC:
        store.correct(receipt.submission_id, NOTES, consent=sample_consent(case.corrector))
    if case.licence in PUBLIC:
        for _ in range(case.votes):
            store.vote(receipt.submission_id, "right")
    if case.decision is Status.PENDING:
        store.decide(receipt.submission_id, Status.REJECTED, "A reason.")
    elif case.decision is not None:
        store.decide(receipt.submission_id, case.decision, "A reason.")
    if case.decision is Status.PENDING:
        # Back to the votes, but on a label that nobody has judged.
        store.correct(receipt.submission_id, NOTES, token=receipt.token)
    if case.report is not None:
        store.report(receipt.submission_id, case.report)
    if case.erased:
        store.erase(receipt.token)
    return str(receipt.submission_id)


@settings(max_examples=15, deadline=None)
@given(st.lists(CASES, min_size=1, max_size=6))
def test_exactly_what_may_leave_does(cases):
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "data") as store:
        expected = {happens(store, seed, case): case for seed, case in enumerate(cases)}
        out = Path(folder) / "out"
        store.export(out)
        rows = {row["id"]: row for path in out.rglob("*.parquet") for row in pq.read_table(path).to_pylist()}
        assert set(rows) == {number for number, case in expected.items() if case.leaves()}
        for number, row in rows.items():
            case = expected[number]
            assert row["input_licence"] == case.licence
            assert row["licence"] == STRICTEST[Licence.CC_BY in {case.licence, case.corrector}]
            assert row["consent_digest"] == consent_digest(row["consent_version"])
            assert all(one["licence"] in PUBLIC for one in row["corrections"])
        everything = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
        for number, case in expected.items():
            if case.erased:
                assert number.encode() in everything  # in removed.txt
                assert number not in rows
            elif number not in rows:
                assert number.encode() not in everything
