"""What is remembered of addresses: their source and age, decided pairs, confirmations; and two approvals for a case."""

import sqlalchemy as sa
from alembic import op

from mailguard.store.migrations.triggers import require_all_approvals

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add columns to customers, addresses and cases, and the tables of the register's memory."""
    op.add_column("customers", sa.Column("source", sa.String(), nullable=False, server_default=""))
    op.add_column("customer_emails", sa.Column("added_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("dsn", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("cases", sa.Column("approvals_needed", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("decisions", sa.Column("remember", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("decisions", sa.Column("remember_until", sa.Date(), nullable=True))
    op.drop_index("ix_customers_name_key", "customers")
    op.create_index("ix_customers_name_key", "customers", ["name_key", "birth_date", "postcode_key"])
    op.drop_index("ix_customers_street_key", "customers")
    op.create_index("ix_customers_street_key", "customers", ["street_key", "postcode_key", "city_key"])
    tagged = sa.text("tags <> ''")
    op.create_index("ix_customers_tagged", "customers", ["street_key"], sqlite_where=tagged, postgresql_where=tagged)
    # A dwelling is found by its street; and a key that many registers lack is worth no tree full of nothing.
    op.drop_index("ix_customers_household_key", "customers")
    for key in ("username_key", "national_key", "phone_key"):
        known = sa.text(f"{key} IS NOT NULL")
        op.drop_index(f"ix_customers_{key}", "customers")
        op.create_index(f"ix_customers_{key}", "customers", [key], sqlite_where=known, postgresql_where=known)
    op.create_table(
        "remembered_pairs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("canonical", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.String(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_remembered_pairs_canonical", "remembered_pairs", ["canonical"], unique=False)
    op.create_table(
        "confirmations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("link_digest", sa.String(), nullable=False),
        sa.Column("code_digest", sa.String(), nullable=False),
        sa.Column("canonical", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("link_digest"),
    )
    op.create_index("ix_confirmations_canonical", "confirmations", ["canonical"], unique=False)
    op.create_table(
        "bounces",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("canonical", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("noted_by", sa.String(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.String(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_bounces_canonical", "bounces", ["canonical"], unique=False)
    op.create_table(
        "register_sources",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "register_audits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "register_risks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.Integer(), sa.ForeignKey("register_audits.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("other", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_register_risks_audit", "register_risks", ["audit_id", "kind", "id"], unique=False)
    op.create_table(
        "login_networks",
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("user_id", "network"),
    )
    require_all_approvals(op.get_bind())
