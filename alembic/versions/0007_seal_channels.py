"""Let what providers tell of a destination be text, so that it can be encrypted."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply. What is there is encrypted after it, in batches (storage/sealing.py)."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:  # it writes the table anew: the old one is to leave nothing behind
        op.execute("PRAGMA secure_delete=ON")
    with op.batch_alter_table("destination") as destination:
        destination.alter_column(
            "state", existing_type=sa.JSON(), type_=sa.String(), postgresql_using="state::text"
        )
    if sqlite:
        op.execute("PRAGMA secure_delete=OFF")


def downgrade() -> None:
    """Take back, in plain text; it needs the keys."""
    from pingpilot_app.storage.sealing import unseal_all

    unseal_all(op.get_bind())
    with op.batch_alter_table("destination") as destination:
        destination.alter_column(
            "state", existing_type=sa.String(), type_=sa.JSON(), postgresql_using="state::json"
        )
