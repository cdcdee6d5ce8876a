"""A result left to the collection, with consent: what is stored and under which promise."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

import scoreweb
from scoreweb import messages
from scoreweb.desks import Sheet
from scoreweb.errors import VisitorError
from scoreweb.host import Host
from scoreweb.running import read_result
from storage import ConsentGiven, Licence, NewPrediction, NewSubmission, Picture, Receipt, Task


@dataclass(frozen=True)
class Agreement:
    """The boxes that a visitor ticked."""

    agrees: bool
    own: bool
    of_age: bool
    licence: str
    locale: str = "en"


def keep(host: Host, sheet: Sheet | None, agreement: Agreement, token: str) -> Receipt:
    """The page kept whole: picture, result, model with its weights, settings. VisitorError or StorageError otherwise."""
    if not host.settings.collect:
        raise VisitorError(messages.NOT_COLLECTING)
    if sheet is None:
        raise VisitorError(messages.NOTHING_TO_KEEP)
    if sheet.kept:
        raise VisitorError(messages.KEPT_ALREADY)
    for ticked, sentence in (
        (agreement.agrees, messages.MUST_AGREE),
        (agreement.own, messages.MUST_OWN),
        (agreement.of_age, messages.MUST_AGE),
    ):
        if not ticked:
            raise VisitorError(sentence)
    target = sheet.order.target
    submission = NewSubmission(
        task=Task.UPSCALE,
        app_version=scoreweb.__version__,
        settings={
            "model": sheet.order.model,
            "target": None if target is None else {"kind": target.kind, "value": target.value},
            "ratio": sheet.facts["ratio"],
        },
        input=Picture(sheet.source.read_bytes()),
        results=[Picture(Image.fromarray(read_result(sheet)))],
        predictions=[
            NewPrediction(
                rank=1,
                payload={"picture": "result", "seconds": sheet.facts["seconds"]},
                model=sheet.order.model,
                model_digest=sheet.weights or None,
            )
        ],
    )
    consent = ConsentGiven(
        licence=Licence(agreement.licence),
        own_or_may_share=agreement.own,
        of_age=agreement.of_age,
        locale=agreement.locale,
    )
    receipt = host.store.keep(submission, consent, token=token.strip() or None)
    sheet.kept = True
    return receipt
