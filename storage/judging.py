"""The part of the store for what people say about contributions: corrections, votes, reports."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from storage import corrections, queues, reports, visibility, votes
from storage.commits import commit
from storage.consent import ConsentGiven
from storage.database import Begin
from storage.door import Door, key_of, word_of
from storage.errors import BlobMissing, UnknownMedia, UnknownSubmission
from storage.labels import Label
from storage.records import Candidate, Id, NewCorrection, Receipt
from storage.schema import Base
from storage.vocabulary import RaisedBy, Reason, Task, Verdict

OPINIONS = 5
"""Votes, and reports, that one contributor may make within 24 hours, for every contribution of the quota."""


class Judging(Door):
    """Corrections, votes, reports, and what a visitor is offered for them."""

    def correct(
        self,
        submission_id: Id,
        correction: NewCorrection,
        *,
        token: str | None = None,
        consent: ConsentGiven | None = None,
    ) -> Receipt:
        """Stores a correction. The contributor of the submission needs only the token; others need a consent too.

        A submission whose label was found wrong or disputed is judged anew. To an accepted one, a correction by
        anybody but its contributor is a suggestion that leaves its label as it is. Raises UnknownSubmission, UnknownToken, ConsentRefused, QuotaReached, UnfitSubmission or
        UnreadableMedia.
        """
        key = key_of(submission_id, UnknownSubmission)
        bearer, prepared = self._bearer(token), corrections.prepare(correction)
        self._make_sure_of_room(len(prepared.payload))

        def work(session: Session) -> tuple[Receipt, Base]:
            return corrections.correct(session, bearer, key, prepared, consent, daily_quota=self._daily_quota)

        return self._database.add(lambda begin: commit(begin, work))

    def vote(
        self,
        submission_id: Id,
        verdict: Verdict,
        *,
        token: str | None = None,
        seen: Label | None = None,
    ) -> Receipt:
        """Stores a verdict on the label of somebody else's submission; the same voter's next one replaces it.

        ``seen`` is the label that was judged: a later one is not voted on unseen. Two equal verdicts that are two thirds of those that are not "unsure" accept or reject the label; after
        five without that the host decides. Raises UnknownSubmission, UnknownToken, QuotaReached, VoteRefused for
        one's own, for a disputed one and for whoever may not vote, UnfitSubmission for another word.
        """
        key, bearer = key_of(submission_id, UnknownSubmission), self._bearer(token)
        word = word_of(Verdict, verdict)
        quota = OPINIONS * self._daily_quota

        def work(session: Session) -> tuple[Receipt, Base | None]:
            return votes.vote(
                session, bearer, key, word, daily_quota=quota, voter_age=self._voter_age, seen=seen
            )

        return self._database.add(lambda begin: commit(begin, work))

    def check_voter(self, token: str | None) -> None:
        """Nothing where the token's holder may vote; else UnknownToken, or VoteRefused with what is missing."""
        bearer, age = self._bearer(token), self._voter_age
        if age is not None:
            self._database.read(lambda session: votes.must_stand(session, bearer, age))

    def report(
        self,
        submission_id: Id,
        reason: Reason,
        *,
        token: str | None = None,
        raised_by: RaisedBy = RaisedBy.VISITOR,
    ) -> None:
        """Calls the host to a submission. With a token it counts as a contributor's, whatever ``raised_by``.

        "rights", "personal" and "offensive" quarantine it at once: nobody but its contributor and the host sees it
        until the host has decided. One that the host accepted stays as it is. Raises UnknownSubmission,
        UnknownToken, QuotaReached, UnfitSubmission for another word.
        """
        key, bearer = key_of(submission_id, UnknownSubmission), self._bearer(token)
        word, by = word_of(Reason, reason), word_of(RaisedBy, raised_by)
        quota = OPINIONS * self._daily_quota

        def job(begin: Begin) -> None:
            with begin() as session:
                reports.report(session, bearer, key, word, by, daily_quota=quota)

        self._database.add(job)

    def next_to_judge(
        self, token: str | None = None, *, task: Task | None = None, skipped: Collection[Id] = ()
    ) -> Candidate | None:
        """A label that somebody else made and that the token's holder has not judged; None when none is left.

        It does not tell how others voted. Never one under the licence "train-only", nor a hidden or quarantined
        one. ``skipped`` are submissions that the visitor does not want to judge. Raises UnknownToken.
        """
        bearer, left_out = self._bearer(token), {key_of(key, UnknownSubmission) for key in skipped}
        return self._database.read(lambda session: queues.next_to_judge(session, bearer, task, left_out))

    def next_to_correct(
        self, token: str | None = None, *, task: Task | None = None, skipped: Collection[Id] = ()
    ) -> Candidate | None:
        """Somebody else's submission whose label is doubtful, the most doubtful first; None when none is left.

        Never an upscaled picture, which cannot be corrected by hand; otherwise as for ``next_to_judge``.
        """
        bearer, left_out = self._bearer(token), {key_of(key, UnknownSubmission) for key in skipped}
        return self._database.read(lambda session: queues.next_to_correct(session, bearer, task, left_out))

    def shown_bytes(self, media_id: Id) -> bytes:
        """A file of a contribution that may be shown to others; UnknownMedia for any other."""
        key = key_of(media_id, UnknownMedia)
        digest = self._database.read(lambda session: visibility.shown_digest(session, key))
        try:
            return self._blobs.read(digest)
        except BlobMissing:  # erased between the two steps
            raise UnknownMedia from None
