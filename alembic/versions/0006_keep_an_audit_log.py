"""Keep an audit log, second factors, devices that are known, and where keys may be used from."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply. Nothing was ever written to the audit table that is made anew."""
    op.drop_index("ix_audit_account_id_id", table_name="audit")
    op.drop_table("audit")
    _create_audit(
        sa.Column("account_id", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=True),
    )
    _create_of_user(
        "second_factor",
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        key=["user_id"],
    )
    _create_of_user(
        "recovery_code",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        key=["user_id", "hash"],
    )
    _create_of_user(
        "known_device",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        key=["user_id", "hash"],
    )
    op.create_index("ix_known_device_seen_at", "known_device", ["seen_at"])
    op.add_column("api_key", sa.Column("networks", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Take back; the log goes, and so do second factors."""
    op.drop_column("api_key", "networks")
    op.drop_index("ix_known_device_seen_at", table_name="known_device")
    for table in ("known_device", "recovery_code", "second_factor"):
        op.drop_table(table)
    op.drop_index("ix_audit_account_id_id", table_name="audit")
    op.drop_table("audit")
    _create_audit(sa.Column("account_id", sa.String(), nullable=False))


def _create_audit(*columns: sa.Column[object]) -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_audit_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_account_id_id", "audit", ["account_id", "id"])


def _create_of_user(table: str, *columns: sa.Column[object], key: list[str]) -> None:
    op.create_table(
        table,
        sa.Column("user_id", sa.String(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f(f"fk_{table}_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
    )
