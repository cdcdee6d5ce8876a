"""What a visitor reads when something cannot be done."""

from __future__ import annotations

import errno
import logging
import secrets

from models.engine import Cancelled, EngineError
from models.notation.errors import NotationError
from models.sheet import SheetError
from models.transcribe.errors import SoundError
from models.weights import WeightsError
from scoreweb import texts as messages
from scoreweb.languages.catalogue import retold
from scoreweb.metrics import ERRORS
from storage import StorageError

log = logging.getLogger(__name__)

_NOT_WRITABLE = {errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG, errno.EIO}


class VisitorError(Exception):
    """A sentence for the visitor: what is wrong and what to do. Nothing of theirs is lost."""


class Superseded(Cancelled):
    """A run was ended because its input was replaced by another."""


def sentence_of(error: BaseException) -> str:
    """The sentence to show for any error; an unforeseen one is logged under a number that the sentence names."""
    ERRORS.labels(type(error).__name__).inc()
    if isinstance(
        error,
        (VisitorError, SheetError, SoundError, NotationError, EngineError, StorageError, WeightsError),
    ):
        return retold(str(error))
    if isinstance(error, MemoryError):
        return messages.OUT_OF_MEMORY
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return messages.DISK_FULL
    if isinstance(error, OSError) and error.errno in _NOT_WRITABLE:
        log.error("this host cannot write", exc_info=error)
        return messages.HOST_CANNOT_WRITE
    number = secrets.token_hex(4)
    log.error("unforeseen error %s", number, exc_info=error)
    return messages.UNFORESEEN.format(number=number)
