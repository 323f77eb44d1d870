"""The register audit finds the namesake cases that are waiting to happen."""

from sqlalchemy import Engine

from mailguard.customers.audit import RiskKind, audit_register, slips
from tests.customers.conftest import Import


def test_dangers_are_told(bring_in: Import, engine: Engine) -> None:
    """A mailbox of two dwellings, a misspelt provider, and a guessed address of somebody with a namesake."""
    crowd = [f"{n},Name{n},Crowd{n},,someone{n}@bigmail.example,,,Way {n},1,X,FI,,,yes" for n in range(100, 230)]
    bring_in(
        *crowd,
        "1,Ada,Holm,,ada.holm@bigmail.example,,,Kuja 1,00100,A,FI,,,no",
        "2,Ada,Holm,,ada@holm.example,,,Tie 2,00200,B,FI,,,yes",
        "3,Bo,Falk,,family@falk.example,,,Kuja 3,00300,C,FI,,,yes",
        "4,Mia,Falk,,family@falk.example,,,Kuja 3,00300,C,FI,,,yes",
        "5,Kim,Lund,,shared@lund.example,,,Kuja 5,00500,D,FI,,,yes",
        "6,Tom,Berg,,shared@lund.example,,,Tie 6,00600,E,FI,,,yes",
        "7,Ina,Dahl,,ina.dahl@bigmial.example,,,Tie 7,00700,F,FI,,,yes",
        "8,Una,Only,,una.only@bigmail.example,,,Tie 8,00800,G,FI,,,no",
    )
    found = {(risk.kind, risk.customer_id) for risk in audit_register(engine)}
    assert found == {(RiskKind.SHARED, "5, 6"), (RiskKind.TYPO, "7"), (RiskKind.GUESSED, "1")}


def test_slips() -> None:
    """One slip of the finger, and never the domain itself."""
    assert {"gmial.com", "gmai.com", "gmmail.com", "gmail.con", "gmail.co"} <= slips("gmail.com")
    assert "gmail.com" not in slips("gmail.com")
