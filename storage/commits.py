"""Transactions whose outcome is known even where the answer of the commit was lost."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Table, delete, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.database import Begin
from storage.errors import OutcomeUnknown
from storage.records import Receipt
from storage.schema import Base

_log = logging.getLogger(__name__)


def commit(begin: Begin, work: Callable[[Session], tuple[Receipt, Base | None]]) -> Receipt:
    """The receipt of ``work``, once what it wrote is committed; after any other error nothing of it is there.

    ``work`` gives its receipt and a new row that refers to no other new row. Where the connection was lost
    during the commit, the database is asked for that row; OutcomeUnknown, which carries the receipt, is raised
    only when it does not answer. A token in the receipt is therefore never lost while its rows stay.
    """
    receipt: Receipt | None = None
    witness: _Witness | None = None
    try:
        with begin() as session:
            done, row = work(session)
            session.flush()
            witness = _Witness.of(row) if row is not None else None
            receipt = done
    except BaseException as error:
        if receipt is None or witness is None:
            raise
        try:
            committed = witness.is_there(begin)
        except Exception:  # noqa: BLE001 - whatever hinders the question, the first error is the cause
            raise OutcomeUnknown(receipt=receipt) from error
        if not committed:
            raise
        _log.warning("The answer of a commit was lost, but all of it is there.", exc_info=True)
    return receipt


@dataclass(frozen=True, slots=True)
class _Witness:
    """A row by which it can be found out whether its transaction was committed."""

    table: Table
    values: dict[str, object]

    @classmethod
    def of(cls, row: Base) -> _Witness:
        """The row with its values as they are now: after a failed commit the session no longer tells them."""
        table = cast("Table", type(row).__table__)
        return cls(table, {column.key: getattr(row, column.key) for column in table.columns})

    def is_there(self, begin: Begin) -> bool:
        """Whether the row was committed; waits for a transaction that the server is still working on."""
        # A SELECT would not see such a transaction, while a row with an equal key has to wait for its outcome.
        try:
            with begin() as session:
                session.execute(insert(self.table).values(self.values))
                session.execute(delete(self.table).where(self.table.c.id == self.values["id"]))
        except IntegrityError:
            return True
        return False
