"""Four eyes: nobody in the sender's identity set lets a message out, whatever they try."""

import pytest
from sqlalchemy import text

from mailguard.cases.decide import decide, may_decide, withdraw
from mailguard.cases.reading import read_case
from mailguard.cases.reveal import reveal
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import NotYours, StoreError
from mailguard.core.person import Person, Role
from mailguard.store.store import Store
from tests.cases.conftest import add
from tests.support.letters import SENDER, hold_letter

APPROVE = Decision(Action.APPROVE, "is the right person")


def _must_not_decide(store: Store, case_id: str, person: Person) -> None:
    assert not may_decide(store, case_id, person)
    for decision in (APPROVE, Decision(Action.REJECT, "no")):
        with pytest.raises(NotYours):
            decide(store, case_id, decision, person)
    with pytest.raises(NotYours):
        reveal(store, case_id, 0, person, "curious")
    assert read_case(store, case_id).summary.state is CaseState.HELD


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sender": "Otto <otto@operator.example>"},
        {"Reply_To": "=?utf-8?q?Otto?= <OTTO@Operator.Example>"},
        {"Resent_From": "otto@operator.example"},
    ],
)
def test_own_letter(any_store: Store, headers: dict[str, str]) -> None:
    """The envelope sender, and whoever stands in From, Sender, Reply-To or Resent-From, cannot decide."""
    otto = add(any_store, "otto", Role.SUPERVISOR)
    sender = "otto@operator.example" if not headers else SENDER
    _must_not_decide(any_store, hold_letter(any_store, sender=sender, **headers), otto)


def test_login_alias_and_plus_tag(any_store: Store) -> None:
    """Who sent under a login, from an alias, or with a tag after the plus sign, is still the sender."""
    otto = add(any_store, "otto", Role.SUPERVISOR, "sales@operator.example")
    for case_id in (
        hold_letter(any_store, login="otto"),
        hold_letter(any_store, sender="sales@operator.example"),
        hold_letter(any_store, sender="Sales+spring@OPERATOR.example"),
    ):
        _must_not_decide(any_store, case_id, otto)


def test_shared_mailbox_makes_all_its_members_senders(any_store: Store) -> None:
    """A letter of the shared mailbox is nobody's in particular, so none of its members is a second person."""
    otto = add(any_store, "otto", Role.SUPERVISOR, "sales@operator.example")
    sofia = add(any_store, "sofia", Role.SUPERVISOR, "sales@operator.example")
    case_id = hold_letter(any_store, sender="otto@operator.example", Reply_To="sales@operator.example")
    _must_not_decide(any_store, case_id, otto)
    _must_not_decide(any_store, case_id, sofia)


def test_alias_that_is_added_after_the_hold_counts(any_store: Store) -> None:
    """Four eyes looks at the addresses of today, also for somebody who logged in yesterday."""
    before = add(any_store, "otto", Role.SUPERVISOR)
    case_id = hold_letter(any_store)
    assert may_decide(any_store, case_id, before)
    add(any_store, "otto", Role.SUPERVISOR, SENDER)
    _must_not_decide(any_store, case_id, before)


@pytest.mark.parametrize("role", [Role.OPS, Role.AUDITOR])
def test_roles_that_do_not_decide(any_store: Store, role: Role) -> None:
    """Ops and auditors look, and decide nothing."""
    _must_not_decide(any_store, hold_letter(any_store), add(any_store, "ida", role))


def test_database_refuses_an_own_decision(any_store: Store) -> None:
    """A program with a bug, or a person with a console, meets the rule in the data."""
    otto = add(any_store, "otto", Role.SUPERVISOR, SENDER)
    case_id = hold_letter(any_store)
    insert = (
        "INSERT INTO decisions (case_id, user_id, action, reason, recipients, at) "
        f"VALUES ('{case_id}', {otto.user_id}, 'approve', '', '[]', '2026-11-16 09:00:00')"
    )
    with pytest.raises(StoreError, match="four eyes"), any_store.writing() as session:
        session.execute(text(insert))
    for state in ("approved", "released"):
        with pytest.raises(StoreError, match="four eyes"), any_store.writing() as session:
            session.execute(text(f"UPDATE cases SET state = '{state}' WHERE id = '{case_id}'"))


def test_only_the_sender_withdraws(any_store: Store, supervisor: Person) -> None:
    """A message is taken back by its sender, and then nobody can approve it."""
    otto = add(any_store, "otto", Role.OPS, SENDER)
    case_id = hold_letter(any_store)
    with pytest.raises(NotYours):
        withdraw(any_store, case_id, supervisor)
    withdraw(any_store, case_id, otto)
    assert read_case(any_store, case_id).summary.state is CaseState.WITHDRAWN
