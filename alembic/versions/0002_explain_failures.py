"""Keep what is needed to explain failures, to replay, to tell owners and to clean up."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_FAILED_AT = """
    UPDATE delivery SET failed_at = (
        SELECT max(attempt.at) FROM attempt
        WHERE attempt.account_id = delivery.account_id AND attempt.event_id = delivery.event_id
        AND attempt.delivery_id = delivery.id
    ) WHERE status = 'FAILED'
"""


def _columns() -> dict[str, list[sa.Column[object]]]:
    return {
        "account": [sa.Column("retention_days", sa.Integer(), nullable=True)],
        "destination": [
            sa.Column("broken_failure", sa.String(32), nullable=True),
            sa.Column("broken_at", sa.DateTime(timezone=True), nullable=True),
        ],
        "delivery": [
            sa.Column("replays", sa.Integer(), server_default="0", nullable=False),
            sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
            sa.Column("failure", sa.String(32), nullable=True),
        ],
        "attempt": [
            sa.Column("replay", sa.Integer(), server_default="0", nullable=False),
            sa.Column("failure", sa.String(32), nullable=True),
        ],
    }


def upgrade() -> None:
    """Apply."""
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column)
    op.execute(_FAILED_AT)
    _index_deliveries()
    op.create_table(
        "outage",
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("destination_id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=True),
        sa.Column("failure", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_outage_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("channel", "destination_id", name=op.f("pk_outage")),
    )
    op.create_index("ix_outage_account_id", "outage", ["account_id"])
    op.create_table(
        "notice",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_notice_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(
        "uq_notice_account_id_kind_subject",
        "notice",
        ["account_id", "kind", "subject"],
        unique=True,
    )
    _index_where("ix_notice_due", "notice", ["next_attempt_at"], "told_at IS NULL")


def _index_deliveries() -> None:
    op.drop_index("ix_delivery_due", "delivery")
    due, failed = ["channel", "next_attempt_at", "destination_id"], ["account_id", "failed_at"]
    _index_where("ix_delivery_due", "delivery", due, "status = 'PENDING'")
    _index_where("ix_delivery_failed", "delivery", failed, "status = 'FAILED'")


def _index_where(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Take back."""
    op.drop_table("notice")
    op.drop_table("outage")
    op.drop_index("ix_delivery_failed", "delivery")
    op.drop_index("ix_delivery_due", "delivery")
    for table, columns in _columns().items():
        for column in reversed(columns):
            op.drop_column(table, column.name)
    _index_where("ix_delivery_due", "delivery", ["next_attempt_at"], "status = 'PENDING'")
