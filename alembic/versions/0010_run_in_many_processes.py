"""Keep which processes run, who sends to which destination, and whose configuration changed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "process",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.Column("leads", sa.Boolean(), nullable=False),
        sa.Column("vitals", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_process"),
    )
    op.create_table(
        "lane",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("destination_id", sa.String(), nullable=False),
        sa.Column("process_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process.id"], name="fk_lane_process_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "destination_id", name="pk_lane"),
    )
    op.create_index("ix_lane_process_id", "lane", ["process_id"])
    op.create_table(
        "revision",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_revision"),
    )
    op.create_index("ix_revision_number", "revision", ["number"])


def downgrade() -> None:
    """Take back."""
    for table in ("revision", "lane", "process"):
        op.drop_table(table)
