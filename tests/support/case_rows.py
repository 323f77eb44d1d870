"""Held cases written straight into the tables, for rooms that only read them."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from mailguard.core.ids import new_case_id
from mailguard.core.words import words_of_case
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow, CaseWordRow, RecipientRow
from mailguard.store.tables.decisions import DecisionRow
from mailguard.store.tables.people import UserRow

SECRET = "hunter2-4711"
"""Stands in every field that no letter and no report may show."""


def add_case(
    store: Store,
    received_at: datetime,
    *,
    recipients: dict[str, list[str]] | None = None,
    reasons: tuple[str, ...] = ("namesake",),
    rules: tuple[str, ...] = (),
    sender: str = "seller@operator.example",
    **values: Any,
) -> str:
    """A held case with its recipients (address -> reason codes); gives its id."""
    case_id = new_case_id()
    recipients = recipients or {"kari.virtanen@mail.example": list(reasons)}
    judgement = {
        "customers": [{"id": "1001", "evidence": ["username"]}],
        "findings": [{"rule": rule, "kind": "pin", "part": "body.1", "masked": "••••••"} for rule in rules],
        "reasons": [{"code": code, "text": f"{SECRET} belongs to customer 2044 (Tampere)"} for code in reasons],
    }
    row = CaseRow(
        id=case_id,
        state="held",
        received_at=received_at,
        reverse_path=sender,
        client_address="127.0.0.1",
        client_helo="client.example",
        smtputf8=False,
        body_8bit=False,
        automatic=False,
        header_from=f'"{SECRET}" <{sender}>',
        subject=f"Your order papers {SECRET}",
        message_id="<order-1@operator.example>",
        size=1234,
        sha256="0" * 64,
        verdict="hold",
        judgement=judgement,
    )
    for name, value in values.items():
        setattr(row, name, value)
    with store.writing() as session:
        session.add(row)
        session.flush()
        for position, (address, codes) in enumerate(recipients.items()):
            session.add(
                RecipientRow(
                    case_id=case_id,
                    position=position,
                    address=address,
                    verdict="hold" if codes else "pass",
                    relation={"kind": "namesake"},
                    reasons=codes,
                )
            )
        for word in words_of_case((row.reverse_path, row.subject, row.customers, *recipients), reasons, rules):
            session.add(CaseWordRow(word=word, case_id=case_id))
    return case_id


def decide_case(
    store: Store, case_id: str, action: str, after: timedelta, state: str | None = None, *, by: str = "vera"
) -> None:
    """A supervisor's decision so long after the message came in."""
    with store.writing() as session:
        case = session.get(CaseRow, case_id)
        assert case is not None
        at = case.received_at + after
        user = _supervisor(session, by)
        session.add(DecisionRow(case_id=case_id, user_id=user, action=action, reason="because", recipients=[], at=at))
        session.flush()
        if state == "held":
            # The first of two approvals.
            return
        case.state = {"approve": "approved", "reject": "rejected"}[action]
        case.decided_at, case.decided_by, case.decision_reason = at, by, "because"
        # Step by step: the database knows no other way.
        session.flush()
        case.state = state or case.state
        case.ended_at = None if case.state in {"approved", "undeliverable"} else at
        session.add(case)


def end_case(store: Store, case_id: str, state: str, at: datetime) -> None:
    """Withdrawn by its sender, or expired."""
    with store.writing() as session:
        case = session.get(CaseRow, case_id)
        assert case is not None
        case.state, case.ended_at = state, at
        session.add(case)


def _supervisor(session: Session, name: str) -> int:
    user = session.exec(select(UserRow).where(col(UserRow.name) == name)).first()
    if user is None:
        user = UserRow(
            name=name,
            email=f"{name}@operator.example",
            role="supervisor",
            created_at=datetime.fromisoformat("2026-01-01T00:00:00+00:00"),
        )
        session.add(user)
        session.flush()
    assert user.id is not None
    return user.id
