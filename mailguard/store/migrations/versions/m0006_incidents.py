"""Incidents: breach register (GDPR Art. 33(5)), wrong readers' reports, weekly facts, features for replays."""

import sqlalchemy as sa
from alembic import op

from mailguard.store.migrations.triggers import Rule, create

revision = "0006"
down_revision = "0005"

_WRITTEN_ONCE: tuple[Rule, ...] = (
    ("breach_entry_frozen", "BEFORE UPDATE ON breach_entries", None, "entries of the breach register are not changed"),
    ("breach_entry_kept", "BEFORE DELETE ON breach_entries", None, "entries of the breach register are not removed"),
)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "breaches",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("report_id", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("closing_by", sa.String(), nullable=True),
        sa.Column("closing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("closed_by IS NULL OR closed_by <> closing_by", name="breach_closed_by_two"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_breaches_opened_at", "breaches", ["opened_at"])
    op.create_table(
        "breach_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("breach_id", sa.String(), sa.ForeignKey("breaches.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_breach_entries_breach", "breach_entries", ["breach_id", "id"])
    op.create_table(
        "breach_clocks",
        sa.Column("breach_id", sa.String(), sa.ForeignKey("breaches.id"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_late_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("breach_id", "name"),
    )
    op.create_table(
        "reader_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("canonical", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("link_digest", sa.String(), nullable=False),
        sa.Column("code_digest", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("message_ref", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("breach_id", sa.String(), nullable=True),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("question_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dismissal", sa.String(), nullable=False),
        sa.Column("traced", sa.JSON(), nullable=False),
        sa.Column("deletion_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_answer", sa.String(), nullable=True),
        sa.Column("deletion_answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_reader_reports_link_digest", "reader_reports", ["link_digest"])
    op.create_index("ix_reader_reports_canonical", "reader_reports", ["canonical"])
    op.create_index("ix_reader_reports_received_at", "reader_reports", ["received_at"])
    of_report = sa.ForeignKey("reader_reports.id", ondelete="CASCADE")
    op.create_table(
        "reader_words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), of_report, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("lettered", sa.Boolean(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_reader_words_report", "reader_words", ["report_id", "id"])
    op.create_index("ix_reader_words_at", "reader_words", ["at"])
    op.create_table(
        "weekly_facts",
        sa.Column("week", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("week"),
    )
    op.create_table(
        "journal_features",
        sa.Column("number", sa.BigInteger(), sa.ForeignKey("journal.number", ondelete="CASCADE"), nullable=False),
        sa.Column("features", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    # Reports ask for the decisions of a week.
    op.create_index("ix_decisions_at", "decisions", ["at"])
    create(op.get_bind(), _WRITTEN_ONCE)
