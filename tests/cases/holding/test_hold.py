"""Holding: everything in one commit, and no secret outside the seal."""

from pathlib import Path

import pytest
from sqlmodel import col, select

from mailguard.cases.deciding.delegations import delegate
from mailguard.cases.listing import list_cases
from mailguard.cases.reading import open_body, read_case
from mailguard.core.case import CaseState
from mailguard.core.envelope import Client, Envelope
from mailguard.core.errors import StoreError
from mailguard.core.person import Person, Role
from mailguard.store.store import Store
from mailguard.store.tables.cases import BodyRow, CaseRow, IdentityRow
from mailguard.store.tables.outbox import NoticeRow
from tests.cases.conftest import add
from tests.conftest import TurnableClock
from tests.support.holding import hold
from tests.support.letters import CUSTOMER, SENDER, hold_letter, judgement_of, write_letter


def test_held_message_opens_to_the_same_bytes(any_store: Store) -> None:
    """What comes out of the seal is what was judged, to the byte."""
    raw = write_letter("PIN 4826, ääkköset, \u4e2d", subject="Tilaus")
    envelope = Envelope(SENDER, (CUSTOMER,), Client("192.0.2.7", "app.example"))
    case_id = hold(any_store, envelope, raw, judgement_of(raw, (CUSTOMER,), "4826"))
    assert open_body(any_store, case_id) == raw
    case = read_case(any_store, case_id)
    assert case.summary.state is CaseState.HELD
    assert case.envelope == envelope
    assert [entry.act for entry in case.history] == ["hold"]


def test_no_secret_in_the_database_file(store: Store, tmp_path: Path) -> None:
    """Body, subject and sender's display name carry the password; no file of the store does."""
    secret = "Marjapuuro83"
    hold_letter(store, f"Salasana: {secret}", secret=secret, subject=f"Salasanasi {secret}", Comments=f"{secret}")
    store.close()
    for file in tmp_path.iterdir():
        assert secret.encode() not in file.read_bytes(), file.name


def test_subject_is_masked(store: Store) -> None:
    """The list shows that something stood there, not what."""
    case_id = hold_letter(store, "See the subject.", subject="Your PIN is 4826, keep it")
    assert read_case(store, case_id).summary.subject == "Your PIN is ••••••, keep it"


def test_failure_leaves_nothing(any_store: Store) -> None:
    """When the commit cannot be done, there is no row, no body and no letter to write."""
    raw = write_letter("PIN 4826")
    twice = judgement_of(raw, (CUSTOMER,), "4826")
    with any_store.writing() as session:
        # The register of the audit chain is gone: the entry cannot be written.
        session.connection().exec_driver_sql("DROP TABLE audit_head")
    with pytest.raises(StoreError):
        hold(any_store, Envelope(SENDER, (CUSTOMER,)), raw, twice)
    with any_store.reading() as session:
        for table in (CaseRow, BodyRow, IdentityRow, NoticeRow):
            assert session.exec(select(table)).all() == []


def test_sender_and_supervisors_are_told_but_not_the_sender_as_supervisor(any_store: Store, supervisor: Person) -> None:
    """The sender learns of the hold; those who may decide are asked; a supervisor is not asked about an own letter."""
    add(any_store, "otto", Role.SUPERVISOR, SENDER)
    add(any_store, "olga", Role.OPS)
    hold_letter(any_store)
    with any_store.reading() as session:
        rows = session.exec(select(NoticeRow).order_by(col(NoticeRow.id))).all()
    assert [(row.kind, row.to) for row in rows] == [("held", SENDER), ("to_review", supervisor.email)]


@pytest.mark.parametrize("value", ["auto-generated", "Auto-Replied"])
def test_robots_are_not_written_to(store: Store, value: str) -> None:
    """RFC 3834: no answer to an automatic message, and none to the null reverse-path."""
    hold_letter(store, Auto_Submitted=value)
    hold_letter(store, sender="")
    with store.reading() as session:
        assert [row.kind for row in session.exec(select(NoticeRow))] == []


def test_list_is_oldest_first_searchable_and_paged(any_store: Store, clock: object) -> None:
    """Pages follow each other without a gap, and the search looks at sender, recipient and subject."""
    ids = []
    for number in range(7):
        ids.append(hold_letter(any_store, recipients=(f"customer{number}@post.example",), subject=f"100% no {number}"))
        clock.turn(minutes=1)  # type: ignore[attr-defined]
    held = frozenset({CaseState.HELD})
    seen: list[str] = []
    after = None
    while True:
        page = list_cases(any_store, states=held, limit=3, after=after)
        seen += [case.id for case in page.cases]
        if (after := page.next) is None:
            break
    assert seen == ids
    assert [c.id for c in list_cases(any_store).cases] == ids[::-1]
    assert [c.id for c in list_cases(any_store, query="CUSTOMER4@").cases] == [ids[4]]
    assert [c.id for c in list_cases(any_store, query="0% no 2").cases] == [ids[2]]
    assert list_cases(any_store, query="%").cases != ()
    assert list_cases(any_store, query="_____").cases == ()
    assert [c.id for c in list_cases(any_store, query=ids[3].lower()).cases] == [ids[3]]


def test_deputies_are_asked_and_nobody_beside_the_sender(any_store: Store, clock: TurnableClock) -> None:
    """On their days, each once, not in the place of one who may not decide; the sender's own deputy is not asked."""
    add(any_store, "anna", Role.SUPERVISOR)
    add(any_store, "boris", Role.SUPERVISOR)
    add(any_store, "otto", Role.OPS)
    add(any_store, "seller", Role.OPS, SENDER)
    today = clock().date()
    for giver, deputy in (("anna", "otto"), ("boris", "otto")):
        delegate(any_store, giver, deputy, today, today, "A day off, and nobody else is there", zone="UTC")
    assert _asked(any_store) == ["anna", "boris", "otto"]
    delegate(any_store, "boris", "seller", today, today, "A day off, and nobody else is there", zone="UTC")
    assert _asked(any_store) == ["anna", "otto"]
    clock.turn(days=1)
    assert _asked(any_store) == ["anna", "boris"]


def _asked(store: Store) -> list[str]:
    case_id = hold_letter(store, "PIN 4826")
    letters = select(NoticeRow.to).where(NoticeRow.case_id == case_id, NoticeRow.kind == "to_review")
    with store.reading() as session:
        return sorted(to.partition("@")[0] for to in session.exec(letters))
