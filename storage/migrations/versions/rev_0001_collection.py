"""The tables of the collection."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From nothing to 0001."""
    op.create_table(
        "contributor",
        _key(),
        sa.Column("token_hmac", sa.String(64), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contributor")),
        sa.UniqueConstraint("token_hmac", name=op.f("uq_contributor_token_hmac")),
    )
    op.create_table(
        "erasure",
        _key(),
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("digest_hmac", sa.String(64), nullable=False),
        _moment("erased_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sa.UniqueConstraint("export_id", name=op.f("uq_erasure_export_id")),
    )
    op.create_index("ix_erasure_digest_hmac", "erasure", ["digest_hmac"])
    op.create_index("ix_erasure_erased_at", "erasure", ["erased_at"])
    op.create_table(
        "consent",
        _key(),
        sa.Column("contributor_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text_digest", sa.String(64), nullable=False),
        _word("licence"),
        sa.Column("own_or_may_share", sa.Boolean(), nullable=False),
        sa.Column("of_age", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(35), nullable=False),
        _moment("given_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        _refers("consent", "contributor_id", "contributor", "CASCADE"),
        _one_of("consent", "licence", "CC0-1.0", "CC-BY-4.0", "train-only"),
    )
    op.create_index("ix_consent_contributor_id", "consent", ["contributor_id"])
    op.create_table(
        "submission",
        _key(),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        _word("task"),
        _word("status"),
        sa.Column("app_version", sa.String(40), nullable=False),
        sa.Column("settings", _json(), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("consent_id", name=op.f("uq_submission_consent_id")),
        _refers("submission", "consent_id", "consent", "CASCADE"),
        _one_of("submission", "task", "upscale", "read", "transcribe"),
        _one_of("submission", "status", "pending", "accepted", "rejected", "hidden"),
    )
    op.create_index("ix_submission_status_created_at", "submission", ["status", "created_at"])
    op.create_table(
        "media",
        _key(),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        _word("role"),
        _word("kind"),
        sa.Column("media_type", sa.String(120), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
        sa.Column("seconds", sa.Double()),
        sa.Column("original_hmac", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("submission_id", "position", name=op.f("uq_media_submission_id_position")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_media_size")),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_media_dimensions")),
        sa.CheckConstraint("seconds >= 0", name=op.f("ck_media_seconds")),
        _refers("media", "submission_id", "submission", "CASCADE"),
        _one_of("media", "role", "input", "result", "prediction", "thumbnail"),
        _one_of("media", "kind", "image", "audio", "score"),
    )
    op.create_index("ix_media_digest", "media", ["digest"])
    op.create_table(
        "prediction",
        _key(),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double()),
        sa.Column("payload", _json(), nullable=False),
        sa.Column("media_id", sa.Uuid()),
        sa.Column("model_name", sa.String(120), nullable=False),
        sa.Column("model_digest", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prediction")),
        sa.UniqueConstraint("submission_id", "rank", name=op.f("uq_prediction_submission_id_rank")),
        sa.CheckConstraint("rank >= 1", name=op.f("ck_prediction_rank")),
        sa.CheckConstraint("score >= 0 AND score <= 1", name=op.f("ck_prediction_score")),
        _refers("prediction", "submission_id", "submission", "CASCADE"),
        _refers("prediction", "media_id", "media", "SET NULL"),
    )
    op.create_index("ix_prediction_media_id", "prediction", ["media_id"])
    op.create_table(
        "correction",
        _key(),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("based_on", sa.Uuid()),
        _word("format"),
        sa.Column("payload", sa.Text(), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
        _refers("correction", "submission_id", "submission", "CASCADE"),
        _refers("correction", "consent_id", "consent", "CASCADE"),
        _refers("correction", "based_on", "prediction", "SET NULL"),
        _one_of("correction", "format", "musicxml", "notes"),
    )
    for column in ("submission_id", "consent_id", "based_on"):
        op.create_index(f"ix_correction_{column}", "correction", [column])
    op.create_table(
        "vote",
        _key(),
        sa.Column("contributor_id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        _word("verdict"),
        _moment("voted_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vote")),
        sa.UniqueConstraint(
            "contributor_id", "submission_id", name=op.f("uq_vote_contributor_id_submission_id")
        ),
        _refers("vote", "contributor_id", "contributor", "CASCADE"),
        _refers("vote", "submission_id", "submission", "CASCADE"),
        _one_of("vote", "verdict", "right", "wrong", "unsure"),
    )
    op.create_index("ix_vote_submission_id", "vote", ["submission_id"])
    op.create_table(
        "flag",
        _key(),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("contributor_id", sa.Uuid()),
        _word("reason"),
        _word("raised_by"),
        _moment("raised_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag")),
        _refers("flag", "submission_id", "submission", "CASCADE"),
        _refers("flag", "contributor_id", "contributor", "CASCADE"),
        _one_of("flag", "reason", "rights", "personal", "offensive", "not-music", "broken", "other"),
        _one_of("flag", "raised_by", "visitor", "contributor", "host"),
    )
    for column in ("submission_id", "contributor_id", "raised_at"):
        op.create_index(f"ix_flag_{column}", "flag", [column])


def downgrade() -> None:
    """Back to nothing: every row goes, whoever refers to another first."""
    leaves = ("flag", "vote", "correction", "prediction", "media")
    for table in (*leaves, "submission", "consent", "erasure", "contributor"):
        op.drop_table(table)


def _key() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), nullable=False)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(16), nullable=False)


def _json() -> sa.JSON:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def _refers(table: str, column: str, to: str, on_delete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"), ondelete=on_delete
    )


def _one_of(table: str, column: str, *words: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{column}"))
