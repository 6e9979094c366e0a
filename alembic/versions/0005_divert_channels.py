"""Keep which channels the operator sends to the sandbox."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "diversion",
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_diversion")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("diversion")
