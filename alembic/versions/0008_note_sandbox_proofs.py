"""Keep which addresses were proved to the sandbox alone."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply. What was proved before counts as proved: nobody knows where."""
    op.add_column(
        "destination",
        sa.Column("sandboxed", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_column("destination", "sandboxed")
