"""Who gives: a contributor is a token, of which only a keyed digest is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.consent import ConsentGiven
from storage.errors import QuotaReached, UnknownToken
from storage.hmac_key import MAX_TOKEN, HmacKey, new_token
from storage.schema import Consent, Contributor, Correction, Submission

QUOTA_SPAN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Somebody who comes at a moment (UTC), with a token or without one."""

    key: HmacKey
    token: str | None = field(repr=False)
    now: datetime

    def known(self, session: Session, *, alone: bool = False) -> Contributor:
        """The contributor who holds the token; UnknownToken when nobody does.

        With ``alone`` whatever else adds in their name waits for the end of the transaction: what is counted of theirs
        stays true until then.
        """
        # Whoever copies a token takes a blank along now and then.
        token = self.token.strip() if isinstance(self.token, str) else ""
        if not token or len(token) > MAX_TOKEN:
            raise UnknownToken
        held = Contributor.token_hmac == self.key.token(token)
        wanted = select(Contributor).where(held)
        found = session.scalar(wanted.with_for_update() if alone else wanted)
        if found is None:
            raise UnknownToken
        return found

    def known_or_new(self, session: Session) -> tuple[Contributor, str | None]:
        """The holder of the token, alone; without one a new contributor, and the token that is shown once.

        A blank token, as an empty field of a form gives, is none.
        """
        if self.token is not None and self.token.strip():
            return self.known(session, alone=True), None
        token = new_token()
        newcomer = Contributor(token_hmac=self.key.token(token), created_at=self.now)
        session.add(newcomer)
        session.flush()
        return newcomer, token

    def check_quota(self, session: Session, contributor: Contributor, quota: int) -> None:
        """Raises QuotaReached when submissions and corrections of the last 24 hours reach the quota."""
        given = 0
        for what in (Submission, Correction):
            given += (
                session.scalar(
                    select(func.count())
                    .select_from(what)
                    .join(Consent, what.consent_id == Consent.id)
                    .where(Consent.contributor_id == contributor.id, what.created_at > self.now - QUOTA_SPAN)
                )
                or 0
            )
        if given >= quota:
            raise QuotaReached


def record_consent(
    session: Session, contributor: Contributor, consent: ConsentGiven, now: datetime
) -> Consent:
    """The row that says what the contributor agreed to, and in which words."""
    row = Consent(
        contributor_id=contributor.id,
        version=consent.version,
        text_digest=consent.text_digest,
        licence=consent.licence,
        own_or_may_share=consent.own_or_may_share,
        of_age=consent.of_age,
        locale=consent.locale,
        given_at=now,
    )
    session.add(row)
    session.flush()
    return row
