"""The register audit finds the namesake cases that are waiting to happen."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from mailguard.customers.audit import audit_register
from mailguard.customers.auditing.domains import slips, undeliverable
from mailguard.customers.auditing.risk import Risk, RiskKind
from mailguard.customers.pairs import remember
from mailguard.namesake.vocabulary import Vocabulary
from tests.customers.conftest import Import

TODAY = date(2026, 11, 16)
_CROWD = [f"{n},Name{n},Crowd{n},,someone{n}@bigmail.example,,,Way {n},1,X,FI,,,yes" for n in range(100, 230)]
_ADDRESSES = "customer_id,first_name,last_name,emails,email_confirmed,street,postcode"


def risks_of(engine: Engine) -> list[Risk]:
    """The audit as of the tests' day."""
    return list(audit_register(engine, Vocabulary(), today=TODAY))


def told(engine: Engine) -> set[tuple[RiskKind, str]]:
    """Kind and customers of each risk."""
    return {(risk.kind, risk.customer_id) for risk in risks_of(engine)}


def test_dangers_are_told(bring_in: Import, engine: Engine) -> None:
    """A mailbox of two dwellings, a misspelt provider, and a guessed address of somebody with a namesake."""
    bring_in(
        *_CROWD,
        "1,Ada,Holm,,ada.holm@bigmail.example,,,Kuja 1,00100,A,FI,,,no",
        "2,Ada,Holm,,ada@holm.example,,,Tie 2,00200,B,FI,,,yes",
        "3,Bo,Falk,,family@falk.example,,,Kuja 3,00300,C,FI,,,yes",
        "4,Mia,Falk,,family@falk.example,,,Kuja 3,00300,C,FI,,,yes",
        "5,Kim,Lund,,shared@lund.example,,,Kuja 5,00500,D,FI,,,yes",
        "6,Tom,Berg,,shared@lund.example,,,Tie 6,00600,E,FI,,,yes",
        "7,Ina,Dahl,,ina.dahl@bigmial.example,,,Tie 7,00700,F,FI,,,yes",
        "8,Una,Only,,una.only@bigmail.example,,,Tie 8,00800,G,FI,,,no",
    )
    assert told(engine) == {(RiskKind.SHARED, "5, 6"), (RiskKind.TYPO, "7"), (RiskKind.GUESSED, "1")}


def test_known_providers_need_no_crowd(bring_in: Import, engine: Engine) -> None:
    """In a register of six, gmail.com is a public provider all the same, and gmial.com a slip."""
    bring_in(
        "1,Ada,Holm,ada.holm@gmail.com,no,Kuja 1,1",
        "2,Ada,Holm,ada@holm.example,yes,Tie 2,2",
        "3,Ina,Dahl,ina@gmial.com,yes,Tie 3,3",
        header=_ADDRESSES,
    )
    assert told(engine) == {(RiskKind.GUESSED, "1"), (RiskKind.TYPO, "3")}
    assert {risk.other for risk in risks_of(engine)} == {"", "gmail.com"}


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Matti,Virtanen", "matti_virtanen@post.example"),
        ("Mati,Virtanen", "mati.virtanen@post.example"),
        ("Masa,Virtanen", "matti.virtamen@post.example"),
        ("Virtanen,Matti", "mattivirtanen@post.example"),
        ("Matti,Wirtanen", "matti.v1rtanen@post.example"),
    ],
)
def test_lookalike_of_a_namesake(bring_in: Import, engine: Engine, name: str, address: str) -> None:
    """A never-confirmed address that is taken for that of a man of the same name, or of one a letter or nickname off.

    The one that was confirmed is no risk.
    """
    bring_in(
        "1,Matti,Virtanen,matti.virtanen@post.example,yes,Kuja 1,1", f"2,{name},{address},no,Tie 2,2", header=_ADDRESSES
    )
    found = risks_of(engine)
    assert [(risk.kind, risk.customer_id) for risk in found] == [(RiskKind.LOOKALIKE, "2")]
    assert found[0].other == "matti.virtanen@post.example"


@pytest.mark.parametrize(
    "row",
    [
        "2,Matti,Virtanen,matti.virtanen@post.example,no,Kuja 1,1",
        "2,Matti,Virtanen,matti_virtanen@post.example,yes,Tie 2,2",
        "2,Matti,Virtanen,matti_virtanen@post.example,no,Kuja 1,1",
        "2,Matti,Virtanen,matti_virtanen@elsewhere.example,no,Tie 2,2",
        "2,Pirjo,Salo,matti_virtanen@post.example,no,Tie 2,2",
        "1,Matti,Virtanen,matti.virtanen@post.example;matti_virtanen@post.example,yes;no,Kuja 1,1",
    ],
    ids=["shared at home", "confirmed", "one household", "other domain", "other name", "own second address"],
)
def test_what_is_no_lookalike(bring_in: Import, engine: Engine, row: str) -> None:
    """Likeness of one household, of confirmed addresses, at different domains or of unlike names is no risk."""
    bring_in("1,Matti,Virtanen,matti.virtanen@post.example,yes,Kuja 1,1", header=_ADDRESSES)
    bring_in(row, header=_ADDRESSES)
    assert told(engine) == set()


def test_what_a_reviewer_approved_is_known(bring_in: Import, engine: Engine) -> None:
    """An address that a reviewer approved until a day to come is no risk; after that day it is one again."""
    bring_in("1,Ada,Holm,ada.holm@gmail.com,no,Kuja 1,1", "2,Ada,Holm,ada@holm.example,yes,Tie 2,2", header=_ADDRESSES)
    at = datetime(2026, 11, 1, tzinfo=UTC)
    with Session(engine.execution_options(mailguard_writes=True)) as session, session.begin():
        remember(session, "Ada.Holm@gmail.com", "1", True, ["unconfirmed"], TODAY, None, "sofia", at)
    assert told(engine) == set()
    assert {risk.kind for risk in audit_register(engine, Vocabulary(), today=date(2026, 11, 17))} == {RiskKind.GUESSED}


def test_progress_comes_to_its_end(bring_in: Import, engine: Engine) -> None:
    """Progress begins at nothing, never goes back, and ends at all."""
    bring_in(*_CROWD, "1,Ada,Holm,,ada.holm@bigmail.example,,,Kuja 1,00100,A,FI,,,no")
    seen: list[tuple[int, int]] = []
    list(audit_register(engine, Vocabulary(), lambda done, total: seen.append((done, total))))
    assert seen[0][0] == 0
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]


def test_empty_register(engine: Engine) -> None:
    """Nothing on record, nothing to tell."""
    assert risks_of(engine) == []


@pytest.mark.parametrize(
    "slip", ["gmial.com", "gmai.com", "gmmail.com", "gmail.con", "gmail.co", "gnail.com", "gmaikl.com"]
)
def test_slips(slip: str) -> None:
    """One slip of the finger: lost, doubled, swapped, or the key beside."""
    assert slip in slips("gmail.com")


def test_the_domain_itself_is_no_slip() -> None:
    """And never the domain itself."""
    assert "gmail.com" not in slips("gmail.com")


@pytest.mark.parametrize(
    "address",
    [
        "matti@nowhere",
        "matti@gmail.con",
        "matti@host.local",
        "matti@10.0.0.1",
        "matti@www.gmail.com",
        "ma tti@post.example",
        "matti..v@post.example",
        "matti@my_host.example",
        "none@post.example",
    ],
)
def test_undeliverable(address: str) -> None:
    """No mail can arrive there, and it is said why."""
    assert undeliverable(address)


@pytest.mark.parametrize("address", ["matti@post.example", "m@o2.pl", "matti@müller.de", "matti+x@mail.co.uk"])
def test_deliverable(address: str) -> None:
    """Honest addresses are left alone, short ones and international ones too."""
    assert undeliverable(address) == ""
