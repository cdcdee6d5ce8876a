"""Review: later runs of a model, what a vote was about, reports, decisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STATUS = ("pending", "accepted", "rejected", "hidden", "disputed", "quarantined")
_FORMAT = ("musicxml", "notes", "choice")


def upgrade() -> None:
    """From 0001 to 0002. Votes so far were on the first prediction; flags become reports."""
    for table, column, words in (("submission", "status", _STATUS), ("correction", "format", _FORMAT)):
        with op.batch_alter_table(table) as altered:
            altered.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
            altered.create_check_constraint(op.f(f"ck_{table}_{column}"), _one_of(column, words))
    with op.batch_alter_table("prediction") as altered:
        altered.add_column(sa.Column("run", sa.Integer(), nullable=False, server_default="1"))
        altered.add_column(sa.Column("made_at", sa.DateTime(timezone=True)))
        altered.drop_constraint("uq_prediction_submission_id_rank", type_="unique")
        altered.create_unique_constraint(
            op.f("uq_prediction_submission_id_run_rank"), ["submission_id", "run", "rank"]
        )
        altered.create_check_constraint(op.f("ck_prediction_run"), "run >= 1")
    op.execute(
        "UPDATE prediction SET made_at = "
        "(SELECT created_at FROM submission WHERE submission.id = prediction.submission_id)"
    )
    with op.batch_alter_table("prediction") as altered:
        altered.alter_column("made_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        altered.alter_column("run", existing_type=sa.Integer(), existing_nullable=False, server_default=None)
    with op.batch_alter_table("vote") as altered:
        for of in ("correction", "prediction"):
            altered.add_column(sa.Column(f"{of}_id", sa.Uuid()))
            altered.create_foreign_key(
                op.f(f"fk_vote_{of}_id_{of}"), of, [f"{of}_id"], ["id"], ondelete="CASCADE"
            )
            altered.create_index(f"ix_vote_{of}_id", [f"{of}_id"])
    op.execute(
        "UPDATE vote SET prediction_id = (SELECT prediction.id FROM prediction "
        "WHERE prediction.submission_id = vote.submission_id AND prediction.rank = 1)"
    )
    op.create_table(
        "report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("contributor_id", sa.Uuid()),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("raised_by", sa.String(16), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        _refers("report", "submission_id", "submission"),
        _refers("report", "contributor_id", "contributor"),
        *_checks(
            "report",
            reason=("rights", "personal", "offensive", "not-music", "broken", "other"),
            raised_by=("visitor", "contributor", "host"),
        ),
    )
    columns = "id, submission_id, contributor_id, reason, raised_by, raised_at"
    op.execute(f"INSERT INTO report ({columns}) SELECT {columns} FROM flag")  # noqa: S608 - our own names
    op.drop_table("flag")
    for column in ("submission_id", "contributor_id", "raised_at"):
        op.create_index(f"ix_report_{column}", "report", [column])
    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("decided_by", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        _refers("decision", "submission_id", "submission"),
        *_checks("decision", status=_STATUS, decided_by=("votes", "report", "correction", "host")),
    )
    op.create_index("ix_decision_submission_id", "decision", ["submission_id"])


def downgrade() -> None:
    """There is no way back: what was decided and reported since would be lost."""
    raise NotImplementedError("Restore a backup that was made before the upgrade.")


def _one_of(column: str, words: tuple[str, ...]) -> str:
    quoted = ", ".join(f"'{word}'" for word in words)
    return f"{column} IN ({quoted})"


def _checks(table: str, **columns: tuple[str, ...]) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(_one_of(column, words), name=op.f(f"ck_{table}_{column}"))
        for column, words in columns.items()
    ]


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"), ondelete="CASCADE"
    )
