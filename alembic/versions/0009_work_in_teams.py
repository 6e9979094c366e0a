"""Keep who is on an event, what is said of it, and what members want for themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_TIME = sa.DateTime(timezone=True)


def _new_columns() -> dict[str, tuple[sa.Column[object], ...]]:
    """Return what is added to each table; a column can be part of one table alone."""
    return {
        "user": (sa.Column("name", sa.String(), nullable=True),),
        "account": (sa.Column("fallback", sa.JSON(), nullable=True),),
        "membership": (
            sa.Column("used_at", _TIME, nullable=True),
            sa.Column("read_to", sa.String(), nullable=True),
            sa.Column("categories", sa.JSON(), nullable=True),
            sa.Column("severities", sa.JSON(), nullable=True),
        ),
        "category": (
            sa.Column("acknowledge", sa.Boolean(), server_default=sa.true(), nullable=False),
            sa.Column("escalation", sa.JSON(), nullable=True),
        ),
        "delivery": (
            sa.Column("user_id", sa.String(), nullable=True),
            sa.Column("handed_on", sa.Boolean(), server_default=sa.false(), nullable=False),
            sa.Column("reference", sa.String(), nullable=True),
        ),
        "notice": (sa.Column("user_id", sa.String(), nullable=True),),
        "token": (sa.Column("role", sa.String(), nullable=True),),
    }


_NEW_TABLES = ("claim", "comment", "escalation", "message_edit", "wall", "change")


def upgrade() -> None:
    """Apply."""
    for table, columns in _new_columns().items():
        for column in columns:
            op.add_column(table, column)
    op.create_index(
        "uq_destination_account_id_user_id_channel",
        "destination",
        ["account_id", "user_id", "channel"],
        unique=True,
        sqlite_where=sa.text("user_id IS NOT NULL"),
        postgresql_where=sa.text("user_id IS NOT NULL"),
    )
    op.create_index(
        "ix_account_fallback",
        "account",
        ["id"],
        sqlite_where=sa.text("fallback IS NOT NULL"),
        postgresql_where=sa.text("fallback IS NOT NULL"),
    )
    _create_responses()
    _create_walls()
    _create_changes()


def downgrade() -> None:
    """Take back; what people said and did about events goes."""
    op.drop_index("ix_account_fallback", table_name="account")
    op.drop_index("uq_destination_account_id_user_id_channel", table_name="destination")
    op.execute("DELETE FROM delivery WHERE user_id IS NOT NULL")
    op.execute("DELETE FROM destination WHERE user_id IS NOT NULL")
    for table in reversed(_NEW_TABLES):
        op.drop_table(table)
    for table, columns in _new_columns().items():
        for column in columns:
            op.drop_column(table, column.name)


def _create_of_event(table: str, *columns: sa.Column[object], key: tuple[str, ...] = ()) -> None:
    op.create_table(
        table,
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["account_id", "event_id"],
            ["event.account_id", "event.id"],
            name=op.f(f"fk_{table}_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "event_id", *key, name=op.f(f"pk_{table}")),
        sqlite_with_rowid=False,
    )


def _create_responses() -> None:
    _create_of_event(
        "claim",
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("resolved_at", _TIME, nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
    )
    op.create_index(
        "ix_claim_account_id_user_id_event_id", "claim", ["account_id", "user_id", "event_id"]
    )
    _create_of_event(
        "comment",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        key=("id",),
    )
    _create_of_event(
        "escalation",
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
    )
    op.create_index("ix_escalation_due_at", "escalation", ["due_at"])
    op.create_table(
        "message_edit",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "event_id", "delivery_id"],
            ["delivery.account_id", "delivery.event_id", "delivery.id"],
            name="fk_message_edit_delivery",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "event_id", "delivery_id", name=op.f("pk_message_edit")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_message_edit_due_at", "message_edit", ["due_at"])


def _account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"], ["account.id"], name=op.f(f"fk_{table}_account_id"), ondelete="CASCADE"
    )


def _create_walls() -> None:
    op.create_table(
        "wall",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("hidden", sa.JSON(), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=True),
        sa.Column("revoked_at", _TIME, nullable=True),
        _account("wall"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wall")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_wall_token_hash")),
    )
    op.create_index("ix_wall_account_id", "wall", ["account_id"])


def _create_changes() -> None:
    op.create_table(
        "change",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("created", sa.Boolean(), nullable=False),
        _account("change"),
        sa.PrimaryKeyConstraint("account_id", "number", name=op.f("pk_change")),
        sqlite_with_rowid=False,
    )
