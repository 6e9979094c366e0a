"""Keep what people set and see of their own sign-in, and links that belong to a person."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def _columns() -> dict[str, list[sa.Column[object]]]:
    return {
        "user": [
            sa.Column("time_zone", sa.String(), nullable=True),
            sa.Column("week_start", sa.Integer(), nullable=True),
        ],
        "account": [sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True)],
        "session": [
            sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
            sa.Column("user_agent", sa.String(), nullable=True),
            sa.Column("remote_address", sa.String(), nullable=True),
        ],
    }


def upgrade() -> None:
    """Apply."""
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column)
    removed = sa.text("removed_at IS NOT NULL")
    op.create_index(
        "ix_account_removed",
        "account",
        ["removed_at"],
        sqlite_where=removed,
        postgresql_where=removed,
    )
    op.create_index("ix_session_account_id", "session", ["account_id"])
    with op.batch_alter_table("token") as token:
        token.alter_column("account_id", existing_type=sa.String(), nullable=True)
        token.add_column(sa.Column("user_id", sa.String(), nullable=True))
        token.create_foreign_key(
            op.f("fk_token_user_id"), "user", ["user_id"], ["id"], ondelete="CASCADE"
        )
        token.create_index("ix_token_user_id", ["user_id"])


def downgrade() -> None:
    """Take back; links that belong to no account go."""
    op.execute("DELETE FROM token WHERE account_id IS NULL")
    with op.batch_alter_table("token") as token:
        token.drop_index("ix_token_user_id")
        token.drop_constraint(op.f("fk_token_user_id"), type_="foreignkey")
        token.drop_column("user_id")
        token.alter_column("account_id", existing_type=sa.String(), nullable=False)
    op.drop_index("ix_session_account_id", "session")
    op.drop_index("ix_account_removed", "account")
    for table, columns in _columns().items():
        for column in reversed(columns):
            op.drop_column(table, column.name)
