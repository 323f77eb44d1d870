"""The customer register: customers, their addresses and further names, domains in use, disputed addresses."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the register's tables."""
    op.create_table(
        "customers",
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("former_names", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("street", sa.String(), nullable=False),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("email_confirmed", sa.Boolean(), nullable=False),
        sa.Column("national_id", sa.String(), nullable=False),
        sa.Column("id_key", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("street_key", sa.String(), nullable=False),
        sa.Column("postcode_key", sa.String(), nullable=False),
        sa.Column("household_key", sa.String(), nullable=True),
        sa.Column("username_key", sa.String(), nullable=True),
        sa.Column("national_key", sa.String(), nullable=True),
        sa.Column("city_key", sa.String(), nullable=False),
        sa.Column("phone_key", sa.String(), nullable=True),
        sa.Column("row_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id"),
    )
    for key in ("id_key", "name_key", "username_key", "national_key", "household_key", "phone_key"):
        op.create_index(f"ix_customers_{key}", "customers", [key], unique=False)
    op.create_index("ix_customers_street_key", "customers", ["street_key", "postcode_key"], unique=False)
    op.create_table(
        "customer_emails",
        sa.Column("canonical", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("former", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("canonical", "customer_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_customer_emails_customer_id", "customer_emails", ["customer_id"], unique=False)
    op.create_table(
        "customer_other_names",
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("name_key", "customer_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_customer_other_names_customer_id", "customer_other_names", ["customer_id"], unique=False)
    op.create_table(
        "customer_domains",
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("addresses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("domain"),
    )
    op.create_table(
        "disputes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("canonical", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("disputed_by", sa.String(), nullable=False),
        sa.Column("disputed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.String(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_disputes_canonical", "disputes", ["canonical"], unique=False)
