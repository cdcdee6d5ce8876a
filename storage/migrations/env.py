"""What Alembic runs: the revisions on the connection that was handed over, or as SQL text for a host."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from storage.columns import UtcDateTime
from storage.schema import Base


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:  # noqa: ANN401
    """Revisions name plain SQL types, so that they still run when our own types have moved on."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def run() -> None:
    """Runs the revisions within the caller's transaction; online SQLite tables are altered by copying."""
    attributes = context.config.attributes
    if context.is_offline_mode():
        context.configure(
            dialect_name=attributes["dialect"], target_metadata=Base.metadata, literal_binds=True
        )
    else:
        context.configure(
            connection=attributes["connection"],
            target_metadata=Base.metadata,
            render_as_batch=True,
            render_item=render_item,
        )
    with context.begin_transaction():
        context.run_migrations()


run()
