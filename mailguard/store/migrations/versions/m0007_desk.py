"""The desk: teams, assignments, remarks, saved views, attention checks, second factors, corrections, webhooks.

And messages that are held for some of their recipients only.
"""

import sqlalchemy as sa
from alembic import op

from mailguard.core.words import words_of_case
from mailguard.store.migrations.people_version import count_changes
from mailguard.store.migrations.teams import require_teams
from mailguard.store.migrations.triggers import Rule, create

revision = "0007"
down_revision = "0006"

_HIGH = (
    "credential", "bulk_personal_data", "namesake", "lookalike", "typo_domain", "other_customer", "disputed",
    "protected_customer",
)  # fmt: skip
_MEDIUM = (
    "personal_data", "unrelated", "unreadable", "encrypted", "recording", "identity_conflict", "unconfirmed",
    "stale_register",
)  # fmt: skip
_CASE_STANDS = "EXISTS (SELECT 1 FROM cases AS c WHERE c.id = OLD.case_id)"
_CASE_IS_HELD = "EXISTS (SELECT 1 FROM cases AS c WHERE c.id = NEW.case_id AND c.state = 'held')"
_OTHER_WAY = f"coalesce(NEW.send_to, '') <> coalesce(OLD.send_to, '') AND NOT {_CASE_IS_HELD}"
_RULES: tuple[Rule, ...] = (
    ("seeded_never_sent", "BEFORE UPDATE ON cases", "NEW.seeded AND NEW.state IN ('approved', 'released')",
     "a made-up case is never sent"),
    ("seeded_not_born_sent", "BEFORE INSERT ON cases", "NEW.seeded AND NEW.state IN ('approved', 'released')",
     "a made-up case is never sent"),
    ("seeded_stays", "BEFORE UPDATE ON cases", "NEW.seeded <> OLD.seeded", "custody: what was judged is not changed"),
    ("send_to_held", "BEFORE UPDATE ON recipients", _OTHER_WAY, "a corrected recipient is not changed"),
    ("remark_frozen", "BEFORE UPDATE ON remarks", None, "what was said about a case is not changed"),
    ("remark_kept", "BEFORE DELETE ON remarks", _CASE_STANDS, "what was said about a case is not removed"),
    ("attention_frozen", "BEFORE UPDATE ON attention_checks", None, "attention checks are not changed"),
    ("attention_kept", "BEFORE DELETE ON attention_checks", _CASE_STANDS, "attention checks are not removed"),
)  # fmt: skip


def upgrade() -> None:
    """Add the columns and tables."""
    op.add_column("cases", sa.Column("team", sa.String(), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("seeded", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_cases_team", "cases", ["team", "state", "received_at", "id"])
    # 1, high, is what a guard of the version before leaves out while it goes on serving.
    op.add_column("cases", sa.Column("severity", sa.Integer(), nullable=False, server_default="1"))
    _weigh_cases()
    _index_words()
    op.create_index("ix_cases_severity", "cases", ["state", "severity", "received_at", "id"])
    op.create_index("ix_sender_identities_address", "sender_identities", ["address", "case_id"])
    op.add_column("recipients", sa.Column("send_to", sa.String(), nullable=True))
    op.add_column("users", sa.Column("language", sa.String(), nullable=True))
    op.add_column("users", sa.Column("digest", sa.String(), nullable=False, server_default=""))
    op.add_column("users", sa.Column("digested_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("oidc_subject", sa.String(), nullable=True))
    op.create_index("ix_users_oidc_subject", "users", ["oidc_subject"], unique=True)
    op.add_column("sessions", sa.Column("method", sa.String(), nullable=False, server_default="password"))
    op.add_column("sessions", sa.Column("awaits_second", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("sessions", sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sessions", sa.Column("network", sa.String(), nullable=False, server_default=""))
    op.add_column("sessions", sa.Column("parked", sa.String(), nullable=True))
    _of_cases()
    _of_people()
    _of_parts()
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hook", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_answer", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_webhook_deliveries_due_at", "webhook_deliveries", ["due_at"])
    op.create_index("ix_notices_kind_created", "notices", ["kind", "created_at"])
    op.create_index("ix_notices_to_sent", "notices", ["to", "sent_at"])
    op.create_table(
        "audit_followers",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "troubles",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("topic", "about"),
    )
    version = op.create_table(
        "people_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.bulk_insert(version, [{"id": 1, "number": 1}])
    create(op.get_bind(), _RULES)
    require_teams(op.get_bind())
    count_changes(op.get_bind())


def _weigh_cases() -> None:
    """Give the cases that are there the severity that they would have got when they were held."""
    cases = sa.table("cases", sa.column("judgement"), sa.column("severity"))
    text = sa.cast(cases.c.judgement, sa.Text)

    def names(code: str) -> sa.ColumnElement[bool]:
        # Within a text of the JSON the quotes would stand behind backslashes.
        return text.contains(f'"code": "{code}"', autoescape=True)

    weight = sa.case(
        (text.contains('"rule": "bundle.', autoescape=True), 0),
        (sa.or_(*map(names, _HIGH)), 1),
        (sa.or_(*map(names, _MEDIUM)), 2),
        (names("one_time_code"), 3),
        else_=1,
    )
    op.execute(cases.update().values(severity=weight))


def _index_words() -> None:
    """Write down the words that the cases are found by."""
    op.create_table(
        "case_words",
        sa.Column("word", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("case_id", sa.String(), sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
        sa.PrimaryKeyConstraint("word", "case_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_case_words_case_id", "case_words", ["case_id"])
    texts = ("id", "reverse_path", "subject", "customers")
    cases = sa.table("cases", *map(sa.column, texts), sa.column("judgement", sa.JSON))
    recipients = sa.table("recipients", sa.column("case_id"), sa.column("address"))
    words = sa.table("case_words", sa.column("word"), sa.column("case_id"))
    connection, last = op.get_bind(), ""
    while some := connection.execute(sa.select(cases).where(cases.c.id > last).order_by(cases.c.id).limit(1000)).all():
        last = some[-1].id
        to: dict[str, list[str]] = {row.id: [] for row in some}
        for case_id, address in connection.execute(sa.select(recipients).where(recipients.c.case_id.in_(to))):
            to[case_id].append(address)
        rows = [
            {"word": word, "case_id": row.id}
            for row in some
            for word in words_of_case(
                (row.reverse_path, row.subject, row.customers, *to[row.id]),
                [reason["code"] for reason in row.judgement.get("reasons", ())],
                [finding["rule"] for finding in row.judgement.get("findings", ())],
            )
        ]
        if rows:
            connection.execute(words.insert(), rows)


def _of_cases() -> None:
    case = sa.ForeignKey("cases.id", ondelete="CASCADE")
    op.create_table(
        "assignments",
        sa.Column("case_id", sa.String(), case, nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_table(
        "remarks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_remarks_case_id", "remarks", ["case_id", "id"])
    op.create_table(
        "attention_checks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_attention_checks_case", "attention_checks", ["case_id", "user_id"])
    op.create_index("ix_attention_checks_at", "attention_checks", ["at"])


def _of_parts() -> None:
    op.create_table(
        "set_aside",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passing", sa.JSON(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index("ix_set_aside_at", "set_aside", ["at"])
    op.add_column("journal_recipients", sa.Column("passed", sa.Boolean(), nullable=False, server_default=sa.false()))


def _of_people() -> None:
    op.create_table(
        "user_teams",
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "team"),
    )
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "name"),
    )
    op.create_table(
        "totp_secrets",
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_recovery_codes_user_id", "recovery_codes", ["user_id"])
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_passkeys_user_id", "passkeys", ["user_id"])
    op.create_index("ix_passkeys_credential_id", "passkeys", ["credential_id"], unique=True)
    op.create_table(
        "spent_challenges",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_spent_challenges_until", "spent_challenges", ["until"])
