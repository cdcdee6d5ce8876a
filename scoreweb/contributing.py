"""A result left to the collection, with consent: what is stored and under which promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from scoreweb import metrics
from scoreweb import texts as messages
from scoreweb.errors import VisitorError
from scoreweb.host import Host
from storage import ConsentGiven, Licence, NewCorrection, NewSubmission, Receipt


@dataclass(frozen=True)
class Agreement:
    """The boxes that a visitor ticked."""

    agrees: bool
    own: bool
    of_age: bool
    licence: str | None
    locale: str = "en"


class Contribution(Protocol):
    """A finished job in a workspace that can be left to the collection, once."""

    kept: bool

    def submission(self) -> NewSubmission:
        """The job whole: what came in, what came out, the ranked answers, the settings."""
        ...

    def corrections(self) -> Sequence[NewCorrection]:
        """What the visitor says the answer should have been; none when it is right."""
        ...


def contribute(
    host: Host,
    contribution: Contribution | None,
    agreement: Agreement,
    token: str,
    words: Mapping[str, str],
    client: str,
) -> Receipt:
    """The contribution kept whole, corrections too, in one transaction.

    VisitorError (in these words) or StorageError when nothing is kept: the visitor can try again. OutcomeUnknown
    when that is not certain: it carries the receipt with the token that must be shown. ``client`` is who gives, as
    `scoreweb.guard` names them: one address gets so many new tokens a day.
    """
    if not host.settings.collect:
        raise VisitorError(messages.NOT_COLLECTING)
    if contribution is None:
        raise VisitorError(messages.NOTHING_TO_KEEP)
    if contribution.kept:
        raise VisitorError(words["already"])
    for ticked, sentence in (
        (agreement.agrees, words["must_agree"]),
        (agreement.own, words["must_own"]),
        (agreement.of_age, messages.MUST_AGE),
    ):
        if not ticked:
            raise VisitorError(sentence)
    if not agreement.licence:
        raise VisitorError(messages.CHOOSE_LICENCE)
    consent = ConsentGiven(
        licence=Licence(agreement.licence),
        own_or_may_share=agreement.own,
        of_age=agreement.of_age,
        locale=agreement.locale,
    )
    known = token.strip() or None
    if known is None and host.budgets.tokens.left(client) <= 0:
        raise VisitorError(messages.TOO_MANY_TOKENS)
    submission = replace(contribution.submission(), corrections=tuple(contribution.corrections()))
    receipt = host.store.contribute(submission, consent, token=known)
    if receipt.token is not None:
        host.budgets.tokens.charge(client, 1)
    contribution.kept = True
    metrics.GIFTS.labels(submission.task.value).inc()
    return receipt
