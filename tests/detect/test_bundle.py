"""User name and password together."""

import pytest

from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.bundle import LOGIN, WHOLE
from mailguard.detect.detector import Detector


def rules_in(detector: Detector, *texts: str) -> set[str]:
    parts = tuple(Part(f"body.{number}", PartRole.BODY, text) for number, text in enumerate(texts, 1))
    findings = detector.find(Letter("", "", (), parts))
    assert all(finding.kind == "password" for finding in findings)
    return {finding.rule for finding in findings}


@pytest.mark.parametrize(
    "text",
    [
        "Username: kate\nPassword: Kestrel41",
        "Käyttäjätunnus: jmakela\n\nSalasana: Torni_51",
        "Kirjaudu tunnuksella jmakela ja salasanalla Torni_51.",
        "Inloggning: anna.k\nLösenord: Korp#77",
        "Login: akowalska\nHasło: Rzepak2023",
        "gebruikersnaam/wachtwoord: piet / Haring9!",
        "Benutzername: falke\nPasswort: Moorhuhn_19",
    ],
)
def test_login(detector: Detector, text: str) -> None:
    """A password beside a user name is a bundle; with a customer number anywhere in the letter the whole one."""
    assert rules_in(detector, text) == {LOGIN}
    assert rules_in(detector, text, "Asiakasnumero: 4471902") == {WHOLE}


def test_password_alone(detector: Detector) -> None:
    """A password without a user name keeps the id of its rule, whatever numbers stand beside it."""
    assert rules_in(detector, "Customer number 4471902\nYour temporary password is Kestrel41.") == {"en.password"}


def test_bundles_are_listed(detector: Detector) -> None:
    """`rules list` tells of them."""
    assert {LOGIN, WHOLE} <= {rule.id for rule in detector.rules}
