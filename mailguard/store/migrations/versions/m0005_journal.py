"""The journal: a line for every message, passed ones too, by which it is found out later what went where."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the journal and the tables by which it is searched: recipients and customers."""
    op.create_table(
        "journal",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("reverse_path", sa.String(), nullable=False),
        sa.Column("sender_canonical", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("subject_tag", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("fate", sa.String(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_journal_at", "journal", ["at"])
    op.create_index("ix_journal_sender", "journal", ["sender_canonical", "number"])
    op.create_index("ix_journal_message_id", "journal", ["message_id"])
    op.create_index("ix_journal_id", "journal", ["id"])
    held = sa.text("case_id IS NOT NULL")
    op.create_index("ix_journal_case_id", "journal", ["case_id"], sqlite_where=held, postgresql_where=held)
    op.create_table(
        "journal_recipients",
        sa.Column("canonical", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["journal.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number", "position"),
    )
    op.create_index("ix_journal_recipients_canonical", "journal_recipients", ["canonical", "number"])
    op.create_table(
        "journal_customers",
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["journal.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("customer_id", "number"),
    )
    op.create_index("ix_journal_customers_number", "journal_customers", ["number"])
