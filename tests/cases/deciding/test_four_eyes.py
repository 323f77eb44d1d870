"""Four eyes: nobody in the sender's identity set lets a message out, whatever they try."""

from typing import TypedDict

import pytest
from sqlalchemy import text

from mailguard.cases.deciding.decide import decide, may_decide, withdraw
from mailguard.cases.reading import read_case
from mailguard.cases.reveal import reveal
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.envelope import Envelope
from mailguard.core.errors import NotYours, StoreError
from mailguard.core.person import Person, Role
from mailguard.store import people
from mailguard.store.store import Store
from tests.cases.conftest import add
from tests.support.holding import hold
from tests.support.letters import CUSTOMER, SENDER, hold_letter, judgement_of

APPROVE = Decision(Action.APPROVE, "is the right person")


def _must_not_decide(store: Store, case_id: str, person: Person) -> None:
    assert not may_decide(store, case_id, person)
    for decision in (APPROVE, Decision(Action.REJECT, "no")):
        with pytest.raises(NotYours):
            decide(store, case_id, decision, person)
    with pytest.raises(NotYours):
        reveal(store, case_id, 0, person, "curious")
    assert read_case(store, case_id).summary.state is CaseState.HELD


class Headers(TypedDict, total=False):
    """Who else a letter says it is from."""

    Sender: str
    Reply_To: str
    Resent_From: str


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sender": "Otto <otto@operator.example>"},
        {"Reply_To": "=?utf-8?q?Otto?= <OTTO@Operator.Example>"},
        {"Resent_From": "otto@operator.example"},
    ],
)
def test_own_letter(any_store: Store, headers: Headers) -> None:
    """The envelope sender, and whoever stands in From, Sender, Reply-To or Resent-From, cannot decide."""
    otto = add(any_store, "otto", Role.SUPERVISOR)
    sender = "otto@operator.example" if not headers else SENDER
    _must_not_decide(any_store, hold_letter(any_store, sender=sender, **headers), otto)


DECOYS = ", ".join(f"a{number}@post.example" for number in range(700))


@pytest.mark.parametrize(
    "fields",
    [
        b"From: a@post.example\r\nFrom: otto@operator.example",
        b"From: Team: otto@operator.example;",
        b"From: otto(me)@(there(really))operator.example",
        b"From: otto(me\\)too)@operator.example",
        b"From: otto" + b"(" * 9 + b"me" + b")" * 9 + b"@operator.example",
        b"From: 'otto@operator.example'",
        b"From: otto @ operator . example",
        b"From: Mr. Otto <otto @operator.example>",
        b'From: "otto"@operator.example',
        b'From: <"o\\tto"@operator.example>',
        b"From: <otto@\r\n operator.example>",
        b"From: =?utf-8?q?otto=40operator.example?= <a@post.example>",
        b'From: "otto@operator.example" <a@post.example>',
        b"Resent-Reply-To: otto@operator.example",
        b"Return-Path: <otto@operator.example>",
        b"From: " + DECOYS.encode() + b",\r\n otto@operator.example",
        b"From: (" + b"padding " * 20_000 + b") otto@operator.example",
        b"From: a@post.example\r\n" * 900 + b"From: otto@operator.example",
        b"From: otto.alias@XN--MNCHEN-3YA.example",
        "From: OTTO.ALIAS@münchen.example".encode(),
        "From: \uff4ftto\uff20operator\u3002example".encode(),
    ],
)
def test_own_address_in_every_spelling(store: Store, fields: bytes) -> None:
    """However a sender writes their own address, with a null reverse-path before it, they cannot decide."""
    otto = add(store, "otto", Role.SUPERVISOR, "otto.alias@münchen.example")
    raw = fields + b"\r\nSubject: order\r\n\r\nPIN 4826\r\n"
    _must_not_decide(store, hold(store, Envelope("", (CUSTOMER,)), raw, judgement_of(raw, (CUSTOMER,), "4826")), otto)


def test_decoys_before_the_own_address_hide_no_alias(store: Store) -> None:
    """Seven hundred strangers in From do not crowd out who the envelope sender is."""
    otto = add(store, "otto", Role.SUPERVISOR, "zz@operator.example")
    case_id = hold_letter(store, sender="zz@operator.example", Reply_To=DECOYS)
    add(store, "otto", Role.SUPERVISOR)
    _must_not_decide(store, case_id, otto)


def test_new_address_makes_no_new_person(any_store: Store) -> None:
    """Who sent a message and then gets another mail address and loses the old one is still its sender."""
    add(any_store, "otto", Role.SUPERVISOR)
    case_id = hold_letter(any_store, sender="otto@operator.example")
    renamed = people.add_user(any_store, "otto", email="o.toivonen@post.example", role=Role.ADMIN, password=None)
    _must_not_decide(any_store, case_id, renamed)
    with pytest.raises(StoreError, match="four eyes"), any_store.writing() as session:
        session.execute(text(_own_decision(case_id, renamed)))


def test_login_alias_and_plus_tag(any_store: Store) -> None:
    """Who sent under a login, from an alias, or with a tag after the plus sign, is still the sender."""
    otto = add(any_store, "otto", Role.SUPERVISOR, "sales@operator.example")
    for case_id in (
        hold_letter(any_store, login="otto"),
        hold_letter(any_store, sender="sales@operator.example"),
        hold_letter(any_store, sender="Sales+spring@OPERATOR.example"),
    ):
        _must_not_decide(any_store, case_id, otto)


@pytest.mark.parametrize(
    "login",
    [
        "OTTO",
        " otto ",
        "otto@operator.example",
        "Otto@mail.example",
        "OPERATOR\\Otto",
        "\uff4ftto",
        "Desk+x@operator.example",
        "ot\u200bto",
        "de\u00adsk@operator.example",
        "OPERATOR/otto",
        "otto%operator.example",
    ],
)
def test_login_spelt_as_another_server_takes_it(store: Store, login: str) -> None:
    """The next hop knows its users in other letters, by address or with their domain: it is the same person."""
    otto = add(store, "otto", Role.SUPERVISOR, "desk@operator.example")
    sofia = add(store, "sofia", Role.SUPERVISOR)
    case_id = hold_letter(store, login=login)
    _must_not_decide(store, case_id, otto)
    assert may_decide(store, case_id, sofia)


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
    for statement in (
        _own_decision(case_id, otto),
        f"UPDATE cases SET state = 'approved' WHERE id = '{case_id}'",
        f"UPDATE cases SET state = 'released' WHERE id = '{case_id}'",
        "DELETE FROM sender_identities",
        "UPDATE sender_identities SET address = 'nobody@post.example'",
        "UPDATE recipients SET address = 'friend@post.example'",
    ):
        with pytest.raises(StoreError, match="four eyes"), any_store.writing() as session:
            session.execute(text(statement))


def test_database_keeps_a_decision(any_store: Store, supervisor: Person) -> None:
    """Who approved stays on record, until the case itself goes."""
    case_id = hold_letter(any_store)
    decide(any_store, case_id, APPROVE, supervisor)
    for statement in ("DELETE FROM decisions", "UPDATE decisions SET user_id = user_id"):
        with pytest.raises(StoreError, match="four eyes"), any_store.writing() as session:
            session.execute(text(statement))


def _own_decision(case_id: str, person: Person) -> str:
    return (
        "INSERT INTO decisions (case_id, user_id, action, reason, recipients, at) "
        f"VALUES ('{case_id}', {person.user_id}, 'approve', '', '[]', '2026-11-16 09:00:00')"
    )


def test_only_the_sender_withdraws(any_store: Store, supervisor: Person) -> None:
    """A message is taken back by its sender, and then nobody can approve it."""
    otto = add(any_store, "otto", Role.OPS, SENDER)
    case_id = hold_letter(any_store)
    with pytest.raises(NotYours):
        withdraw(any_store, case_id, supervisor)
    withdraw(any_store, case_id, otto)
    assert read_case(any_store, case_id).summary.state is CaseState.WITHDRAWN
