"""JSON that every database can hold."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from storage.columns import Json
from storage.errors import UnfitSubmission

_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # not where the backslash itself is what is written


def plain_json(value: Mapping[str, object], what: str, limit: int) -> Json:
    """A copy of the value made of plain dicts, lists, strings, numbers, booleans and None.

    ``what`` names the value in an error. Raises UnfitSubmission for NaN and infinities, for types that JSON
    has not, for NUL characters (PostgreSQL cannot hold them) and for more than ``limit`` bytes of UTF-8.
    """
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        size = len(text.encode("utf-8"))
    except (TypeError, ValueError, RecursionError) as error:
        raise UnfitSubmission(f"Nothing was kept: {what} cannot be written as JSON ({error}).") from error
    if size > limit:
        raise UnfitSubmission(
            f"Nothing was kept: {size} bytes of JSON are too many for {what}. Stay below {limit}."
        )
    if _NUL.search(text):
        raise UnfitSubmission(f"Nothing was kept: a NUL character is in {what}. Leave it out.")
    plain: object = json.loads(text)
    if not isinstance(plain, dict):
        raise UnfitSubmission(f"Nothing was kept: {what} must be a JSON object. Put the value under a name.")
    return plain
