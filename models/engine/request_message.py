"""A request made ready to travel: checked against its service's signature, written, measured."""

from __future__ import annotations

from models.engine import wire
from models.engine.errors import BadRequest
from models.engine.protocol import Signature
from models.engine.schema import TooLarge


def request_message(signature: Signature, request: object, most_bytes: int) -> bytes:
    """The request as bytes that another process reads.

    BadRequest for another type than the service's or for what cannot be written, TooLarge beyond ``most_bytes``.
    """
    if not isinstance(request, signature.request_type):
        raise BadRequest
    try:
        message = wire.dumps(request)
    except (TypeError, ValueError) as error:
        raise BadRequest from error
    if len(message) > most_bytes:
        raise TooLarge
    return message
