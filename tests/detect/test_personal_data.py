"""National ids, accounts, cards and documents, each beside what has not its check digits or its label."""

import pytest

from mailguard.detect.checks import CHECKS
from mailguard.detect.detector import Detector
from tests.detect.conftest import Kinds


@pytest.mark.parametrize(
    ("kind", "hit", "miss"),
    [
        ("national_id", "henkilötunnus 140385-912T", "diaarinumero 140385-9120"),
        ("national_id", "Hetu: 110190Y955X", "Hetu: 110190Y955A"),
        ("national_id", "Personnummer 19121212-1212", "Order 19121212-1213"),
        ("national_id", "PESEL 44051401359", "PESEL 44051401358"),
        ("national_id", "J. Voorbeeld, BSN 111222333", "dossiernummer 111222333"),
        ("national_id", "Steuer-ID 86 095 742 719", "Kundennummer 86 095 742 719"),
        ("iban", "FI21 1234 5600 0007 85", "FI22 1234 5600 0007 85"),
        ("iban", "IBAN DE89370400440532013000 BIC COBADEFF", "Artikel DE89370400440532013001"),
        ("payment_card", "4012 8888 8888 1881", "4012 8888 8888 1882"),
        ("payment_card", "Amex 378282246310005", "IMEI 378282246310005"),
        ("payment_card", "card 4111111111111111 exp 12/29", "order 4111111111111111 shipped"),
        ("identity_document", "Passport no. 533401372", "Passport control opens at 0600"),
        ("identity_document", "dowód osobisty ABA300000", "partia ABA300000"),
        ("birth_date", "Syntymäaika 14.3.1985", "Laskun päiväys 14.3.1985"),
    ],
)
def test_kind_and_near_miss(kinds: Kinds, kind: str, hit: str, miss: str) -> None:
    """The number is found by its digits and its label; without either it is not."""
    assert kind in kinds(hit)
    assert kind not in kinds(miss)


def test_header_row_is_a_label(kinds: Kinds) -> None:
    """A heading `bsn` stands for a label over every row."""
    assert "national_id" in kinds("naam;bsn;iban\n" + "\n".join(f"Persoon {n};111222333;" for n in range(9)))


def test_account_goes_before_card(detector: Detector, kinds: Kinds) -> None:
    """The digits inside an IBAN are not taken for a card."""
    assert kinds("IBAN NL91 ABNA 0417 1643 00") == {"iban"}


def test_checks_take_any_text() -> None:
    """A pack may name a check for a pattern of another form; nothing is raised then."""
    for name, check in CHECKS.items():
        for text in ("", "1", "a", "-", "12-", "211062", "1" * 40, "é1", "A1 B2", "٣٣٣٣"):
            assert check(text) in range(len(text) + 1), (name, text)
