"""Messages that are kept until their pictures are read."""

import sqlalchemy as sa
from alembic import op

from mailguard.store.migrations.triggers import Rule, create

revision = "0008"
down_revision = "0007"

_JUDGED = ("case_id", "received_at", "size", "sha256", "sealed")
_OTHER = " OR ".join(f"NEW.{name} <> OLD.{name}" for name in _JUDGED)
_GONE_NOWHERE = """NOT EXISTS (SELECT 1 FROM cases AS c WHERE c.id = OLD.case_id) AND NOT EXISTS (
    SELECT 1 FROM audit AS a WHERE a.case_id = OLD.case_id AND a.act = 'passed after reading')"""
_RULES: tuple[Rule, ...] = (
    ("awaiting_kept_whole", "BEFORE UPDATE ON awaiting_reading", _OTHER, "custody: what was taken is not changed"),
    ("awaiting_claims", "BEFORE UPDATE ON awaiting_reading", "NEW.claims < OLD.claims",
     "custody: a claim is not forgotten"),
    ("awaiting_kept", "BEFORE DELETE ON awaiting_reading", _GONE_NOWHERE, "custody: what waits is not removed"),
)  # fmt: skip


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "awaiting_reading",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("envelope", sa.JSON(), nullable=False),
        sa.Column("known", sa.JSON(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("remaining", sa.JSON(), nullable=False),
        sa.Column("refused", sa.JSON(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("begun", sa.Integer(), nullable=False),
        sa.Column("sending_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_answer", sa.String(), nullable=True),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index("ix_awaiting_reading_due_at", "awaiting_reading", ["due_at"])
    op.create_index("ix_awaiting_reading_key_id", "awaiting_reading", ["key_id"])
    create(op.get_bind(), _RULES)
