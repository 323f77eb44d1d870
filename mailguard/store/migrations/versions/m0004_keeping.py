"""Deadlines, deputies, breaking glass, undoing, exchanged keys, several nodes, and a floor for old programs."""

import sqlalchemy as sa
from alembic import op

from mailguard.store.migrations.append_only import require_append_only
from mailguard.store.migrations.cascading import cascade_decisions
from mailguard.store.migrations.custody import require_custody
from mailguard.store.migrations.rights import require_rights
from mailguard.store.migrations.undoing import require_standing

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the deadlines to cases, whose approval a decision is to decisions, and the tables beside them."""
    for name in ("remind_at", "escalate_at", "expires_at"):
        op.add_column("cases", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("claims", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("cases", sa.Column("sending_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("decisions", sa.Column("on_behalf_of", sa.Integer(), nullable=True))
    op.add_column("decisions", sa.Column("break_glass", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("decisions", sa.Column("undo_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("decisions", sa.Column("send_to", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))
    op.add_column("decisions", sa.Column("leaves_sha256", sa.String(), nullable=True))
    # Written as the questions are: SQLite compares the words of a condition.
    op.create_index(
        "ix_decisions_glass",
        "decisions",
        ["at"],
        sqlite_where=sa.text("break_glass IS 1"),
        postgresql_where=sa.text("break_glass IS true"),
    )
    op.create_index("ix_cases_reverse_path", "cases", ["reverse_path", "received_at", "id"])
    op.create_index("ix_bodies_key_id", "bodies", ["key_id"])
    op.create_table(
        "delegations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("giver_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("deputy_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.String(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_delegations_deputy_id", "delegations", ["deputy_id"])
    op.create_table(
        "after_reviews",
        sa.Column("decision_id", sa.Integer(), sa.ForeignKey("decisions.id", ondelete="CASCADE"), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("was_right", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("decision_id"),
    )
    op.create_table(
        "undone_decisions",
        sa.Column("decision_id", sa.Integer(), sa.ForeignKey("decisions.id", ondelete="CASCADE"), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("decision_id"),
    )
    op.create_table(
        "retired_keys",
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("wrapped_by", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_id"),
    )
    op.create_table(
        "nodes",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("rules_digest", sa.String(), nullable=False),
        sa.Column("rules_problem", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    floor = op.create_table(
        "schema_floor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.bulk_insert(floor, [{"id": 1, "revision": revision}])
    cascade_decisions(op.get_bind())
    require_standing(op.get_bind())
    require_rights(op.get_bind())
    require_append_only(op.get_bind())
    require_custody(op.get_bind())
